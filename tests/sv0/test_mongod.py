"""A development mongod starts as a writable replica set, and nothing of it outlives whoever started it."""

import os
import select
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from sv0.mongod import MongodError, first_error, free_port, running_mongod

ROOT = Path(__file__).resolve().parents[2]
HOLD = """
import signal, sys
from pathlib import Path
from sv0.mongod import running_mongod
with running_mongod(dbpath=Path(sys.argv[1])) as uri:
    print(uri, flush=True)
    signal.pause()
"""


@pytest.fixture(autouse=True)
def _no_database_given(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("MONGODB_URI", raising=False)


def test_a_given_database_wins(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MONGODB_URI", "mongodb://elsewhere/")
    with running_mongod() as uri:
        assert uri == "mongodb://elsewhere/"


def test_data_survives_a_restart_on_another_port(tmp_path: Path):
    ports = [free_port(), free_port()]
    for count, port in enumerate(ports, start=1):
        with running_mongod(port=port, dbpath=tmp_path) as uri, MongoClient[dict[str, Any]](uri) as client:
            with client.start_session() as session, session.start_transaction():
                client.test.things.insert_one({}, session=session)
            assert client.test.things.count_documents({}) == count
            assert client.address == ("127.0.0.1", port)


def test_a_taken_port_is_told_in_mongods_own_words(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        mongod = running_mongod(port=taken.getsockname()[1], dbpath=tmp_path)
        with pytest.raises(MongodError, match="Address already in use"):
            mongod.__enter__()


@pytest.mark.parametrize(
    ("log", "error"),
    [
        ("mongod: error while loading shared libraries: libcurl.so.4: cannot open\n", "mongod: error while loading"),
        ('{"s":"I","msg":"fine"}\n{"s":"E","msg":"Bad","attr":{"error":"NoSpace: full"}}\n', "Bad: NoSpace: full"),
        ('{"s":"F","msg":"Assertion"}\n', "Assertion"),
        ("", "see "),
    ],
)
def test_the_first_error_is_found(tmp_path: Path, log: str, error: str):
    (tmp_path / "mongod.log").write_text(log)
    assert first_error(tmp_path / "mongod.log").startswith(error)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can end a child with its parent")
def test_mongod_ends_with_a_killed_parent(tmp_path: Path):
    parent = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert parent.stdout
    assert parent.stdout.readline().startswith("mongodb://127.0.0.1:")
    mongod = int((tmp_path / "mongod.lock").read_text())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    assert _ends(mongod)


def _ends(process: int) -> bool:
    """Whether a process that is no child of ours ends within half a minute."""
    try:
        handle = os.pidfd_open(process)
    except ProcessLookupError:
        return True
    ended, _, _ = select.select([handle], [], [], 30)
    os.close(handle)
    return bool(ended)
