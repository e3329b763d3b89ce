"""A secret can be read by the process that has the master key, and by nobody who has the database."""

from __future__ import annotations

import base64
import json
import logging
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from connectors import secrets
from connectors.inventory.documents import collection
from connectors.models import Connection
from tenants.models import Tenant
from tests.factories import make_connection

SECRET = "wJalrXUtnFEMI/π-bPxRfiCYEXAMPLEKEY"


def key(letter: bytes) -> str:
    return base64.b64encode(letter * 96).decode()


@pytest.fixture
def sealed(tenant: Tenant) -> Connection:
    made = make_connection(tenant, settings={"region": "eu-west-1"}, sealed=secrets.seal(tenant, {"secret": SECRET}))
    found: Connection = Connection.objects.of(tenant).get(pk=made.pk)
    return found


def test_what_was_sealed_opens_beside_the_other_settings(sealed: Connection):
    assert secrets.opened(sealed) == {"region": "eu-west-1", "secret": SECRET}


def test_neither_the_row_nor_what_is_said_of_it_shows_the_secret(sealed: Connection, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    secrets.opened(sealed)
    stored = collection(Connection).find_one({"_id": sealed.pk})
    said = f"{stored} {sealed!r} {json.dumps(sealed.sealed)} {caplog.text} {secrets.master_key!r}"
    assert "wJalr" not in said
    assert base64.b64encode(SECRET.encode()).decode()[:12] not in said


def test_sealing_twice_shows_nothing_in_common(tenant: Tenant):
    one, other = (secrets.seal(tenant, {"secret": SECRET})["secret"] for _ in range(2))
    assert one[40:] != other[40:]


def test_no_secret_needs_no_key(tenant: Tenant, settings: Settings):
    settings.MASTER_KEY = "none"
    assert secrets.seal(tenant, {}) == {}
    assert secrets.opened(make_connection(tenant, settings={"region": "eu-west-1"})) == {"region": "eu-west-1"}


def test_each_tenant_has_one_key_of_its_own(tenant: Tenant, other_tenant: Tenant):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda each: secrets.seal(each, {"secret": SECRET}), [tenant, other_tenant] * 8))
    vault = collection(Connection).database[secrets.KEY_VAULT]
    names = [row["keyAltNames"] for row in vault.find()]
    assert {(str(tenant.pk),), (str(other_tenant.pk),)} <= {tuple(name) for name in names}
    assert len(names) == len({tuple(name) for name in names})


def test_another_master_key_opens_nothing_and_says_so(sealed: Connection, settings: Settings):
    settings.MASTER_KEY = key(b"z")
    with pytest.raises(secrets.Unreadable, match="MASTER_KEY"):
        secrets.opened(sealed)
    with pytest.raises(secrets.Unreadable, match="MASTER_KEY"):
        secrets.seal(sealed.tenant, {"secret": "another"})


@pytest.mark.parametrize("altered", ["", "not base64", base64.b64encode(b"x" * 80).decode()])
def test_an_altered_value_does_not_open(sealed: Connection, altered: str):
    sealed.sealed["secret"] = altered or sealed.sealed["secret"][:-8] + "AAAAAAA="
    with pytest.raises(secrets.Unreadable):
        secrets.opened(sealed)


@pytest.mark.parametrize("malformed", ["", "short", base64.b64encode(b"x" * 32).decode(), "é" * 128])
def test_a_malformed_master_key_is_refused_without_being_shown(settings: Settings, malformed: str):
    settings.MASTER_KEY = malformed
    with pytest.raises(ImproperlyConfigured, match="96 random bytes") as refused:
        secrets.master_key()
    assert not malformed or malformed not in str(refused.value)
