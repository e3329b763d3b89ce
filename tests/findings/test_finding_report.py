"""Does the report of a finding say everything about it, to whoever may read it, and prove it?"""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from accounts.paper import PROOF_NAME
from connectors.inventory.graph import Hop
from connectors.inventory.records import Access, Grade, Ref
from findings import evidence
from findings.models import Finding
from tenants import audit
from tenants.models import AuditEvent, Tenant
from tests.factories import NOW, make_connection, make_finding, make_scan
from tests.findings.estate import IAM, cover
from tests.findings.paper import Paper

LONG = "x" * 10_000
HOSTILE = ("<img src=http://evil.example/x>", "</pre><script>alert(1)</script>", "a & b \"c\" 'd'", "{{ 7|add:7 }}")
HEBREW = "שלום עולם"


def address(finding: Finding, kind: str = "report.pdf") -> str:
    return f"/t/acme/findings/{finding.pk}/{kind}"


def paper(client: Client, finding: Finding) -> Paper:
    answer = client.get(address(finding))
    assert answer.status_code == 200
    return Paper(answer.content)


def digest(finding: Finding) -> str:
    return evidence.digest(evidence.canonical(evidence.pack(finding)))


def read_path() -> list[dict[str, Any]]:
    role = Ref(kind="identity", id="arn:role/Billing-Admin", name="Billing-Admin")
    bucket = Ref(kind="resource", id="arn:bucket", name="customer-data")
    hop = Hop(
        relation="permission",
        source=role,
        target=bucket,
        source_type="IAM role",
        target_type="S3 bucket",
        grade=Grade.CONDITIONAL,
        scope=IAM,
        first_seen=NOW,
        last_seen=NOW,
        scan="0" * 24,
        access=Access.READ,
        actions=("s3:GetObject",),
        via="policy billing",
        conditions=("aws:SourceVpc",),
        target_domains=("customer",),
    )
    return [evidence.hop(hop)]


def test_the_first_page_says_whose_when_how_old_how_complete_and_which_hash(tenant: Tenant, as_victor: Client):
    connection = make_connection(tenant)
    cover(connection, make_scan(connection), IAM)
    finding = make_finding(tenant, scopes=[IAM])
    first = " ".join(paper(as_victor, finding).pages[0].split())
    for said in (
        "Acme Media",
        "Workload with administrative authority: Billing-Admin",
        "21 November 2026 – 24 November 2026",
        "24 November 2026, 11:04",
        "1 of 1 part read completely",
        "by Victor",
        "Europe/Madrid",
        digest(finding),
        "Critical" if finding.severity == "critical" else "High",
        "Open",
        finding.because,
    ):
        assert said in first, said


def test_every_page_is_numbered_and_names_the_hash(tenant: Tenant, as_victor: Client):
    finding = make_finding(tenant, facts={"Policy": "word " * 4_000})
    made = paper(as_victor, finding)
    assert len(made.pages) > 2
    for number, page in enumerate(made.pages, 1):
        assert f"Page {number} of {len(made.pages)}" in page
        assert f"SHA-256 {digest(finding)[:12]}…" in page
        assert "Acme Media · Workload with administrative authority" in page


def test_the_hash_can_be_checked_from_the_paper_and_from_the_attachment(tenant: Tenant, as_victor: Client):
    finding = make_finding(
        tenant,
        subject_name=f"  two  spaces  {HEBREW} fi ﬁ",
        because=" ".join(HOSTILE) * 40,
        fingerprint={"owners": [["key", "\U0001f512"]]},
    )
    made = paper(as_victor, finding)
    assert evidence.digest(made.attached(PROOF_NAME)) == digest(finding)
    printed = json.loads(made.proof())
    assert evidence.digest(evidence.canonical(printed)) == digest(finding)
    printed["finding"]["severity"] = "low"
    assert evidence.digest(evidence.canonical(printed)) != digest(finding)


def test_it_tells_the_path_in_words_with_its_proof(tenant: Tenant, as_victor: Client):
    finding = make_finding(tenant, path=read_path())
    words = paper(as_victor, finding).words
    assert finding.path[0]["sentence"] in words
    assert "Conditional, by policy billing; only if aws:SourceVpc; last seen 24 November 2026, 13:00." in words


def test_it_tells_the_decision_and_the_timeline(tenant: Tenant, as_victor: Client):
    finding = make_finding(
        tenant,
        status="accepted",
        decision="accepted",
        decided_by="Bob",
        decided_at=NOW,
        reason="Known.",
        accepted_until=NOW,
    )
    audit.record(
        tenant,
        actor=audit.Actor(id="b", name="Bob", via="web"),
        action="finding:accepted",
        subject_kind="finding",
        subject_id=str(finding.pk),
        detail={"reason": "Known.", "until": NOW.isoformat()},
    )
    words = paper(as_victor, finding).words
    assert "Accepted by Bob on 24 November 2026, 13:00, until 24 November 2026, 13:00." in words
    assert "Bob accepted its risk until 24 November 2026, 13:00 Known." in words


def test_what_is_unknown_is_said(tenant: Tenant, as_victor: Client):
    words = paper(as_victor, make_finding(tenant, rule="gone_rule", scopes=["aws:1:iam"])).words
    assert "Unknown: the rule that found it is no longer installed." in words
    assert "unknown: no scan has read anything yet" in words
    assert "Nothing has been read yet" in words


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_text(name: str, tenant: Tenant, as_victor: Client):
    finding = make_finding(tenant, subject_name=name, because=name, facts={name: name}, account_name=name)
    assert name in paper(as_victor, finding).words
    page = as_victor.get(address(finding, "report/")).content.decode()
    assert "<img" not in page
    assert "<script>" not in page


def test_names_from_right_to_left_are_kept_and_turn_nothing_else_round(tenant: Tenant, as_victor: Client):
    made = paper(as_victor, make_finding(tenant, subject_name=HEBREW, because=f"\u202e{HEBREW}"))
    assert "24 November 2026" in made.pages[0]
    assert "שלום" in made.text or "םולש" in made.text


def test_a_name_of_ten_thousand_letters_leaves_the_first_page_alone_and_is_printed_whole(
    tenant: Tenant, as_victor: Client
):
    made = paper(as_victor, make_finding(tenant, subject_name=LONG))
    for said in ("(10,000 characters)", "Acme Media", "Nothing has been read yet", "Europe/Madrid", "Because"):
        assert said in made.pages[0], said
    facts = made.text.split("Key facts")[1].split("Coverage of its scopes")[0]
    assert facts.count("x") >= len(LONG)


def test_the_paper_is_tagged_titled_and_has_bookmarks(tenant: Tenant, as_victor: Client):
    pdf = paper(as_victor, make_finding(tenant)).pdf
    assert pdf.metadata is not None
    assert pdf.metadata.title == (
        "Workload with administrative authority · Acme Media · 21 November 2026 – 24 November 2026"
    )
    assert pdf.metadata.author == "Victor"
    root: Any = pdf.trailer["/Root"]
    assert root["/Lang"] == "en"
    assert root["/MarkInfo"]["/Marked"]
    assert "Because" in [mark.title for mark in pdf.outline]  # type: ignore[union-attr]
    fonts: Any = pdf.pages[0]["/Resources"]["/Font"]  # type: ignore[index]
    for font in fonts.values():
        described = font["/DescendantFonts"][0].get_object()["/FontDescriptor"]
        assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(described)


def test_a_download_is_a_safe_attachment_and_on_record(tenant: Tenant, as_victor: Client):
    finding = make_finding(tenant, title='"><b>\r\nX: y', subject_name="ä")
    answer = as_victor.get(address(finding))
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith(f'attachment; filename="sv0-acme-finding-{finding.pk}-20')
    assert answer["X-Content-Type-Options"] == "nosniff"
    event = AuditEvent.objects.of(tenant).get(action="report:downloaded")
    assert (event.actor, event.subject_kind, event.subject_id) == ("Victor", "finding", str(finding.pk))
    assert event.detail == {"report": "finding", "sha256": digest(finding)}
    assert Paper(as_victor.get(address(finding)).content).attached(PROOF_NAME)
    assert event.detail["sha256"] == digest(finding)  # having been downloaded is no part of the evidence


def test_the_page_prints_and_leads_to_the_same_as_a_pdf(tenant: Tenant, as_victor: Client):
    finding = make_finding(tenant)
    html = as_victor.get(address(finding, "report/")).content.decode()
    assert f'href="{address(finding)}"' in html
    assert "data-print" in html
    assert digest(finding)[12:] in html
    assert "style=" not in html
    assert not AuditEvent.objects.of(tenant).filter(action="report:downloaded").exists()


@pytest.mark.parametrize("kind", ["report/", "report.pdf"])
def test_strangers_find_nothing_and_nobody_signs_in(
    kind: str, tenant: Tenant, other_tenant: Tenant, as_mallory: Client, as_victor: Client, client: Client
):
    finding = make_finding(tenant)
    assert as_mallory.get(address(finding, kind)).status_code == 404
    assert as_victor.get(address(make_finding(other_tenant), kind)).status_code == 404
    assert client.get(address(finding, kind))["Location"].startswith("/accounts/login/")
    assert as_victor.post(address(finding, kind)).status_code == 405
