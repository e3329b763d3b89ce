"""Do managers, and they alone, say when an acceptance takes two people, and is every change told?"""

from __future__ import annotations

import pytest
from django.test import Client

from findings import ruling
from tenants.models import AuditEvent, Tenant

PAGE = "/t/acme/rules/accepting-risks/"
STRICT = {"approval_from": "high", "warn_days": "30"}


def test_a_manager_changes_it_and_everybody_reads_it(tenant: Tenant, as_alice: Client, as_victor: Client):
    assert "never" in as_victor.get(PAGE).content.decode()
    assert as_alice.post(f"{PAGE}change/", STRICT)["Location"] == PAGE
    held = ruling.policy(tenant)
    assert (held.approval_from, held.warn_days, held.changed_by) == ("high", 30, "Alice")
    page = as_victor.get(PAGE).content.decode()
    assert "from high on" in page
    assert "<form" not in page.split("What holds now")[1].split("</main>")[0]
    event = AuditEvent.objects.of(tenant).get(action="acceptance:policy:changed")
    assert event.detail == {
        "was": {"approval_from": None, "warn_days": 14},
        "now": {"approval_from": "high", "warn_days": 30},
    }


def test_saying_the_same_again_is_no_change(tenant: Tenant, as_alice: Client):
    for _ in range(2):
        as_alice.post(f"{PAGE}change/", STRICT)
    assert AuditEvent.objects.of(tenant).filter(action="acceptance:policy:changed").count() == 1


def test_the_list_of_approved_ai_is_kept_beside_it(tenant: Tenant, as_alice: Client):
    as_alice.post("/t/acme/rules/approved-ai/change/", {"verb": "keep"})
    as_alice.post(f"{PAGE}change/", STRICT)
    assert ruling.keeps_list(tenant)


@pytest.mark.parametrize("given", [{"warn_days": "0"}, {"warn_days": "x"}, {"approval_from": "awful"}])
def test_a_mistake_stands_by_its_field(tenant: Tenant, as_alice: Client, given: dict[str, str]):
    answer = as_alice.post(f"{PAGE}change/", STRICT | given)
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == set(given)
    assert ruling.policy(tenant).approval_from is None


def test_others_may_not_change_it(tenant: Tenant, as_bob: Client, as_audrey: Client, as_mallory: Client):
    assert [client.post(f"{PAGE}change/", STRICT).status_code for client in (as_bob, as_audrey)] == [403, 403]
    assert as_mallory.post(f"{PAGE}change/", STRICT).status_code == 404
    assert as_mallory.get(PAGE).status_code == 404
