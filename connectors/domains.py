"""How do people overrule what sv0 thinks a resource holds?

The verdicts of a tenant come before the built-in rules, in every scan and at once. Taking one back is a deletion with
an audit event: what the rules say then holds again.
"""

from __future__ import annotations

from bson import ObjectId
from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string
from django_q.tasks import async_task

from connectors.inventory import counts
from connectors.inventory.classification import Verdict
from connectors.inventory.models import DomainVerdict
from connectors.inventory.reclassify import reclassify
from connectors.models import Scan
from tenants import audit
from tenants.audit import Actor
from tenants.models import Tenant

MOST = 1000  # of a tenant: each is tried on every resource of a scan


class TooMany(Exception):
    """The tenant has as many verdicts as it may."""


def verdicts(tenant: Tenant) -> tuple[Verdict, ...]:
    """What the tenant's people decided, oldest first."""
    return tuple(_verdict(row) for row in DomainVerdict.objects.of(tenant).order_by("at"))


def decide(
    *, tenant: Tenant, domain: str, holds: bool, key: str | None, name: str, reason: str, actor: Actor
) -> DomainVerdict:
    """Say that the domain is held or isn't: by the object with this address, or by all whose name matches `name`.

    A verdict on the same takes the place of the one before. One object is changed at once, many in the background.
    """
    same = DomainVerdict.objects.of(tenant).filter(domain=domain, key=key, name=name)
    others = DomainVerdict.objects.of(tenant).exclude(pk__in=list(same.values_list("pk", flat=True)))
    if others.count() >= MOST:
        raise TooMany

    def work() -> DomainVerdict:
        same.delete()
        made: DomainVerdict = DomainVerdict.objects.create(
            tenant=tenant,
            domain=domain,
            holds=holds,
            key=key,
            name=name,
            reason=reason,
            author=actor.signature,
            at=timezone.now(),
        )
        _record(made, actor, "domain:decided")
        return made

    made: DomainVerdict = audit.atomically(work)
    _apply(made)
    return made


def withdraw(*, verdict: DomainVerdict, actor: Actor) -> bool:
    """Take a verdict back; whether it was still there."""

    def work() -> bool:
        if not DomainVerdict.objects.of(verdict.tenant).filter(pk=verdict.pk).delete()[0]:
            return False
        _record(verdict, actor, "domain:withdrawn")
        return True

    was_there: bool = audit.atomically(work)
    if was_there:
        _apply(verdict)
    return was_there


def apply(tenant_id: str, verdict_id: str, key: str | None) -> None:
    """Bring the inventory, then the findings, in line with the verdicts. Bears being run again."""
    tenant = Tenant.objects.get(pk=tenant_id)
    changed = reclassify(tenant_id=tenant.pk, verdicts=verdicts(tenant), key=key, cause=ObjectId(verdict_id))
    if key is None:
        DomainVerdict.objects.of(tenant).filter(pk=verdict_id).update(applied_to=changed)
    counts.refresh(tenant)
    last = Scan.objects.of(tenant).filter(live=None).order_by("-queued_at").first()
    if last:
        import_string(settings.AFTER_SCAN)(tenant=tenant, scan=last)


def catch_up(*, scan: Scan, known: tuple[Verdict, ...]) -> None:
    """Apply what was decided while the scan, whose last attempt knew only `known`, was reading."""
    now = verdicts(scan.tenant)
    if now != known or scan.attempts > 1:
        reclassify(tenant_id=scan.tenant_id, verdicts=now, key=None, cause=scan.pk)


def _apply(made: DomainVerdict) -> None:
    tenant = made.tenant
    if made.key is not None:  # the page that follows shows it
        changed = reclassify(tenant_id=tenant.pk, verdicts=verdicts(tenant), key=made.key, cause=made.pk)
        DomainVerdict.objects.of(tenant).filter(pk=made.pk).update(applied_to=changed)
    async_task("connectors.domains.apply", str(tenant.pk), str(made.pk), made.key, task_name="data domains")


def _verdict(row: DomainVerdict) -> Verdict:
    pattern = row.name if row.key is None else None
    said = f"{row.author}: {row.reason}" if row.key else f"{row.author} on names like “{row.name}”: {row.reason}"
    return Verdict(domain=row.domain, holds=row.holds, key=row.key, pattern=pattern, said=said)


def _record(verdict: DomainVerdict, actor: Actor, action: str) -> None:
    audit.record(
        verdict.tenant,
        actor=actor,
        action=action,
        subject_kind="domain",
        subject_id=str(verdict.pk),
        subject=verdict.name,
        detail={
            "domain": verdict.domain,
            "holds": verdict.holds,
            "reason": verdict.reason,
            **({"object": verdict.key} if verdict.key else {}),
        },
    )
