"""Is the past told as it was: an object at any scan, and what differs between two?"""

from __future__ import annotations

import html
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.inventory import history
from connectors.inventory.history import Span
from connectors.inventory.models import Change, Coverage, Edge, Node
from connectors.inventory.records import Access, Grade
from connectors.models import Connection, Scan
from tests.connectors.scanning import run
from tests.connectors.scripted import bucket, may, role, scope

DAY = timedelta(days=1)
ROLES = [role(f"r{number}") for number in range(3)]
LOGS = bucket("logs")


def aged(connection: Connection) -> None:
    """Everything so far happened a day earlier."""
    for model, moments in (
        (Node, ("first_seen", "last_seen", "gone_at")),
        (Edge, ("first_seen", "last_seen", "gone_at")),
        (Change, ("at",)),
        (Scan, ("queued_at", "started_at", "finished_at")),
        (Coverage, ("started_at", "ended_at")),
    ):
        for row in model.objects.of(connection.tenant):
            before = {name: getattr(row, name) for name in moments}
            earlier = {name: moment - DAY for name, moment in before.items() if moment}
            model.objects.of(connection.tenant).filter(pk=row.pk).update(**earlier)


def moments(connection: Connection) -> list[Any]:
    return [scan.started_at for scan in Scan.objects.of(connection.tenant).order_by("started_at")]


def present(connection: Connection) -> dict[str, tuple[str | None, set[tuple[str, str]]]]:
    """Name → its description if it is there, and its edges, each with its grade."""
    found = {}
    for node in Node.objects.of(connection.tenant):
        edges = Edge.objects.of(connection.tenant).filter(source=node.key, gone_at=None)
        there = node.data.get("account_name") if node.gone_at is None else None
        found[node.name] = (there, {(edge.target_name, edge.grade) for edge in edges})
    return found


def past(connection: Connection, at: Any) -> dict[str, tuple[str | None, set[tuple[str, str]]]]:
    found = {}
    for node in Node.objects.of(connection.tenant):
        state = history.as_of(node, at)
        edges = {(edge["target_name"], edge["grade"]) for edge in state.edges if edge["source"] == node.key}
        if state.exists is not None:
            found[node.name] = (state.data.get("account_name") if state.exists else None, edges)
    return found


@st.composite
def estates(draw: Any) -> list[Any]:
    """What one scan finds: some roles, under one name of the account or another, with some access to the logs."""
    records: list[Any] = [LOGS]
    for each in ROLES:
        if draw(st.booleans()):
            found = replace(each, account_name=draw(st.sampled_from(["prod", "production"])))
            records.append(found)
            if draw(st.booleans()):
                records.append(may(found, Access.READ, LOGS, grade=draw(st.sampled_from(list(Grade)))))
    return records


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(estates(), min_size=2, max_size=5))
def test_every_scan_can_be_looked_back_at(connection: Connection, scans: list[list[Any]]):
    for model in (Node, Edge, Change, Scan, Coverage):
        model.objects.of(connection.tenant).delete()
    seen = []
    for records in scans:
        aged(connection)
        run(connection, scope("prod:iam", *records))
        seen.append(present(connection))
    later: dict[str, Any] = {name: (None, set()) for name in seen[-1]}
    for at, then in zip(moments(connection), seen, strict=True):
        assert past(connection, at) == {**later, **then}


def test_before_it_was_first_read_nothing_is_known(connection: Connection):
    run(connection, scope("prod:iam", role("Admin")))
    node = Node.objects.of(connection.tenant).get()
    assert history.as_of(node, node.first_seen - DAY).exists is None
    assert history.as_of(node, node.first_seen).exists is True


def test_when_it_was_last_used_is_not_told_of_the_past(connection: Connection):
    run(connection, scope("prod:iam", role("Admin", last_used_at=ROLES[0].created_at)))
    node = Node.objects.of(connection.tenant).get()
    assert "last_used_at" in node.data
    assert "last_used_at" not in history.as_of(node, node.first_seen).data


@pytest.fixture
def two(connection: Connection) -> Span:
    """Two scans: a role that goes, one that comes, one whose account is renamed, an access that becomes conditional."""
    kept = role("kept")
    run(connection, scope("prod:iam", kept, role("goes"), LOGS, may(kept, Access.READ, LOGS)))
    aged(connection)
    renamed = replace(kept, account_name="production")
    conditional = may(renamed, Access.READ, LOGS, grade=Grade.CONDITIONAL)
    run(connection, scope("prod:iam", renamed, role("comes"), LOGS, conditional))
    first, second = moments(connection)
    return Span(after=first, until=second)


def differences(connection: Connection, span: Span, **asked: Any) -> list[tuple[str, str | None]]:
    found = history.between(connection.tenant, span, after=[], limit=100, **asked)
    return [(net.subject_name, net.told["field"]) for net in found]


def test_two_scans_differ_in_what_came_went_and_changed(connection: Connection, two: Span):
    assert sorted(differences(connection, two)) == [
        ("comes", "appeared"),
        ("goes", "gone"),
        ("kept", "account name"),
        ("kept can read logs", "grade of “kept can read logs”"),
    ]
    assert differences(connection, two, subject=role("goes").id) == [("goes", "gone")]
    assert differences(connection, two, kind="edge") == [("kept can read logs", "grade of “kept can read logs”")]
    assert history.counted(connection.tenant, two) == {
        "identity": {"appeared": 1, "gone": 1, "changed": 1},
        "edge": {"changed": 1},
    }


def test_they_are_told_in_pages(connection: Connection, two: Span):
    everything = history.between(connection.tenant, two, after=[], limit=100)
    told: list[Any] = []
    while page := history.between(connection.tenant, two, after=told[-1].place if told else [], limit=1):
        told += page
    assert told == everything


def test_what_came_and_went_again_in_between_is_no_difference(connection: Connection):
    run(connection, scope("prod:iam", LOGS))
    aged(connection)
    run(connection, scope("prod:iam", LOGS, role("brief")))
    aged(connection)
    run(connection, scope("prod:iam", LOGS))
    first, _, third = moments(connection)
    assert differences(connection, Span(after=first, until=third)) == []


def test_another_tenants_changes_are_not_told(connection: Connection, two: Span, other_tenant: Any):
    assert history.between(other_tenant, two, after=[], limit=100) == []
    assert history.counted(other_tenant, two) == {}


# ── Pages ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def shown(client: Client, name: str, *, asked: dict[str, Any] | None = None, **kwargs: Any) -> str:
    answer = client.get(reverse(f"tenant:{name}", kwargs={"slug": "acme", **kwargs}), asked or {})
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def test_the_changes_page_compares_the_last_two_scans(connection: Connection, two: Span, as_victor: Client):
    page = shown(as_victor, "changes")
    assert "1 appeared" in page
    for word in ("comes", "goes", "account name", "grade of “kept can read logs”"):
        assert word in page
    assert "account name" not in shown(as_victor, "changes", asked={"kind": "edge"})


def test_scans_are_put_in_order_and_strangers_refused(connection: Connection, two: Span, as_victor: Client):
    first, second = Scan.objects.of(connection.tenant).order_by("started_at")
    asked = {"from": str(second.pk), "to": str(first.pk)}
    assert "comes" in shown(as_victor, "changes", asked=asked)
    theirs = {"from": str(first.pk), "to": "0" * 24}
    address = reverse("tenant:changes", kwargs={"slug": "acme"})
    assert as_victor.get(address, theirs).status_code == 404


def test_an_object_is_shown_as_it_was(connection: Connection, two: Span, as_victor: Client):
    first, _second = Scan.objects.of(connection.tenant).order_by("started_at")
    nodes = {node.name: node.pk for node in Node.objects.of(connection.tenant)}
    now = shown(as_victor, "object_history", pk=nodes["kept"])
    assert "kept can read logs" in now
    assert "(conditional)" in now
    assert "<dd><bdi>production</bdi></dd>" in now
    back = {"from": str(first.pk), "to": str(first.pk)}
    then = shown(as_victor, "object_history", pk=nodes["kept"], asked=back)
    assert "(conditional)" not in then
    assert "<dd><bdi>prod</bdi></dd>" in then
    assert "Not there." in shown(as_victor, "object_history", pk=nodes["goes"])
    assert "Not there." not in shown(as_victor, "object_history", pk=nodes["goes"], asked=back)


def test_one_scan_is_nothing_to_compare(connection: Connection, as_victor: Client):
    assert "Nothing to compare yet" in shown(as_victor, "changes")
    run(connection, scope("prod:iam", role("Admin")))
    assert "Nothing to compare yet" in shown(as_victor, "changes")
    pk = Node.objects.of(connection.tenant).get().pk
    assert "There is no earlier scan" in shown(as_victor, "object_history", pk=pk)
