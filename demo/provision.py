"""Is the demo's database ready? Migrated, with Acme Media Group, its people and the connection to its organization."""

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
from demo.estate import ESTATE  # noqa: E402
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
    if not Connection.objects.of(tenant).exists():
        _connect(tenant)
    scans = Scan.objects.of(tenant).filter(state__in=(Scan.State.COMPLETE, Scan.State.PARTIAL))
    print("scanned before" if scans.exists() else "not scanned yet")


def _user(email: str, *, name: str) -> User:
    return User.objects.filter(email=email).first() or User.objects.create_user(email, name=name)


def _connect(tenant: Tenant) -> None:
    settings = {
        "role_arn": ESTATE.hub_role_arn,
        "external_id": ESTATE.external_id,
        "member_role_name": "sv0-reader",
        "regions": list(ESTATE.regions),
        "access_key_id": ESTATE.access_key_id,
    }
    secrets = {"secret_access_key": ESTATE.secret_access_key}
    Connection.objects.create(
        tenant=tenant,
        kind="aws",
        name="AWS organization",
        settings=settings,
        sealed=seal(tenant, secrets),
        next_scan_at=timezone.now() + timedelta(hours=24),
    )


if __name__ == "__main__":
    main()
