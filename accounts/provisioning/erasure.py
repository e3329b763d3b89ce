"""How is a tenant erased, so that nothing of it is left but the proof?

In the background, in steps that bear being run again: a worker that dies leaves the rest to the next run. The tenant's
audit chain goes with the rest; the export has it, and the certificate its last hash. What happened is told in the
chain that belongs to no tenant.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import structlog
from bson import ObjectId
from django.utils import timezone
from django_q.tasks import async_task

from accounts.provisioning import certificate as paper
from accounts.provisioning.holdings import Holding, records, traces
from accounts.provisioning.person import erase_people
from accounts.provisioning.work import work
from accounts.workos import organizations
from accounts.workos.client import Declined, Unavailable
from tenants import audit
from tenants.audit import WORKER, Actor
from tenants.models import AuditEvent, DeletionCertificate, Export, Tenant

PEOPLE = "personal data of users"  # beside the collections in a certificate's counts
log = structlog.get_logger(__name__)


class CannotErase(Exception):
    """Why not, in words."""


def obstacle(tenant: Tenant, export: Export | None) -> str | None:
    """What stands in the way of erasing the tenant on the strength of this export; None when nothing does."""
    if tenant.deactivated_at is None:
        return "Deactivate the tenant first."
    if tenant.erasing_at is not None:
        return "The tenant is being erased already."
    if work().is_busy(tenant):
        return "A scan is still stopping. Try again in a minute."
    if export is None or export.made_at < tenant.deactivated_at:
        return "Make an export first: it must be younger than the deactivation."
    if export.chain_head != _last_event(tenant).hash:
        return "Something has happened in this tenant since that export. Make another one."
    return None


def request(
    *, tenant: Tenant, export: Export | None, reason: str, organization: str, actor: Actor
) -> DeletionCertificate:
    """Begin to erase the tenant for ever. CannotErase with what stands in the way.

    `organization` is what becomes of the one at WorkOS: none, kept or to be deleted.
    """
    why_not = obstacle(tenant, export)
    if why_not or export is None or tenant.deactivated_at is None:
        raise CannotErase(why_not)
    deactivated_at = tenant.deactivated_at
    last = _last_event(tenant)

    def begin() -> DeletionCertificate:
        resting = Tenant.objects.filter(pk=tenant.pk, deactivated_at=tenant.deactivated_at, erasing_at=None)
        if not resting.update(erasing_at=timezone.now()):
            raise CannotErase("Somebody was first: the tenant is being erased, or was activated again.")
        made = DeletionCertificate.objects.create(
            tenant_key=str(tenant.pk),
            tenant_name=tenant.name,
            tenant_slug=tenant.slug,
            region=tenant.region,
            tenant_created_at=tenant.created_at,
            deactivated_at=deactivated_at,
            reason=reason,
            requested_by=actor.name,
            organization_id=tenant.workos_organization_id,
            organization=organization,
            export_name=export.name,
            export_sha256=export.sha256,
            audit_events=last.number,
            audit_head=last.hash,
        )
        _record(made, actor, "tenant:erasure_requested", reason=reason, export=export.name)
        return made

    made: DeletionCertificate = audit.atomically(begin)
    async_task("accounts.tasks.erase", str(made.pk), task_name="erasure of a tenant")
    return made


def _last_event(tenant: Tenant) -> AuditEvent:
    last = AuditEvent.objects.of(tenant).order_by("-number").first()
    return last or AuditEvent(number=0, hash=audit.GENESIS)


def run(certificate: DeletionCertificate) -> None:
    """Erase what is left, and sign. Does nothing for what is done; WorkOS' trouble is written down for the next run."""
    if certificate.completed_at is not None:
        return
    key = ObjectId(certificate.tenant_key)
    tenant = Tenant.objects.filter(pk=key).first()
    holdings = records(key)
    if tenant is not None:
        try:
            _erase(certificate, tenant, [*traces(tenant), *holdings])
        except (Unavailable, Declined) as error:
            log.warning("erasure waits for WorkOS", certificate=str(certificate.pk), why=str(error))
            _keep(certificate, trouble=f"WorkOS didn't delete the organization: {error}. sv0 tries again.")
            return
    _complete(certificate, [*holdings, Holding("tenants", {"_id": key})])


def _erase(certificate: DeletionCertificate, tenant: Tenant, holdings: list[Holding]) -> None:
    """The key of its credentials first; its records, and then the tenant itself, last."""
    own = Holding("tenants", {"_id": tenant.pk})
    if not certificate.counts:
        _keep(certificate, counts={name: {"before": count} for name, count in _counted([*holdings, own]).items()})
    if certificate.organization == "to be deleted" and tenant.workos_organization_id:
        organizations.delete(organization_id=tenant.workos_organization_id)
        _keep(certificate, organization="deleted")
    people = erase_people(tenant)
    if people:
        before = max(people, certificate.counts.get(PEOPLE, {}).get("before", 0))  # a later run may find fewer
        _keep(certificate, counts={**certificate.counts, PEOPLE: {"before": before, "after": 0}})
    for holding in holdings:
        holding.delete()
    left = {name: count for name, count in _counted(holdings).items() if count}
    if left:
        raise RuntimeError(f"still there: {left}")  # something wrote meanwhile: the next run deletes it
    own.delete()


def _counted(holdings: Iterable[Holding]) -> dict[str, int]:
    return {holding.collection: holding.count() for holding in holdings}


def _complete(certificate: DeletionCertificate, holdings: list[Holding]) -> None:
    after = _counted(holdings)
    counts = {name: {"before": row["before"], "after": after.get(name, 0)} for name, row in certificate.counts.items()}
    now = timezone.now()
    certificate.counts, certificate.trouble = counts, None
    certificate.completed_at = now.replace(microsecond=now.microsecond // 1000 * 1000)  # MongoDB keeps milliseconds
    certificate.signature = paper.sign(certificate)

    def finish() -> None:
        fields = ("counts", "trouble", "completed_at", "signature")
        open_ = DeletionCertificate.objects.filter(pk=certificate.pk, completed_at=None)
        if open_.update(**{name: getattr(certificate, name) for name in fields}):
            _record(certificate, WORKER, "tenant:erased", signature=certificate.signature)

    audit.atomically(finish)


def _keep(certificate: DeletionCertificate, **fields: Any) -> None:
    for name, value in fields.items():
        setattr(certificate, name, value)
    DeletionCertificate.objects.filter(pk=certificate.pk).update(**fields)


def _record(certificate: DeletionCertificate, actor: Actor, action: str, **detail: Any) -> None:
    audit.record(
        None,
        actor=actor,
        action=action,
        subject_kind="certificate",
        subject_id=str(certificate.pk),
        subject=certificate.tenant_name,
        detail={"tenant": certificate.tenant_slug, **detail},
    )
