"""How long does it take to ask every rule about every object of a large client, and in how much memory?

    python -m benchmarks.evaluate --size 100000

fills an inventory with SIZE identities, and the workloads, resources and owners around them, in a mongod that the
benchmark starts, and evaluates it twice in a process of its own: the first time most findings open, the second time
nothing moves. The last line is JSON:

- seconds, again_seconds: of both. findings: how many there are.
- ratio_to_read, again_ratio_to_read: the same / one full read of the same collections, nodes and edges, through bare
  pymongo to dicts.
- peak_rss_mib: of the process that evaluates.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from typing import Any

from benchmarks import company, pages
from benchmarks.ingest import peak_mib
from benchmarks.pages import SLUG, clocked, set_up
from sv0.mongod import running_mongod


def main() -> None:
    """Start a mongod, fill it, evaluate, print what was seen."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=20_000, help="identities (default: %(default)s)")
    parser.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.part:
        set_up()
        print(json.dumps(PARTS[asked.part](asked.size)))
        return
    with running_mongod() as uri:
        os.environ |= {"MONGODB_URI": uri, "SV0_ENV": "development", "LOG_LEVEL": "WARNING"}
        os.environ["MONGODB_NAME"] = f"evaluate_{asked.size}"
        told = {"size": asked.size}
        for name in PARTS:
            command = [sys.executable, "-m", "benchmarks.evaluate", "--part", name, "--size", str(asked.size)]
            done = subprocess.run(command, capture_output=True, check=True, text=True)
            told |= json.loads(done.stdout.splitlines()[-1])
    print(json.dumps(told))


def fill(size: int) -> dict[str, Any]:
    """The client's objects; of each KINDS so many are identities."""
    identities = sum(kind in "pi" for kind in company.KINDS)
    objects = size * len(company.KINDS) // identities
    pages.fill(objects)
    return {"objects": objects}


def evaluated(_size: int) -> dict[str, Any]:
    """Both evaluations, after the raw read."""
    from connectors.inventory.documents import collection
    from connectors.inventory.models import Edge, Node
    from connectors.models import Scan
    from findings.evaluation import evaluate
    from findings.models import Finding
    from tenants.models import Tenant

    tenant = Tenant.objects.get(slug=SLUG)
    scan = Scan.objects.of(tenant).get()
    read: list[float] = []
    took: list[float] = []
    with clocked(read):
        for model in (Node, Edge):
            for _ in collection(model).find({"tenant_id": tenant.pk}, batch_size=1_000):
                pass
    for _ in range(2):
        with clocked(took):
            moves = evaluate(tenant=tenant, scan=scan)
    return {
        "findings": Finding.objects.of(tenant).count(),
        "failed_rules": moves["failed_rules"],
        "seconds": round(took[0], 1),
        "again_seconds": round(took[1], 1),
        "ratio_to_read": round(took[0] / read[0], 1),
        "again_ratio_to_read": round(took[1] / read[0], 1),
        "peak_rss_mib": peak_mib(),
    }


PARTS = {"fill": fill, "evaluated": evaluated}


if __name__ == "__main__":
    main()
