"""A stored secret goes to no other address than the one it was entered for."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from connectors import connect, secrets
from connectors.models import Connection
from connectors.source import Setting
from tenants.audit import WORKER
from tests.connectors import scripted

ADDRESS = Setting(name="address", label="Address", help="", address=True)
TOKEN = Setting(name="token", label="Token", help="", secret=True)
HERE, THERE = "https://acme.example", "https://mallory.example"


@pytest.fixture
def connection(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> Connection:
    monkeypatch.setattr(scripted.source, "settings", (ADDRESS, TOKEN))
    connection.settings, connection.sealed = {"address": HERE}, secrets.seal(connection.tenant, {"token": "t0ken"})
    connection.save()
    return connection


def edit(client: Client, connection: Connection, **values: str) -> Any:
    url = reverse("tenant:connection_edit", kwargs={"slug": "acme", "pk": connection.pk})
    return client.post(url, {"name": "Scripted", "every_hours": "24", **values})


def opened(connection: Connection) -> dict[str, Any]:
    connection.refresh_from_db()
    return secrets.opened(connection)


def test_another_address_demands_the_secret_again(as_alice: Client, connection: Connection):
    refused = edit(as_alice, connection, setting_address=THERE)
    assert refused.status_code == 422
    assert "enter this again" in refused.content.decode()
    assert opened(connection) == {"address": HERE, "token": "t0ken"}
    assert edit(as_alice, connection, setting_address=THERE, setting_token="n3w").status_code == 302
    assert opened(connection) == {"address": THERE, "token": "n3w"}


def test_the_same_address_keeps_it(as_alice: Client, connection: Connection):
    assert edit(as_alice, connection, setting_address=HERE, name="Renamed").status_code == 302
    assert opened(connection) == {"address": HERE, "token": "t0ken"}


def test_whatever_way_it_is_changed_the_secret_does_not_go_along(connection: Connection):
    connect.change(
        connection=connection, name="Scripted", every_hours=24, settings={"address": THERE}, secret={}, actor=WORKER
    )
    assert opened(connection) == {"address": THERE}
