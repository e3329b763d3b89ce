"""Does a finding's page say why, what to do, on what evidence, and what happened?"""

from __future__ import annotations

import hashlib
import json
import re
from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId
from django.test import Client

from accounts.models import User
from connectors.inventory.models import Coverage
from findings import comment, triage
from findings.evaluator import rules
from findings.models import Finding
from findings.proposal import RiskOwner
from findings.views.finding import parts
from tenants import audit
from tenants.models import AuditEvent, Tenant
from tests.factories import NOW, make_connection, make_finding, make_scan

HTMX = {"HX-Request": "true"}
EVIL = "<script>alert(1)</script>"
BOB = audit.Actor(id=None, name="Bob", via="web")
OWNER = RiskOwner("Carol", "carol@acme-media.example")


def address(finding: Finding, query: str = "") -> str:
    return f"/t/acme/findings/{finding.pk}/{query}"


def shown(response: Any) -> str:
    return str(response.content.decode())


def step(**fields: Any) -> dict[str, Any]:
    """A hop as a finding keeps it."""
    return {
        "relation": "runs_as",
        "source": {"kind": "workload", "id": "arn:fn", "name": "billing-export"},
        "source_type": "Lambda function",
        "target": {"kind": "identity", "id": "arn:role", "name": "Billing-Admin"},
        "target_type": "IAM role",
        "target_account": "billing-prod",
        "target_domains": [],
        "access": None,
        "actions": [],
        "grade": "granted",
        "via": "execution role",
        "conditions": [],
        "scope": "aws:111111111111:iam",
        "first_seen": NOW.isoformat(),
        "last_seen": NOW.isoformat(),
        "scan": "0" * 24,
        "sentence": "Lambda function billing-export runs as Billing-Admin.",
        **fields,
    }


def test_tells_the_sentence_the_reason_the_steps_and_the_path(tenant: Tenant, as_bob: Client):
    finding = make_finding(tenant, rule="dormant_identity", path=[step()], facts={"Last used": "2026-01-02"})
    page = as_bob.get(address(finding))
    body = page.content.decode()
    assert "Workload with administrative authority: <bdi>Billing-Admin</bdi>" in body
    assert finding.because in body
    assert page.context["steps"]
    assert f'<h2 id="why">Why it matters</h2><p>{rules()["dormant_identity"].why}</p>' in body
    assert "OWASP-NHI" in body.split('<h2 id="mappings-title">')[1]
    assert '<svg class="diagram"' in body
    assert "billing-export runs as Billing-Admin" in body
    assert "2026-01-02" in body


def test_a_finding_whose_rule_is_gone_is_still_shown(tenant: Tenant, as_bob: Client):
    page = as_bob.get(address(make_finding(tenant, rule="no_longer_here", observation="retired", status="retired")))
    assert page.status_code == 200
    assert page.context["verbs"] == []


def test_commands_are_for_copying_and_short_code_stays_in_its_sentence():
    assert parts("Set `iam:PassedToService`, then run `aws iam put-role-policy --role-name NAME`.") == [
        ("text", "Set "),
        ("code", "iam:PassedToService"),
        ("text", ", then run "),
        ("command", "aws iam put-role-policy --role-name NAME"),
    ]


def test_shows_the_hash_of_exactly_what_is_downloaded_and_audits_it(tenant: Tenant, as_bob: Client):
    finding = make_finding(tenant, path=[step()])
    shown = as_bob.get(address(finding)).context["digest"]
    answer = as_bob.get(address(finding, "evidence.json"))
    assert hashlib.sha256(answer.content).hexdigest() == shown
    assert answer["Content-Disposition"].startswith("attachment")
    assert json.loads(answer.content)["finding"]["id"] == str(finding.pk)
    event = AuditEvent.objects.of(tenant).get(action="evidence:downloaded")
    assert event.detail == {"sha256": shown}
    assert as_bob.get(address(finding)).context["digest"] == shown  # reading it changes nothing in it


def test_says_since_when_and_why_it_was_not_rechecked(tenant: Tenant, as_bob: Client):
    connection = make_connection(tenant)
    Coverage.objects.create(
        tenant=tenant,
        connection=connection,
        scan=make_scan(connection).pk,
        scope="aws:1:iam",
        label="IAM in billing-prod",
        group="1",
        group_label="billing-prod (1)",
        kind="iam",
        state="denied",
        missing=["iam:ListRoles"],
        error="AWS refused it",
        started_at=NOW,
        ended_at=NOW,
    )
    finding = make_finding(
        tenant, connection_id=connection.pk, scopes=["aws:1:iam", "aws:1:x"], observation="not_rechecked"
    )
    words = " ".join(re.sub(r"<[^>]+>", " ", as_bob.get(address(finding)).content.decode()).split())
    assert "Not rechecked since" in words
    assert "IAM in billing-prod refused to be read : AWS refused it (missing iam:ListRoles)" in words.replace(
        "read: ", "read : "
    )
    assert "aws:1:x has never been read" in words


def test_shows_what_grew_since_the_decision(tenant: Tenant, as_bob: Client):
    finding = make_finding(
        tenant, status="reopened", returned="widened", returned_diff={"domains": ["reaches <b>hr</b> data"]}
    )
    body = as_bob.get(address(finding)).content.decode()
    assert "It has grown since it was decided on." in body
    assert "reaches &lt;b&gt;hr&lt;/b&gt; data" in body


def test_leads_to_the_neighbours_in_the_filter_it_was_opened_from(tenant: Tenant, as_bob: Client):
    low = make_finding(tenant, severity="low", severity_rank=1)
    make_finding(tenant, severity="medium", severity_rank=2)
    high = make_finding(tenant, severity="high", severity_rank=3)
    page = as_bob.get(address(high, "?severity=high&severity=low"))
    assert page.context["previous_url"] is None
    assert page.context["next_url"].startswith(f"{address(low)}?severity=high&severity=low")
    assert as_bob.get(page.context["next_url"]).context["previous_url"].startswith(address(high))


def test_tells_the_timeline_newest_first_with_reasons_and_comments(tenant: Tenant, bob: User, as_bob: Client):
    finding = make_finding(tenant)
    comment.write(finding=finding, body=f"Asked {EVIL}", actor=BOB, author=bob)
    until = NOW + timedelta(days=365 * 5)
    triage.accept(finding=finding, version=finding.version, actor=BOB, reason="Known", until=until, owner=OWNER)
    page = as_bob.get(address(finding))
    assert [(event["text"], event["detail"]) for event in page.context["events"]] == [
        (
            "accepted its risk until the end of 23 November 2031; Carol <carol@acme-media.example> carries the risk",
            "Known",
        ),
        ("commented on it", None),
    ]
    assert page.context["events"][1]["comment"]["html"] == "<p>Asked &lt;script&gt;alert(1)&lt;/script&gt;</p>\n"


def test_htmx_gets_the_preview_of_the_queue(tenant: Tenant, as_bob: Client):
    finding = make_finding(tenant)
    answer = as_bob.get(address(finding, "?severity=high"), headers=HTMX)
    body = answer.content.decode()
    assert "<html" not in body
    assert "HX-Request" in answer["Vary"]
    assert f"{address(finding)}acknowledge/?place=queue&amp;severity=high&amp;selected={finding.pk}" in body


def test_names_are_never_markup(tenant: Tenant, as_bob: Client):
    hostile = step(source={"kind": "workload", "id": "x", "name": EVIL}, sentence=EVIL, via=EVIL, conditions=[EVIL])
    values = dict.fromkeys(("title", "subject_name", "because", "path_line", "account_name", "reason"), EVIL)
    finding = make_finding(
        tenant, **values, subject_key=EVIL, path=[hostile], facts={EVIL: EVIL}, decision="accepted", decided_by=EVIL,
        decided_at=NOW, status="accepted", accepted_until=NOW + timedelta(days=3650),
    )  # fmt: skip
    assert EVIL.encode() not in as_bob.get(address(finding)).content
    assert EVIL.encode() not in as_bob.get(address(finding), headers=HTMX).content


def test_a_viewer_sees_it_without_verbs(tenant: Tenant, as_victor: Client):
    page = as_victor.get(address(make_finding(tenant)))
    assert page.status_code == 200
    assert b'method="post" action="/t/acme/findings' not in page.content


@pytest.mark.parametrize("path", ["", "evidence.json"])
def test_is_nobody_elses(tenant: Tenant, other_tenant: Tenant, as_bob: Client, as_mallory: Client, path: str):
    finding, theirs = make_finding(tenant), make_finding(other_tenant)
    assert as_mallory.get(address(finding, path)).status_code == 404
    assert as_bob.get(address(theirs, path)).status_code == 404
    assert as_bob.get(f"/t/acme/findings/{ObjectId()}/{path}").status_code == 404


def test_the_severity_explains_itself(tenant: Tenant, as_bob: Client):
    parts_ = [
        {"name": "base", "points": 70, "because": "high by the rule"},
        {"name": "privilege", "points": 25, "because": "administers billing-prod"},
        {"name": "doubt", "points": -25, "because": "a step of its path holds only under conditions"},
    ]
    page = shown(as_bob.get(address(make_finding(tenant, score=70, severity_sum=parts_))))
    assert "70 of 100" in page
    rows = re.findall(r'<th scope="row">([^<]+)</th><td class="num">([^<]+)</td>', page)
    assert rows == [
        ("High by the rule", "70"),
        ("Administers billing-prod", "+25"),
        ("A step of its path holds only under conditions", "-25"),
        ("Sum", "70"),
    ]
    cut = make_finding(tenant, score=100, severity_sum=[*parts_, {"name": "x", "points": 40, "because": "y"}])
    assert "Sum, within 0 to 100" in shown(as_bob.get(address(cut)))


def test_a_subject_that_is_no_object_leads_to_where_it_is_shown(tenant: Tenant, as_bob: Client):
    nowhere: dict[str, Any] = {"account_id": None, "account_name": None}
    domain = make_finding(
        tenant, subject_kind="domain", subject_key="domain/hr", subject_name="hr", system="sv0", **nowhere
    )
    assert 'href="/t/acme/paths/?domain=hr"' in shown(as_bob.get(address(domain)))
    connection = make_connection(tenant)
    ours = make_finding(tenant, subject_kind="connection", subject_name="AWS", connection_id=connection.pk, **nowhere)
    assert f'href="/t/acme/connections/{connection.pk}/"' in shown(as_bob.get(address(ours)))
