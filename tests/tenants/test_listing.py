"""Staff's lists, searches and filters follow an index: they read what they show, however much there is."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts.models import Membership, User
from accounts.roles import Role
from tenants.models import AuditEvent, Region, Tenant
from tests.conftest import signed_in

TENANTS, PEOPLE = 600, 1800
SLACK = 4  # look-ups of a single record, which a page makes besides


@pytest.fixture
def crowd(db: None) -> None:
    """Many tenants in every region, a tenth deactivated, each with three people and an event for each."""
    now = "2026-11-24T12:00:00Z"
    tenants = Tenant.objects.bulk_create(
        Tenant(
            slug=f"tenant-{n:04}",
            name=f"Company {n:04}",
            region=Region.values[n % 6],
            deactivated_at=None if n % 10 else now,
        )
        for n in range(TENANTS)
    )
    people = User.objects.bulk_create(
        User(email=f"person-{n:04}@x.example", name=f"Person {n:04}", is_active=bool(n % 3)) for n in range(PEOPLE)
    )
    Membership.objects.bulk_create(
        Membership(tenant=tenants[n % TENANTS], user=person, role=Role.ANALYST) for n, person in enumerate(people)
    )
    said = {"action": "scan:requested", "actor": "x", "via": "web", "at": now, "previous_hash": "", "hash": ""}
    AuditEvent.objects.bulk_create(AuditEvent(tenant=tenants[n % 3], number=n, **said) for n in range(PEOPLE))


@pytest.fixture
def as_staff(staff: User) -> Client:
    return signed_in(staff)


def read(client: Client, address: str, asked: dict[str, str]) -> tuple[int, int, list[str]]:
    """How many documents MongoDB examined for the page and returned, and which of its plans scanned a collection."""
    db: Any = connection.database  # type: ignore[attr-defined]
    db.command("profile", 2)
    try:
        assert client.get(address, asked).status_code == 200
    finally:
        db.command("profile", 0)
    told = list(
        db["system.profile"].find({"ns": {"$in": [f"{db.name}.{name}" for name in WATCHED]}, "op": {"$ne": "insert"}})
    )
    db["system.profile"].drop()
    examined = sum(row.get("docsExamined", 0) for row in told)
    returned = sum(row.get("nreturned", 0) for row in told)
    return examined, returned, [row["ns"] for row in told if "COLLSCAN" in row.get("planSummary", "")]


AUTOCOMPLETE = {"app_label": "accounts", "model_name": "membership"}
WATCHED = ("tenants", "users", "memberships", "audit_events")


@pytest.mark.parametrize(
    ("address", "asked"),
    [
        ("tenants/tenant", {}),
        ("tenants/tenant", {"p": "2"}),
        ("tenants/tenant", {"q": "TENANT-00"}),
        ("tenants/tenant", {"q": "company 01"}),
        ("tenants/tenant", {"region": "uk"}),
        ("tenants/tenant", {"state": "active"}),
        ("tenants/tenant", {"state": "deactivated"}),
        ("accounts/user", {}),
        ("accounts/user", {"q": "Person-00"}),
        ("accounts/user", {"q": "person 01"}),
        ("accounts/user", {"is_active__exact": "0"}),
        ("accounts/membership", {}),
        ("accounts/membership", {"tenant": "tenant-0007"}),
        ("accounts/membership", {"q": "tenant-0007"}),
        ("accounts/membership", {"q": "person-0007@"}),
        ("autocomplete", {"term": "tenant-00", **AUTOCOMPLETE, "field_name": "tenant"}),
        ("autocomplete", {"term": "PERSON-00", **AUTOCOMPLETE, "field_name": "user"}),
        ("tenants/auditevent", {}),
        ("tenants/auditevent", {"tenant": "tenant-0001"}),
        ("tenants/auditevent", {"tenant": "tenant-0001", "q": "scan:"}),
    ],
    ids=lambda value: "&".join(f"{name}={what}" for name, what in value.items()) if isinstance(value, dict) else value,
)
def test_a_page_reads_what_it_shows(crowd: None, as_staff: Client, address: str, asked: dict[str, str]):
    examined, returned, scanned = read(as_staff, f"/admin/{address}/", asked)
    assert scanned == []
    assert returned
    assert examined <= 2 * returned + SLACK
