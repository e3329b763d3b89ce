"""Does each verb reach the finding, with scripts and without, and is nothing lost when it is refused?"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from accounts.models import User
from findings.models import Finding
from tenants import audit
from tenants.models import AuditEvent, Tenant
from tests.conftest import signed_in
from tests.factories import make_finding

QUEUE = "/t/acme/findings/"
ON_QUEUE = {"HX-Request": "true", "HX-Target": "preview"}
ON_PAGE = {"HX-Request": "true", "HX-Target": "decision"}
FROM_TOAST = {"HX-Request": "true"}
VERBS = ("acknowledge", "false-positive", "accept", "withdraw", "close", "reopen", "assign")
EVERYTHING = {"reason": "Known and watched", "until": "2099-12-31", "assignee": ""} | {
    "owner": "outside",
    "owner_name": "Carol",
    "owner_email": "carol@insurer.example",
}


def address(finding: Finding, verb: str, query: str = "") -> str:
    return f"{QUEUE}{finding.pk}/{verb}/{query}"


def fresh(finding: Finding) -> Finding:
    found: Finding = Finding.objects.of(finding.tenant).get(pk=finding.pk)
    return found


def swapped(answer: Any) -> set[str]:
    """The ids of what the answer replaces beside its target."""
    return set(re.findall(r'id="([a-z-]+)"[^>]*hx-swap-oob', answer.content.decode()))


@pytest.mark.parametrize(
    ("verb", "before", "status"),
    [
        ("acknowledge", {}, "acknowledged"),
        ("false-positive", {}, "false_positive"),
        ("accept", {}, "accepted"),
        ("close", {}, "closed"),
        ("reopen", {"status": "acknowledged", "decision": "acknowledged"}, "reopened"),
    ],
)
def test_without_scripts_a_verb_redirects_back_with_a_message(
    tenant: Tenant, as_bob: Client, verb: str, before: dict[str, str], status: str
):
    finding = make_finding(tenant, **before)
    query = f"?place=finding&severity=high&selected={finding.pk}"
    answer = as_bob.post(address(finding, verb, query), {"version": finding.version, **EVERYTHING})
    assert answer.status_code == 302
    assert answer["Location"] == f"{QUEUE}{finding.pk}/?severity=high&selected={finding.pk}"
    assert "Billing-Admin" in str(next(iter(get_messages(answer.wsgi_request))))
    assert fresh(finding).status == status
    assert AuditEvent.objects.of(tenant).filter(subject_id=str(finding.pk), actor="Bob").count() == 1


def test_without_scripts_the_queue_is_where_it_goes_back_to(tenant: Tenant, as_bob: Client):
    finding = make_finding(tenant)
    answer = as_bob.post(address(finding, "acknowledge", "?place=queue&q=x"), {"version": 1})
    assert answer["Location"] == f"{QUEUE}?q=x"


def test_an_acceptance_lasts_until_the_end_of_the_day_where_the_tenant_lives(tenant: Tenant, as_bob: Client):
    finding = make_finding(tenant)
    as_bob.post(address(finding, "accept"), EVERYTHING | {"version": 1, "until": "2099-07-01"})
    assert fresh(finding).accepted_until == datetime(2099, 7, 1, 21, 59, 59, 999000, tzinfo=UTC)  # Madrid, in summer
    assert "until the end of 1 July 2099" in as_bob.get(f"{QUEUE}{finding.pk}/").context["decided"]


def test_the_end_of_time_is_no_date(tenant: Tenant, as_bob: Client):
    tenant.time_zone = "America/Los_Angeles"
    tenant.save()
    data = {"version": 1, "reason": "Forever", "until": "9999-12-31"}
    assert as_bob.post(address(make_finding(tenant), "accept"), data).status_code == 422


def test_on_the_queue_the_row_leaves_and_the_next_one_is_read(tenant: Tenant, as_bob: Client):
    first, second, third = (make_finding(tenant, subject_name=name, severity_rank=4) for name in "abc")
    answer = as_bob.post(
        address(second, "acknowledge", f"?place=queue&selected={second.pk}"), {"version": 1}, headers=ON_QUEUE
    )
    body = answer.content.decode()
    assert [row["id"] for row in answer.context["rows"]] == [third.pk, first.pk]
    assert answer.context["finding"].pk == first.pk  # newest first: what took its place
    assert answer["HX-Replace-Url"] == f"{QUEUE}?selected={first.pk}"
    assert {"list", "facets"} <= swapped(answer)
    assert "Acknowledged: b" in body
    assert re.search(rf'id="row-{first.pk}".*?data-open[^>]*autofocus', body, re.DOTALL)


def test_the_last_row_leaves_an_empty_list(tenant: Tenant, as_bob: Client):
    finding = make_finding(tenant)
    answer = as_bob.post(address(finding, "close", "?place=queue"), {"version": 1}, headers=ON_QUEUE)
    assert answer.context["count"] == 0
    assert "finding" not in answer.context


def test_a_row_that_still_matches_stays_selected(tenant: Tenant, bob: User, as_bob: Client):
    finding = make_finding(tenant)
    data = {"version": 1, "assignee": str(bob.pk)}
    answer = as_bob.post(address(finding, "assign", f"?place=queue&selected={finding.pk}"), data, headers=ON_QUEUE)
    assert answer.context["finding"].pk == finding.pk
    assert fresh(finding).assignee_initials == "B"


def test_undo_takes_the_decision_back_from_the_toast(tenant: Tenant, as_bob: Client):
    finding = make_finding(tenant)
    answer = as_bob.post(address(finding, "close", "?place=queue"), {"version": 1}, headers=ON_QUEUE)
    undone = as_bob.post(answer.context["undo_url"], headers=FROM_TOAST)
    assert fresh(finding).decision == "none"
    assert "preview" in swapped(undone)
    assert "data-undo" not in undone.content.decode()


def test_on_the_page_the_decision_and_all_that_became_untrue_change(tenant: Tenant, as_bob: Client):
    finding = make_finding(tenant)
    shown = as_bob.get(f"{QUEUE}{finding.pk}/").context["digest"]
    answer = as_bob.post(address(finding, "acknowledge", "?place=finding"), {"version": 1}, headers=ON_PAGE)
    assert swapped(answer) == {"head-status", "timeline", "evidence"}
    assert answer.context["digest"] != shown
    assert answer.context["events"][0]["text"] == "acknowledged it"
    assert 'name="version" value="2"' in answer.content.decode()


@pytest.mark.parametrize("headers", [{}, ON_PAGE, ON_QUEUE], ids=["plain", "page", "queue"])
@pytest.mark.parametrize(
    ("verb", "data", "field"),
    [
        ("false-positive", {"reason": "  "}, "reason"),
        ("accept", {"reason": "A good one", "until": "2020-01-01"}, "until"),
        ("accept", {"reason": "A good one", "until": "tomorrow"}, "until"),
        ("accept", EVERYTHING | {"owner": ""}, "owner"),
        ("accept", EVERYTHING | {"owner": "00000000-0000-0000-0000-000000000000"}, "owner"),
        ("accept", EVERYTHING | {"owner_name": " "}, "owner_name"),
        ("accept", EVERYTHING | {"owner_email": "carol"}, "owner_email"),
        ("assign", {"assignee": "nobody-i-know"}, "assignee"),
    ],
)
def test_a_mistake_stands_by_its_field_and_keeps_what_was_typed(
    tenant: Tenant, as_bob: Client, verb: str, data: dict[str, str], field: str, headers: dict[str, str]
):
    finding = make_finding(tenant)
    place = "queue" if headers is ON_QUEUE else "finding"
    answer = as_bob.post(address(finding, verb, f"?place={place}"), {"version": 1, **data}, headers=headers)
    assert answer.status_code == 422
    assert set(answer.context["refusal"].errors) == {field}
    assert 'aria-invalid="true"' in answer.content.decode()
    assert data.get("reason", "").strip() in answer.content.decode()
    assert fresh(finding).version == 1


@pytest.mark.parametrize("headers", [{}, ON_PAGE, ON_QUEUE], ids=["plain", "page", "queue"])
def test_the_second_of_two_is_told_what_the_first_did(
    tenant: Tenant, alice: User, as_bob: Client, headers: dict[str, str]
):
    finding = make_finding(tenant)
    signed_in(alice).post(address(finding, "acknowledge"), {"version": 1})
    place = "queue" if headers is ON_QUEUE else "finding"
    data = {"version": 1, "reason": "Monitored by the SOC"}
    answer = as_bob.post(address(finding, "false-positive", f"?place={place}"), data, headers=headers)
    body = answer.content.decode()
    assert answer.status_code == 409
    assert "Alice acknowledged it" in body
    assert "Monitored by the SOC" in body
    assert 'name="version" value="2"' in body  # what is true now, so that trying again is a decision on it
    assert fresh(finding).status == "acknowledged"


def test_a_move_that_makes_no_sense_is_refused_in_words(tenant: Tenant, as_bob: Client):
    finding = make_finding(tenant, status="resolved", observation="absent")
    answer = as_bob.post(address(finding, "acknowledge"), {"version": 1}, headers=ON_PAGE)
    assert answer.status_code == 409
    assert "This finding is resolved" in answer.content.decode()


@pytest.mark.parametrize("verb", VERBS)
def test_who_may_not_triage_is_refused(tenant: Tenant, as_victor: Client, as_audrey: Client, verb: str):
    finding = make_finding(tenant)
    for client in (as_victor, as_audrey):
        assert client.post(address(finding, verb), {"version": 1, **EVERYTHING}).status_code == 403
    assert fresh(finding).version == 1


@pytest.mark.parametrize("verb", VERBS)
def test_another_tenants_finding_is_not_there(
    tenant: Tenant, other_tenant: Tenant, as_bob: Client, as_mallory: Client, verb: str
):
    ours, theirs = make_finding(tenant), make_finding(other_tenant)
    data = {"version": 1, **EVERYTHING}
    assert as_bob.post(address(theirs, verb), data).status_code == 404
    assert as_mallory.post(address(ours, verb), data).status_code == 404
    assert as_bob.get(address(ours, verb)).status_code == 405


def test_a_stranger_cannot_be_made_assignee(tenant: Tenant, victor: User, mallory: User, as_bob: Client):
    finding = make_finding(tenant)
    for user in (victor, mallory):
        answer = as_bob.post(address(finding, "assign"), {"version": 1, "assignee": str(user.pk)})
        assert answer.status_code == 422
    assert fresh(finding).assignee is None


@pytest.mark.parametrize("version", ["", "x", "²", "-1", "9" * 30])
def test_a_form_without_a_version_is_a_bad_request(tenant: Tenant, as_bob: Client, version: str):
    assert as_bob.post(address(make_finding(tenant), "acknowledge"), {"version": version}).status_code == 400


def test_the_audit_chain_holds_after_all_that(tenant: Tenant, as_bob: Client):
    finding = make_finding(tenant)
    for version, verb in enumerate(("acknowledge", "accept", "close", "reopen"), start=1):
        as_bob.post(address(finding, verb), {"version": version, **EVERYTHING})
    assert fresh(finding).version == 5
    assert audit.verify(tenant).why is None
