"""How does a person wish for a ticket, link one that exists, and end that it follows the finding?

Nothing here talks to the ticket system: what is wished for is kept, and findings.following delivers it.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.db import IntegrityError
from django.utils import timezone
from django_q.tasks import async_task

from findings import triage
from findings.models import Finding, Ticket
from findings.triage import Invalid
from tenants import audit
from tenants.audit import Actor
from ticketing.kinds import KINDS
from ticketing.models import TicketSystem

LONGEST_REFERENCE = 500
SEARCHABLE_AFTER = timedelta(minutes=1)  # Jira's index lags by seconds


def create(*, finding: Finding, system: TicketSystem, actor: Actor) -> None:
    """Wish for a new ticket. Once for a finding and a system: wishing again changes nothing."""
    _wish(finding, system, actor, wish="create", number=None)


def link(*, finding: Finding, system: TicketSystem, reference: str, actor: Actor) -> None:
    """Follow a ticket that exists, by its number or its address. Raises Invalid."""
    _wish(finding, system, actor, wish="link", number=number(system, reference))


def end(*, ticket: Ticket, actor: Actor) -> None:
    """Follow it no more; the ticket itself stays as it is."""

    def work() -> None:
        live = Ticket.objects.of(ticket.tenant).filter(pk=ticket.pk, live=True)
        if live.update(live=None, due_at=None):
            record(ticket, actor, "ticket:unlinked")

    audit.atomically(work)


def hurry(*, ticket: Ticket) -> None:
    """Try soon what is to be delivered: not before a search can find what a creation, whose answer was lost, made."""
    due = timezone.now()
    if ticket.wish == "create" and ticket.log:
        due = max(due, datetime.fromisoformat(ticket.log[0]["at"]) + SEARCHABLE_AFTER)
    Ticket.objects.of(ticket.tenant).filter(pk=ticket.pk, live=True).update(due_at=due)
    _attend(ticket)


def number(system: TicketSystem, reference: str) -> str:
    """The ticket's number in what a person typed: the number, or an address of that system. Raises Invalid."""
    given = reference.strip()[:LONGEST_REFERENCE]
    kind = KINDS[system.kind]
    parts = urlsplit(given)
    if parts.scheme:
        ours = urlsplit(str(system.settings["address"]))
        if (parts.scheme, parts.hostname) != (ours.scheme, ours.hostname):
            raise Invalid("number", f"That is no address of {system.name}, which is at {ours.hostname}.")
    found = re.search(rf"(?<![A-Z0-9_]){kind.number}(?![0-9])", given.upper())
    if not found:
        raise Invalid("number", f"Enter the number of a {kind.label} ticket, or its address with the number in it.")
    return found[0]


def _wish(finding: Finding, system: TicketSystem, actor: Actor, *, wish: str, number: str | None) -> None:
    now = timezone.now()
    fields = {"wish": wish, "number": number, "requested_by": actor.signature, "requested_at": now, "due_at": now}

    def work() -> Ticket | None:
        if Ticket.objects.of(finding.tenant).filter(finding=finding, system_id=system.pk, live=True).exists():
            return None
        made: Ticket = Ticket.objects.create(
            tenant=finding.tenant, finding=finding, system_id=system.pk, system_name=system.name, **fields
        )
        record(made, actor, "ticket:requested", wish=wish)
        return made

    try:
        made = audit.atomically(work)
    except IntegrityError:
        return  # somebody wished for the same at the same moment
    if made:
        _attend(made)


def _attend(ticket: Ticket) -> None:
    """At once where a worker is free; it is attended to within the minute anyway."""
    async_task("findings.tasks.follow_tickets_of", str(ticket.tenant_id))


def record(ticket: Ticket, actor: Actor, action: str, **detail: Any) -> None:
    """Leave an event about the ticket with its finding."""
    known = {"system": ticket.system_name, "number": ticket.number, **detail}
    triage.record(ticket.finding, actor=actor, action=action, detail=known)
