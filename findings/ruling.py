"""What does a tenant say about rules: which are off, which numbers differ, and which AI has it approved of?

The only code that changes it; each verb leaves its audit event in the same transaction. The next evaluation goes by it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any

from django.utils import timezone

from connectors.inventory.records import Resource, Workload
from findings.evaluator import Rule, Settings
from findings.models import Approval, Policy, RuleSetting
from tenants import audit
from tenants.audit import Actor
from tenants.models import Tenant


def settings(tenant: Tenant) -> Settings:
    """The tenant's word as it holds now."""
    said = list(RuleSetting.objects.of(tenant))
    return Settings(
        off=frozenset(row.rule for row in said if row.off),
        thresholds={(row.rule, name): number for row in said for name, number in row.thresholds.items()},
        approved=_approved(tenant) if keeps_list(tenant) else None,
    )


def word(tenant: Tenant) -> dict[str, Any]:
    """The same as JSON, for telling whether it is still what it was."""
    said = RuleSetting.objects.of(tenant).order_by("rule")
    approvals = [[each.name, each.signed] for each in standing(tenant)] if keeps_list(tenant) else None
    return {"rules": [[row.rule, row.off, row.thresholds] for row in said], "approved": approvals}


def policy(tenant: Tenant) -> Policy:
    """What the tenant says as a whole; where it never said anything, the default."""
    said: Policy | None = Policy.objects.of(tenant).first()
    return said or Policy(tenant=tenant)


def keeps_list(tenant: Tenant) -> bool:
    """Whether the tenant keeps a list of approved AI."""
    return policy(tenant).keeps_approved_list


def standing(tenant: Tenant) -> list[Approval]:
    """The approvals that hold now, the newest first."""
    now = timezone.now()
    rows = Approval.objects.of(tenant).filter(withdrawn_at=None).order_by("-at")
    return [each for each in rows if each.until is None or each.until > now]


def _approved(tenant: Tenant) -> Callable[[Workload | Resource], str | None]:
    held = [(each.name.casefold(), each) for each in standing(tenant)]

    def approved(subject: Workload | Resource) -> str | None:
        name = subject.name.casefold()
        found = next((each for pattern, each in held if fnmatchcase(name, pattern)), None)
        return found.signed if found else None

    return approved


# ── Verbs ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def switch_off(*, tenant: Tenant, rule: Rule, reason: str, actor: Actor) -> None:
    """Its findings retire at the next evaluation, and come back with it."""
    _set(tenant, rule, actor, "rule:switched_off", {"off": True, "reason": reason}, {"reason": reason})


def switch_on(*, tenant: Tenant, rule: Rule, actor: Actor) -> None:
    """Ask it again."""
    _set(tenant, rule, actor, "rule:switched_on", {"off": False, "reason": None}, {})


def set_thresholds(*, tenant: Tenant, rule: Rule, numbers: Mapping[str, int], actor: Actor) -> None:
    """Numbers that are the rule's own aren't kept: they follow it. ValueError for one out of its bounds."""
    for name, number in numbers.items():
        bounds = rule.thresholds[name]
        if not bounds.least <= number <= bounds.most:
            raise ValueError(f"{name} must be between {bounds.least} and {bounds.most}.")
    own = {name: number for name, number in numbers.items() if number != rule.thresholds[name].default}
    _set(tenant, rule, actor, "rule:thresholds:changed", {"thresholds": own}, dict(numbers))


def keep_list(*, tenant: Tenant, actor: Actor) -> None:
    """From now on AI that isn't on the list is a finding."""
    _keep(tenant, actor, "ai:list:kept", {"keeps_approved_list": True})


def drop_list(*, tenant: Tenant, actor: Actor) -> None:
    """Nothing is missing from it any more; what was approved stays noted."""
    _keep(tenant, actor, "ai:list:dropped", {"keeps_approved_list": False})


def set_acceptance(*, tenant: Tenant, approval_from: str | None, warn_days: int, actor: Actor) -> None:
    """From which severity on an acceptance needs a second person, and how long before its end it is marked."""
    now = {"approval_from": approval_from, "warn_days": warn_days}

    def work() -> None:
        held = policy(tenant)
        was = {name: getattr(held, name) for name in now}
        if was == now:
            return
        _say(tenant, actor, now)
        detail = {"was": was, "now": now}
        _record(tenant, actor, "acceptance:policy:changed", "policy", "acceptance", "Accepting risks", detail)

    audit.atomically(work)


def approve(*, tenant: Tenant, name: str, reason: str, until: datetime | None, actor: Actor) -> Approval:
    """Approve of the AI of that name; * and ? stand for anything and one character."""

    def work() -> Approval:
        made: Approval = Approval.objects.create(
            tenant=tenant, name=name, reason=reason, by=actor.signature, at=timezone.now(), until=until
        )
        detail = {"reason": reason} | ({"until": until.isoformat()} if until else {})
        _record(tenant, actor, "ai:approved", "approval", str(made.pk), name, detail)
        return made

    return audit.atomically(work)


def withdraw(*, approval: Approval, actor: Actor) -> None:
    """Take an approval back; nothing where somebody did already."""

    def work() -> None:
        held = Approval.objects.of(approval.tenant).filter(pk=approval.pk, withdrawn_at=None)
        if held.update(withdrawn_at=timezone.now(), withdrawn_by=actor.signature):
            _record(approval.tenant, actor, "ai:withdrawn", "approval", str(approval.pk), approval.name, {})

    audit.atomically(work)


def _set(tenant: Tenant, rule: Rule, actor: Actor, action: str, fields: dict[str, Any], detail: dict[str, Any]) -> None:
    def work() -> None:
        who = {"changed_by": actor.signature, "changed_at": timezone.now()}
        rows = RuleSetting.objects.of(tenant).filter(rule=rule.id)
        if not rows.update(**fields, **who):
            RuleSetting.objects.create(tenant=tenant, rule=rule.id, **fields, **who)
        _record(tenant, actor, action, "rule", rule.id, rule.title, detail)

    audit.atomically(work)


def _keep(tenant: Tenant, actor: Actor, action: str, fields: dict[str, Any]) -> None:
    def work() -> None:
        _say(tenant, actor, fields)
        _record(tenant, actor, action, "rule", "unapproved_ai", "Approved AI", {})

    audit.atomically(work)


def _say(tenant: Tenant, actor: Actor, fields: dict[str, Any]) -> None:
    who = {"changed_by": actor.signature, "changed_at": timezone.now()}
    if not Policy.objects.of(tenant).update(**fields, **who):
        Policy.objects.create(tenant=tenant, **fields, **who)


def _record(
    tenant: Tenant, actor: Actor, action: str, kind: str, subject_id: str, subject: str, detail: dict[str, Any]
) -> None:
    audit.record(
        tenant,
        actor=actor,
        action=action,
        subject_kind=kind,
        subject_id=subject_id,
        subject=subject,
        detail=detail,
    )
