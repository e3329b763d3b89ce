"""One tenant served without the /t/<slug>/ prefix, and no other."""

from __future__ import annotations

import importlib
from collections.abc import Iterator

import pytest
from django.test import Client, override_settings
from django.urls import clear_url_caches

import sv0.urls
from accounts.http import tenant_url
from accounts.models import User
from tenants.models import Tenant


@pytest.fixture
def single(tenant: Tenant) -> Iterator[Tenant]:
    """The addresses as a process has them that was started with SINGLE_TENANT_SLUG=acme."""
    with override_settings(SINGLE_TENANT_SLUG=tenant.slug):
        _rebuild()
        yield tenant
    _rebuild()


def _rebuild() -> None:
    importlib.reload(sv0.urls)
    clear_url_caches()


def test_its_pages_need_no_prefix(as_alice: Client, single: Tenant):
    assert tenant_url(single, "queue") == "/findings/"
    assert as_alice.get("/", follow=True).redirect_chain[-1][0] == "/findings/"
    page = as_alice.get("/audit/")
    assert page.status_code == 200
    assert "/t/acme/" not in page.content.decode()


def test_other_tenants_are_not_served(as_mallory: Client, mallory: User, single: Tenant):
    assert as_mallory.get("/findings/").status_code == 404
    assert as_mallory.get("/t/globex/findings/").status_code == 404
    assert "You belong to no organization yet" in as_mallory.get("/").content.decode()
