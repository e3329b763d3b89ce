"""What every answer, of every kind, tells the browser about trust."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponseBase
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import User
from tenants.models import Tenant
from tests.conftest import signed_in
from tests.factories import make_finding

STATIC = "/static/js/sv0.js"
HTMX = {"HX-Request": "true"}


def finding(tenant: Tenant) -> str:
    return f"/t/{tenant.slug}/findings/{make_finding(tenant).pk}/"


def as_owner() -> Client:
    return signed_in(User.objects.create_superuser("owner@sv0.example"))


# Each kind of answer: who asks for what, and the status that says it was that.
KINDS: dict[str, tuple[int, Callable[[Client, Client, Tenant], Any]]] = {
    "page": (200, lambda alice, _anyone, tenant: alice.get(finding(tenant))),
    "fragment": (200, lambda alice, _anyone, _tenant: alice.get("/t/acme/findings/", headers=HTMX)),
    "pdf": (200, lambda alice, _anyone, tenant: alice.get(finding(tenant) + "report.pdf")),
    "evidence": (200, lambda alice, _anyone, tenant: alice.get(finding(tenant) + "evidence.json")),
    "report": (200, lambda alice, _anyone, _tenant: alice.get("/t/acme/posture/report/")),
    "redirect": (302, lambda alice, _anyone, _tenant: alice.get("/")),
    "sign-in": (200, lambda _alice, anyone, _tenant: anyone.get("/accounts/login/")),
    "to sign-in": (302, lambda _alice, anyone, _tenant: anyone.get("/t/acme/findings/")),
    "sign-out": (302, lambda alice, _anyone, _tenant: alice.post("/accounts/logout/")),
    "bad request": (400, lambda alice, _anyone, tenant: alice.post(finding(tenant) + "close/")),
    "not found": (404, lambda alice, _anyone, _tenant: alice.get("/t/globex/findings/")),
    "wrong method": (405, lambda alice, _anyone, _tenant: alice.put("/t/acme/findings/")),
    "admin": (302, lambda _alice, anyone, _tenant: anyone.get("/admin/")),
    "staff's page": (200, lambda _alice, _anyone, _tenant: as_owner().get("/admin/tenants/tenant/")),
    "probe": (200, lambda _alice, anyone, _tenant: anyone.get("/health")),
}
each_kind = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture
def answer_of(as_alice: Client, client: Client, tenant: Tenant) -> Callable[[str], HttpResponseBase]:
    def ask(kind: str) -> HttpResponseBase:
        status, get = KINDS[kind]
        answer: HttpResponseBase = get(as_alice, client, tenant)
        assert answer.status_code == status
        return answer

    return ask


def hardened(answer: HttpResponseBase) -> None:
    """What answers of every kind have, static files included."""
    policy = answer["Permissions-Policy"]
    assert {"camera=()", "geolocation=()", "microphone=()", "payment=()", "usb=()"} <= set(policy.split(", "))
    assert "*" not in policy
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer["X-Content-Type-Options"] == "nosniff"


def unframed(answer: HttpResponseBase) -> None:
    """What answers have that Django gave."""
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
    assert "unsafe" not in answer["Content-Security-Policy"]


@each_kind
def test_every_kind_of_answer_is_hardened_and_kept_by_nobody(answer_of: Callable[[str], HttpResponseBase], kind: str):
    answer = answer_of(kind)
    hardened(answer)
    assert "no-store" in answer["Cache-Control"]
    if kind != "probe":
        unframed(answer)


def test_an_answer_to_a_broken_view_is_no_exception(as_alice: Client, tenant: Tenant, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("findings.views.queue.listing", None)
    as_alice.raise_request_exception = False
    answer = as_alice.get("/t/acme/findings/")
    assert answer.status_code == 500
    hardened(answer)
    unframed(answer)
    assert answer["Cache-Control"] == "no-store"


def test_a_refused_form_is_no_exception(alice: User):
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    answer = client.post("/accounts/logout/")
    assert answer.status_code == 403
    hardened(answer)
    unframed(answer)


def test_static_files_are_hardened_and_may_be_kept(client: Client):
    answer = client.get(STATIC)
    assert answer.status_code == 200
    hardened(answer)
    assert answer["Referrer-Policy"] == "same-origin"
    assert "no-store" not in answer["Cache-Control"]


def test_a_production_asks_for_https_for_a_year(settings: Settings, client: Client, db: None):
    settings.SECURE_HSTS_SECONDS, settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = 365 * 24 * 60 * 60, True
    answer = client.get("/accounts/login/", secure=True)
    assert answer["Strict-Transport-Security"].startswith("max-age=31536000; includeSubDomains")


def test_scripts_and_styles_run_only_from_here_or_with_the_nonce(client: Client, db: None):
    answer = client.get("/accounts/login/")
    policy = dict(part.strip().split(" ", 1) for part in answer["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert re.fullmatch(r"'self' 'nonce-[\w+/=-]{16,}'", policy["script-src"])
    assert policy["base-uri"] == "'none'"
    assert policy["form-action"] == "'self'"


def test_no_page_has_inline_script_or_style(as_alice: Client, client: Client, tenant: Tenant):
    for page in (client.get("/accounts/login/"), as_alice.get(finding(tenant)), as_alice.get("/t/acme/posture/")):
        text = page.content.decode()
        assert not re.search(r"<script(?![^>]*\bsrc=)", text)
        assert not re.search(r"\sstyle=|\son[a-z]+=", text)


def test_a_request_id_is_kept_when_well_formed_and_made_otherwise(client: Client, db: None):
    assert client.get("/accounts/login/", headers={"X-Request-Id": "abc-123_XYZ"})["X-Request-Id"] == "abc-123_XYZ"
    for bad in ("short", "with space and more", "x" * 65, "inject\nlines-here"):
        assert re.fullmatch(
            r"[0-9a-f]{32}", client.get("/accounts/login/", headers={"X-Request-Id": bad})["X-Request-Id"]
        )
