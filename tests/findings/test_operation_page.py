"""Does a verb on many findings reach them from the queue, with scripts and without, and can it be taken back there?"""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.utils import timezone

from accounts.models import User
from findings import operation, tasks
from findings.models import Finding, Operation, OperationMember
from tenants.models import Tenant
from tests.factories import make_finding

QUEUE = "/t/acme/findings/"
DRAFT = f"{QUEUE}operations/"
FROM_QUEUE = {"HX-Request": "true", "HX-Target": "operation"}
ACCEPTING = {"reason": "Known", "until": "2099-12-31", "owner": "outside"} | {
    "owner_name": "Carol",
    "owner_email": "carol@insurer.example",
}


def make(tenant: Tenant, number: int = 3, **fields: Any) -> list[Finding]:
    return [make_finding(tenant, subject_name=f"role-{place}", **fields) for place in range(number)]


def drafted(client: Client, verb: str, picked: list[Finding], **said: Any) -> Any:
    data = {"verb": verb, "selected": [str(each.pk) for each in picked], **said}
    return client.post(f"{DRAFT}?place=queue", data, headers=FROM_QUEUE)


def done(client: Client, verb: str, picked: list[Finding], **said: Any) -> Any:
    return client.post(drafted(client, verb, picked).context["start_url"], said, headers=FROM_QUEUE)


def led(answer: Any) -> str:
    """Where a redirect leads."""
    return str(answer.url)


def statuses(tenant: Tenant) -> list[str]:
    return sorted(Finding.objects.of(tenant).values_list("status", flat=True))


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_a_draft_says_what_it_would_come_to_and_does_nothing(tenant: Tenant, as_bob: Client):
    found = [*make(tenant, 2), make_finding(tenant, status="closed", decision="closed", severity="low")]
    shown = drafted(as_bob, "close", found)
    assert shown.context["title"] == "Close 3 findings as fixed"
    assert shown.context["preview_of"].severities == [("high", 2), ("low", 1)]
    assert "3 selected, 2 would change." in text(shown)
    assert "1 This finding is closed" in text(shown)
    assert statuses(tenant) == ["closed", "open", "open"]


def test_the_dialog_goes_and_the_queue_changes_when_all_was_done(tenant: Tenant, as_bob: Client):
    found = make(tenant)
    ended = done(as_bob, "acknowledge", found)
    assert statuses(tenant) == ["acknowledged"] * 3
    assert ended.context["said"] == "Acknowledged 3 findings"
    assert set(re.findall(r'id="([a-z-]+)"[^>]*hx-swap-oob', ended.content.decode())) == {"preview", "list", "facets"}
    assert "dialog__body" not in ended.content.decode()
    undone = as_bob.post(ended.context["undo_url"], headers={"HX-Request": "true"})
    assert undone.context["said"] == "Acknowledged 3 findings: 3 undone"
    assert statuses(tenant) == ["open"] * 3


def test_what_was_refused_or_overtaken_is_told_by_name_and_left_alone(tenant: Tenant, as_bob: Client, as_alice: Client):
    mine, theirs, closed = make(tenant)
    Finding.objects.of(tenant).filter(pk=closed.pk).update(status="closed", decision="closed")
    start = drafted(as_bob, "close", [mine, theirs, closed]).context["start_url"]
    as_alice.post(f"{QUEUE}{theirs.pk}/false-positive/", {"version": 1, "reason": "A test role"})
    ended = as_bob.post(start, {}, headers=FROM_QUEUE)
    assert statuses(tenant) == ["closed", "closed", "false_positive"]
    reasons = {each["why"]: each["named"][0]["name"] for each in ended.context["not_done"]}
    assert next(name for why, name in reasons.items() if why.startswith("Alice")).endswith("role-1")
    assert next(name for why, name in reasons.items() if not why.startswith("Alice")).endswith("role-2")
    assert "dialog__body" in ended.content.decode()


def test_everything_that_matches_is_more_than_the_page(tenant: Tenant, as_bob: Client):
    make(tenant, 60)
    make(tenant, 2, severity="low", severity_rank=3)
    shown = as_bob.post(f"{DRAFT}?place=queue&severity=high", {"verb": "acknowledge", "everything": "1"})
    held = Operation.objects.of(tenant).get()
    assert (held.total, held.query) == (60, "severity=high")
    as_bob.post(led(shown).replace("/?", "/start/?"))
    assert statuses(tenant) == ["acknowledged"] * 60 + ["open"] * 2


@pytest.mark.parametrize("data", [{}, {"selected": "junk"}, {"selected": "0" * 24}])
def test_nothing_selected_is_said(tenant: Tenant, as_bob: Client, data: dict[str, str]):
    answer = as_bob.post(DRAFT, {"verb": "close", **data})
    assert [str(said) for said in get_messages(answer.wsgi_request)] == ["Select findings first."]
    assert as_bob.post(DRAFT, {"verb": "close", **data}, headers=FROM_QUEUE).status_code == 400
    assert not Operation.objects.of(tenant).exists()


def test_an_unknown_verb_is_a_bad_request(tenant: Tenant, as_bob: Client):
    assert drafted(as_bob, "delete", make(tenant)).status_code == 400


def test_a_mistake_stands_by_its_field_and_nothing_is_done(tenant: Tenant, as_bob: Client):
    found = make(tenant)
    answer = done(as_bob, "accept", found, **ACCEPTING | {"until": "2020-01-01"})
    assert answer.status_code == 422
    assert "operation-accept-until-error" in answer.content.decode()
    assert "Known" in answer.content.decode()
    assert statuses(tenant) == ["open"] * 3
    assert done(as_bob, "accept", found, **ACCEPTING).status_code == 200
    assert statuses(tenant) == ["accepted"] * 3


def test_assigning_to_oneself_is_one_press_away(tenant: Tenant, as_bob: Client, bob: User):
    found = make(tenant)
    shown = drafted(as_bob, "assign_me", found)
    assert f'value="{bob.pk}" selected' in shown.content.decode()
    as_bob.post(shown.context["start_url"], {"assignee": str(bob.pk)}, headers=FROM_QUEUE)
    assert {each.assignee for each in Finding.objects.of(tenant)} == {"Bob"}
    refused = done(as_bob, "assign", found, assignee="nobody-i-know")
    assert refused.status_code == 422


def test_a_long_one_shows_how_far_it_is_and_ends_in_the_queue(
    tenant: Tenant, as_bob: Client, monkeypatch: pytest.MonkeyPatch
):
    for module in (operation.batches, operation.carrying):
        monkeypatch.setattr(module, "BATCH", 2)
    running = done(as_bob, "close", make(tenant, 5))
    assert "0 of 5 done so far" in text(running)
    assert 'hx-trigger="every 1s"' in running.content.decode()
    held = Operation.objects.of(tenant).get()
    follow = f"{DRAFT}{held.pk}/"
    assert "Close 5 findings as fixed, by Bob: 0 of 5 so far" in text(as_bob.get(QUEUE))
    assert follow in as_bob.get(QUEUE).content.decode()
    tasks.carry_out(str(tenant.pk), str(held.pk))
    assert follow not in as_bob.get(QUEUE).content.decode()
    over = as_bob.get(running.context["operation_url"], headers=FROM_QUEUE)
    assert over.context["said"] == "Closed 5 findings as fixed"
    assert "every 1s" not in over.content.decode()


def test_too_late_to_undo_is_said(tenant: Tenant, as_bob: Client):
    undo = done(as_bob, "close", make(tenant)).context["undo_url"]
    Operation.objects.of(tenant).update(finished_at=timezone.now() - operation.UNDOABLE_FOR)
    answer = as_bob.post(undo, headers={"HX-Request": "true"})
    assert "for 10 minutes" in answer.context["said"]
    assert statuses(tenant) == ["closed"] * 3


def test_the_way_without_scripts(tenant: Tenant, as_bob: Client):
    found = make(tenant)
    there = as_bob.post(f"{DRAFT}?place=queue", {"verb": "close", "selected": [str(each.pk) for each in found]})
    draft = as_bob.get(led(there))
    assert draft.context["title"] == "Close 3 findings as fixed"
    ended = as_bob.get(led(as_bob.post(draft.context["start_url"], {"reason": "Deleted"})))
    assert "Closed 3 findings as fixed." in text(ended)
    back = as_bob.post(ended.context["undo_operation_url"])
    assert back.status_code == 302
    assert statuses(tenant) == ["open"] * 3


def test_a_draft_is_its_authors_alone(tenant: Tenant, as_bob: Client, as_alice: Client):
    shown = drafted(as_bob, "close", make(tenant))
    assert as_alice.get(shown.context["operation_url"]).status_code == 404
    assert as_alice.post(shown.context["start_url"]).status_code == 404
    as_bob.post(shown.context["start_url"])
    assert as_alice.get(shown.context["operation_url"]).status_code == 200


def test_who_only_reads_has_no_boxes_and_may_not(tenant: Tenant, as_audrey: Client):
    found = make(tenant)
    assert "data-bulk" not in as_audrey.get(QUEUE).content.decode()
    assert drafted(as_audrey, "close", found).status_code == 403
    assert not OperationMember.objects.of(tenant).exists()


def test_other_tenants_findings_are_not_there_to_select(tenant: Tenant, other_tenant: Tenant, as_bob: Client):
    foreign = make_finding(other_tenant)
    assert drafted(as_bob, "close", [foreign]).status_code == 400
    shown = drafted(as_bob, "close", [foreign, *make(tenant)])
    assert shown.context["operation"].total == 3
