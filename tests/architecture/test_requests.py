"""Every address, ours and the libraries': no change without the form's token, no way to another site."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.test import Client

from accounts.models import User
from tenants.models import Tenant
from tests.architecture.addresses import Address, addresses
from tests.conftest import signed_in
from tests.factories import make_connection, make_finding

SIGNED_OTHERWISE = {"workos_events"}  # WorkOS signs what it tells
UNSAFE = ("post", "put", "patch", "delete")
ELSEWHERE = (
    "https://evil.example/",
    "//evil.example/",
    "///evil.example/",
    "/\\evil.example/",
    "\\\\evil.example/",
    "http:evil.example/",
    "https:///evil.example/",
    "javascript:alert(1)",
    "\thttps://evil.example/",
)
FIELDS = ("next", "back", "url", "return_to", "redirect", "redirect_uri", "return", "to", "_popup", "place")
each_address = pytest.mark.parametrize("address", addresses(), ids=lambda address: f"{address.name} {address.path}")


def test_the_walk_sees_ours_and_the_libraries():
    names = {address.name for address in addresses()}
    assert {"tenant:finding_close", "admin:tenants_tenant_change", "account_logout", "acting_start"} <= names


def test_only_what_is_signed_otherwise_goes_without_the_forms_token():
    exempt = {address.name for address in addresses() if getattr(address.view, "csrf_exempt", False)}
    assert exempt <= SIGNED_OTHERWISE


@each_address
def test_nothing_is_changed_without_the_forms_token(address: Address, staff: User, alice: User):
    for user in (staff, alice):
        client = signed_in(user)
        client.handler.enforce_csrf_checks = True
        for method in UNSAFE:
            answer = getattr(client, method)(address.path, {"post": "yes"})
            assert answer.status_code == 403
            assert "This form has expired" in answer.content.decode()


def leads_elsewhere(answer: Any) -> bool:
    """Whether a browser, or htmx, would go on to another site."""
    said = ("Location", "HX-Redirect", "HX-Location", "HX-Push-Url", "HX-Replace-Url", "Refresh")
    ways = [answer.headers.get(name, "") for name in said]
    if answer.headers.get("Content-Type", "").startswith("text/html") and not answer.streaming:
        ways += re.findall(r'(?:href|action|hx-get|hx-post|formaction)="([^"]*)"', answer.content.decode())
    return any(
        "evil.example" in urlsplit(way.replace("\\", "/")).netloc or way.startswith("javascript:") for way in ways
    )


@each_address
def test_no_address_leads_to_another_site(address: Address, staff: User, alice: User, tenant: Tenant):
    make_finding(tenant, pk="0" * 24)
    make_connection(tenant, pk="0" * 24)
    for elsewhere in ELSEWHERE[:1]:
        asked, headers = dict.fromkeys(FIELDS, elsewhere), {"Referer": elsewhere, "HX-Current-URL": elsewhere}
        for client in (signed_in(staff), signed_in(alice)):
            assert not leads_elsewhere(client.get(address.path, asked, headers=headers))
            assert not leads_elsewhere(client.post(address.path, asked, headers=headers))
            assert not leads_elsewhere(client.post(address.path, asked, headers={**headers, "HX-Request": "true"}))


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
def test_signing_in_and_out_leads_to_no_other_site(elsewhere: str, client: Client, alice: User, tenant: Tenant):
    assert not leads_elsewhere(client.get("/accounts/login/", {"next": elsewhere}))
    client.post("/accounts/login/", {"email": alice.email, "next": elsewhere})
    code = re.search(r"^\s*([A-Z0-9]{4}-?[A-Z0-9]{2,4})\s*$", str(mail.outbox[-1].body), re.MULTILINE)
    assert code
    entered = client.post("/accounts/login/code/confirm/", {"code": code[1], "next": elsewhere})
    assert entered["Location"] == "/"
    assert not leads_elsewhere(client.get("/accounts/login/", {"next": elsewhere}))
    left = client.post("/accounts/logout/", {"next": elsewhere})
    assert left["Location"].startswith("/accounts/login/")
