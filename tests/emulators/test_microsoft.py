"""Does the stand-in for Microsoft sign in whom it should, over TLS, and misbehave as it is told to?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import jwt
import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256

from connectors.http import Client as Asking
from connectors.http import (
    Refused,
    SignInFailed,
    Throttled,
    Unavailable,
    Unreadable,
    Untrusted,
    client,
    pages,
)
from connectors.http.microsoft import Microsoft
from connectors.scope import Incomplete
from tests.emulators.microsoft.acme import TENANT
from tests.emulators.microsoft.graph import serve
from tests.emulators.microsoft.graph_acme import directory
from tests.emulators.microsoft.graph_permissions import READER
from tests.emulators.microsoft.login import CLIENT, LIFETIME, SECRET, Client, Login
from tests.emulators.microsoft.server import MicrosoftEmulator
from tests.emulators.microsoft.tenant import acme
from tests.emulators.microsoft.wire import Reply

SETTINGS = {"tenant": TENANT, "client_id": CLIENT, "client_secret": SECRET}
USERS = {"$select": "id", "$top": "10"}


@pytest.fixture(scope="module")
def running() -> Iterator[MicrosoftEmulator]:
    with MicrosoftEmulator(Login(Client(roles=READER))) as microsoft:
        serve(microsoft, directory())
        yield microsoft


@pytest.fixture
def microsoft(running: MicrosoftEmulator, monkeypatch: pytest.MonkeyPatch) -> MicrosoftEmulator:
    """Well-behaved, with an empty log, asked by someone of little patience."""
    for name, value in running.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(client, "TRIES", 2)
    monkeypatch.setattr(client, "FIRST_WAIT", 0.01)
    running.faults.clear()
    running.log.clear()
    running.login.clients = {CLIENT: Client(roles=READER)}
    running.login.lifetime = LIFETIME
    return running


@pytest.fixture
def graph(microsoft: MicrosoftEmulator) -> Asking:
    base = f"{microsoft.url}/graph"
    return Asking(base, authorize=Microsoft(SETTINGS).authorize(base))


def test_the_token_says_what_was_granted(microsoft):
    assert Microsoft(SETTINGS).roles(f"{microsoft.url}/graph") == READER
    token = Microsoft(SETTINGS).authorize("https://graph.microsoft.com")(fresh=False)["Authorization"].split()[1]
    claims = jwt.decode(token, options={"verify_signature": False})
    assert (claims["aud"], claims["tid"], claims["appid"]) == ("https://graph.microsoft.com", TENANT, CLIENT)


@pytest.mark.parametrize(
    ("changed", "of_client", "number"),
    [
        ({"client_secret": "wrong"}, {}, "7000215"),
        ({}, {"secret_ends": datetime(2025, 1, 1, tzinfo=UTC)}, "7000222"),
        ({"client_id": TENANT}, {}, "700016"),
        ({}, {"enabled": False}, "7000112"),
        ({}, {"blocked": True}, "53003"),
    ],
)
def test_who_may_not_sign_in_is_told_why(microsoft, changed, of_client, number):
    microsoft.login.clients = {CLIENT: Client(roles=READER, **of_client)}
    form = {key: {**SETTINGS, **changed}[key] for key in ("client_id", "client_secret")}
    scope = {"grant_type": "client_credentials", "scope": "https://graph.microsoft.com/.default"}
    answer = requests.post(f"{microsoft.url}/{TENANT}/oauth2/v2.0/token", data={**form, **scope}, timeout=10)
    assert answer.status_code in {400, 401}
    assert answer.json()["error_description"].startswith(f"AADSTS{number}: ")
    assert answer.json()["error_codes"] == [int(number)]
    with pytest.raises(SignInFailed):
        Microsoft({**SETTINGS, **changed}).roles(f"{microsoft.url}/graph")


def test_a_tenant_that_is_not_there_is_told(microsoft):
    other = "99999999-0000-4000-8000-000000000000"
    answer = requests.get(f"{microsoft.url}/{other}/v2.0/.well-known/openid-configuration", timeout=10)
    assert (answer.status_code, answer.json()["error_codes"]) == (400, [90002])


def certificate() -> tuple[str, str]:
    """PEM of a certificate, and of it with its private key."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sv0")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1)).sign(key, SHA256())
    public = made.public_bytes(serialization.Encoding.PEM).decode()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    return public, public + private


def test_a_certificate_signs_in_where_it_is_registered(microsoft):
    public, both = certificate()
    other, _ = certificate()
    settings = {"tenant": TENANT, "client_id": CLIENT, "certificate": both}
    microsoft.login.clients = {CLIENT: Client(certificates=[other, public], roles=READER)}
    assert Microsoft(settings).roles(f"{microsoft.url}/graph") == READER
    microsoft.login.clients = {CLIENT: Client(certificates=[other], roles=READER)}
    with pytest.raises(SignInFailed, match="certificate"):
        Microsoft(settings).roles(f"{microsoft.url}/graph")


def test_a_token_works_for_its_own_part_alone(microsoft, graph):
    microsoft.mount("elsewhere", lambda asked: Reply(200, {}))
    assert graph.get("/v1.0/users", params=USERS)["value"]
    signed = Microsoft(SETTINGS).authorize(f"{microsoft.url}/elsewhere")(fresh=False)
    answer = requests.get(f"{microsoft.url}/graph/v1.0/users", headers=dict(signed), timeout=10)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "InvalidAuthenticationToken")
    assert requests.get(f"{microsoft.url}/graph/v1.0/users", timeout=10).status_code == 401


def test_a_token_ends(microsoft, graph):
    graph.get("/v1.0/users", params=USERS)
    microsoft.faults.add(do="expire", part="graph", times=1)
    assert graph.get("/v1.0/users", params=USERS)["value"]
    assert [entry.status for entry in microsoft.log.entries if entry.part == "graph"] == [200, 401, 200]


def test_a_token_lives_as_long_as_it_says(microsoft):
    microsoft.login.lifetime = -1
    signed = Microsoft(SETTINGS).authorize(f"{microsoft.url}/graph")(fresh=False)
    assert requests.get(f"{microsoft.url}/graph/v1.0/users", headers=dict(signed), timeout=10).status_code == 401


@pytest.mark.parametrize(
    ("fault", "raised"),
    [
        ({"do": "throttle", "after": "0"}, Throttled),
        ({"do": "throttle", "after": "date", "seconds": 0.0}, Throttled),
        ({"do": "refuse"}, Refused),
        ({"do": "unlicensed"}, Refused),
        ({"do": "break", "after": ""}, Unavailable),
        ({"do": "html"}, Unavailable),
        ({"do": "cut"}, Unreadable),
        ({"do": "reset"}, Unavailable),
    ],
)
def test_it_misbehaves_as_it_is_told_to(microsoft, graph, fault, raised):
    microsoft.faults.add(part="graph", path="/v1.0/users", **fault)
    with pytest.raises(raised):
        graph.get("/v1.0/users", params=USERS)
    assert graph.get("/v1.0/groups", params=USERS)["value"]


def test_a_fault_strikes_now_and_then(microsoft, graph):
    microsoft.faults.add(do="throttle", part="graph", after="0", every=2, times=1)
    for _ in range(4):
        graph.get("/v1.0/users", params=USERS)
    statuses = [entry.status for entry in microsoft.log.entries if entry.part == "graph"]
    assert statuses == [200, 429, 200, 200, 200]


def test_requests_of_a_batch_are_struck_one_by_one_and_logged(microsoft, graph):
    microsoft.faults.add(do="throttle", path="/v1.0/groups", times=1)
    requests_ = [{"id": each, "method": "GET", "url": f"/{each}?$select=id"} for each in ("users", "groups")]
    found = {each["id"]: each for each in graph.post("/v1.0/$batch", json={"requests": requests_})["responses"]}
    assert (found["users"]["status"], found["groups"]["status"]) == (200, 429)
    assert found["groups"]["headers"]["Retry-After"] == "1"
    assert microsoft.log.paths("graph") == {"/v1.0/$batch": 1, "/v1.0/users": 1, "/v1.0/groups": 1}


def listed(graph: Asking) -> list[str]:
    found = pages(graph, "/v1.0/users", params=USERS, following=lambda page: page.get("@odata.nextLink"))
    return [row["id"] for page in found for row in page["value"]]


def test_an_empty_page_is_not_the_last(microsoft, graph):
    whole = listed(graph)
    microsoft.faults.add(do="empty", path="/v1.0/users", times=1)
    assert listed(graph) == whole


def test_a_page_may_begin_with_the_last_row_of_the_one_before(microsoft, graph):
    whole = listed(graph)
    microsoft.faults.add(do="repeat", path="/v1.0/users", every=2)
    found = listed(graph)
    assert set(found) == set(whole)
    assert len(found) > len(whole)


@pytest.mark.parametrize(("fault", "raised"), [("loop", Incomplete), ("elsewhere", Untrusted)])
def test_a_page_may_lead_astray(microsoft, graph, fault, raised):
    microsoft.faults.add(do=fault, path="/v1.0/users")
    with pytest.raises(raised):
        listed(graph)


def test_every_part_of_acme_answers_who_has_its_token():
    with acme() as microsoft:
        ca = str(microsoft.ca)
        for part, audience, path in (
            ("graph", "https://graph.microsoft.com", "/v1.0/organization"),
            ("arm", "https://management.azure.com", "/subscriptions?api-version=2022-12-01"),
            ("foundry", "https://ai.azure.com", "/"),
            ("powerplatform", "https://api.bap.microsoft.com", "/"),
        ):
            token = microsoft.login.give(microsoft.login.clients[CLIENT], audience)
            with_token = {"Authorization": f"Bearer {token}"}
            answers = [
                requests.get(f"{microsoft.url}/{part}{path}", headers=headers, verify=ca, timeout=10)
                for headers in (with_token, {})
            ]
            assert answers[0].status_code != 401, part
            assert answers[1].status_code == 401, part
