"""The platform's probes: any host name, no session, and the truth about the database."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from pymongo import MongoClient


@pytest.mark.parametrize("path", ["/health", "/ready"])
def test_probes_answer_whatever_host_is_asked(client: Client, db: None, path: str):
    answer = client.get(path, headers={"Host": "10.0.0.7:8000"})
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    assert not answer.cookies


def test_a_database_that_does_not_answer_is_not_ready(client: Client, db: None, monkeypatch: pytest.MonkeyPatch):
    nobody = MongoClient[dict[str, object]]("mongodb://127.0.0.1:9/", serverSelectionTimeoutMS=50)
    monkeypatch.setitem(connection.__dict__, "database", nobody["nothing"])
    assert client.get("/ready").status_code == 503
    assert client.get("/health").status_code == 200
    nobody.close()
