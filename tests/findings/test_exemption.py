"""Does a false positive of a whole subject cover what the rule finds there, now and later, and no more?"""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from connectors.inventory.records import Access, Identity
from findings import triage
from findings.evaluator import Family, Hit, Severity, evaluator
from findings.lifecycle import Scope
from findings.models import Exemption, Finding
from findings.triage import Conflict
from tenants import audit
from tenants.models import AuditEvent, Tenant
from tests.factories import make_finding
from tests.findings.estate import may, resource, role
from tests.findings.world import ALICE, World, watch, watched

QUEUE = "/t/acme/findings/"


@evaluator(Identity, family=Family.AUTHORITY, title="Keyed", severity=Severity.LOW, why="Why.", fix="Fix.")
def keyed(identity: Identity, _inventory: Any) -> list[Hit]:
    """One hit for each word of the tag keys."""
    words = dict(identity.tags).get("keys", "").split()
    return [Hit(because=f"{word} is old.", discriminator=word) for word in words]


def keys(words: str, name: str = "Billing-Admin") -> Identity:
    return role(name, tags=(("keys", words),))


def exempt(finding: Finding) -> Finding:
    given: dict[str, Any] = {"version": finding.version, "actor": ALICE, "reason": "A test account."}
    return triage.false_positive(finding=finding, scope=Scope.SUBJECT, **given)


def statuses(world: World) -> list[str]:
    return sorted(f"{each.subject_name} {each.because[:1]} {each.status}" for each in world.findings)


def test_it_covers_what_is_there_and_what_comes(world: World):
    world.put(keys("a b"), keys("a", "Other"))
    world.run(keyed)
    exempt(next(each for each in world.findings if each.because.startswith("a")))
    assert statuses(world) == ["Billing-Admin a false_positive", "Billing-Admin b false_positive", "Other a open"]
    world.put(keys("a b c"))
    assert world.run(keyed) == {"opened": 1}
    assert statuses(world)[2] == "Billing-Admin c false_positive"
    late = next(each for each in world.findings if each.because.startswith("c"))
    held = Exemption.objects.of(world.tenant).get()
    assert (late.decided_by, late.decided_at, late.reason) == ("Alice", held.at, "A test account.")
    assert world.actions[-2:] == ["opened", "false_positive"]
    assert world.events[-1].detail["exempted_by"] == "Alice"
    assert world.run(keyed) == {}


def test_another_rule_at_the_same_subject_is_not_covered(world: World):
    both = role(tags=(("keys", "a"), ("watched", "")))
    world.put(both)
    world.run(keyed)
    exempt(world.finding)
    world.run(keyed, watched)
    assert sorted(each.status for each in world.findings) == ["false_positive", "open"]


def test_a_subject_of_the_same_name_and_another_id_is_not_covered(world: World):
    world.put(keys("a"))
    world.run(keyed)
    held = exempt(world.finding)
    Exemption.objects.of(world.tenant).update(subject_provider_id="AROAOLD")
    world.put(keys("a b"))
    world.run(keyed)
    assert sorted(each.status for each in world.findings) == ["false_positive", "open"]
    assert held.exemption_id is not None


def test_what_grew_beyond_it_comes_back_and_is_not_covered_any_more(world: World):
    world.put(keys("a"))
    world.run(keyed)
    exempt(world.finding)
    world.put(keys("a b"))
    world.estate.path(may(keys("a b"), resource("payroll"), "s3:GetObject", access=Access.ADMIN))
    world.run(keyed)
    assert statuses(world) == ["Billing-Admin a reopened", "Billing-Admin b open"]
    assert [each.exemption_id for each in world.findings] == [None, None]
    assert world.run(keyed) == {}


def test_what_was_gone_and_returns_falls_under_it(world: World):
    world.put(keys("a b"))
    world.run(keyed)
    world.put(keys("a"))
    world.run(keyed)
    exempt(next(each for each in world.findings if each.status == "open"))
    world.put(keys("a b"))
    assert world.run(keyed) == {"regressed": 1}
    assert statuses(world) == ["Billing-Admin a false_positive", "Billing-Admin b false_positive"]
    assert world.actions[-2:] == ["regressed", "false_positive"]


def test_reopening_one_ends_it_for_all(world: World):
    world.put(keys("a b"))
    world.run(keyed)
    one, other = exempt(world.findings[0]), world.findings[1]
    triage.reopen(finding=one, version=one.version, actor=ALICE, reason="It is real.")
    assert {each.status for each in world.findings} == {"reopened"}
    assert {each.exemption_id for each in world.findings} == {None}
    world.put(keys("a b c"))
    world.run(keyed)
    assert statuses(world)[2] == "Billing-Admin c open"
    last = [event for event in world.events if event.subject_id == str(other.pk)][-1]
    assert (last.detail["was"], last.detail["now"]) == ("false_positive", "none")


def test_an_acceptance_beside_it_stays_one(tenant: Tenant):
    accepted = make_finding(tenant, decision="accepted", status="accepted")
    finding = exempt(make_finding(tenant))
    accepted.refresh_from_db()
    assert (accepted.decision, finding.decision) == ("accepted", "false_positive")


def test_the_form_asks_for_the_scope_and_undo_ends_it(tenant: Tenant, as_bob: Client):
    finding, other = make_finding(tenant), make_finding(tenant)
    assert "with 1 other finding now," in as_bob.get(f"{QUEUE}{finding.pk}/").content.decode()
    answer = as_bob.post(
        f"{QUEUE}{finding.pk}/false-positive/?place=finding",
        {"version": 1, "reason": "A test account.", "scope": "subject"},
        headers={"HX-Request": "true", "HX-Target": "decision"},
    )
    other.refresh_from_db()
    assert other.status == "false_positive"
    assert "1 other finding now" in answer.content.decode()
    as_bob.post(answer.context["undo_url"], headers={"HX-Request": "true"})
    other.refresh_from_db()
    assert other.status == "reopened"


def test_the_rules_page_lists_it_and_ends_it(tenant: Tenant, as_bob: Client, as_victor: Client, as_mallory: Client):
    finding = exempt(make_finding(tenant))
    page, end = "/t/acme/rules/administrative_workload/", f"/t/acme/rules/exemptions/{finding.exemption_id}/end/"
    assert "A test account." in as_victor.get(page).content.decode()
    assert end not in as_victor.get(page).content.decode()
    assert as_victor.post(end).status_code == 403
    assert as_mallory.post(end).status_code == 404
    assert as_bob.post(end)["Location"] == page
    finding.refresh_from_db()
    assert (finding.status, finding.decided_by) == ("reopened", "Bob")
    again = as_bob.post(end, follow=True)
    assert "Bob ended it" in again.content.decode()
    told = AuditEvent.objects.of(tenant).filter(subject_kind="rule").order_by("number")
    assert [event.action for event in told] == ["rule:exempted", "rule:exemption_ended"]
    assert audit.verify(tenant).why is None


def test_another_tenants_exemption_is_not_there(tenant: Tenant, other_tenant: Tenant, as_bob: Client):
    theirs = exempt(make_finding(other_tenant))
    assert as_bob.post(f"/t/acme/rules/exemptions/{theirs.exemption_id}/end/").status_code == 404


def test_who_ends_it_second_is_told(tenant: Tenant):
    finding = exempt(make_finding(tenant))
    held = Exemption.objects.of(tenant).get(pk=finding.exemption_id)
    triage.lift(held=held, actor=ALICE)
    with pytest.raises(Conflict, match="Alice ended it"):
        triage.lift(held=held, actor=ALICE)


def test_the_watched_rule_still_runs_beside_it(world: World):
    world.put(watch())
    world.run()
    exempt(world.finding)
    assert world.run() == {}
    assert world.finding.status == "false_positive"
