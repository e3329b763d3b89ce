"""How many objects of a directory does a scan read a second, and in how much memory, beside ROADtools' roadrecon?

    python -m benchmarks.entra --size 50000

scans a directory of SIZE service principals, which a stand-in for Microsoft makes up in a process of its own, through
the production path into a real MongoDB, twice: whole, and then what changed. `roadrecon gather` reads the same
directory from the same stand-in into SQLite, in the words of the API that it knows; it runs in a virtual environment
that the benchmark makes. Its memory grows with the directory, so it reads one of at most --peer-size; where that is
smaller, sv0 scans one of that size as well, and that is what is compared. Neither paces its calls: of sv0 the limits
for certificates and sign-in reports are lifted, which in Microsoft's own cloud cost minutes.

Objects are the rows that the directory has: service principals, applications, users, groups, grants, roles and their
holders. The last line is JSON:

- objects_per_s: of the whole scan of SIZE. peak_rss_mib: of the process that scans, the larger of both scans'.
- ratio_to_roadrecon: objects per second / those of roadrecon, of the same directory: the median of --rounds rounds, in
  each of which both are measured close together, because a shared machine's speed drifts. cpu_ratio_to_roadrecon: the
  same of the seconds that each process kept a processor busy, without MongoDB's.
- rescan_seconds: of the second scan, with nothing changed.
- with `peer_` before it, the same of roadrecon; `load`: how many processes wanted to run, before and after.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.ingest import nothing, peak_mib, without_what_follows
from sv0.mongod import running_mongod
from tests.emulators.microsoft.graph_scale import estate

ROADRECON = "roadrecon==2.0.0"
HOME = Path(tempfile.gettempdir()) / f"sv0-{ROADRECON.replace('==', '-')}"
OLDER = "https://graph.windows.net"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=50_000, help="service principals (default: %(default)s)")
    parser.add_argument("--peer-size", type=int, default=20_000, help="at most, for roadrecon (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="of the comparison (default: %(default)s)")
    parser.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.part:
        print(json.dumps(PARTS[asked.part]()))
        return
    with running_mongod() as uri:
        os.environ |= {"MONGODB_URI": uri, "SV0_ENV": "development", "LOG_LEVEL": "WARNING"}
        told = measured(asked.size, min(asked.size, asked.peer_size), asked.rounds)
    print(json.dumps(told))


def measured(size: int, peer_size: int, rounds: int) -> dict[str, Any]:
    """The comparison, then the whole, unless that is one of what was compared."""
    load = [os.getloadavg()[0]]
    found = [compared(peer_size) for _ in range(rounds)]
    scan, rescan = found[0][0] if size == peer_size and found else scanned(size)
    load.append(os.getloadavg()[0])
    return {
        "size": size,
        "objects": estate(size).size(),
        "objects_per_s": rate(size, scan),
        "ratio_to_roadrecon": ratio(found, "seconds"),
        "cpu_ratio_to_roadrecon": ratio(found, "cpu_seconds"),
        "peak_rss_mib": max(scan["rss_mib"], rescan["rss_mib"]),
        "rescan_seconds": round(rescan["seconds"], 1),
        "peer_size": peer_size,
        "peer_objects_per_s": round(median(rate(peer_size, peer) for _, peer in found)),
        "peer_peak_rss_mib": max(peer["rss_mib"] for _, peer in found),
        "rounds": rounds,
        "load": [round(each, 1) for each in load],
    }


def compared(size: int) -> tuple[tuple[dict[str, Any], dict[str, Any]], dict[str, Any]]:
    """sv0's two scans, and roadrecon's."""
    ours = scanned(size)
    with stand_in(size) as microsoft:
        return ours, gathered(microsoft, size)


def ratio(found: list[Any], of: str) -> float:
    """The median of the rounds'; above 1 where sv0 is the quicker one."""
    middle: float = median(peer[of] / scan[of] for (scan, _), peer in found)
    return round(middle, 2)


def rate(size: int, told: dict[str, Any]) -> int:
    seconds: float = told["seconds"]
    return round(estate(size).size() / seconds)


def scanned(size: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """The whole scan and the one after it, into an empty database that is gone afterwards."""
    with stand_in(size) as microsoft:
        environment = {**microsoft["environment"], "MONGODB_NAME": f"entra_{size}"}
        settings = json.dumps({**microsoft["settings"], "size": size})
        part("prepare", environment, settings)
        found = [part(name, environment, settings) for name in ("scan", "rescan")]
        part("clear", environment, settings)
    for name, each in zip(("scan", "rescan"), found, strict=True):
        print(f"{name} of {size:,}: {each['seconds']:.1f} s, {each['rss_mib']} MiB, {each['counts']}", flush=True)
    return found[0], found[1]


def part(name: str, environment: dict[str, str], settings: str) -> dict[str, Any]:
    """One part in a process of its own; it gets the connection's settings through its input."""
    command = [sys.executable, "-m", "benchmarks.entra", "--part", name]
    done = subprocess.run(
        command, env=os.environ | environment, input=settings, check=True, stdout=subprocess.PIPE, text=True
    )
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


@contextmanager
def stand_in(size: int) -> Iterator[dict[str, Any]]:
    """Microsoft, with a directory of that size: where it is, and how to sign in."""
    command = [sys.executable, "-m", "tests.emulators.microsoft", "--estate", "large", "--size", str(size)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield json.loads(process.stdout.readline().removeprefix("ready "))
        finally:
            process.terminate()


def gathered(microsoft: dict[str, Any], size: int) -> dict[str, Any]:
    """roadrecon's seconds and memory; it must have found everything."""
    with tempfile.TemporaryDirectory(prefix="roadrecon-") as folder:
        Path(folder, "token.json").write_text(json.dumps(token(microsoft)))
        command = [
            roadrecon(),
            str(Path(__file__).with_name("roadrecon_gather.py")),
            f"{microsoft['url']}/older",
            folder,
        ]
        environment = os.environ | microsoft["environment"]
        done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True, cwd=folder)
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    print(f"roadrecon of {size:,}: {told['seconds']:.1f} s, {told['rss_mib']} MiB, {told['rows']}", flush=True)
    there = estate(size)
    expected = {
        "ServicePrincipals": len(there.tables["servicePrincipals"]),
        "Applications": len(there.tables["applications"]),
        "Users": len(there.tables["users"]),
        "AppRoleAssignments": there.assigned(),
        "OAuth2PermissionGrants": len(there.tables["oauth2PermissionGrants"]),
    }
    assert told["rows"] == expected, (told["rows"], expected)
    return told


def token(microsoft: dict[str, Any]) -> dict[str, Any]:
    """As roadrecon keeps one."""
    import requests

    settings = microsoft["settings"]
    form = {key: settings[key] for key in ("client_id", "client_secret")}
    answer = requests.post(
        f"{microsoft['url']}/{settings['tenant']}/oauth2/v2.0/token",
        data={**form, "grant_type": "client_credentials", "scope": f"{OLDER}/.default"},
        verify=microsoft["environment"]["REQUESTS_CA_BUNDLE"],
        timeout=30,
    )
    ends = datetime.now(UTC) + timedelta(days=1)
    return {
        "accessToken": answer.json()["access_token"],
        "tokenType": "Bearer",
        "tenantId": settings["tenant"],
        "expiresOn": f"{ends:%Y-%m-%d %H:%M:%S}",
    }


def roadrecon() -> str:
    """The Python of a virtual environment that has it, and nothing of sv0's."""
    python = HOME / "bin" / "python"
    if not python.exists():
        venv.create(HOME, with_pip=True, clear=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", ROADRECON], check=True)
    return str(python)


# ── In the parts' processes ─────────────────────────────────────────────────────────────────────────────────────────


def prepare() -> dict[str, Any]:
    """The collections with their indexes, and the connection."""
    settings = set_up()
    from django.core.management import call_command

    from connectors import connect
    from tenants.audit import WORKER
    from tenants.models import Tenant

    call_command("migrate", verbosity=0)
    tenant = Tenant.objects.create(slug="bench", name="Acme Media")
    plain = {key: settings[key] for key in ("tenant", "client_id")}
    secret = {"client_secret": settings["client_secret"]}
    connect.create(
        tenant=tenant, kind="entra", name="Entra", every_hours=24, settings=plain, secret=secret, actor=WORKER
    )
    return {}


def clear() -> dict[str, Any]:
    """The database goes, so that it weighs on nothing else."""
    set_up()
    from connectors.inventory.documents import collection
    from connectors.inventory.models import Node

    database = collection(Node).database
    database.client.drop_database(database.name)
    return {}


def scan() -> dict[str, Any]:
    """One scan by the production path, which must end complete and have found every service principal."""
    size = set_up()["size"]
    from connectors import tasks
    from connectors.inventory.models import Node
    from connectors.models import Connection, Scan
    from tenants.audit import WORKER
    from tenants.models import Tenant

    without_what_follows()
    tenant = Tenant.objects.get(slug="bench")
    connection = Connection.objects.of(tenant).get()
    queued = tasks.request_scan(connection=connection, actor=WORKER, trigger="person")
    began, busy = time.perf_counter(), time.process_time()
    tasks.run(str(queued.pk))
    seconds = time.perf_counter() - began
    done = Scan.objects.of(tenant).get(pk=queued.pk)
    assert done.state == "complete", done.error
    assert Node.objects.of(tenant).filter(kind="identity", gone_at=None).count() >= size
    return {"seconds": seconds, "cpu_seconds": time.process_time() - busy, "rss_mib": peak_mib(), "counts": done.counts}


def set_up() -> dict[str, Any]:
    """Django, and the source without its limits; the settings of the connection."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sv0.settings")
    django.setup()
    from django.conf import settings

    from connectors.sources.entra import reading

    settings.AFTER_SCAN = f"{nothing.__module__}.{nothing.__name__}"
    reading.KEYS = reading.REPORTS = (10**6, 1.0)
    told: dict[str, Any] = json.loads(sys.stdin.read())
    return told


PARTS = {"prepare": prepare, "scan": scan, "rescan": scan, "clear": clear}
if __name__ == "__main__":
    main()
