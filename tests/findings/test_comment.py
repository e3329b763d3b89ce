"""Who may say what otherwise until when, whom does it mention, and is nothing that was said ever lost?"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from accounts.models import User
from accounts.roles import Role
from findings import comment
from findings.comment import TooLate
from findings.models import Comment, Finding
from findings.triage import Invalid
from tenants import audit
from tenants.audit import Actor
from tenants.models import AuditEvent, Tenant
from tests.factories import make_finding, make_member

BOB = Actor(id="b", name="Bob", via="web")
AS_BOB = Actor(id="s", name="Support", via="web", acting_as_id="b", acting_as="Bob")


def events(finding: Finding) -> list[AuditEvent]:
    return list(AuditEvent.objects.of(finding.tenant).filter(subject_id=str(finding.pk)).order_by("number"))


def write(finding: Finding, bob: User, body: str | None = "Mine.") -> Comment:
    made = comment.write(finding=finding, body=body, actor=BOB, author=bob)
    made.refresh_from_db()  # the moment as MongoDB keeps it
    return made


def edit(written: Comment, bob: User, body: str | None, **fields: Any) -> Comment:
    given = {"comment": written, "revision": written.revision, "body": body, "actor": BOB, "author": bob, **fields}
    comment.edit(**given)
    found: Comment = Comment.objects.of(written.tenant).get(pk=written.pk)
    return found


def count(finding: Finding) -> int:
    fresh: Finding = Finding.objects.of(finding.tenant).get(pk=finding.pk)
    return fresh.comment_count


@pytest.fixture
def finding(tenant: Tenant) -> Finding:
    return make_finding(tenant)


def fail(*_args: object, **_kwargs: object) -> None:
    raise RuntimeError("no space left")


def test_commenting_refuses_nobody(tenant: Tenant, bob: User):
    finding = make_finding(tenant, observation="absent", status="resolved")
    written = write(finding, bob, " Seen <b>it</b>. ")
    assert (written.author, written.body, written.mentions) == ("Bob", "Seen <b>it</b>.", [])
    assert count(finding) == 1
    (event,) = events(finding)
    assert event.detail == {"comment": str(written.pk)}
    for body in (None, "", " \n ", "x" * 10_001):
        with pytest.raises(Invalid):
            write(finding, bob, body)


def test_many_comments_at_once_are_all_kept(tenant: Tenant, bob: User, finding: Finding):
    start = Barrier(6)

    def one() -> None:
        start.wait(10)
        try:
            write(finding, bob)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        for done in [pool.submit(one) for _ in range(6)]:
            done.result(30)
    assert Comment.objects.of(tenant).count() == len(events(finding)) == count(finding) == 6
    assert audit.verify(tenant).why is None


def test_a_failing_audit_leaves_no_comment_and_no_change(
    tenant: Tenant, bob: User, finding: Finding, monkeypatch: pytest.MonkeyPatch
):
    written = write(finding, bob)
    monkeypatch.setattr(AuditEvent.objects, "bulk_create", fail)
    with pytest.raises(RuntimeError):
        write(finding, bob)
    with pytest.raises(RuntimeError):
        edit(written, bob, "Other.")
    assert (Comment.objects.of(tenant).get().body, count(finding)) == ("Mine.", 1)


# ── mentions ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_mention_is_a_member_of_the_tenant_by_name_or_address(
    tenant: Tenant, alice: User, bob: User, mallory: User, finding: Finding
):
    written = write(finding, bob, f"@Alice and @{alice.email}, not @mallory, @{mallory.email}, @carol")
    assert written.mentions == [["alice", str(alice.pk)], [alice.email, str(alice.pk)]]
    assert events(finding)[0].detail["mentions"] == [str(alice.pk)]
    assert comment.read(written).count("mention") == 2


def test_a_name_that_two_have_means_neither_and_their_addresses_do(tenant: Tenant, bob: User, finding: Finding):
    first, second = make_member(tenant, "ana", role=Role.VIEWER), make_member(tenant, "anna", role=Role.VIEWER)
    User.objects.filter(pk=second.pk).update(name="Ana")
    written = write(finding, bob, f"@Ana or @{first.email}?")
    assert written.mentions == [[first.email, str(first.pk)]]
    assert [name for name, _user in comment.suggested(tenant, "an")] == [first.email, second.email]


def test_who_was_deactivated_cannot_be_mentioned(tenant: Tenant, alice: User, bob: User, finding: Finding):
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert write(finding, bob, "@Alice").mentions == []
    assert comment.suggested(tenant, "al") == []


def test_people_are_suggested_by_each_word_of_their_name_and_by_address(tenant: Tenant, mallory: User):
    ana = make_member(tenant, "ana", role=Role.VIEWER)
    User.objects.filter(pk=ana.pk).update(name="Ana Pérez")
    for beginning in ("", "a", "ANA P", "pér", "ana@"):
        assert comment.suggested(tenant, beginning) == [("Ana Pérez", ana)]
    assert comment.suggested(tenant, "mall") == []
    assert comment.suggested(tenant, "ana x") == []


# ── changing one's own ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_change_keeps_what_was_said_and_tells_only_the_newly_mentioned(
    tenant: Tenant, alice: User, bob: User, victor: User, finding: Finding
):
    written = write(finding, bob, "@Alice look")
    changed = edit(written, bob, "@Alice and @Victor look")
    again = edit(changed, bob, "Never mind")
    assert (again.body, again.revision, again.at) == ("Never mind", 3, written.at)
    assert [before["html"].count("mention") for before in comment.earlier(again)] == [2, 1]
    assert [before["at"] for before in comment.earlier(again)] == [changed.edited_at, written.at]
    assert count(finding) == 1
    _first, second, third = events(finding)
    assert second.action == "finding:comment:edited"
    assert second.detail == {"comment": str(written.pk), "revision": 2, "mentions": [str(victor.pk)]}
    assert third.detail == {"comment": str(written.pk), "revision": 3}


def test_the_same_words_are_no_change(bob: User, finding: Finding):
    assert edit(write(finding, bob), bob, " Mine. ").revision == 1
    assert len(events(finding)) == 1


@pytest.mark.parametrize("who", ["another", "support", "late"])
def test_only_its_author_may_for_a_quarter_of_an_hour(alice: User, bob: User, finding: Finding, who: str):
    written = write(finding, bob)
    others: dict[str, dict[str, Any]] = {"another": {"author": alice}, "support": {"actor": AS_BOB}}
    if who == "late":
        old = written.at - comment.EDITABLE_FOR
        Comment.objects.of(finding.tenant).filter(pk=written.pk).update(at=old)
    with pytest.raises(TooLate, match="for 15 minutes"):
        edit(written, bob, "Other.", **others.get(who, {}))
    assert Comment.objects.of(finding.tenant).get().body == "Mine."


def test_just_before_the_quarter_is_over_it_may_still_be_changed(bob: User, finding: Finding):
    written = write(finding, bob)
    Comment.objects.of(finding.tenant).filter(pk=written.pk).update(
        at=written.at - comment.EDITABLE_FOR + timedelta(minutes=1)
    )
    assert edit(written, bob, "Other.").body == "Other."


def test_of_two_changes_in_two_windows_the_second_is_told(bob: User, finding: Finding):
    written = write(finding, bob)
    edit(written, bob, "Here.")
    with pytest.raises(TooLate, match="elsewhere"):
        edit(written, bob, "There.")
    assert Comment.objects.of(finding.tenant).get().body == "Here."
