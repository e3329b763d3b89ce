"""Can everybody see which rules there are, managers change them, and nobody else; does evaluation go by their word?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from findings import ruling
from findings.evaluator import rules
from findings.models import Approval, RuleState
from tenants.models import AuditEvent, Tenant
from tests.factories import NOW, make_finding
from tests.findings.estate import function
from tests.findings.world import ALICE

RULES = "/t/acme/rules/"
DORMANT = f"{RULES}dormant_identity/"
AI = f"{RULES}approved-ai/"


def text(response: Any) -> str:
    return str(response.content.decode())


def actions(tenant: Tenant) -> list[str]:
    return list(AuditEvent.objects.of(tenant).order_by("number").values_list("action", flat=True))


def test_the_catalogue_names_every_rule_with_its_findings_and_state(tenant: Tenant, as_victor: Client):
    make_finding(tenant, rule="dormant_identity")
    make_finding(tenant, rule="dormant_identity", status="resolved")
    RuleState.objects.create(tenant=tenant, rule="owner_left", version=1, failed_at=NOW, error="KeyError", subject="x")
    page = text(as_victor.get(RULES))
    assert all(rule.title in page for rule in rules().values())
    assert '<a href="/t/acme/findings/?rule=dormant_identity">1</a>' in page.replace("/t/acme/?", "/t/acme/findings/?")
    assert "failed" in page
    assert "not evaluated: no list of approved AI is kept" in page
    assert "KeyError" not in page  # that is for staff


@pytest.mark.parametrize("name", sorted(rules()))
def test_every_rule_has_a_page(as_victor: Client, tenant: Tenant, name: str):
    page = text(as_victor.get(f"{RULES}{name}/"))
    assert rules()[name].title in page
    assert "/change/" not in page  # a viewer changes nothing


def test_switching_off_needs_a_reason_and_is_told(tenant: Tenant, as_alice: Client):
    refused = as_alice.post(f"{DORMANT}change/", {"verb": "off", "reason": ""})
    assert (refused.status_code, ruling.settings(tenant).off) == (422, frozenset())
    page = text(as_alice.post(f"{DORMANT}change/", {"verb": "off", "reason": "Known noise."}, follow=True))
    assert "Known noise." in page
    assert ruling.settings(tenant).off == {"dormant_identity"}
    as_alice.post(f"{DORMANT}change/", {"verb": "on"})
    assert ruling.settings(tenant).off == frozenset()
    assert actions(tenant)[-2:] == ["rule:switched_off", "rule:switched_on"]


def test_a_threshold_stays_within_its_bounds(tenant: Tenant, as_alice: Client):
    refused = as_alice.post(f"{DORMANT}change/", {"verb": "thresholds", "quiet_days": "3"})
    assert refused.status_code == 422
    assert 'value="3"' in text(refused)
    as_alice.post(f"{DORMANT}change/", {"verb": "thresholds", "quiet_days": "120"})
    assert ruling.settings(tenant).thresholds == {("dormant_identity", "quiet_days"): 120}
    as_alice.post(f"{DORMANT}change/", {"verb": "thresholds", "quiet_days": "90"})
    assert ruling.settings(tenant).thresholds == {}
    assert actions(tenant)[-1] == "rule:thresholds:changed"
    with pytest.raises(ValueError, match="between"):
        ruling.set_thresholds(tenant=tenant, rule=rules()["dormant_identity"], numbers={"quiet_days": 1}, actor=ALICE)


def test_ai_is_approved_until_a_day_and_taken_back(tenant: Tenant, as_alice: Client):
    agent = function("Newsroom-Helper", role="agent")
    assert ruling.settings(tenant).approved is None
    as_alice.post(f"{AI}change/", {"verb": "keep"})
    past = as_alice.post(f"{AI}change/", {"name": "newsroom-*", "reason": "Reviewed.", "until": "2020-01-01"})
    assert past.status_code == 422
    soon = (timezone.now() + timedelta(days=40)).date().isoformat()
    page = as_alice.post(f"{AI}change/", {"name": "newsroom-*", "reason": "Reviewed.", "until": soon}, follow=True)
    assert "newsroom-*" in text(page)
    approved = ruling.settings(tenant).approved
    assert approved
    assert approved(agent) == "Alice: Reviewed."
    Approval.objects.of(tenant).update(until=timezone.now() - timedelta(seconds=1))
    lapsed = ruling.settings(tenant).approved
    assert lapsed
    assert lapsed(agent) is None
    made = Approval.objects.of(tenant).get()
    for _ in range(2):
        as_alice.post(f"{AI}{made.pk}/withdraw/")
    assert actions(tenant) == ["ai:list:kept", "ai:approved", "ai:withdrawn"]
    as_alice.post(f"{AI}change/", {"verb": "drop"})
    assert ruling.settings(tenant).approved is None


def test_only_managers_change_anything(tenant: Tenant, as_bob: Client, as_mallory: Client):
    for address in (f"{DORMANT}change/", f"{AI}change/"):
        assert as_bob.post(address, {"verb": "on"}).status_code == 403
        assert as_mallory.post(address, {"verb": "on"}).status_code == 404
    assert as_mallory.get(RULES).status_code == 404
    assert actions(tenant) == []


def test_another_tenants_approval_is_not_there(other_tenant: Tenant, as_alice: Client, alice: User):
    theirs = Approval.objects.create(tenant=other_tenant, name="x", reason="y", by="Mallory", at=NOW)
    assert as_alice.post(f"{AI}{theirs.pk}/withdraw/").status_code == 404
    assert as_alice.get(f"{RULES}no_such_rule/").status_code == 404
