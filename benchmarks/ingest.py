"""How fast does a scan write, and in how much memory, measured against raw insert_many in the same run?

    python -m benchmarks.ingest --size 50000

scans a synthetic directory of SIZE identities and as many permissions twice, through the production path: claim, pull,
hashes, changes, coverage, sweep; without what is derived from the inventory afterwards. Each part runs in a process of
its own, against a mongod that the benchmark starts.
The last line is JSON:

- ratio_to_raw: the first scan's records per second / those of insert_many of the same documents, into collections with
  the same indexes, in batches as large, with nothing else in the clock. ratio_to_raw_bare: with the unique index alone.
- rescan_speedup: the first scan's seconds / those of the second, of the same directory.
- peak_rss_mib: the largest of all scans'; peak_rss_tenth_mib: that of scans of a tenth of the size.

Each ratio is the median of those of --rounds rounds: in each, everything is measured anew and close together, because a
shared machine's speed drifts. `load` is how many processes wanted to run, per minute, before and after.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from statistics import median
from typing import Any

from sv0.mongod import running_mongod

BATCH = 1000
SCOPE_SIZE = 10_000
MAILBOXES = 500


def main() -> None:
    """Start a mongod, run each part, print what they tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=50_000, help="identities (default: %(default)s)")
    parser.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, default=3, help="of measuring everything (default: %(default)s)")
    asked = parser.parse_args()
    if asked.part:
        print(json.dumps(PARTS[asked.part](asked.size)))
        return
    with running_mongod() as uri:
        os.environ |= {"MONGODB_URI": uri, "SV0_ENV": "development", "LOG_LEVEL": "WARNING"}
        told = measured(asked.size, asked.rounds)
    print(json.dumps(told))


def measured(size: int, rounds: int) -> dict[str, Any]:
    """Everything, `rounds` times; first a tenth of it, for the memory."""
    load = [os.getloadavg()[0]]
    small = measured_once(max(size // 10, 1), "tenth", ("scan", "rescan"))
    found = [measured_once(size, f"round_{number}", ("raw", "scan", "rescan", "bare")) for number in range(rounds)]
    load.append(os.getloadavg()[0])
    return {
        "size": size,
        "records": 2 * size,
        "rounds": rounds,
        "records_per_second": round(2 * size / median(each["scan"]["seconds"] for each in found)),
        "ratio_to_raw": ratio(found, "raw", "scan"),
        "ratio_to_raw_bare": ratio(found, "bare", "scan"),
        "rescan_speedup": ratio(found, "scan", "rescan"),
        "peak_rss_mib": max(each[name]["rss_mib"] for each in found for name in ("scan", "rescan")),
        "peak_rss_tenth_mib": max(each["rss_mib"] for each in small.values()),
        "load": [round(each, 1) for each in load],
    }


def ratio(found: list[dict[str, Any]], above: str, below: str) -> float:
    """The median of the rounds' ratios of seconds."""
    middle: float = median(each[above]["seconds"] / each[below]["seconds"] for each in found)
    return round(middle, 2)


def measured_once(size: int, database: str, parts: tuple[str, ...]) -> dict[str, Any]:
    """Each part in an empty database, which is gone afterwards."""
    part("prepare", size, database)
    found = {name: part(name, size, database) for name in parts}
    part("clear", size, database)
    return found


def part(name: str, size: int, database: str) -> dict[str, Any]:
    """One part in a process of its own, which tells its seconds and peak memory."""
    command = [sys.executable, "-m", "benchmarks.ingest", "--part", name, "--size", str(size)]
    environment = os.environ | {"MONGODB_NAME": f"ingest_{database}"}
    output = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout
    told: dict[str, Any] = json.loads(output.splitlines()[-1])
    if name in MEASURED:
        print(f"{name} of {size:,}: {told['seconds']:.1f} s, {told['rss_mib']} MiB", flush=True)
    return told


# ── In the parts' processes ─────────────────────────────────────────────────────────────────────────────────────────


def prepare(size: int) -> dict[str, Any]:
    """The models' collections and indexes."""
    set_up()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    return {}


def clear(size: int) -> dict[str, Any]:
    """The database of a round goes, so that it weighs on no other."""
    set_up()
    from connectors.inventory.documents import collection
    from connectors.inventory.models import Node

    database = collection(Node).database
    database.client.drop_database(database.name)
    return {}


def scan(size: int) -> dict[str, Any]:
    """The first scan of a connection."""
    set_up()
    from connectors.models import Connection
    from tenants.models import Tenant

    tenant = Tenant.objects.create(slug="bench", name="Acme Media")
    connection = Connection.objects.create(tenant=tenant, kind="directory", name="Directory", settings={"size": size})
    return timed(connection)


def rescan(size: int) -> dict[str, Any]:
    """The same connection again, unchanged."""
    set_up()
    from connectors.models import Connection
    from tenants.models import Tenant

    return timed(Connection.objects.of(Tenant.objects.get(slug="bench")).get())


def timed(connection: Any) -> dict[str, Any]:
    """One scan by the production path, which must end complete and without changes."""
    from connectors import tasks
    from connectors.inventory.models import Change
    from connectors.models import Scan
    from tenants.audit import WORKER

    without_what_follows()
    queued = tasks.request_scan(connection=connection, actor=WORKER, trigger="person")
    started = time.perf_counter()
    tasks.run(str(queued.pk))
    seconds = time.perf_counter() - started
    done = Scan.objects.of(connection.tenant).get(pk=queued.pk)
    size = connection.settings["size"]
    assert (done.state, done.counts["objects"], done.counts["edges"]) == ("complete", size, size), done.error
    assert Change.objects.of(connection.tenant).count() == 0
    return {"seconds": seconds, "rss_mib": peak_mib()}


def raw(size: int) -> dict[str, Any]:
    """insert_many alone, into collections with the indexes of the models."""
    return inserted(size, indexed=True)


def bare(size: int) -> dict[str, Any]:
    """insert_many alone, into collections with the unique index alone."""
    return inserted(size, indexed=False)


def inserted(size: int, *, indexed: bool) -> dict[str, Any]:
    """Only the calls are timed; the documents are made between them."""
    set_up()
    from bson import ObjectId
    from django.utils import timezone

    from connectors.inventory.models import Edge, Node
    from connectors.inventory.records import Identity
    from connectors.inventory.shape import edge_document, node_document

    whose = {"tenant_id": ObjectId(), "connection_id": ObjectId(), "hash": "0" * 32, "seen_scan": ObjectId()}
    stamps = {**whose, "first_seen": timezone.now(), "last_seen": timezone.now(), "gone_at": None}
    nodes, edges = (copy_of(model, indexed=indexed) for model in (Node, Edge))
    waiting: dict[Any, list[Any]] = {nodes: [], edges: []}
    seconds = 0.0
    for record in directory(size):
        is_node = isinstance(record, Identity)
        shape = node_document(record) if is_node else edge_document(record)
        batch = waiting[nodes if is_node else edges]
        batch.append({**shape, **stamps})
        if len(batch) == BATCH:
            seconds += insert(nodes if is_node else edges, batch)
    seconds += sum(insert(*each) for each in waiting.items())
    for rows in waiting:
        rows.drop()
    return {"seconds": seconds, "rss_mib": peak_mib()}


def insert(rows: Any, batch: list[Any]) -> float:
    """Seconds that it took; the batch is empty afterwards."""
    started = time.perf_counter()
    if batch:
        rows.insert_many(batch, ordered=False)
    batch.clear()
    return time.perf_counter() - started


def copy_of(model: Any, *, indexed: bool) -> Any:
    """An empty collection with the model's own indexes, or its unique one."""
    from connectors.inventory.documents import collection

    original = collection(model)
    database = original.database
    copy = database[f"raw_{original.name}"]
    copy.drop()
    for name, index in original.index_information().items():
        if name != "_id_" and (indexed or index.get("unique")):
            copy.create_index(index["key"], unique=index.get("unique", False))
    return copy


def set_up() -> None:
    """Django, with the synthetic directory as its only source."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sv0.settings")
    django.setup()
    logging.getLogger("django-q").setLevel(logging.WARNING)
    from django.conf import settings

    from connectors import registry

    settings.AFTER_SCAN = "benchmarks.ingest.nothing"
    registry.SOURCES = {"directory": "benchmarks.ingest"}


def without_what_follows() -> None:
    """What is derived from the whole inventory once it is written is no part of writing it, in time or in memory."""
    from connectors import correlation
    from connectors.inventory import answering, counts

    for module, name in ((correlation, "correlate"), (counts, "refresh"), (answering, "refresh")):
        setattr(module, name, nothing)


def nothing(*_: Any, **__: Any) -> dict[str, int]:
    """In the place of correlation, counts, owners and findings' evaluation."""
    return {}


def peak_mib() -> int:
    """This process's peak resident memory."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


class Directory:
    """A source: a directory in scopes of SCOPE_SIZE."""

    def pull(self, pull: Any) -> Iterator[Any]:
        """The identities and permissions, as a source yields them."""
        from connectors.inventory.records import ScopeEnded, ScopeStarted, ScopeState

        scope = ""
        for number, record in enumerate(directory(pull.settings["size"])):
            if record.scope != scope:
                if scope:
                    yield ScopeEnded(scope=scope, state=ScopeState.COMPLETE)
                scope = record.scope
                yield ScopeStarted(scope=scope, label=f"Page {number}", group="d", group_label="Directory", kind="sp")
            yield record
        yield ScopeEnded(scope=scope, state=ScopeState.COMPLETE)


source = Directory()


def directory(size: int) -> Iterator[Any]:
    """SIZE identities of about 1.4 KB, each followed by a permission of its."""
    from datetime import UTC, datetime

    from connectors.inventory.records import Access, Credential, Identity, Permission, Ref, Usage

    then, now = datetime(2024, 3, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
    for number in range(size):
        scope = f"directory:{number // SCOPE_SIZE}"
        key = f"{number * 2654435761 % 2**32:08x}-5f0e-4c1d-9b3a-{number * 7919 % 2**48:012x}"
        name = f"sp-billing-export-{number}"
        keys = tuple(
            Credential(kind="client secret", id=f"{key}/{n}", created_at=then, expires_at=now, usage=Usage.USED)
            for n in range(2)
        )
        yield Identity(
            id=key,
            provider_id=key,
            name=name,
            type="service principal",
            system="entra",
            scope=scope,
            account_id="acme",
            account_name="Acme Media",
            created_at=then,
            enabled=True,
            usage=Usage.USED,
            last_used_at=now,
            tags=(("env", "prod"), ("dept", "finance")),
            credentials=keys,
            facts=(("publisher", "Acme Media"), ("audience", "AzureADMyOrg"), ("app id", key)),
        )
        box = number % MAILBOXES
        yield Permission(
            source=Ref(kind="identity", id=key, name=name),
            target=Ref(kind="resource", id=f"mailbox-{box}", name=f"Mailbox set {box}"),
            access=Access.READ,
            actions=("Mail.Read", "Mail.ReadBasic"),
            scope=scope,
            via="app role assignment",
        )


MEASURED = {"scan": scan, "rescan": rescan, "raw": raw, "bare": bare}
PARTS = {"prepare": prepare, **MEASURED, "clear": clear}
if __name__ == "__main__":
    main()
