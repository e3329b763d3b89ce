"""What becomes of the people of a tenant that is erased?

Who belongs to nothing else stays as an account without a name that nobody can enter: the audit logs of others may name
its id. Who belongs to another tenant, or is internal staff, stays as they are.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.admin.models import LogEntry
from django.db.models import Q

from accounts.models import Invitation, Membership, User
from accounts.workos.models import Departure, Event, Removal
from tenants.models import AuditEvent, Tenant, TenantModel


def erase_people(tenant: Tenant) -> int:
    """Erase the personal data of the tenant's people that belong to nothing else; how many. Bears being run again."""
    erased = 0
    for user in User.objects.filter(Q(pk__in=_ids(tenant)) | Q(email__in=_addresses(tenant))):
        if not _belongs_elsewhere(user, tenant):
            _erase(user)
            erased += 1
    return erased


def _ids(tenant: Tenant) -> set[UUID]:
    """Members, and whoever was one: their sign-ins are in the audit log."""
    found = {*Membership.objects.of(tenant).values_list("user_id", flat=True)}
    found |= {*Removal.objects.of(tenant).values_list("user_id", flat=True)}
    events = AuditEvent.objects.of(tenant).exclude(actor_id=None)
    return found | {UUID(actor) for actor in events.values_list("actor_id", flat=True).distinct()}


def _addresses(tenant: Tenant) -> set[str]:
    """Of the invited: who asked for a code has an account. And of whom the directory let go."""
    found = {*Invitation.objects.of(tenant).values_list("email", flat=True)}
    return found | {*Departure.objects.of(tenant).values_list("email", flat=True)}


def _belongs_elsewhere(user: User, tenant: Tenant) -> bool:
    staff = user.is_staff or user.is_superuser
    return staff or Membership.objects.of_user(user).exclude(tenant=tenant).exists()


def _erase(user: User) -> None:
    """Identities, addresses, factors and sessions go; so does the admin's log about the account."""
    for related in user._meta.related_objects:
        model: Any = related.related_model
        if issubclass(model, TenantModel):
            continue  # they go with the tenant's records
        own = model._base_manager.filter(**{related.field.name: user})
        if hasattr(model, "uid"):
            Event.objects.filter(object_id__in=list(own.values_list("uid", flat=True))).delete()
        own.delete()
    LogEntry.objects.filter(object_id=str(user.pk)).delete()
    nobody = {"email": f"{user.pk.hex}@erased.invalid", "name": "", "name_folded": "", "last_login": None}
    User.objects.filter(pk=user.pk).update(is_active=False, password="!", **nobody)  # noqa: S106  (opens nothing)
