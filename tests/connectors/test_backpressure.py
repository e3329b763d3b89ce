"""A slow database slows the source down; what was pulled doesn't pile up in memory."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from pymongo import MongoClient

from connectors.inventory import write
from connectors.inventory.documents import Document, collection
from connectors.inventory.models import Edge, Node
from connectors.inventory.records import Access
from connectors.models import Connection, Scan
from tests.connectors import scripted
from tests.connectors.scanning import run_script
from tests.connectors.scripted import bucket, may, role, scope

BATCH = 20
BATCHES = 8
DELAY = 0.03  # seconds, for each message to the database


@pytest.fixture
def slow(db: None) -> Iterator[MongoClient[Document]]:
    """A client of the tests' mongod to which each message takes DELAY."""
    address = collection(Node).database.client.address
    assert address is not None
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=_accept, args=(listener, address), daemon=True).start()
    with MongoClient[Document]("127.0.0.1", listener.getsockname()[1], directConnection=True) as client:
        yield client
    listener.close()


def _accept(listener: socket.socket, database: tuple[str, int]) -> None:
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            return  # closed: the test is over
        server = socket.create_connection(database)
        for ends in ((client, server, DELAY), (server, client, 0)):
            threading.Thread(target=_pass_on, args=ends, daemon=True).start()


def _pass_on(origin: socket.socket, target: socket.socket, delay: float) -> None:
    try:
        while data := origin.recv(1 << 20):
            time.sleep(delay)
            target.sendall(data)
    except OSError:
        pass  # the other direction closed it
    for end in (origin, target):
        end.close()


def test_the_source_is_never_more_than_two_batches_ahead_of_the_database(
    connection: Connection, slow: MongoClient[Document], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(write, "BATCH", BATCH)
    database = collection(Node).database.name
    monkeypatch.setattr(write, "collection", lambda model: slow[database][model._meta.db_table])
    ahead: dict[type, list[int]] = {Node: [], Edge: []}

    def script(pull: Any) -> Iterator[Any]:
        start, *_, end = scope("prod:iam")
        yield start
        for number in range(BATCH * BATCHES):
            one = role(f"r{number}")
            for model, record in ((Node, one), (Edge, may(one, Access.READ, bucket("data")))):
                ahead[model].append(number - collection(model).count_documents({"tenant_id": connection.tenant.pk}))
                yield record
        yield end

    scripted.source.script = script
    assert run_script(connection).state == Scan.State.COMPLETE
    for waiting in ahead.values():
        assert BATCH < max(waiting) <= 2 * BATCH, "the database was slow, and the source waited for it"
