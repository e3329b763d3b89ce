"""An evaluation sees the tenant's live inventory, and how far it was read."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from connectors.inventory.models import Attestation, Coverage, Node
from connectors.inventory.read import Inventory, coverage_chip
from connectors.inventory.records import Access, Alert, Domain, Egress, Link, Owner, Ref, Relation, ScopeState
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


# ── What rules ask beyond one object ────────────────────────────────────────────────────────────────────────────────


def test_who_reaches_a_domain_and_which_there_are(connection: Connection):
    runs, may = link(Relation.RUNS_AS, function("export"), role("A")), scripted.may(role("A"), Access.READ, DATA)
    run(connection, scope("prod:iam", function("export"), role("A"), role("B"), DATA, runs, may))
    found = inventory(connection)
    assert [(domain.id, domain.name) for domain in found.domains()] == [("domain/customer", "customer")]
    assert found.reaching("customer") == {function("export").id, role("A").id}
    assert found.reaching("hr") == set()


def test_since_when_an_object_and_a_scope_are_known(connection: Connection):
    run(connection, scope("prod:iam", role("A")), scope("dev:iam", state=ScopeState.DENIED))
    first = Node.objects.of(connection.tenant).get(key=role("A").id).first_seen
    run(connection, scope("prod:iam", role("A"), role("B")), scope("dev:iam"))
    found = inventory(connection)
    began = Coverage.objects.of(connection.tenant).order_by("started_at")
    assert found.known_since("prod:iam") == began.filter(scope="prod:iam").first().started_at  # type: ignore[union-attr]
    assert found.known_since("dev:iam") == began.filter(scope="dev:iam").last().started_at  # type: ignore[union-attr]
    assert found.known_since("never:iam") is None
    assert (found.first_seen(role("A").id), found.first_seen("nobody")) == (first, None)
    for identity in found.identities():  # the object at hand, of which nothing is asked
        assert found.first_seen(identity.id) == Node.objects.of(connection.tenant).get(key=identity.id).first_seen


def test_when_a_person_last_said_who_answers(connection: Connection):
    run(connection, scope("prod:iam", role("A")))
    said = {"tenant": connection.tenant, "key": role("A").id, "name": "A", "owner_key": "mailto:ann", "author": "Ann"}
    for days, standing in ((9, None), (3, True)):
        at = NOW - timedelta(days=days)
        Attestation.objects.create(**said, owner_name="Ann", at=at, until=NOW, standing=standing)
    assert inventory(connection).acknowledged(role("A").id) == NOW - timedelta(days=3)
    assert inventory(connection).acknowledged("nobody") is None


def test_what_a_system_reports_about_an_object(connection: Connection):
    ref = Ref(kind="identity", id=role("A").id, name="A")
    alert = Alert(id="leak", subject=ref, title="Leaked key", severity="high", scope="prod:iam")
    run(connection, scope("prod:iam", role("A"), role("B"), alert))
    assert inventory(connection).alerts_about(role("A").id) == [alert]
    assert inventory(connection).alerts_about(role("B").id) == []
    run(connection, scope("prod:iam", role("A"), role("B")))
    assert inventory(connection).alerts_about(role("A").id) == []


def test_a_path_may_go_by_the_address_where_a_workload_answers(connection: Connection):
    sends = Egress(
        source=scripted.ref(function("rule")), destination="x.example", scope="prod:iam", evidence="It sends there."
    )
    answers = Link(
        relation=Relation.CALLS,
        source=Ref(kind="egress", id="x.example", name="x.example"),
        target=scripted.ref(function("export")),
        scope="prod:iam",
    )
    runs, may = link(Relation.RUNS_AS, function("export"), role("A")), scripted.may(role("A"), Access.READ, DATA)
    objects = function("rule"), function("export"), role("A"), DATA
    run(connection, scope("prod:iam", *objects, sends, answers, runs, may))
    found = inventory(connection)
    assert [path.line for path in found.paths_from(function("rule").id)] == ["rule → x.example"]
    lines = [path.line for path in found.paths_by_calls(function("rule").id)]
    assert "rule → x.example → export → A → customer-data" in lines
