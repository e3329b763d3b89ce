"""What must be told to the ticket systems, and what do they tell of the findings' tickets?

Level by level rather than event by event: each round reads where the tickets stand, and compares both sides with their
former word. Who has moved is followed; where both have, the finding is. So nothing is lost while a system is down, our
own move is never taken for theirs, and a crash at any place is made good by the next round.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.utils import timezone

from accounts.http import tenant_url
from findings import triage
from findings.lifecycle import Status, Verb, label
from findings.models import Finding, Ticket
from findings.ticket import record
from tenants import audit
from tenants.audit import Actor
from tenants.models import Tenant
from ticketing import kinds
from ticketing.models import TicketSystem
from ticketing.system import MOST_AT_ONCE, Absent, Category, Draft, Issue, System, TicketError, Unreached

log = structlog.get_logger(__name__)
EVERY = timedelta(minutes=5)
LEASE = timedelta(minutes=10)  # longer than any round takes
LONGEST_WAIT = timedelta(hours=1)
LOGGED = 20
_WANTED = {
    Status.OPEN: Category.NEW,
    Status.REOPENED: Category.NEW,
    Status.REGRESSED: Category.NEW,
    Status.ACKNOWLEDGED: Category.DOING,
}  # any other status needs no more work


def follow(tenant: Tenant) -> int:
    """Deliver and read what is due of a tenant, and say how many tickets that were. Safe to run twice at once."""
    now, attended = timezone.now(), 0
    for system in TicketSystem.objects.of(tenant).order_by("name"):
        due = Ticket.objects.of(tenant).filter(system_id=system.pk, live=True, due_at__lte=now).order_by("due_at")
        claimed = [ticket for ticket in due[:MOST_AT_ONCE] if _claimed(ticket, now)]
        if claimed:
            attended += len(claimed)
            _round(system, claimed)
    return attended


def wanted(finding: Finding) -> Category:
    """Where a finding would have its ticket."""
    return _WANTED.get(Status(finding.status), Category.DONE)


def _claimed(ticket: Ticket, now: datetime) -> bool:
    same = Ticket.objects.of(ticket.tenant).filter(pk=ticket.pk, due_at=ticket.due_at)
    return bool(same.update(due_at=now + LEASE))


def _round(system: TicketSystem, tickets: Sequence[Ticket]) -> None:
    known = [ticket for ticket in tickets if ticket.remote_id]
    try:
        desk = kinds.opened(system)
        issues = desk.read([str(ticket.remote_id) for ticket in known]) if known else {}
    except TicketError as error:
        _note(system, str(error))
        for ticket in tickets:
            _failed(ticket, error)
        return
    for ticket in tickets:
        _attend(system, ticket, desk, issues)


def _attend(system: TicketSystem, ticket: Ticket, desk: System, issues: dict[str, Issue]) -> None:
    """One ticket: whatever goes wrong with it holds up none of the others."""
    try:
        issue = issues.get(ticket.remote_id) if ticket.remote_id else _granted(ticket, desk)
        if issue is None:
            raise Absent(f"{ticket.number} isn't there any more, or may not be seen.")
        _compare(ticket, issue, desk)
    except TicketError as error:
        _failed(ticket, error)
        _note(system, str(error) if isinstance(error, Unreached) else None)
    except triage.Conflict as conflict:
        _failed(ticket, conflict)
    except Exception as error:
        log.exception("ticket not followed", tenant=ticket.tenant.slug, ticket=str(ticket.pk))
        _failed(ticket, TicketError(f"sv0 stumbled over it ({type(error).__name__})."))
    else:
        _note(system, None)


# ── a wish ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _granted(ticket: Ticket, desk: System) -> Issue:
    """The ticket that was wished for. It is looked for first: the answer to an earlier creation may have been lost."""
    if ticket.wish == "create":
        issue = desk.find(str(ticket.pk)) or desk.create(_draft(ticket))
        action, told = "ticket:created", issue.category
    else:
        issue = desk.look_up(str(ticket.number))
        action, told = "ticket:linked", wanted(ticket.finding)  # only what changes from now on is followed
    ticket.remote_id, ticket.number, ticket.told, ticket.category = issue.id, issue.number, told, issue.category
    fields = {"remote_id": issue.id, "told": told, "wish": None, **_as_read(issue)}

    def work() -> None:
        same = Ticket.objects.of(ticket.tenant).filter(pk=ticket.pk, wish=ticket.wish)
        if same.update(**fields):
            record(ticket, _actor(ticket), action, title=issue.title)

    audit.atomically(work)
    ticket.wish = None
    return issue


def _draft(ticket: Ticket) -> Draft:
    finding = ticket.finding
    told = (
        finding.because,
        f"Path: {finding.path_line}",
        f"Severity: {label(finding.severity)}. Account: {finding.account_name or finding.account_id or 'unknown'}.",
        f"First seen: {finding.first_seen:%Y-%m-%d}.",
    )
    return Draft(
        key=str(ticket.pk),
        title=" ".join(f"{finding.title}: {finding.subject_name}".split()),
        text="\n".join(told),
        url=settings.BASE_URL.rstrip("/") + tenant_url(finding.tenant, "finding", pk=finding.pk),
    )


# ── following ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _compare(ticket: Ticket, issue: Issue, desk: System) -> None:
    finding = ticket.finding
    asked = wanted(finding)
    if asked != ticket.told:
        if issue.category is not asked:
            issue = desk.move(issue, asked, why=f"sv0: the finding is {label(finding.status).lower()}.")
            record(ticket, _actor(ticket), "ticket:moved", status=issue.status)
            _write(ticket, issue, asked, what=f"told {ticket.number}: now {issue.status}")
            return
    elif issue.category != ticket.category and issue.category is not asked:
        asked = wanted(_bring(finding, issue, ticket))
    moved = f"{issue.number} is {issue.status}" if issue.status != ticket.status else None
    _write(ticket, issue, asked, what=moved)


def _bring(finding: Finding, issue: Issue, ticket: Ticket) -> Finding:
    """Their move, on the finding: done claims that it is mended, work begun acknowledges it, and going back takes such
    a claim back. A risk that was accepted, or a false positive, is no ticket's to undo."""
    verb = _verb(finding, issue.category)
    if verb is None or verb not in triage.legal(finding):
        return finding
    given: dict[str, Any] = {"finding": finding, "version": finding.version, "actor": _actor(ticket)}
    if verb is Verb.ACKNOWLEDGE:
        return triage.acknowledge(**given)
    act = triage.close if verb is Verb.CLOSE else triage.reopen
    return act(**given, reason=f"{issue.number} is {issue.status}.")


def _verb(finding: Finding, category: Category) -> Verb | None:
    if category is Category.DONE:
        return Verb.CLOSE
    if finding.status == Status.CLOSED:
        return Verb.REOPEN
    return Verb.ACKNOWLEDGE if category is Category.DOING and wanted(finding) is Category.NEW else None


def _actor(ticket: Ticket) -> Actor:
    return Actor(id=None, name=f"{ticket.system_name} {ticket.number}", via="worker")


# ── what is kept ────────────────────────────────────────────────────────────────────────────────────────────────────


def _as_read(issue: Issue) -> dict[str, Any]:
    return {
        "number": issue.number,
        "title": issue.title,
        "url": issue.url,
        "status": issue.status[:120],
        "category": issue.category.value,
    }


def _write(ticket: Ticket, issue: Issue, told: Category, *, what: str | None) -> None:
    now = timezone.now()
    fields = _as_read(issue) | {"told": told.value, "read_at": now, "due_at": now + EVERY, "attempts": 0}
    _of(ticket).update(**fields, trouble=None, log=_logged(ticket, what, "yes") if what else ticket.log)


def _failed(ticket: Ticket, error: Exception) -> None:
    """Kept for another try, later each time."""
    attempts = ticket.attempts + 1
    wait = min(LONGEST_WAIT, timedelta(minutes=2 ** min(attempts - 1, 10)))
    fields = {"attempts": attempts, "trouble": str(error), "due_at": timezone.now() + wait}
    _of(ticket).update(**fields, log=_logged(ticket, str(error), "no"))


def _logged(ticket: Ticket, what: str, went: str) -> list[dict[str, Any]]:
    return [{"at": timezone.now().isoformat(), "what": what, "ok": went == "yes"}, *ticket.log][:LOGGED]


def _of(ticket: Ticket) -> Any:
    """The row, unless nobody follows it any more."""
    return Ticket.objects.of(ticket.tenant).filter(pk=ticket.pk, live=True)


def _note(system: TicketSystem, trouble: str | None) -> None:
    reached = {} if trouble else {"reached_at": timezone.now()}
    TicketSystem.objects.of(system.tenant).filter(pk=system.pk).update(trouble=trouble, **reached)
