"""A real Chromium against a live server, a real worker, and the emulated organization."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.core import mail
from django.db import connection
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from accounts.models import User

ROOT = Path(__file__).resolve().parents[2]
# Playwright's synchronous API runs an event loop in this thread; the ORM is used between its steps, never inside one.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip
WIDE = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium, headless."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def visit(browser: Browser, live_server, transactional_db: None) -> Iterator[Callable[..., Page]]:
    """Opens a page of a fresh browser profile; keyword arguments go to `new_context`. A script error fails the test."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def open_page(**options: object) -> Page:
        context = browser.new_context(**{"viewport": WIDE, "base_url": live_server.url, **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if is_violation(message.text) else None)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []


def is_violation(text: str) -> bool:
    """Whether the console speaks of a Content-Security-Policy violation or an uncaught error."""
    return "Content Security Policy" in text or "Uncaught" in text


def sign_in(page: Page, user: User) -> None:
    """Through the pages a person uses: address, code from the mail, queue."""
    mail.outbox.clear()
    page.goto("/accounts/login/")
    page.get_by_label(re.compile("e-?mail", re.IGNORECASE)).fill(user.email)
    page.get_by_role("button", name="Send me a code").click()
    page.get_by_label("Code").wait_for()
    code = re.search(r"^\s*([A-Z0-9]{4}-?[A-Z0-9]{2,4})\s*$", str(mail.outbox[-1].body), re.MULTILINE)
    assert code
    page.get_by_label("Code").fill(code[1])
    page.get_by_label("Code").press("Enter")
    page.wait_for_url("**/findings/**")


@pytest.fixture
def worker(live_server, transactional_db: None) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Starts a real qcluster on the test's database; keyword arguments are its environment."""
    running: list[subprocess.Popen[bytes]] = []

    def start(**environment: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "qcluster"],
            cwd=ROOT,
            env={**os.environ, "MONGODB_NAME": connection.settings_dict["NAME"], "WORKERS": "1", **environment},
            start_new_session=True,
        )
        running.append(process)
        return process

    yield start
    for process in running:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture
def shots(request: pytest.FixtureRequest) -> Callable[[Page, str], None]:
    """Saves a screenshot where SCREENSHOTS names a folder, for people to look at; nothing otherwise."""
    folder = os.environ.get("SCREENSHOTS")

    def save(page: Page, name: str) -> None:
        if folder:
            # Without these two Playwright adds styles of its own, which the policy rightly refuses.
            page.screenshot(path=Path(folder) / f"{name}.png", full_page=True, animations="allow", caret="initial")

    return save
