"""What is read when most of the tenant is known: what changed, and everything when that can't be told?"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from connectors.inventory.records import Identity, Record, Removed, ScopeStarted
from connectors.source import Pull
from connectors.sources.entra import bookmark, source
from tests.connectors.sources.entra.conftest import NOW, Pulling, at, ends, key, told, unwell
from tests.connectors.sources.entra.directory import Directory, Reply
from tests.connectors.sources.entra.small_tenant import registration, sp

SCOPE = key("service-principals")
LATER = NOW + timedelta(days=1)


@pytest.fixture
def kept(graph: Directory, pull: Pulling) -> dict[str, str]:
    """The bookmarks of one complete reading."""
    found = {end.scope: end.bookmark for end in ends(pull()).values() if end.bookmark}
    assert list(found) == [SCOPE]
    graph.calls.clear()
    graph.log.clear()
    return found


def names(records: list[Record]) -> set[str]:
    return {each.name for each in told(records, "service-principals") if isinstance(each, Identity)}


def increments(records: list[Record]) -> set[str]:
    found = (each for each in records if isinstance(each, ScopeStarted) and each.increment)
    return {each.kind for each in found}


def test_only_what_changed_is_told(kept: dict[str, str], graph: Directory, pull: Pulling):
    graph.changed["servicePrincipals"] = [{"id": sp("func-invoices")}]
    records = pull(now=LATER, bookmarks=kept)
    assert unwell(records) == {}
    assert increments(records) == {"service-principals", "applications", "certificates"}
    assert names(records) == {"func-invoices"}


def test_it_is_told_as_a_whole_reading_tells_it(kept: dict[str, str], graph: Directory, pull: Pulling):
    graph.changed["servicePrincipals"] = [{"id": sp("Invoice Robot")}, {"id": sp("Support agent")}]
    changed = told(pull(now=LATER, bookmarks=kept), "service-principals")
    assert set(changed) <= set(told(pull(now=LATER), "service-principals"))
    assert len(changed) == 2


def test_an_application_that_changed_is_told_on_its_service_principal(
    kept: dict[str, str], graph: Directory, pull: Pulling
):
    graph.changed["applications"] = [{"id": registration("Invoice Robot")}]  # what didn't change is left out
    assert names(pull(now=LATER, bookmarks=kept)) == {"Invoice Robot"}


def test_a_sign_in_since_is_a_change(kept: dict[str, str], graph: Directory, pull: Pulling):
    path = "/reports/servicePrincipalSignInActivities"
    recent = {"lastSignInDateTime": NOW.isoformat()}
    graph.lists[path] = [{**graph.lists[path][0], "lastSignInActivity": recent}]
    assert names(pull(now=LATER, bookmarks=kept)) == {"Invoice Robot"}


def test_who_changed_in_two_ways_is_told_once(kept: dict[str, str], graph: Directory, pull: Pulling):
    graph.changed["servicePrincipals"] = [{"id": sp("Invoice Robot")}]
    graph.changed["applications"] = [{"id": registration("Invoice Robot")}]
    assert len(told(pull(now=LATER, bookmarks=kept), "service-principals")) == 1


def test_a_cancelled_increment_is_not_complete(kept: dict[str, str], graph: Directory):
    graph.changed["servicePrincipals"] = [{"id": sp("func-invoices")}]
    seen: list[Record] = []

    def cancelled() -> bool:
        return "service-principals" in increments(seen)

    for record in source.pull(Pull(settings={}, now=LATER, bookmarks=kept, cancelled=cancelled)):
        seen.append(record)  # noqa: PERF402  (`cancelled` looks at it meanwhile)
    states = {kind: ends(seen)[kind].state.value for kind in increments(seen)}
    assert states == dict.fromkeys(("service-principals", "applications", "certificates"), "cancelled")


def test_who_is_removed_is_told_to_be(kept: dict[str, str], graph: Directory, pull: Pulling):
    gone, back = {"id": sp("Hooli Sync"), "@removed": {"reason": "deleted"}}, {"id": sp("func-invoices")}
    graph.changed["servicePrincipals"] = [{**back, "@removed": {"reason": "changed"}}, gone, back]
    records = pull(now=LATER, bookmarks=kept)
    assert [each for each in records if isinstance(each, Removed)] == [Removed(id=sp("Hooli Sync"), scope=SCOPE)]
    assert "func-invoices" in names(records)


def test_everything_else_is_read_as_ever(kept: dict[str, str], everything: list[Record], pull: Pulling):
    records = pull(now=LATER, bookmarks=kept)
    for kind in ("app-roles", "delegated-grants", "directory-roles", "owners", "groups", "agents"):
        assert set(told(records, kind)) == set(told(everything, kind)), kind


def test_the_next_time_goes_on_from_here(kept: dict[str, str], graph: Directory, pull: Pulling):
    end = ends(pull(now=LATER, bookmarks=kept))["service-principals"]
    before, after = json.loads(kept[SCOPE]), json.loads(end.bookmark or "")
    assert before["principals"] != after["principals"]
    assert before["since"] == after["since"]  # of the last whole reading, which is due again some days after it


def test_certificates_are_asked_about_those_alone(kept: dict[str, str], graph: Directory, pull: Pulling):
    graph.changed["servicePrincipals"] = [{"id": sp("Invoice Robot")}]
    pull(now=LATER, bookmarks=kept)
    selecting = [each.query for each in graph.log if each.query.get("$select", "").endswith("keyCredentials")]
    assert selecting
    assert all(" in (" in query.get("$filter", "") for query in selecting)


# ── Everything after all ────────────────────────────────────────────────────────────────────────────────────────────


def changed(kept: dict[str, str], **said: Any) -> dict[str, str]:
    return {SCOPE: json.dumps(json.loads(kept[SCOPE]) | said)}


def test_all_is_read_when_the_last_whole_reading_is_long_ago(kept: dict[str, str], pull: Pulling):
    assert increments(pull(now=NOW + timedelta(days=6, hours=1), bookmarks=kept)) == set()


def test_all_is_read_when_the_bookmark_has_another_meaning(kept: dict[str, str], pull: Pulling):
    assert increments(pull(now=LATER, bookmarks=changed(kept, version=0))) == set()


@pytest.mark.parametrize("reply", [Reply(410, {}), Reply(400, {"error": {"code": "syncStateNotFound"}})])
@pytest.mark.parametrize("path", ["/servicePrincipals/delta", "/applications/delta"])
def test_all_is_read_when_graph_has_forgotten(
    path: str, reply: Reply, kept: dict[str, str], graph: Directory, pull: Pulling
):
    graph.faults.append(at(path, reply, times=1))
    records = pull(now=LATER, bookmarks=kept)
    assert (increments(records), len(names(records))) == (set(), 8)
    assert ends(records)["service-principals"].bookmark


def test_all_is_read_when_too_much_changed(
    kept: dict[str, str], graph: Directory, pull: Pulling, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(bookmark, "FEW", 2)
    graph.changed["servicePrincipals"] = [{"id": sp(name)} for name in ("Invoice Robot", "CI deployer", "Hooli Sync")]
    records = pull(now=LATER, bookmarks=kept)
    assert (increments(records), len(names(records))) == (set(), 8)


def test_all_is_read_when_something_else_can_be_told_now(kept: dict[str, str], pull: Pulling):
    assert increments(pull(now=LATER, bookmarks=changed(kept, lacking=["sign-ins"]))) == set()


def test_all_is_read_when_federated_credentials_are_others(kept: dict[str, str], graph: Directory, pull: Pulling):
    path = f"/applications/{registration('CI deployer')}/federatedIdentityCredentials"
    graph.lists[path] = graph.lists[path][:1]
    records = pull(now=LATER, bookmarks=kept)
    (deployer,) = (each for each in told(records, "service-principals") if getattr(each, "name", "") == "CI deployer")
    assert (increments(records), isinstance(deployer, Identity) and len(deployer.credentials)) == (set(), 1)


def test_all_is_read_when_the_tokens_are_of_another_place(kept: dict[str, str], pull: Pulling):
    elsewhere = changed(kept, principals="https://mallory.example/delta")
    assert increments(pull(now=LATER, bookmarks=elsewhere)) == set()


def test_without_tokens_there_is_no_bookmark(graph: Directory, pull: Pulling):
    graph.faults.append(at("/delta", Reply(400, {"error": {"code": "BadRequest"}})))
    records = pull()
    assert (unwell(records), ends(records)["service-principals"].bookmark) == ({}, None)


def test_what_could_not_be_told_is_in_the_bookmark(graph: Directory, pull: Pulling):
    graph.faults.append(at("servicePrincipalSignInActivities", Reply(403, {})))
    end = ends(pull())["service-principals"]
    assert json.loads(end.bookmark or "")["lacking"] == ["sign-ins"]
