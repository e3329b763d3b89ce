"""Acme and Globex with their organizations at WorkOS, and browsers that sign in through it."""

from __future__ import annotations

import html
import importlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
import urllib3
from django.test import Client
from django.urls import clear_url_caches
from pytest_django.fixtures import Settings

import sv0.urls
from tenants.models import Tenant
from tests.emulators.workos import WorkOSEmulator
from tests.emulators.workos.server import API_KEY, CLIENT_ID, WEBHOOK_SECRET
from tests.emulators.workos.world import Thing

QUEUE = "/t/acme/findings/"


@pytest.fixture
def workos(settings: Settings, db: None) -> Iterator[WorkOSEmulator]:
    """WorkOS, with a key to it configured; every answer it gave must have been as WorkOS describes it."""
    with WorkOSEmulator() as emulator:
        settings.WORKOS_API_KEY = API_KEY
        settings.WORKOS_CLIENT_ID = CLIENT_ID
        settings.WORKOS_BASE_URL = emulator.url
        settings.WORKOS_ISSUER = [emulator.url]
        settings.WORKOS_WEBHOOK_SECRET = WEBHOOK_SECRET
        settings.BASE_URL = "http://testserver"
        read_addresses()
        yield emulator
        settings.WORKOS_API_KEY = ""
        read_addresses()
    assert emulator.violations == []


def read_addresses() -> None:
    """Have sv0.urls decide again what is mounted."""
    importlib.reload(sv0.urls)
    clear_url_caches()


@pytest.fixture
def acme(workos: WorkOSEmulator, tenant: Tenant) -> Thing:
    """Acme's organization at WorkOS."""
    return organization_of(workos, tenant)


@pytest.fixture
def globex(workos: WorkOSEmulator, other_tenant: Tenant) -> Thing:
    """Globex' organization at WorkOS."""
    return organization_of(workos, other_tenant)


def organization_of(workos: WorkOSEmulator, tenant: Tenant) -> Thing:
    organization = workos.world.add_organization(tenant.name, external_id=str(tenant.pk))
    tenant.workos_organization_id = organization["id"]
    tenant.save()
    return organization


@pytest.fixture
def anna(workos: WorkOSEmulator, acme: Thing) -> Thing:
    """An analyst of Acme at WorkOS, unknown to sv0 until she signs in."""
    anna = workos.world.add_user("anna@acme.example")
    workos.world.add_membership(acme, anna, role="analyst")
    return anna


@dataclass
class Browser:
    """A browser that follows the way to WorkOS and back."""

    workos: WorkOSEmulator
    client: Client = field(default_factory=Client)

    def to_workos(self, **form: str) -> str:
        """Where "Continue with WorkOS" leads."""
        page = self.client.post("/accounts/login/", form).content.decode()
        match = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', page)
        assert match, page
        return html.unescape(match[1])

    def at_workos(self, url: str) -> str:
        """Where WorkOS sends the browser back to."""
        sent = urllib3.request("GET", url, redirect=False)
        assert sent.status == 302, sent.data
        back = urlsplit(sent.headers["Location"])
        return f"{back.path}?{back.query}"

    def sign_in(self, person: Thing, **form: str) -> Any:
        """All the way, and sv0's answer to what WorkOS sent back."""
        self.workos.browser = person
        return self.client.get(self.at_workos(self.to_workos(**form)))

    def get(self, path: str = QUEUE) -> Any:
        return self.client.get(path)

    @property
    def is_in(self) -> bool:
        """Whether Acme's queue opens."""
        return bool(self.get().status_code == 200)


@pytest.fixture
def browser(workos: WorkOSEmulator) -> Browser:
    """A browser where nobody is signed in."""
    return Browser(workos)


@pytest.fixture
def annas(browser: Browser, anna: Thing) -> Browser:
    """A browser where Anna is signed in to Acme."""
    answer = browser.sign_in(anna, t="acme")
    assert answer.status_code == 302, answer.content.decode()
    assert browser.is_in
    return browser
