"""How long does it take to ask every rule about every object of a large client, and in how much memory?

    python -m benchmarks.evaluate --size 100000

fills an inventory with SIZE identities, and the workloads, resources and owners around them, in a mongod that the
benchmark starts, and evaluates it four times in a process of its own: the first time most findings open, then
everything is looked at again and nothing moves, then nothing has changed, then one object in a hundred. The last line
is JSON:

- seconds, whole_seconds, unchanged_seconds, changed_seconds: of the four. findings: how many there are.
- ratio_to_read, …: the same / one full read of the same collections, nodes and edges, through bare pymongo to dicts.
- peak_rss_mib: of the process that evaluates.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
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
            done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
            told |= json.loads(done.stdout.splitlines()[-1])
    print(json.dumps(told))


def fill(size: int) -> dict[str, Any]:
    """The client's objects; of each KINDS so many are identities."""
    identities = sum(kind in "pi" for kind in company.KINDS)
    objects = size * len(company.KINDS) // identities
    pages.fill(objects)
    _cover()
    return {"objects": objects}


def _cover() -> None:
    """Everything was read completely, of every kind in every account."""
    from connectors.inventory.documents import collection
    from connectors.inventory.models import Coverage, Edge, Node
    from connectors.models import Scan
    from connectors.registry import source

    scan = Scan.objects.across_tenants().get()
    told = {"tenant_id": scan.tenant_id, "connection_id": scan.connection_id, "scan": scan.pk, "state": "complete"}
    told |= {"started_at": company.SEEN, "ended_at": company.SEEN}
    scopes = {scope for model in (Node, Edge) for scope in collection(model).distinct("scope")}
    kinds = {kind for permission in source("aws").permissions for kind in permission.scope_kinds}
    accounts = collection(Node).distinct("account_id", {"system": "aws"})
    scopes |= {f"aws:{account}:{kind}" for account in accounts for kind in kinds}
    for scope in sorted(scopes):
        *_, group, kind = scope.split(":")
        Coverage.objects.create(scope=scope, label=scope, group=group, group_label=group, kind=kind, **told)


def evaluated(_size: int) -> dict[str, Any]:
    """Both evaluations, after the raw read."""
    from connectors.inventory.documents import collection
    from connectors.inventory.models import Edge, Node
    from connectors.models import Scan
    from findings.evaluation import evaluate
    from findings.models import EvaluationRun, Finding
    from tenants.models import Tenant

    tenant = Tenant.objects.get(slug=SLUG)
    scan = Scan.objects.of(tenant).get()
    read: list[float] = []
    took: list[float] = []
    with clocked(read):
        for model in (Node, Edge):
            for _ in collection(model).find({"tenant_id": tenant.pk}, batch_size=1_000):
                pass
    told: dict[str, Any] = {}
    for name in ("", "whole_", "unchanged_", "changed_"):
        if name == "whole_":
            EvaluationRun.objects.of(tenant).delete()
        if name == "changed_":
            some = [row["_id"] for row in collection(Node).aggregate(one_in_a_hundred(tenant.pk))]
            collection(Node).update_many({"_id": {"$in": some}}, {"$set": {"changed_at": datetime.now(UTC)}})
        with clocked(took):
            moves = evaluate(tenant=tenant, scan=scan)
        told |= {f"{name}seconds": round(took[-1], 1), f"{name}ratio_to_read": round(took[-1] / read[0], 1)}
        print(told, moves, peak_mib(), file=sys.stderr, flush=True)
    failed = {"failed_rules": moves["failed_rules"]}
    return {"findings": Finding.objects.of(tenant).count(), **failed, **told, "peak_rss_mib": peak_mib()}


def one_in_a_hundred(tenant: Any) -> list[dict[str, Any]]:
    """Nodes by chance."""
    return [{"$match": {"tenant_id": tenant, "$sampleRate": 0.01}}, {"$project": {"_id": 1}}]


PARTS = {"fill": fill, "evaluated": evaluated}


if __name__ == "__main__":
    main()
