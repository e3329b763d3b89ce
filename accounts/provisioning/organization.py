"""How does a tenant come to its organization at WorkOS?

The tenant is there first: its id is what the organization is found by. Where WorkOS fails, the tenant stays without an
organization, nobody can sign in to it through WorkOS, and the same call may be tried again.
"""

from __future__ import annotations

from django.db import IntegrityError

from accounts.workos import organizations
from tenants import audit
from tenants.audit import Actor
from tenants.models import Tenant


class Taken(Exception):
    """Another tenant has the organization."""


def give(*, tenant: Tenant, actor: Actor) -> str:
    """Make the tenant's organization, or find the one that was made; its id. Unavailable, Declined or Taken."""
    organization_id = organizations.organization_for(tenant)

    def work() -> None:
        Tenant.objects.filter(pk=tenant.pk).update(workos_organization_id=organization_id)
        _record(tenant, organization_id, actor)

    try:
        audit.atomically(work)
    except IntegrityError as error:
        raise Taken(organization_id) from error
    tenant.workos_organization_id = organization_id
    return organization_id


def mark(*, tenant: Tenant, actor: Actor) -> None:
    """Have the organization that was linked by hand carry the tenant's id. Unavailable or Declined."""
    if tenant.workos_organization_id:
        _record(tenant, tenant.workos_organization_id, actor)
        organizations.link(organization_id=tenant.workos_organization_id, tenant=tenant)


def _record(tenant: Tenant, organization_id: str, actor: Actor) -> None:
    audit.record(
        tenant,
        actor=actor,
        action="tenant:organization_linked",
        subject_kind="tenant",
        subject_id=str(tenant.pk),
        subject=tenant.name,
        detail={"organization": organization_id},
    )
