"""Is the demo's database ready? Migrated, with Acme Media Group, its people and the connections to its systems."""

from __future__ import annotations

import os
from datetime import timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sv0.settings")
django.setup()

from django.core.management import call_command  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.models import Membership, User  # noqa: E402
from accounts.roles import Role  # noqa: E402
from connectors.models import Connection, Scan  # noqa: E402
from connectors.secrets import seal  # noqa: E402
from demo.systems import CONNECTED, Connected  # noqa: E402
from tenants.models import Tenant  # noqa: E402

PEOPLE = (
    ("alice", "Alice Marsh", Role.MANAGER),
    ("bob", "Bob Ortega", Role.ANALYST),
    ("victor", "Victor Lind", Role.VIEWER),
    ("audrey", "Audrey Kim", Role.AUDITOR),
)


def main() -> None:
    """Idempotent: what is there stays as it is. Prints last whether there is a scan."""
    call_command("migrate", verbosity=0)
    call_command("install_schedules")
    tenant, _ = Tenant.objects.get_or_create(
        slug="acme", defaults={"name": "Acme Media Group", "time_zone": "Europe/Madrid"}
    )
    for name, full_name, role in PEOPLE:
        user = _user(f"{name}@acme-media.example", name=full_name)
        if not Membership.objects.of(tenant).filter(user=user).exists():
            Membership.objects.create(tenant=tenant, user=user, role=role)
    if not User.objects.filter(email="staff@sv0.example").exists():
        User.objects.create_superuser("staff@sv0.example", name="sv0 staff")
    there = set(Connection.objects.of(tenant).values_list("name", flat=True))
    for each in CONNECTED:
        if each.name not in there:
            _connect(tenant, each)
    ended = Scan.objects.of(tenant).filter(state__in=(Scan.State.COMPLETE, Scan.State.PARTIAL))
    read = set(ended.values_list("connection_name", flat=True))
    print("scanned before" if read >= {each.name for each in CONNECTED} else "not scanned yet")


def _user(email: str, *, name: str) -> User:
    return User.objects.filter(email=email).first() or User.objects.create_user(email, name=name)


def _connect(tenant: Tenant, what: Connected) -> None:
    Connection.objects.create(
        tenant=tenant,
        kind=what.kind,
        name=what.name,
        settings=what.settings,
        sealed=seal(tenant, what.secrets),
        next_scan_at=timezone.now() + timedelta(hours=24),
    )


if __name__ == "__main__":
    main()
