"""Do words reach the finding, with scripts and without, and can only their author change them?"""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from findings import comment, triage
from findings.models import Comment, Finding
from tenants import audit
from tenants.models import Tenant
from tests.factories import make_finding

HTMX = {"HX-Request": "true", "HX-Target": "comment"}
BOB = audit.Actor(id=None, name="Bob", via="web")


def page_of(finding: Finding) -> str:
    return f"/t/acme/findings/{finding.pk}/"


def edit_url(written: Comment) -> str:
    return f"{page_of(written.finding)}comments/{written.pk}/"


def shown(answer: Any) -> str:
    return str(answer.content.decode())


def swapped(answer: Any) -> set[str]:
    """The ids of what the answer replaces beside its target."""
    return set(re.findall(r'id="([a-z-]+)"[^>]*hx-swap-oob', shown(answer)))


@pytest.fixture
def finding(tenant: Tenant) -> Finding:
    return make_finding(tenant)


@pytest.fixture
def written(finding: Finding, bob: User) -> Comment:
    return comment.write(finding=finding, body="First", actor=BOB, author=bob)


def test_a_comment_is_kept_shown_and_empties_its_box(tenant: Tenant, as_bob: Client, finding: Finding):
    answer = as_bob.post(f"{page_of(finding)}comment/", {"body": "**Hello** <b>"}, headers=HTMX)
    assert Comment.objects.of(tenant).get().body == "**Hello** <b>"
    assert swapped(answer) == {"timeline", "evidence"}
    assert "<strong>Hello</strong> &lt;b&gt;" in shown(answer)
    assert re.search(r"<textarea[^>]*></textarea>", shown(answer))
    finding.refresh_from_db()
    assert finding.version == 1


def test_without_scripts_it_goes_back_to_the_page_in_its_filter(as_bob: Client, finding: Finding):
    answer = as_bob.post(f"{page_of(finding)}comment/?severity=high", {"body": "Hello"})
    assert answer["Location"] == f"{page_of(finding)}?severity=high"


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
@pytest.mark.parametrize("verb", ["comment/", "comment/preview/"])
def test_a_comment_too_long_or_empty_is_given_back(
    as_bob: Client, finding: Finding, headers: dict[str, str], verb: str
):
    long = "x" * (triage.LONGEST_TEXT + 1)
    answer = as_bob.post(page_of(finding) + verb, {"body": long}, headers=headers)
    assert answer.status_code == 422
    assert long in shown(answer)
    assert 'id="comment-error" role="alert"' in shown(answer)
    assert as_bob.post(page_of(finding) + verb, {"body": " "}, headers=headers).status_code == 422


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
def test_a_preview_shows_it_as_it_will_be_and_keeps_nothing(
    tenant: Tenant, as_bob: Client, alice: User, finding: Finding, headers: dict[str, str]
):
    answer = as_bob.post(f"{page_of(finding)}comment/preview/", {"body": "*Ask* @Alice <i>"}, headers=headers)
    assert '<p><em>Ask</em> <span class="mention">@Alice</span> &lt;i&gt;</p>' in shown(answer)
    assert ">*Ask* @Alice &lt;i&gt;</textarea>" in shown(answer)
    assert ("<html" in shown(answer)) == (not headers)
    assert not Comment.objects.of(tenant).exists()


def test_who_may_look_reads_the_comment_and_what_it_said_before(
    as_bob: Client, as_victor: Client, finding: Finding, written: Comment
):
    as_bob.post(edit_url(written), {"revision": "1", "body": "Second"})
    words = shown(as_victor.get(page_of(finding)))
    assert words.index("<p>Second</p>") < words.index("read what it said before") < words.index("<p>First</p>")
    assert edit_url(written) not in words


def test_only_the_author_is_offered_the_change(as_alice: Client, as_bob: Client, finding: Finding, written: Comment):
    assert f'href="{edit_url(written)}?' in shown(as_bob.get(page_of(finding)))
    assert edit_url(written) not in shown(as_alice.get(page_of(finding)))
    assert as_alice.post(edit_url(written), {"revision": "1", "body": "Mine now"}).status_code == 409
    assert "can’t be changed any more" in shown(as_alice.get(edit_url(written)))
    written.refresh_from_db()
    assert written.body == "First"


def test_the_form_opens_in_place_and_saving_renews_the_timeline(as_bob: Client, written: Comment):
    form = as_bob.get(edit_url(written), headers=HTMX)
    assert "<html" not in shown(form)
    assert ">First</textarea>" in shown(form)
    answer = as_bob.post(edit_url(written), {"revision": "1", "body": "Second"}, headers=HTMX)
    assert "<p>Second</p>" in shown(answer)
    assert "Comment changed" in shown(answer)
    assert swapped(answer) == {"evidence"}


def test_without_scripts_the_form_is_a_page_and_goes_back(as_bob: Client, finding: Finding, written: Comment):
    assert "<html" in shown(as_bob.get(edit_url(written)))
    answer = as_bob.post(f"{edit_url(written)}?severity=high", {"revision": "1", "body": "Second"})
    assert answer["Location"] == f"{page_of(finding)}?severity=high"


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
def test_a_refused_change_keeps_what_was_typed(as_bob: Client, written: Comment, headers: dict[str, str]):
    as_bob.post(edit_url(written), {"revision": "1", "body": "Here"})
    late = as_bob.post(edit_url(written), {"revision": "1", "body": "There"}, headers=headers)
    empty = as_bob.post(edit_url(written), {"revision": "2", "body": " "}, headers=headers)
    assert (late.status_code, empty.status_code) == (409, 422)
    assert ">There</textarea>" in shown(late)
    assert "elsewhere" in shown(late)
    assert late["HX-Retarget"] == f"#edit-{written.pk}"
    assert ("<html" in shown(late)) == (not headers)


@pytest.mark.parametrize("revision", ["", "x", "²", "-1", "9" * 9])
def test_a_form_without_a_revision_is_a_bad_request(as_bob: Client, written: Comment, revision: str):
    assert as_bob.post(edit_url(written), {"revision": revision, "body": "x"}).status_code == 400


def test_a_comment_is_only_there_under_its_own_finding(tenant: Tenant, as_bob: Client, written: Comment):
    other = make_finding(tenant)
    assert as_bob.get(f"{page_of(other)}comments/{written.pk}/").status_code == 404


def test_names_are_suggested_and_never_markup(tenant: Tenant, as_bob: Client, alice: User, mallory: User):
    User.objects.filter(pk=alice.pk).update(name='Ali"<b>ce')
    words = shown(as_bob.get("/t/acme/findings/mentionable/?beginning=al"))
    assert 'data-insert="Ali&quot;&lt;b&gt;ce"' in words
    assert "<b>" not in words
    assert shown(as_bob.get("/t/acme/findings/mentionable/?beginning=mal")).strip() == ""


def test_who_only_looks_writes_nothing(as_victor: Client, finding: Finding, written: Comment):
    for address in (f"{page_of(finding)}comment/", f"{page_of(finding)}comment/preview/", edit_url(written)):
        assert as_victor.post(address, {"body": "x", "revision": "1"}).status_code == 403


def test_a_strangers_finding_takes_no_words(other_tenant: Tenant, as_bob: Client):
    theirs = make_finding(other_tenant)
    for verb in ("comment/", "comment/preview/"):
        assert as_bob.post(page_of(theirs) + verb, {"body": "x"}).status_code == 404
