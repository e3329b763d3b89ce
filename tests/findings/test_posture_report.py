"""Does the posture report print the queue's numbers and every open finding, or say which not, and prove it?"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.paper import PROOF_NAME
from connectors.inventory.models import Coverage
from findings import evidence
from findings.reports import posture as posture_report
from tenants.models import AuditEvent, Tenant
from tests.factories import NOW, make_connection, make_finding, make_scan
from tests.findings.estate import IAM, cover
from tests.findings.paper import Paper

PDF = "/t/acme/posture/report.pdf"
PAGE = "/t/acme/posture/report/"
REPORTS = "/t/acme/reports/"
PERIOD = {"from": "2026-11-01", "to": "2026-11-24"}


@pytest.fixture(autouse=True)
def noon(monkeypatch: Any) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOW)


def paper(client: Client, **query: str) -> Paper:
    answer = client.get(PDF, query)
    assert answer.status_code == 200
    return Paper(answer.content)


def flat(text: str) -> str:
    return " ".join(text.split())


def test_the_first_page_says_whose_when_how_old_how_complete_and_the_numbers(tenant: Tenant, as_victor: Client):
    connection = make_connection(tenant)
    cover(connection, make_scan(connection), IAM)
    make_finding(tenant, severity="critical", severity_rank=4)
    make_finding(tenant, status="acknowledged")
    make_finding(tenant, status="accepted")
    first = flat(paper(as_victor, **PERIOD).pages[0])
    for said in (
        "Acme Media",
        "1 November 2026 – 24 November 2026",
        "24 November 2026, 11:04",
        "1 of 1 part read completely",
        "24 November 2026, 13:00 by Victor",
        "Europe/Madrid",
        "2 Open findings",
        "Critical",
        "Page 1 of",
    ):
        assert said in first, said


def test_its_numbers_are_the_posture_pages(tenant: Tenant, as_victor: Client):
    for status in ("open", "regressed", "acknowledged", "accepted", "false_positive", "closed", "resolved"):
        make_finding(tenant, status=status, domains=["hr"])
    figures = json.loads(paper(as_victor).attached(PROOF_NAME))["numbers"]
    page = as_victor.get("/t/acme/posture/")
    tiles = [tile["number"] for group in ("headline", "standing", "apart", "domains") for tile in page.context[group]]
    assert {number.label: number.count for number in tiles} == {
        "Open": figures["open"],
        **figures["by severity"],
        **figures["of these"],
        **figures["apart"],
        **figures["by domain"],
    }


def test_lists_open_findings_worst_first_then_oldest_and_accepted_risks_apart(tenant: Tenant, as_victor: Client):
    make_finding(tenant, subject_name="young-high", first_seen=NOW - timedelta(days=1))
    make_finding(tenant, subject_name="old-high", first_seen=NOW - timedelta(days=40), status="acknowledged")
    make_finding(tenant, subject_name="the-critical", severity="critical", severity_rank=4, observation="not_rechecked")
    make_finding(tenant, subject_name="gone", status="resolved")
    make_finding(
        tenant,
        subject_name="borne",
        status="accepted",
        reason="Until the vendor moves.",
        decided_by="Bob",
        decided_at=NOW,
        accepted_until=NOW + timedelta(days=30),
    )
    text = flat(paper(as_victor).text)
    register, rest = text.split("Accepted risks")[0], text.split("Accepted risks")[1]
    assert register.index("the-critical") < register.index("old-high") < register.index("young-high")
    assert "40 days" in register
    assert "not re-checked since 24 Nov 2026" in register
    assert "gone" not in register.split("Open findings")[-1]
    assert "borne" not in register
    for said in ("borne", "24 Dec 2026, 13:00", "Bob", "Until the vendor moves."):
        assert said in rest, said


def test_says_what_could_not_be_read(tenant: Tenant, as_victor: Client):
    connection = make_connection(tenant)
    cover(connection, make_scan(connection), IAM, state="denied")
    Coverage.objects.of(tenant).update(error="No such role.", missing=["sts:AssumeRole"])
    make_connection(tenant, name="AWS Labs")
    made = paper(as_victor)
    assert "0 of 1 part read completely; 1 with gaps; AWS Labs was never read" in flat(made.pages[0])
    coverage = made.words.split("Coverage")[-1]
    for said in ("Not at all", "No such role.", "Missing: sts:AssumeRole", "AWS Labs never unknown"):
        assert said in coverage, said


def test_more_rows_than_fit_are_left_out_aloud(tenant: Tenant, as_victor: Client, monkeypatch: Any):
    monkeypatch.setattr(posture_report, "MOST_ROWS", 3)
    for number in range(5):
        make_finding(tenant, severity_rank=number % 3, subject_name=f"subject-{number}")
        make_finding(tenant, status="accepted", accepted_until=NOW + timedelta(days=number + 1))
    words = paper(as_victor).words
    assert "Only the worst 3 of 5 open findings are printed here," in words
    assert "Only 3 of 5 accepted risks are printed here," in words
    assert sum(f"subject-{number}" in words for number in range(5)) == 3


def test_a_head_is_repeated_on_every_page_of_a_table(tenant: Tenant, as_victor: Client):
    for number in range(60):
        make_finding(tenant, subject_name=f"subject-{number:02}")
    made = paper(as_victor)
    carrying = [page for page in made.pages if "subject-" in page]
    assert len(carrying) > 1
    assert all("Finding and subject" in page for page in carrying)
    assert sum(f"subject-{number:02}" in made.text for number in range(60)) == 60


def test_the_hash_is_that_of_the_figures_attached_and_stays_while_nothing_changes(tenant: Tenant, as_victor: Client):
    finding = make_finding(tenant)
    made = paper(as_victor)
    shown = evidence.digest(made.attached(PROOF_NAME))
    assert shown in made.pages[0]
    assert all(f"SHA-256 {shown[:12]}…" in page for page in made.pages)
    again = paper(as_victor)
    assert again.attached(PROOF_NAME) == made.attached(PROOF_NAME)
    finding.severity = "low"
    finding.save()
    assert evidence.digest(paper(as_victor).attached(PROOF_NAME)) != shown


def test_hostile_and_endless_names_are_text_and_said_to_be_shortened(tenant: Tenant, as_victor: Client):
    hostile = "<img src=http://evil.example/x>"
    make_finding(tenant, subject_name=hostile, account_name=hostile)
    make_finding(tenant, subject_name="x" * 10_000)
    make_finding(tenant, subject_name="שלום\u202e", account_name="\u202eabc")
    words = paper(as_victor).words
    assert hostile in words
    assert "(10,000 characters)" in words
    assert b"<img" not in as_victor.get(PAGE).content


def test_a_download_is_on_record_with_the_hash_that_it_prints(tenant: Tenant, as_victor: Client):
    answer = as_victor.get(PDF, PERIOD)
    assert answer["Content-Disposition"] == 'attachment; filename="sv0-acme-posture-2026-11-24.pdf"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    event = AuditEvent.objects.of(tenant).get(action="report:downloaded")
    assert event.subject == "Security posture, 1 November 2026 – 24 November 2026"
    assert event.detail == {"report": "posture", "sha256": evidence.digest(Paper(answer.content).attached(PROOF_NAME))}


def test_the_page_leads_to_the_pdf_of_the_same_period(tenant: Tenant, as_victor: Client):
    html = as_victor.get(PAGE, PERIOD).content.decode()
    assert f'href="{PDF}?from=2026-11-01&amp;to=2026-11-24"' in html
    assert html.count('<svg class="chart"') == 4
    assert "style=" not in html


@pytest.mark.parametrize("address", [PAGE, PDF])
def test_a_period_that_makes_no_sense_is_refused_with_what_was_typed(address: str, tenant: Tenant, as_victor: Client):
    answer = as_victor.get(address, {"from": "2026-11-20", "to": "2026-11-01"})
    assert answer.status_code == 422
    assert b"This day is after the last one." in answer.content
    assert b'value="2026-11-20"' in answer.content
    assert not AuditEvent.objects.of(tenant).filter(action="report:downloaded").exists()


def test_reports_offers_the_last_thirty_days(tenant: Tenant, as_victor: Client):
    html = as_victor.get(REPORTS).content.decode()
    assert 'value="2026-10-26"' in html
    assert 'value="2026-11-24"' in html
    assert f'formaction="{PDF}"' in html


@pytest.mark.parametrize("address", [PAGE, PDF, REPORTS])
def test_strangers_find_nothing_and_nobody_signs_in(address: str, tenant: Tenant, as_mallory: Client, client: Client):
    assert as_mallory.get(address).status_code == 404
    assert client.get(address)["Location"].startswith("/accounts/login/")
