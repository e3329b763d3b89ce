"""What becomes of the people of a tenant that is erased?

Who belongs to nothing else stays as an account without a name that nobody can enter: the audit logs of others may name
its id. Who belongs to another tenant, or is internal staff, stays as they are.
"""

from __future__ import annotations

from typing import Any

from django.contrib.admin.models import LogEntry

from accounts.models import Membership, User
from accounts.workos.models import Event
from tenants.models import Tenant, TenantModel


def erase_people(tenant: Tenant) -> int:
    """Erase the personal data of the tenant's members that belong to nothing else; how many. Bears being run again."""
    erased = 0
    members = Membership.objects.of(tenant).select_related("user").iterator()
    for user in (membership.user for membership in members):
        if not _belongs_elsewhere(user, tenant):
            _erase(user)
            erased += 1
    return erased


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
