"""Have the demo's systems been scanned? If not, ask the worker to, and tell how it goes."""

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
    """Exit status 1 when a scan fails or takes too long."""
    tenant = Tenant.objects.get(slug="acme")
    scans = Scan.objects.of(tenant).order_by("queued_at")
    for connection in Connection.objects.of(tenant).order_by("pk"):
        if not scans.filter(connection=connection).exists():
            request_scan(connection=connection, actor=WORKER, trigger="person")
    deadline = time.monotonic() + SECONDS
    while (live := list(scans.filter(live=True))) and time.monotonic() < deadline:
        print(
            f"demo: reading {', '.join(f'{each.connection_name} ({scopes_read(each)} scopes)' for each in live)}",
            flush=True,
        )
        wait_for_the_end(scans, live[0], seconds=5)
    failed = [scan for scan in scans if scan.state not in (Scan.State.COMPLETE, Scan.State.PARTIAL)]
    for scan in failed:
        print(f"demo: {scan.connection_name} is {scan.state}: {scan.error or 'see .demo/logs/worker.log'}", flush=True)
    if failed:
        sys.exit(1)
    found = Finding.objects.of(tenant).filter(status="open").count()
    print(f"demo: {len(scans)} systems are read; {found} open findings", flush=True)


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
