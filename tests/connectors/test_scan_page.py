"""Does a scan's page say how each account is getting on, the troubled ones first, and let the right people cancel?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from connectors import coverage
from connectors.models import Connection, Scan
from connectors.views.scans import took
from tenants.models import Tenant
from tests.conftest import signed_in
from tests.connectors.stored import covered
from tests.factories import NOW, make_connection, make_scan


def url(name: str, scan: Scan) -> str:
    return reverse(f"tenant:{name}", kwargs={"slug": "acme", "pk": scan.pk})


def text(response: Any) -> str:
    return str(response.content.decode())


@pytest.fixture
def connection(tenant: Tenant) -> Connection:
    return make_connection(tenant)


@pytest.fixture
def running(connection: Connection) -> Scan:
    scan = make_scan(connection, state="running", live=True, finished_at=None, counts={"edges": 1234})
    covered(scan, "alpha", iam="complete", glue="complete")
    covered(scan, "beta", iam="complete", glue="denied")
    covered(scan, "gamma", iam="running")
    covered(scan, "delta", iam="skipped")
    return scan


def test_trouble_comes_first_and_scopes_are_folded(running: Scan):
    groups = coverage.groups(running)
    assert [(group.label, group.state) for group in groups] == [
        ("beta", "denied"), ("gamma", "running"), ("delta", "skipped"), ("alpha", "complete"),
    ]  # fmt: skip
    assert (groups[0].complete, groups[0].scopes, groups[0].objects) == (1, 2, 20)
    assert groups[0].missing == ("glue:List",)


def test_the_summary_counts_accounts(running: Scan):
    total = coverage.summary(coverage.groups(running), ("account", "accounts"))
    assert (total.groups, total.ended, total.complete, total.objects) == (4, 3, 1, 60)
    assert total.words == "1 of 4 accounts"


def test_a_scan_sees_only_its_own_coverage(running: Scan, connection: Connection):
    before = make_scan(connection)
    covered(before, "alpha", iam="failed")
    assert [group.state for group in coverage.groups(before)] == ["failed"]
    assert coverage.latest(connection) == before


def test_the_page_polls_while_the_scan_is_live(as_bob: Client, running: Scan):
    answer = text(as_bob.get(url("scan", running)))
    assert f'hx-get="{url("scan_progress", running)}' in answer
    assert "1,234" in answer
    assert "Cancel scan" in answer


def test_the_fragment_is_only_the_part_that_moves(as_bob: Client, running: Scan):
    answer = text(as_bob.get(url("scan_progress", running), HTTP_HX_REQUEST="true"))
    assert "<html" not in answer
    assert "every 2s" in answer


def test_polling_ends_with_the_scan(as_bob: Client, running: Scan):
    Scan.objects.of(running.tenant).filter(pk=running.pk).update(
        state="timed_out", live=None, finished_at=NOW, error="It took longer than 6 hours.", error_kind="transient"
    )
    answer = text(as_bob.get(url("scan_progress", running), HTTP_HX_REQUEST="true"))
    assert "every 2s" not in answer
    assert "Cancel scan" not in answer
    assert "It took longer than 6 hours." in answer
    assert "scan again later" in answer


def test_only_a_change_is_announced(as_bob: Client, running: Scan):
    address = url("scan_progress", running)
    assert 'id="live"' not in text(as_bob.get(f"{address}?said=running 3", HTTP_HX_REQUEST="true"))
    told = text(as_bob.get(f"{address}?said=running 2", HTTP_HX_REQUEST="true"))
    assert 'id="live"' in told
    assert "1 of 4 accounts read completely" in told


def test_a_group_opens_to_its_scopes(as_bob: Client, running: Scan):
    folded = text(as_bob.get(url("scan", running)))
    assert "glue in beta" not in folded
    opened = text(as_bob.get(url("scan", running) + "?group=beta"))
    assert "glue in beta" in opened
    assert opened.index("glue in beta") < opened.index("iam in beta")
    assert "group=beta" in opened  # the next poll keeps it open


def test_hundreds_of_accounts_come_in_pages(as_bob: Client, connection: Connection):
    scan = make_scan(connection)
    for number in range(52):
        covered(scan, f"account-{number:02}", iam="complete")
    covered(scan, "zulu", iam="failed")
    first = as_bob.get(url("scan", scan))
    assert [len(first.context["groups"]), first.context["groups"][0].label] == [50, "zulu"]
    second = as_bob.get(url("scan", scan) + "?page=2")
    assert [group.label for group in second.context["groups"]] == ["account-49", "account-50", "account-51"]
    assert as_bob.get(url("scan", scan) + "?page=-1").status_code == 200
    assert as_bob.get(url("scan", scan) + "?page=%D9%A3").status_code == 200


def test_hostile_labels_are_text(as_bob: Client, connection: Connection):
    scan = make_scan(connection)
    covered(scan, "<script>alert(1)</script>&group=\u202e", iam="failed")
    answer = text(as_bob.get(url("scan", scan)))
    assert "<script>alert" not in answer
    assert "&lt;script&gt;" in answer


def test_an_analyst_cancels(as_bob: Client, running: Scan):
    answer = text(as_bob.post(url("scan_cancel", running), HTTP_HX_REQUEST="true"))
    running.refresh_from_db()
    assert running.cancel_requested_by == "Bob"
    assert "Cancelled by" in answer


def test_a_viewer_does_not(victor: User, running: Scan):
    client = signed_in(victor)
    assert client.post(url("scan_cancel", running)).status_code == 403
    assert "Cancel scan" not in text(client.get(url("scan", running)))


def test_a_scan_that_has_ended_is_left_alone(as_bob: Client, connection: Connection):
    scan = make_scan(connection)
    assert as_bob.post(url("scan_cancel", scan)).status_code == 302
    scan.refresh_from_db()
    assert (scan.state, scan.cancel_requested_by) == ("complete", None)


def test_how_long_it_took_is_said_in_words():
    def ran(seconds: int) -> str | None:
        return took(Scan(started_at=NOW, finished_at=NOW + timedelta(seconds=seconds)))

    assert [ran(5), ran(252), ran(7300), took(Scan())] == ["5 s", "4 min 12 s", "2 h 1 min", None]
