"""Can an analyst work through the queue by keyboard, by mouse, and without scripts, one finding and many at once?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from findings.models import Finding
from tenants.models import Tenant
from tests.browser.conftest import PHONE, sign_in
from tests.browser.test_axe import violations
from tests.factories import NOW, make_connection, make_finding

QUEUE = "/t/acme/findings/"
SEVERITIES = (("critical", 4), ("high", 3), ("high", 3), ("medium", 2), ("low", 1))  # and their ranks


@pytest.fixture
def findings(tenant: Tenant) -> list[Finding]:
    """Five, the worst first."""
    make_connection(tenant)
    return [
        make_finding(
            tenant,
            severity=name,
            severity_rank=rank,
            subject_name=f"role-{place}",
            first_seen=NOW - timedelta(days=place),
        )
        for place, (name, rank) in enumerate(SEVERITIES)
    ]


def open_queue(page: Page, user: User) -> None:
    sign_in(page, user)
    page.goto(QUEUE)
    expect(page.locator("[data-row]").first).to_be_visible()


def stored(finding: Finding) -> Finding:
    found: Finding = Finding.objects.of(finding.tenant).get(pk=finding.pk)
    return found


def statuses(tenant: Tenant) -> list[str]:
    return list(Finding.objects.of(tenant).order_by("subject_name").values_list("status", flat=True))


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def said(page: Page, text: str) -> None:
    """A toast says so, and the focus is on a row of the list."""
    expect(page.locator(".toast", has_text=text)).to_be_visible()
    expect(page.locator("[data-row].is-selected [data-open]")).to_be_focused()


def at(page: Page, finding: Finding) -> None:
    """Stand on the finding's row with its preview beside it."""
    expect(page.locator(f"#row-{finding.pk}.is-selected")).to_be_visible()
    expect(page.locator("#preview h2").first).to_contain_text(finding.subject_name)


def test_every_verb_by_keyboard(visit: Callable[..., Page], bob: User, tenant: Tenant, findings: list[Finding]):
    page = visit()
    open_queue(page, bob)
    at(page, findings[0])
    press(page, "m")
    said(page, "Assigned to Bob")
    assert stored(findings[0]).assignee == "Bob"
    press(page, "a")
    said(page, "Acknowledged")
    press(page, "u")
    expect(page.locator(".toast", has_text="Undone")).to_be_visible()
    assert stored(findings[0]).status == "open"
    page.goto(f"{QUEUE}?selected={findings[1].pk}")
    at(page, findings[1])
    press(page, "f")
    expect(page.locator("#preview [name=scope]").first).to_be_focused()
    page.locator("#false_positive-reason").press_sequentially("A test role")
    press(page, "Tab", "Enter")
    said(page, "Marked a false positive")
    assert (stored(findings[1]).status, stored(findings[1]).reason) == ("false_positive", "A test role")
    at(page, findings[2])
    press(page, "e")
    expect(page.locator("#accept-until")).to_be_focused()
    page.locator("#accept-until").fill("2099-12-31")
    page.locator("#accept-owner").select_option(label="Bob")
    page.locator("#accept-reason").fill("Known and watched")
    page.locator("#accept-reason").press("Tab")
    press(page, "Enter")
    said(page, "Accepted until the end of 31 December 2099")
    at(page, findings[3])
    press(page, "d")
    expect(page.locator("#close-reason")).to_be_focused()
    press(page, "Tab", "Enter")
    said(page, "Closed")
    press(page, "c")
    page.wait_for_url("**/findings/*")
    assert statuses(tenant) == ["open", "false_positive", "accepted", "closed", "open"]


def test_many_by_keyboard_and_back(
    visit: Callable[..., Page], shots: Callable[[Page, str], None], bob: User, tenant: Tenant, findings: list[Finding]
):
    page = visit()
    open_queue(page, bob)
    press(page, "x", "j", "x", "j", "x")
    expect(page.locator("[data-bulk-count]")).to_have_text("3 selected")
    expect(page.locator("[data-bulk-severities]")).to_have_text("1 critical, 2 high")
    shots(page, "desk-selected")
    press(page, "d")
    dialog = page.get_by_role("dialog", name="Close 3 findings as fixed")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_label("Reason")).to_be_focused()
    assert violations(page) == []
    shots(page, "desk-draft")
    dialog.get_by_label("Reason").fill("Deleted")
    press(page, "Tab", "Enter")
    expect(dialog).to_be_hidden()
    said(page, "Closed 3 findings as fixed")
    assert statuses(tenant) == ["closed"] * 3 + ["open"] * 2
    press(page, "u")
    expect(page.locator(".toast", has_text="3 undone")).to_be_visible()
    expect(page.locator("[data-row]")).to_have_count(5)
    assert statuses(tenant) == ["open"] * 5


def test_all_that_match_by_mouse(visit: Callable[..., Page], bob: User, tenant: Tenant, findings: list[Finding]):
    page = visit()
    open_queue(page, bob)
    page.get_by_label("Select all on this page").check()
    page.get_by_role("button", name="Select all 5 findings matching").click()
    expect(page.locator("[data-bulk-severities]")).to_have_text("1 critical, 2 high, 1 medium, 1 low")
    page.locator(".bulkbar").get_by_role("button", name="Acknowledge").click()
    page.get_by_role("dialog").get_by_role("button", name="Acknowledge 5 findings").click()
    expect(page.locator(".toast", has_text="Acknowledged 5 findings")).to_be_visible()
    expect(page.locator("#list")).to_be_focused()
    assert statuses(tenant) == ["acknowledged"] * 5


def test_what_somebody_else_did_first_is_told(
    visit: Callable[..., Page],
    shots: Callable[[Page, str], None],
    alice: User,
    bob: User,
    tenant: Tenant,
    findings: list[Finding],
):
    mine, theirs = visit(), visit()
    open_queue(mine, bob)
    press(mine, "x", "j", "x")
    press(mine, "d")
    expect(mine.get_by_role("dialog")).to_be_visible()
    open_queue(theirs, alice)
    at(theirs, findings[0])
    press(theirs, "a")
    said(theirs, "Acknowledged")
    mine.get_by_role("dialog").get_by_role("button", name="Close 2 findings as fixed").click()
    told = mine.get_by_role("dialog").get_by_text("Alice acknowledged it first.")
    expect(told).to_be_visible()
    shots(mine, "desk-overtaken")
    assert statuses(tenant) == ["acknowledged", "closed", "open", "open", "open"]


def test_many_without_scripts(visit: Callable[..., Page], bob: User, tenant: Tenant, findings: list[Finding]):
    page = visit(java_script_enabled=False, viewport=PHONE)
    open_queue(page, bob)
    boxes = page.locator("input[name=selected]")
    boxes.nth(0).check()
    boxes.nth(1).check()
    page.locator(".bulkbar").get_by_role("button", name="Close as fixed").click()
    page.get_by_role("button", name="Close 2 findings as fixed").click()
    expect(page.get_by_text("Closed 2 findings as fixed.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    assert statuses(tenant) == ["open"] * 5
