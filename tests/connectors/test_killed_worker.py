"""A real worker, killed by SIGKILL in the middle of a scan, is succeeded by another one."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import connection as database

from connectors import registry, tasks
from connectors.inventory.models import Node
from connectors.models import Connection, Scan
from tenants.audit import WORKER
from tenants.models import AuditEvent, Tenant
from tests.connectors import slow
from tests.connectors.scanning import changes, coverage, fresh, snapshot
from tests.factories import make_connection

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 90  # seconds; a bound for waiting, not a measure
LEASE = 3


@pytest.fixture
def start_worker(transactional_db: None) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Starts a qcluster in a process group of its own; ends them all."""
    started: list[subprocess.Popen[bytes]] = []
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.connectors.settings_slow",
        "MONGODB_NAME": database.settings_dict["NAME"],
        "SCAN_LEASE_SECONDS": str(LEASE),
        "WORKERS": "1",
        "LOG_LEVEL": "WARNING",
    }

    def start() -> subprocess.Popen[bytes]:
        command = [sys.executable, "manage.py", "qcluster"]
        started.append(subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True))
        return started[-1]

    yield start
    for process in started:
        kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL to the cluster and its workers, which are not told."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def wait_until(true: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(0.1)


def over(scan: Scan) -> bool:
    """Whether it ended; the schedule's reaper does its rounds meanwhile."""
    tasks.reap()
    return fresh(scan).live is None


def written(connection: Connection) -> int:
    return Node.objects.of(connection.tenant).filter(connection=connection).count()


def test_a_scan_outlives_its_worker(
    tenant: Tenant, start_worker: Callable[[], subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(registry, "SOURCES", {"scripted": "tests.connectors.slow"})
    killed = make_connection(tenant, kind="scripted", name="killed", settings={})
    scan = tasks.request_scan(connection=killed, actor=WORKER, trigger="person")
    worker = start_worker()
    wait_until(lambda: written(killed) >= 2 * slow.ROLES, "two scopes were written")
    kill(worker)
    left = fresh(scan)
    assert (left.state, left.attempts) == (Scan.State.RUNNING, 1)
    assert 0 < written(killed) < slow.SCOPES * slow.ROLES

    start_worker()
    start_worker()
    wait_until(lambda: over(scan), "the scan was over")
    ended = fresh(scan)
    assert (ended.state, ended.attempts, ended.error) == (Scan.State.COMPLETE, 2, None)
    assert set(coverage(ended).values()) == {"complete"}
    assert AuditEvent.objects.of(tenant).filter(action="scan:finished").count() == 1
    assert changes(killed) == []
    resumed = snapshot(killed)  # before the other connection reads the same: the last reading decides

    whole = make_connection(tenant, kind="scripted", name="whole", settings={"pause": 0})
    undisturbed = tasks.request_scan(connection=whole, actor=WORKER, trigger="person")
    wait_until(lambda: fresh(undisturbed).live is None, "the other scan was over")
    assert resumed == snapshot(whole)
    assert ended.counts["objects"] == ended.counts["new"] == slow.SCOPES * slow.ROLES
