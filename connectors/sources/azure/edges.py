"""How do workloads point at what they run as, call and talk to?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from connectors.inventory.records import Egress, Link, Record, Ref, Relation, Workload
from connectors.sources.azure import ids
from connectors.sources.azure.arm import Row
from connectors.sources.azure.network import WayOut

SYSTEM_ASSIGNED = "#system-assigned"
INTERNET = "internet"
_HOST = re.compile(r"(?=.{4,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,62})\.)+[a-z][a-z0-9-]{1,62}")


def ref(workload: Workload) -> Ref:
    return Ref(kind="workload", id=workload.id, name=workload.name)


def managed(row: Row) -> Iterator[tuple[Ref, str]]:
    """The managed identities in a resource's identity block, with how it has them."""
    block = row.get("identity") or {}
    if "systemassigned" in str(block.get("type", "")).lower():
        yield Ref(kind="identity", id=f"{ids.key(row['id'])}{SYSTEM_ASSIGNED}", name=row["name"]), "system-assigned"
    for each in block.get("userAssignedIdentities") or {}:
        yield Ref(kind="identity", id=ids.key(each), name=ids.name(each)), "user-assigned"


def runs_as(source: Ref, row: Row, scope: str, *, whose: str = "") -> Iterator[Link]:
    """A link for each identity that it has. `whose`, if not its own: " of the account jobs"."""
    for identity, how in managed(row):
        via = f"{how} identity{whose}"
        yield Link(relation=Relation.RUNS_AS, source=source, target=identity, scope=scope, via=via)


def calls(source: Ref, targets: Iterable[str], scope: str, *, via: str) -> Iterator[Link]:
    """A link for each workload; `targets` are their addresses."""
    for target in dict.fromkeys(map(ids.key, targets)):
        called = Ref(kind="workload", id=target, name=ids.name(target))
        yield Link(relation=Relation.CALLS, source=source, target=called, scope=scope, via=via)


def talks_to(source: Ref, hosts: Iterable[str], scope: str, *, evidence: str) -> Iterator[Record]:
    """An egress for each host. `evidence` is a sentence with {host} in it."""
    for host in dict.fromkeys(hosts):
        yield Egress(source=source, destination=host, scope=scope, evidence=evidence.format(host=host))


def reaches_out(source: Ref, way: WayOut, scope: str) -> Iterator[Record]:
    """Nothing where there is no way out."""
    if way.grade is not None:
        yield Egress(source=source, destination=INTERNET, scope=scope, evidence=way.words, grade=way.grade)


def host_of(said: object) -> str | None:
    """The host in an address or on its own; None where it is worked out only when it runs, or is none."""
    if not isinstance(said, str) or "@{" in said or said.startswith("@"):
        return None
    text = said.strip().removeprefix("tcp:").lower()
    try:
        host = urlsplit(text).hostname if "://" in text else re.split(r"[/:,;]", text)[0]
    except ValueError:
        return None
    return host if host and _HOST.fullmatch(host) else None
