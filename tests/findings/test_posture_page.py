"""Do the posture page's numbers say what the queue says, and does it say what isn't known?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from connectors.inventory.models import Coverage
from connectors.models import Connection
from tenants.models import Tenant
from tests.factories import make_connection, make_finding, make_scan

POSTURE = "/t/acme/posture/"


def scope(connection: Connection, scan: Any, group: str, *, kind: str = "iam", state: str = "complete", **fields: Any):
    now = timezone.now()
    values = {"label": f"IAM in {group}", "group": group, "group_label": group, "started_at": now, "ended_at": now}
    Coverage.objects.create(
        tenant=connection.tenant,
        connection=connection,
        scan=scan.pk,
        scope=f"aws:{group}:{kind}",
        kind=kind,
        state=state,
        **(values | fields),
    )


@pytest.fixture
def estate(tenant: Tenant, other_tenant: Tenant) -> Tenant:
    """Findings of every kind, and three accounts of which one was read in part and one not at all."""
    connection = make_connection(tenant)
    scan = make_scan(connection, finished_at=timezone.now() - timedelta(hours=2))
    scope(connection, scan, "billing")
    scope(connection, scan, "web")
    scope(connection, scan, "web", kind="lambda", state="denied", missing=["lambda:ListFunctions"], error="Refused.")
    scope(connection, scan, "erp", state="denied", error="<b>No</b> such role.")
    for status in ("open", "reopened", "regressed", "acknowledged", "acknowledged", "accepted", "false_positive"):
        make_finding(tenant, status=status, domains=["hr"])
    for status in ("closed", "resolved", "resolved", "retired"):
        make_finding(tenant, status=status, severity="low", severity_rank=1)
    make_finding(tenant, severity="critical", severity_rank=4, observation="not_rechecked", domains=["hr", "mail"])
    make_finding(other_tenant, severity="critical", domains=["hr"])
    return tenant


def tiles(page: Any) -> list[Any]:
    groups = ("headline", "standing", "apart", "domains")
    return [tile for group in groups for tile in page.context[group]]


def test_every_number_is_the_count_of_the_rows_that_it_leads_to(estate: Tenant, as_victor: Client):
    page = as_victor.get(POSTURE)
    assert page.status_code == 200
    for tile in tiles(page):
        queue = as_victor.get(tile["url"])
        assert queue.context["count"] == tile["number"].count, tile["number"].label


def test_what_is_open_is_divided_and_what_is_not_stands_apart(estate: Tenant, as_victor: Client):
    page = as_victor.get(POSTURE)
    counts = {tile["number"].label: tile["number"].count for tile in tiles(page)}
    assert counts["Open"] == 6
    assert (counts["Critical"], counts["High"], counts["Low"]) == (1, 5, 0)
    assert (counts["Need attention"], counts["Acknowledged"], counts["Not re-checked"]) == (4, 2, 1)
    assert (counts["Accepted risk"], counts["False positive"], counts["Closed"], counts["Resolved"]) == (1, 1, 1, 2)
    assert (counts["hr"], counts["mail"]) == (6, 1)


def test_charts_have_pictures_and_tables_with_the_same_figures(estate: Tenant, as_victor: Client):
    page = as_victor.get(POSTURE)
    charts = page.context["posture"].charts
    html = page.content.decode()
    assert len(charts) == html.count('<svg class="chart"') == 4
    assert html.count("The same as a table") == 4
    figures = {chart.name: chart.rows for chart in charts}
    assert sum(figures["course"][-1][1:]) == sum(count for _, count in figures["ages"]) == 6
    assert figures["coverage"] == (("Completely", 1), ("In part", 1), ("Not at all", 1), ("Left out on purpose", 0))


def test_says_how_old_and_how_complete_the_data_is(estate: Tenant, as_victor: Client):
    html = as_victor.get(POSTURE).content.decode()
    assert "2 h ago" in html
    assert "1 of 3 parts read completely" in html
    assert "2 with gaps" in html


def test_says_why_it_is_empty(tenant: Tenant, as_victor: Client):
    assert b"Nothing is connected yet" in as_victor.get(POSTURE).content
    make_connection(tenant)
    assert b"Nothing has been read yet" in as_victor.get(POSTURE).content


def test_no_findings_after_a_complete_scan_is_an_answer(tenant: Tenant, as_victor: Client):
    connection = make_connection(tenant)
    scope(connection, make_scan(connection), "billing")
    page = as_victor.get(POSTURE)
    assert page.context["posture"].open.count == 0
    assert b"1 of 1 part read completely" in page.content


def test_a_stranger_finds_nothing_and_nobody_signs_in(estate: Tenant, as_mallory: Client, client: Client):
    assert as_mallory.get(POSTURE).status_code == 404
    assert client.get(POSTURE)["Location"].startswith("/accounts/login/")
