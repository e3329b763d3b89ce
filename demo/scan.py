"""Has the demo's organization been scanned? If not, ask the worker to, and tell how it goes."""

from __future__ import annotations

import os
import sys
import time
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sv0.settings")
django.setup()

from connectors.inventory.models import Coverage  # noqa: E402
from connectors.models import Connection, Scan  # noqa: E402
from connectors.tasks import request_scan  # noqa: E402
from findings.models import Finding  # noqa: E402
from tenants.audit import WORKER  # noqa: E402
from tenants.models import Tenant  # noqa: E402

SECONDS = 600


def main() -> None:
    """Exit status 1 when the scan fails or takes too long."""
    tenant = Tenant.objects.get(slug="acme")
    connection = Connection.objects.of(tenant).get()
    scans = Scan.objects.of(tenant).order_by("-queued_at")
    scan = scans.first() or request_scan(connection=connection, actor=WORKER, trigger="person")
    deadline = time.monotonic() + SECONDS
    while scan.is_live and time.monotonic() < deadline:
        print(f"demo: scan {scan.get_state_display()}, {scopes_read(scan)} scopes read", flush=True)
        wait_for_the_end(scans, scan, seconds=5)
        scan = scans.get(pk=scan.pk)
    if scan.state not in (Scan.State.COMPLETE, Scan.State.PARTIAL):
        sys.exit(f"demo: the scan is {scan.state}: {scan.error or 'see .demo/logs/worker.log'}")
    found = Finding.objects.of(tenant).filter(status="open").count()
    print(f"demo: the scan is {scan.state}; {found} open findings", flush=True)


def scopes_read(scan: Scan) -> int:
    """How many scopes the scan is done with."""
    return int(Coverage.objects.of(scan.tenant).filter(scan=scan.pk).exclude(state="running").count())


def wait_for_the_end(scans: Any, scan: Scan, *, seconds: float) -> None:
    """Until the scan is over, or for that long."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and scans.filter(pk=scan.pk, live=True).exists():
        time.sleep(0.25)


if __name__ == "__main__":
    main()
