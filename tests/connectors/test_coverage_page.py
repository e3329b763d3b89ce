"""Does the coverage page say what was read, what was left out and which permission was missing?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from connectors import coverage
from connectors.inventory.models import Coverage
from connectors.models import Connection
from connectors.registry import source
from tenants.models import Tenant
from tests.connectors.stored import covered
from tests.factories import NOW, make_connection, make_scan

URL = reverse("tenant:coverage", kwargs={"slug": "acme"})


def text(response: Any) -> str:
    return str(response.content.decode())


@pytest.fixture
def connection(tenant: Tenant) -> Connection:
    return make_connection(tenant)


def test_nothing_connected_says_so(as_bob: Client, tenant: Tenant):
    assert "Nothing is connected yet" in text(as_bob.get(URL))


def test_never_scanned_is_unknown_not_complete(as_bob: Client, connection: Connection):
    assert "Nothing is known yet" in text(as_bob.get(URL))


def test_accounts_by_kinds(connection: Connection):
    scan = make_scan(connection, state="partial")
    covered(scan, "alpha", iam="complete")
    covered(scan, "beta", iam="complete", glue="denied")
    matrix = coverage.matrix(scan)
    assert matrix.kinds == ["glue", "iam"]
    assert [(group.label, [cell.state for cell in cells]) for group, cells in matrix.rows] == [
        ("beta", ["denied", "complete"]), ("alpha", ["", "complete"]),
    ]  # fmt: skip


def test_missing_permissions_are_gathered(connection: Connection):
    scan = make_scan(connection, state="partial")
    covered(scan, "alpha", glue="denied")
    covered(scan, "beta", glue="denied", iam="denied")
    found = {entry.name: (entry.groups, entry.kinds) for entry in coverage.missing(scan)}
    assert found == {"glue:List": (["alpha", "beta"], ["glue"]), "iam:List": (["beta"], ["iam"])}


def test_the_page_shows_the_last_scan_that_read_anything(as_bob: Client, connection: Connection):
    scan = make_scan(connection, state="partial")
    covered(scan, "<b>alpha</b>", glue="denied", iam="complete")
    make_scan(connection, state="failed", error="The role can't be assumed.", queued_at=NOW)
    answer = text(as_bob.get(URL))
    assert "&lt;b&gt;alpha&lt;/b&gt;" in answer
    assert "The role can&#x27;t be assumed." in answer
    assert "AWS refused to list glue." in answer
    assert "0 of 1 account" in answer


def test_many_accounts_are_shown_on_demand(as_bob: Client, connection: Connection):
    scan = make_scan(connection)
    for number in range(102):
        covered(scan, f"account-{number:03}", iam="complete")
    few = as_bob.get(URL).context["sections"][0]
    assert (len(few["rows"]), few["hidden"]) == (100, 2)
    every = as_bob.get(f"{URL}?all={connection.pk}").context["sections"][0]
    assert (len(every["rows"]), every["hidden"]) == (102, 0)
    assert as_bob.get(f"{URL}?all=%00").status_code == 200


def test_an_account_bears_the_name_that_was_learned_last(connection: Connection):
    scan = make_scan(connection, state="complete")
    covered(scan, "1000", organization="complete", zz="complete")
    scopes = Coverage.objects.of(scan.tenant)
    scopes.filter(kind="organization").update(group_label="Account 1000", started_at=NOW - timedelta(seconds=5))
    scopes.filter(kind="zz").update(group_label="acme-management (1000)")
    assert [group.label for group in coverage.groups(scan)] == ["acme-management (1000)"]


def test_a_refused_permission_names_the_rules_that_stay_blind(as_bob: Client, connection: Connection):
    covered(make_scan(connection, state="partial"), "alpha", iam="denied")
    for url in (URL, reverse("tenant:connection", kwargs={"slug": "acme", "pk": connection.pk})):
        assert "Dormant identity" in text(as_bob.get(url))


def test_what_throttling_cost_is_told(as_bob: Client, connection: Connection):
    scan = make_scan(connection)
    covered(scan, "alpha", iam="complete", glue="complete")
    Coverage.objects.of(connection.tenant).filter(scan=scan.pk).update(retries=700, waited=126.4)
    html = text(as_bob.get(reverse("tenant:connection", kwargs={"slug": "acme", "pk": connection.pk})))
    assert "1,400" in html
    assert "4 min 12 s" in html
    assert "4 min 12 s waited" in text(as_bob.get(reverse("tenant:scan", kwargs={"slug": "acme", "pk": scan.pk})))


def test_what_a_source_tells_nobody_is_told(as_bob: Client, connection: Connection, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(type(source(connection.kind)), "blind_spots", ("Nobody is told who made a token.",))
    html = text(as_bob.get(reverse("tenant:connection", kwargs={"slug": "acme", "pk": connection.pk})))
    assert "Nobody is told who made a token." in html
