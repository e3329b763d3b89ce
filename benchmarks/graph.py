"""How long does one question about access take at a large client, and how long all of them, beside raw pymongo?

    python -m benchmarks.graph --nodes 100000 --edges 500000

writes an estate of about that size (benchmarks.estate) into a mongod that the benchmark starts, and asks. The last line
is JSON:

- reach_p50_ms, reach_p95_ms: what a workload or identity, drawn at random, can reach: fetched, walked, told with
  evidence and choke points. who_can_reach_*: who reaches one resource that holds data of a domain. domain_ms: who
  reaches a domain, the slowest of them. page_*: the page with picture and sentences, by Django's test client.
- ratio_to_raw: the median of reach / raw. raw: the same edges, level by level with $in from the same start, by bare
  pymongo with the same projection and limit, and nothing done with them. cut: the share of starts with more than a
  page follows.
- lookup_p50_ms: $graphLookup from the same starts, as deep. walk_p50_ms: reach in the whole graph in memory.
- load_seconds: the whole graph into memory. whole_tenant_seconds: that, and for each workload and identity
  whether it reaches a data domain or authority; peak_rss_mib is that of this part’s process, path questions included.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

from sv0.mongod import running_mongod

BATCH = 2000
SLUG = "bench"


def main() -> None:
    """Start a mongod, run each part, print what they tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nodes", type=int, default=100_000, help="objects, about (default: %(default)s)")
    parser.add_argument("--edges", type=int, default=500_000, help="edges, about (default: %(default)s)")
    parser.add_argument("--starts", type=int, default=100, help="questions of each kind (default: %(default)s)")
    parser.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.part:
        set_up()
        print(json.dumps(PARTS[asked.part](asked)))
        return
    with running_mongod() as uri:
        settings = {"MONGODB_URI": uri, "MONGODB_NAME": "graph_bench", "SV0_ENV": "development", "LOG_LEVEL": "WARNING"}
        os.environ |= settings | {"DJANGO_SETTINGS_MODULE": "sv0.settings"}
        told: dict[str, Any] = {}
        for name in PARTS:
            told |= part(name, asked)
    print(json.dumps(told))


def part(name: str, asked: argparse.Namespace) -> dict[str, Any]:
    """One part in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.graph", "--part", name]
    command += [f"--{each}={getattr(asked, each)}" for each in ("nodes", "edges", "starts")]
    started = time.perf_counter()
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    told: dict[str, Any] = json.loads(output.splitlines()[-1])
    print(f"{name}: {time.perf_counter() - started:.1f} s, {told}", flush=True)
    return told


# ── In the parts' processes ─────────────────────────────────────────────────────────────────────────────────────────


def set_up() -> None:
    """Django, as it serves (sv0.wsgi)."""
    import sv0.wsgi  # noqa: F401


def prepare(asked: argparse.Namespace) -> dict[str, Any]:
    """The estate, as a scan would have left it."""
    from bson import ObjectId
    from django.core.management import call_command
    from django.utils import timezone

    from benchmarks.estate import estate
    from connectors.inventory.documents import collection
    from connectors.inventory.models import Edge, Node
    from connectors.inventory.records import ObjectRecord
    from connectors.inventory.shape import edge_document, node_document
    from connectors.models import Connection
    from tenants.models import Tenant

    call_command("migrate", verbosity=0)
    tenant = Tenant.objects.create(slug=SLUG, name="Acme Media")
    connection = Connection.objects.create(tenant=tenant, kind="aws", name="AWS", settings={})
    stamps = {"tenant_id": tenant.pk, "connection_id": connection.pk, "hash": "0" * 32, "seen_scan": ObjectId()}
    stamps |= {"first_seen": timezone.now(), "last_seen": timezone.now(), "gone_at": None}
    counts = {}
    for model, is_node in ((Node, True), (Edge, False)):
        records = (each for each in estate(asked.nodes, asked.edges) if isinstance(each, ObjectRecord) is is_node)
        shape: Callable[[Any], dict[str, Any]] = node_document if is_node else edge_document
        counts[model.__name__.lower() + "s"] = inserted(collection(model), (shape(each) | stamps for each in records))
    return counts


def inserted(rows: Any, documents: Iterable[dict[str, Any]]) -> int:
    """How many there were."""
    count, rest = 0, iter(documents)
    while batch := list(islice(rest, BATCH)):
        rows.insert_many(batch, ordered=False)
        count += len(batch)
    return count


def reach(asked: argparse.Namespace) -> dict[str, Any]:
    """Questions from random starts, beside raw reads of the same edges."""
    from connectors.inventory import exposure

    tenant, starts = tenant_and_starts(asked.starts)
    ours, raw = [], []
    whole: list[bool] = []

    def ask(key: str) -> None:
        whole.append(exposure.from_object(tenant, key).whole)

    for key in starts:
        raw.append(timed(raw_levels, tenant, key))
        ours.append(timed(ask, key))
    ratios = sorted(mine / theirs for mine, theirs in zip(ours, raw, strict=True))
    return {
        **percentiles("reach", ours),
        **percentiles("raw", raw),
        "ratio_to_raw": round(ratios[len(ratios) // 2], 2),
        "cut": round(1 - sum(whole) / len(whole), 2),
    }


def raw_levels(tenant: Any, start: str) -> int:
    """The edges around a start as a page fetches them, and nothing done with them."""
    from connectors.inventory import surroundings
    from connectors.inventory.adjacency import EDGE_FIELDS
    from connectors.inventory.documents import collection
    from connectors.inventory.models import Edge

    rows, seen, frontier, left = collection(Edge), {start}, [start], surroundings.MOST_EDGES
    for _ in range(surroundings.LEVELS):
        asked = {"tenant_id": tenant.pk, "source": {"$in": frontier}, "gone_at": None}
        asked["relation"] = {"$in": surroundings.AHEAD}
        found = rows.find(asked, dict.fromkeys(EDGE_FIELDS, 1), hint="edge_forward", batch_size=left + 1).limit(left)
        targets = [row["target"] for row in found]
        left -= len(targets)
        frontier = [each for each in dict.fromkeys(targets) if each not in seen]
        seen.update(frontier)
        if left <= 0 or not frontier:
            break
    return len(seen)


def who(asked: argparse.Namespace) -> dict[str, Any]:
    """Who reaches one resource, and a whole domain."""
    from connectors.inventory import exposure
    from connectors.inventory.documents import collection
    from connectors.inventory.models import Node
    from tenants.models import Tenant

    tenant = Tenant.objects.get(slug=SLUG)
    found = collection(Node).find({"tenant_id": tenant.pk, "kind": "resource", "domains": {"$gt": ""}}, {"key": 1})
    keys = sorted(row["key"] for row in found)
    times = [timed(exposure.to_object, tenant, key) for key in drawn(keys, asked.starts)]
    domains = [timed(exposure.to_domain, tenant, name) for name, _ in exposure.domains(tenant)]
    return {**percentiles("who_can_reach", times), "domain_ms": round(max(domains), 1)}


def page(asked: argparse.Namespace) -> dict[str, Any]:
    """The page from random starts, as its reader gets it."""
    from django.test import Client
    from django.urls import reverse

    from accounts.models import Membership, User
    from accounts.roles import Role
    from connectors.inventory.browse import ids

    tenant, starts = tenant_and_starts(asked.starts)
    user = User.objects.create_user("alice@acme-media.example", name="Alice")
    Membership.objects.create(tenant=tenant, user=user, role=Role.MANAGER)
    client = Client(headers={"host": "localhost"})
    client.force_login(user)
    address = reverse("tenant:paths", kwargs={"slug": SLUG})
    pages = [f"{address}?of={pk}" for pk in ids(tenant=tenant, keys=starts).values()]
    assert client.get(pages[0]).status_code == 200
    return percentiles("page", [timed(client.get, url) for url in pages])


def lookup(asked: argparse.Namespace) -> dict[str, Any]:
    """$graphLookup from a tenth of the starts: it is that slow."""
    from connectors.inventory.documents import collection
    from connectors.inventory.models import Edge
    from connectors.inventory.walk import MOST_HOPS

    tenant, starts = tenant_and_starts(max(asked.starts // 10, 1))
    stage = {
        "from": collection(Edge).name,
        "startWith": "$target",
        "connectFromField": "target",
        "connectToField": "source",
        "maxDepth": MOST_HOPS - 2,
        "restrictSearchWithMatch": {"tenant_id": tenant.pk, "gone_at": None},
        "as": "reached",
    }
    shown = {"n": {"$size": "$reached"}}

    def ask(key: str) -> None:
        match = {"tenant_id": tenant.pk, "source": key, "gone_at": None}
        list(
            collection(Edge).aggregate(
                [{"$match": match}, {"$graphLookup": stage}, {"$project": shown}], allowDiskUse=True
            )
        )

    return percentiles("lookup", [timed(ask, key) for key in starts])


def whole(asked: argparse.Namespace) -> dict[str, Any]:
    """The whole graph in memory, and everyone's reach in it."""
    from django.utils import timezone

    from connectors.inventory.read import Inventory

    tenant, starts = tenant_and_starts(asked.starts)
    started = time.perf_counter()
    inventory = Inventory(tenant, now=timezone.now())
    inventory.edges_from(starts[0])
    load = time.perf_counter() - started
    sensitive = len(inventory.with_sensitive_reach())
    seconds = time.perf_counter() - started
    times = [timed(inventory.paths_from, key) for key in starts]
    return {
        "load_seconds": round(load, 1),
        "whole_tenant_seconds": round(seconds, 1),
        "with_sensitive_reach": sensitive,
        **percentiles("walk", times),
        "peak_rss_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def tenant_and_starts(count: int) -> tuple[Any, list[str]]:
    """The tenant, and workloads and identities at random; the same in each part."""
    from connectors.inventory.documents import collection
    from connectors.inventory.models import Node
    from tenants.models import Tenant

    tenant = Tenant.objects.get(slug=SLUG)
    found = collection(Node).find({"tenant_id": tenant.pk, "kind": {"$in": ["workload", "identity"]}}, {"key": 1})
    return tenant, drawn(sorted(row["key"] for row in found), count)


def drawn(keys: list[str], count: int) -> list[str]:
    """So many of them; the same each time."""
    return random.Random(7).sample(keys, min(count, len(keys)))


def timed(act: Callable[..., Any], *given: Any) -> float:
    """Milliseconds."""
    started = time.perf_counter()
    act(*given)
    return (time.perf_counter() - started) * 1000


def percentiles(name: str, times: list[float]) -> dict[str, float]:
    """The median and the 95th percentile."""
    ranked = sorted(times)
    return {
        f"{name}_p50_ms": round(ranked[len(ranked) // 2], 1),
        f"{name}_p95_ms": round(ranked[int(len(ranked) * 0.95)], 1),
    }


PARTS = {"prepare": prepare, "reach": reach, "who": who, "page": page, "lookup": lookup, "whole": whole}
if __name__ == "__main__":
    main()
