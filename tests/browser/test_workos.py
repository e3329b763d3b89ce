"""To WorkOS and back in a real browser, which holds a form's redirects to the Content-Security-Policy."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from tests.accounts.workos.conftest import acme, anna, workos  # noqa: F401  (fixtures)
from tests.emulators.workos import WorkOSEmulator
from tests.emulators.workos.world import Thing


def test_signing_in_and_out(
    visit: Callable[..., Page],
    live_server: LiveServer,
    workos: WorkOSEmulator,  # noqa: F811
    anna: Thing,  # noqa: F811
    settings: Settings,
    shots: Callable[[Page, str], None],
):
    settings.BASE_URL = live_server.url
    workos.browser = anna
    page = visit()
    page.goto("/t/acme/findings/")
    shots(page, "workos-sign-in")
    page.get_by_role("button", name="Continue with WorkOS").click()
    page.wait_for_url("**/t/acme/findings/")
    page.get_by_label("Account: anna@acme.example").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/accounts/login/")
    assert [session["status"] for session in workos.world.sessions.values()] == ["revoked"]
    page.goto("/t/acme/findings/")
    assert "/accounts/login/" in page.url
    workos.faults.answers = 503
    page.get_by_role("button", name="Continue with WorkOS").click()
    page.get_by_role("heading", name="You aren't signed in").wait_for()
    shots(page, "workos-down")
