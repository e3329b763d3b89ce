"""Can a comment be written, with a mention, previewed, sent and changed by keyboard, with scripts and without?"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from findings.models import Comment, Finding
from tenants.models import Tenant
from tests.browser.conftest import PHONE, sign_in
from tests.factories import make_finding


@pytest.fixture
def finding(tenant: Tenant) -> Finding:
    return make_finding(tenant)


def test_by_keyboard_with_a_mention_and_a_change(
    visit: Callable[..., Page], shots: Callable[[Page, str], None], alice: User, bob: User, finding: Finding
):
    page = visit()
    sign_in(page, bob)
    page.goto(f"/t/acme/findings/{finding.pk}/")
    page.keyboard.press("c")
    box = page.locator("#comment-body")
    expect(box).to_be_focused()
    page.keyboard.type("**Asked** @al")
    offered = page.locator(".mentionable [role=option]")
    expect(offered).to_have_text("Alice alice@acme.example")
    expect(page.locator("#live")).to_have_text("1 person, arrows to choose")
    shots(page, "comment-mention")
    page.keyboard.press("Enter")
    expect(box).to_have_value("**Asked** @Alice ")
    expect(offered).to_have_count(0)
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_label("Preview of your comment").locator(".mention")).to_have_text("@Alice")
    expect(box).to_be_focused()
    shots(page, "comment-preview")
    page.get_by_role("button", name="Comment", exact=True).click()
    expect(page.locator(".timeline .mention")).to_have_text("@Alice")
    expect(box).to_have_value("")
    expect(box).to_be_focused()
    page.get_by_role("link", name="Change your comment").press("Enter")
    form = page.get_by_label("Your comment", exact=True)
    expect(form).to_be_focused()
    form.fill("Never mind")
    page.get_by_role("button", name="Save").press("Enter")
    expect(page.locator(".timeline .prose").first).to_have_text("Never mind")
    expect(page.locator(".timeline__detail").first).to_be_focused()
    page.get_by_text("read what it said before").click()
    expect(page.get_by_text("Asked @Alice")).to_be_visible()
    shots(page, "comment-changed")
    assert Comment.objects.of(finding.tenant).get().revision == 2


def test_without_scripts(visit: Callable[..., Page], alice: User, bob: User, finding: Finding):
    page = visit(java_script_enabled=False, viewport=PHONE)
    sign_in(page, bob)
    page.goto(f"/t/acme/findings/{finding.pk}/")
    page.get_by_label("Comment", exact=True).fill("Ask @Alice")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_label("Preview of your comment").locator(".mention")).to_have_text("@Alice")
    page.get_by_role("button", name="Comment", exact=True).click()
    page.get_by_role("link", name="Change your comment").click()
    page.get_by_label("Your comment", exact=True).fill("Asked @Alice")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".timeline .prose").first).to_have_text("Asked @Alice")
