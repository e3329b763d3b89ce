"""How often something may be done: by one person, from one network, over all processes, and when it can't be told."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import Any

import pytest
from allauth.core.internal.ratelimit import get_ip, respond_429
from django.conf import settings
from django.test import Client, RequestFactory
from limits.strategies import FixedWindowRateLimiter
from pymongo.errors import ConnectionFailure
from pytest_django.fixtures import Settings

from accounts import limits
from accounts.http import client_ip
from accounts.limits import LIMITS, WIDER, Limit, networks
from accounts.models import Membership, User
from accounts.roles import Role
from tenants.models import Tenant
from tests.architecture.tree import ROOT
from tests.factories import make_finding

LOGIN = "/accounts/login/"
CONFIRM = "/accounts/login/code/confirm/"


def statuses(client: Client, address: str, *, times: int = 1, **how: Any) -> list[int]:
    return [client.get(address, **how).status_code for _ in range(times)]


def evidence(tenant: Tenant) -> str:
    return f"/t/{tenant.slug}/findings/{make_finding(tenant).pk}/evidence.json"


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Evidence and reports may be had twice a minute by each person, three times from a network."""
    monkeypatch.setitem(LIMITS, "exports", Limit(person="2/minute", network="3/minute", uncounted="let through"))


@pytest.fixture
def three_of_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LIMITS, "exports", Limit(network="3/minute"))


def test_who_asks_too_often_is_told_when_to_come_back(few: None, as_alice: Client, tenant: Tenant):
    address = evidence(tenant)
    assert statuses(as_alice, address, times=2) == [200, 200]
    refused = as_alice.get(address)
    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= 60
    assert "Wait a minute, then try again." in refused.content.decode()
    line = as_alice.get(address, headers={"HX-Request": "true"})
    assert (line.status_code, line["Content-Type"]) == (429, "text/plain"), "static/js/sv0.js shows it"


def test_all_exports_count_together(few: None, as_alice: Client, tenant: Tenant):
    pk = make_finding(tenant).pk
    pages = [f"/t/acme/findings/{pk}/report/", f"/t/acme/findings/{pk}/report.pdf", "/t/acme/posture/report/"]
    assert [as_alice.get(page).status_code for page in pages] == [200, 200, 429]


def test_another_person_has_attempts_of_their_own_and_shares_the_networks(
    few: None, as_alice: Client, as_bob: Client, tenant: Tenant
):
    address = evidence(tenant)
    assert statuses(as_alice, address, times=3) == [200, 200, 429]
    assert statuses(as_bob, address, times=2) == [200, 429]
    assert statuses(as_bob, address, REMOTE_ADDR="198.51.100.7") == [429], "his own two are gone as well"


def test_a_person_is_counted_in_each_tenant_apart(
    few: None, as_alice: Client, alice: User, tenant: Tenant, other_tenant: Tenant
):
    Membership.objects.create(tenant=other_tenant, user=alice, role=Role.VIEWER)
    assert statuses(as_alice, evidence(tenant), times=3) == [200, 200, 429]
    assert statuses(as_alice, evidence(other_tenant)) == [200]


def test_who_may_not_do_it_is_not_counted(few: None, as_mallory: Client, as_alice: Client, tenant: Tenant):
    address = evidence(tenant)
    assert statuses(as_mallory, address, times=5) == [404] * 5
    assert statuses(as_alice, address) == [200]


def test_ipv6_is_counted_by_its_64_and_more_widely_by_its_48(
    three_of_a_network: None, as_alice: Client, tenant: Tenant
):
    address = evidence(tenant)
    one_machine = [statuses(as_alice, address, REMOTE_ADDR=f"2001:db8:7:1::{last:x}")[0] for last in range(1, 6)]
    assert one_machine == [200, 200, 200, 429, 429], "another address of the same /64 is the same machine"
    one_site = [statuses(as_alice, address, REMOTE_ADDR=f"2001:db8:7:{net:x}::1")[0] for net in range(2, 18)]
    assert one_site.count(200) == 3 * WIDER - 3, "another /64 of the same /48 is the same site"
    assert statuses(as_alice, address, REMOTE_ADDR="2001:db8:8::1") == [200]


def test_ipv4_clients_of_a_listener_on_ipv6_share_no_count(three_of_a_network: None, as_alice: Client, tenant: Tenant):
    """CVE-2026-30827: masked to a /64, ::ffff:a.b.c.d is one network with every other IPv4 client."""
    address = evidence(tenant)
    assert statuses(as_alice, address, times=4, REMOTE_ADDR="::ffff:203.0.113.9") == [200, 200, 200, 429]
    assert statuses(as_alice, address, REMOTE_ADDR="::ffff:203.0.113.10") == [200]
    assert statuses(as_alice, address, REMOTE_ADDR="203.0.113.9") == [429], "mapped or not, it is one client"


@pytest.mark.parametrize(
    ("ip", "expected"),
    [
        ("203.0.113.9", ["203.0.113.9"]),
        ("2001:db8:1:2:3:4:5:6", ["2001:db8:1:2::/64", "2001:db8:1::/48"]),
        (None, ["None"]),
    ],
)
def test_networks(ip: str | None, expected: list[str]):
    assert networks(ip) == expected


@pytest.mark.parametrize("mapped", ["::ffff:203.0.113.9", "::ffff:cb00:7109"])
def test_allauth_counts_an_ipv4_mapped_address_as_the_client_it_is(mapped: str):
    """allauth's own truncation would make it "::" (65.21): it gets addresses from accounts.http."""
    assert get_ip(RequestFactory().get("/", REMOTE_ADDR=mapped)) == "203.0.113.9"
    assert get_ip(RequestFactory().get("/", REMOTE_ADDR="2001:db8:1:2::9")) == "2001:db8:1:2::"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, "203.0.113.1", "192.0.2.1"),  # nobody said that a proxy is to be believed
        (1, "203.0.113.1", "203.0.113.1"),
        (1, "203.0.113.66, 203.0.113.1", "203.0.113.1"),  # what the client itself wrote is to the left
        (2, "203.0.113.66, 203.0.113.1, 10.0.0.1", "203.0.113.1"),
        (1, "", "192.0.2.1"),
        (2, "203.0.113.1", "192.0.2.1"),
    ],
)
def test_only_the_configured_proxies_say_where_a_request_comes_from(
    settings: Settings, proxies: int, forwarded: str, expected: str
):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    headers = {"X-Forwarded-For": forwarded, "X-Real-Ip": "203.0.113.99", "Forwarded": "for=203.0.113.98"}
    request = RequestFactory().get("/", REMOTE_ADDR="192.0.2.1", headers=headers)
    assert client_ip(request) == expected


@pytest.mark.parametrize(
    ("address", "name"),
    [(LOGIN, "sign_in"), ("/accounts/login/code/", "sign_in"), (CONFIRM, "code")],
    ids=["asking for a code", "by allauth's other address", "entering one"],
)
def test_sign_in_is_limited_by_network_and_looking_at_the_page_is_not(
    db: None, monkeypatch: pytest.MonkeyPatch, address: str, name: str
):
    monkeypatch.setitem(LIMITS, name, Limit(network="2/minute", methods=LIMITS[name].methods))
    sent = [Client().post(address, {"email": f"{one}@acme.example", "code": "WRONG"}).status_code for one in range(3)]
    assert sent == [302, 302, 429]
    assert Client().get(LOGIN).status_code == 200


def test_one_address_gets_three_codes_a_minute_from_whatever_network(db: None, mailoutbox: list[Any]):
    answers = [Client().post(LOGIN, {"email": "a@acme.example"}, REMOTE_ADDR=f"203.0.113.{one}") for one in range(4)]
    assert [answer.status_code for answer in answers] == [302, 302, 302, 200]
    assert "Too many" in answers[-1].content.decode()
    assert len(mailoutbox) == 3


def test_what_allauth_limits_is_told_on_our_page(client: Client, db: None):
    answer = respond_429(client.get(LOGIN).wsgi_request)
    assert (answer.status_code, answer["Retry-After"]) == (429, "60")
    assert "Too many attempts" in answer.content.decode()


def lost(*_args: Any, **_kwargs: Any) -> int:
    raise ConnectionFailure("gone")


def test_what_cannot_be_counted_is_refused_at_the_door_and_let_through_to_read(
    client: Client, as_alice: Client, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(FixedWindowRateLimiter, "hit", lost)
    told: list[dict[str, Any]] = []
    monkeypatch.setattr(limits.log, "error", lambda event, **about: told.append({"event": event, **about}))
    refused = client.post(LOGIN, {"email": "alice@acme.example"})
    assert (refused.status_code, refused["Retry-After"]) == (503, "30")
    assert as_alice.get(evidence(tenant)).status_code == 200
    assert [(one["limit"], one["then"]) for one in told] == [("sign_in", "refused"), ("exports", "let through")]


def test_what_guards_the_door_never_lets_the_uncounted_through():
    open_ = {name for name, limit in LIMITS.items() if limit.uncounted != "refused"}
    assert open_ == {"exports", "connection_tests"}


ASK = """
import django; django.setup()
from django.test import Client
for number in range(40):
    print(Client().post("%s", {"email": f"%s-{number}@acme.example", "code": "WRONG"}).status_code)
"""


@pytest.mark.parametrize(
    ("address", "allowed"),
    [(LOGIN, 20), (CONFIRM, 30)],
    ids=["asking for a code: allauth's limit, in the shared cache", "entering one: ours"],
)
def test_two_processes_count_together(db: None, address: str, allowed: int):
    environment = {
        **os.environ,
        "MONGODB_NAME": str(settings.DATABASES["default"]["NAME"]),
        "EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend",
        "ALLOWED_HOSTS": "testserver",
        "DJANGO_SETTINGS_MODULE": "sv0.settings",
    }
    running = [
        subprocess.Popen(
            [sys.executable, "-c", ASK % (address, name)], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
        )
        for name in ("one", "two")
    ]
    answers = [line for process in running for line in re.findall(r"^\d{3}$", process.communicate()[0], re.MULTILINE)]
    assert len(answers) == 80
    assert answers.count("302") == allowed
