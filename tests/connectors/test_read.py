"""An evaluation sees the tenant's live inventory, and how far it was read."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from connectors.inventory.read import Inventory, coverage_chip
from connectors.inventory.records import Domain, Owner, Relation, ScopeState
from connectors.models import Connection, Scan
from tenants.models import Tenant
from tests.connectors import scripted
from tests.connectors.scanning import run, run_script
from tests.connectors.scripted import bucket, function, link, role, scope
from tests.factories import NOW, make_connection, make_scan

DATA = bucket("customer-data", domains=(Domain(name="customer", because="name contains “customer”"),))
CAROL = Owner(
    id="carol", provider_id="carol", name="Carol", type="person", system="aws", scope="prod:iam", active=False
)


def inventory(connection: Connection) -> Inventory:
    return Inventory(connection.tenant, now=NOW)


def age(scan: Scan, **ago: float) -> None:
    Scan.objects.of(scan.tenant).filter(pk=scan.pk).update(finished_at=timezone.now() - timedelta(**ago))


def test_objects_come_back_as_the_source_told_them(connection: Connection):
    run(connection, scope("prod:iam", function("export"), role("B"), role("A"), DATA, CAROL))
    assert list(inventory(connection).workloads()) == [function("export")]
    assert list(inventory(connection).identities()) == [role("A"), role("B")]
    assert list(inventory(connection).resources()) == [DATA]
    assert inventory(connection).get(DATA.id) == DATA


def test_what_is_gone_or_another_tenants_is_not_there(connection: Connection, other_tenant: Tenant):
    run(connection, scope("prod:iam", role("A")))
    assert Inventory(other_tenant, now=NOW).get(role("A").id) is None
    run(connection, scope("prod:iam"))
    assert inventory(connection).get(role("A").id) is None
    assert list(inventory(connection).identities()) == []


def test_owners_are_whom_the_source_names(connection: Connection):
    owns = link(Relation.OWNS, CAROL, function("export"))
    run(connection, scope("prod:iam", function("export"), CAROL, owns))
    assert inventory(connection).owners(function("export").id) == [CAROL]
    assert inventory(connection).owners("nobody's") == []


def test_only_scopes_that_the_latest_scan_read_are_complete(connection: Connection):
    run(connection, scope("prod:iam"), scope("dev:iam"))
    run(connection, scope("prod:iam"), scope("dev:iam", state=ScopeState.THROTTLED))
    found = inventory(connection)
    assert found.complete(("prod:iam",))
    assert not found.complete(("prod:iam", "dev:iam"))
    assert not found.complete(("never:iam",))


def test_gaps_are_told_by_label_for_an_account_or_for_all(connection: Connection):
    run(connection, scope("prod:iam"), scope("dev:iam", state=ScopeState.DENIED))
    found = inventory(connection)
    assert found.gaps("prod", ("iam",)) == []
    assert found.gaps("dev", ("iam",)) == found.gaps(None, ("iam",)) == ["IAM in dev"]


def test_a_kind_that_was_not_read_at_all_is_a_gap(connection: Connection):
    run(connection, scope("prod:iam"), scope("dev:iam"))
    assert inventory(connection).gaps("prod", ("iam", "lambda")) == ["lambda in prod"]
    assert inventory(connection).gaps("new", ("iam",)) == ["iam in new"]


def test_a_kind_that_the_system_does_not_have_is_none(connection: Connection):
    run(connection, scope("prod:iam"))
    assert inventory(connection).gaps("prod", ("iam", "sign-ins")) == []


def test_the_scan_that_is_being_evaluated_counts(connection: Connection, monkeypatch: pytest.MonkeyPatch):
    run(connection, scope("prod:iam", state=ScopeState.DENIED))
    seen = []

    def evaluated(*, tenant: Tenant, scan: Scan) -> dict[str, int]:
        seen.append(inventory(connection).complete(("prod:iam",)))
        return {}

    monkeypatch.setattr(scripted, "evaluated", evaluated)
    run(connection, scope("prod:iam"))
    assert seen == [True]


def test_a_scan_that_failed_takes_nothing_back(connection: Connection):
    run(connection, scope("prod:iam"))
    make_scan(connection, state=Scan.State.FAILED, queued_at=timezone.now() + timedelta(minutes=1))
    assert inventory(connection).complete(("prod:iam",))


# ── The chip ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_nothing_is_said_before_anything_was_read(connection: Connection):
    assert coverage_chip(connection.tenant) is None


def test_the_chip_tells_age_and_coverage(connection: Connection):
    age(run(connection, scope("prod:iam"), scope("dev:iam")), hours=2)
    assert coverage_chip(connection.tenant) == {
        "label": "Scripted 2 h ago · 2 of 2 accounts",
        "state": "ok",
        "url": None,
    }


@pytest.mark.parametrize(
    ("ago", "words", "state"),
    [
        ({"seconds": 5}, "just now", "ok"),
        ({"minutes": 59}, "59 min ago", "ok"),
        ({"hours": 47}, "47 h ago", "ok"),
        ({"days": 3}, "3 days ago", "warn"),
    ],
)
def test_old_data_is_told(connection: Connection, ago: dict[str, float], words: str, state: str):
    age(run(connection, scope("prod:iam")), **ago)
    chip = coverage_chip(connection.tenant)
    assert chip
    assert (chip["label"], chip["state"]) == (f"Scripted {words} · 1 of 1 account", state)


def test_what_was_not_read_is_told(connection: Connection):
    run(connection, scope("prod:iam"), scope("dev:iam", state=ScopeState.DENIED))
    chip = coverage_chip(connection.tenant)
    assert chip
    assert (chip["label"].split(" · ")[1], chip["state"]) == ("1 of 2 accounts", "warn")


def test_a_failed_try_is_told(connection: Connection):
    run(connection, scope("prod:iam"))
    scripted.source.script = lambda pull: iter([None])  # type: ignore[list-item]
    assert run_script(connection).state == Scan.State.FAILED
    chip = coverage_chip(connection.tenant)
    assert chip
    assert chip["state"] == "bad"


def test_several_systems_are_as_old_as_the_oldest(connection: Connection):
    age(run(connection, scope("prod:iam")), hours=3)
    other = make_connection(connection.tenant, kind="scripted", name="Other", settings={})
    run(other, scope("dev:iam"))
    make_connection(connection.tenant, kind="scripted", name="Unread", settings={})
    chip = coverage_chip(connection.tenant)
    assert chip
    assert (chip["label"], chip["state"]) == ("2 of 3 systems 3 h ago · 2 of 2 accounts", "warn")
