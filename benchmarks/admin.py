"""How fast are staff's pages with many tenants and people, against the same pages of an empty database?

    python -m benchmarks.admin --tenants 10000 --people 100000

fills a database of a mongod that it starts, then asks for each page ROUNDS times as a signed-in owner, through Django's
whole stack, and for the same pages of a database that holds the owner alone. The last line is JSON: by page p50_ms,
p95_ms and ratio_to_empty, the quotient of both medians.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from typing import Any

from sv0.mongod import running_mongod

ROUNDS = 30
BATCH = 5000
# Names of what is looked for; both databases are asked the same.
PAGES = {
    "tenants": ("/admin/tenants/tenant/", {}),
    "tenants searched": ("/admin/tenants/tenant/", {"q": "company 00123"}),
    "tenants of a region": ("/admin/tenants/tenant/", {"region": "uk"}),
    "people": ("/admin/accounts/user/", {}),
    "people searched": ("/admin/accounts/user/", {"q": "person-00123"}),
    "people disabled": ("/admin/accounts/user/", {"is_active__exact": "0"}),
    "memberships": ("/admin/accounts/membership/", {}),
    "memberships by slug": ("/admin/accounts/membership/", {"q": "tenant-00123"}),
    "memberships by address": ("/admin/accounts/membership/", {"q": "person-00123"}),
    "audit events": ("/admin/tenants/auditevent/", {}),
    "autocomplete of tenants": (
        "/admin/autocomplete/",
        {"term": "tenant-001", "app_label": "accounts", "model_name": "membership", "field_name": "tenant"},
    ),
}


def main() -> None:
    """Start a mongod, measure the empty database, fill it, measure again."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tenants", type=int, default=10_000, help="(default: %(default)s)")
    parser.add_argument("--people", type=int, default=100_000, help="(default: %(default)s)")
    asked = parser.parse_args()
    with running_mongod() as uri:
        os.environ |= {"MONGODB_URI": uri, "MONGODB_NAME": "admin_pages", "DJANGO_SETTINGS_MODULE": "sv0.settings"}
        os.environ |= {"SV0_ENV": "development", "LOG_LEVEL": "ERROR"}
        told = measured(tenants=asked.tenants, people=asked.people)
    print(json.dumps(told))


def measured(*, tenants: int, people: int) -> dict[str, Any]:
    """Both databases, one after the other."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    connection.ensure_connection()
    connection.connection.drop_database(connection.settings_dict["NAME"])  # of a run before, where mongod is yours
    call_command("migrate", verbosity=0)
    browser = owner()
    empty = {name: milliseconds(browser, *page) for name, page in PAGES.items()}
    fill(tenants=tenants, people=people)
    full = {name: milliseconds(browser, *page) for name, page in PAGES.items()}
    pages = {}
    for name, times in full.items():
        p50, p95 = statistics.median(times), sorted(times)[int(len(times) * 0.95)]
        pages[name] = {
            "p50_ms": round(p50, 1),
            "p95_ms": round(p95, 1),
            "ratio_to_empty": round(p50 / statistics.median(empty[name]), 2),
        }
        print(f"{name}: {pages[name]}", flush=True)
    return {"tenants": tenants, "people": people, "rounds": ROUNDS, "pages": pages}


def owner() -> Any:
    """A signed-in owner's browser."""
    from django.conf import settings

    from accounts.models import User
    from tests.conftest import signed_in

    settings.ALLOWED_HOSTS = ["*"]
    return signed_in(User.objects.create_superuser("owner@sv0.example"))


def milliseconds(browser: Any, address: str, asked: dict[str, str]) -> list[float]:
    """Of each round but the first, which fills caches."""
    times = []
    for _ in range(ROUNDS + 1):
        started = time.perf_counter()
        answer = browser.get(address, asked)
        times.append((time.perf_counter() - started) * 1000)
        assert answer.status_code == 200, (address, answer.status_code)
    return times[1:]


def fill(*, tenants: int, people: int) -> None:
    """Tenants, people who each belong to one, and an audit event for each."""
    from accounts.models import Membership, User
    from tenants.models import Region, Tenant

    started = time.perf_counter()
    made = Tenant.objects.bulk_create(
        [
            Tenant(slug=f"tenant-{n:06}", name=f"Company {n:06}", region=Region.values[n % len(Region)])
            for n in range(tenants)
        ],
        batch_size=BATCH,
    )
    for first in range(0, people, BATCH):
        numbers = range(first, min(first + BATCH, people))
        some = [User(email=f"person-{n:06}@x.example", name=f"Person {n}", is_active=n % 20 != 0) for n in numbers]
        User.objects.bulk_create(some)
        Membership.objects.bulk_create(
            [Membership(tenant=made[n % tenants], user=user) for n, user in zip(numbers, some, strict=True)]
        )
        events(made, numbers)
    print(f"filled in {time.perf_counter() - started:.0f} s", flush=True)


def events(made: list[Any], numbers: range) -> None:
    """As many audit events: what they say doesn't matter here, only how many there are."""
    from django.utils import timezone

    from tenants.models import AuditEvent

    now = timezone.now()
    AuditEvent.objects.bulk_create(
        AuditEvent(
            tenant=made[n % len(made)], number=n, action="scan:requested", actor="sv0", via="worker", at=now,
            previous_hash="", hash="",
        )
        for n in numbers
    )  # fmt: skip


if __name__ == "__main__":
    main()
