"""How does a tenant get its organization at WorkOS, once, and how does that go again?

The organization carries our tenant's id as its external id: asked again after a lost answer, the one that was made is
found. https://workos.com/docs/authkit/metadata/external-identifiers
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from workos import NotFoundError
from workos.organizations.models import Organization

from accounts.workos.client import Unavailable, asked, client
from tenants.models import Tenant


def organization_for(tenant: Tenant) -> str:
    """The id of the organization that carries the tenant's id; made where there is none. Unavailable or Declined."""
    found = _found(lambda: client().organizations.get_organization_by_external_id(str(tenant.pk)))
    return (found or _made(tenant)).id


def _made(tenant: Tenant) -> Organization:
    key = str(tenant.pk)
    return _usable(asked(lambda: client().organizations.create_organization(name=tenant.name, external_id=key)))


def obstacle(*, organization_id: str, tenant_key: str | None) -> str | None:
    """Why the organization can't be the tenant's, in words; None when it can. Unavailable or Declined.

    `tenant_key` is the tenant's id, None for one that isn't there yet.
    """
    if organization_id == settings.INTERNAL_ORG_ID:
        return "This is the organization of sv0's own staff."
    found = _found(lambda: client().organizations.get_organization(organization_id))
    if found is None:
        return "WorkOS knows no organization of this id."
    if found.external_id not in {None, "", tenant_key}:
        return f"“{found.name}” belongs to something else at WorkOS: its external id is {found.external_id}."
    return None


def link(*, organization_id: str, tenant: Tenant) -> None:
    """Have the organization carry the tenant's id. Unavailable or Declined."""
    asked(lambda: client().organizations.update_organization(organization_id, external_id=str(tenant.pk)))


def delete(*, organization_id: str) -> None:
    """Delete it at WorkOS with all that is in it, unless it is gone already. Unavailable or Declined."""

    def ask() -> None:
        try:
            client().organizations.delete_organization(organization_id)
        except NotFoundError:
            return

    asked(ask)


def _found(ask: Callable[[], Organization]) -> Organization | None:
    def forgiving() -> Organization | bool | None:
        try:
            return ask()
        except NotFoundError:
            return False

    answer = asked(forgiving)
    return None if answer is False else _usable(answer)


def _usable(answer: Organization | None) -> Organization:
    if answer is None:  # the SDK's reading of a body that isn't JSON
        raise Unavailable("not JSON")
    return answer
