"""What does the inventory of one tenant say?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from operator import itemgetter
from typing import Any, NamedTuple

from bson import ObjectId
from django.utils import timezone

from connectors.coverage import PARTS, Group, groups, latest, of_scan, summary
from connectors.inventory.adjacency import ADMIN, EDGE_FIELDS, EVIDENCE_FIELDS, NODE_FIELDS, RELATIONS, UNKNOWN, Whole
from connectors.inventory.codec import KINDS, decode, decode_alert
from connectors.inventory.documents import NODE_KEY, Document, by_key, collection
from connectors.inventory.graph import Hop, Path, hops_of, told
from connectors.inventory.models import PROOF, Attestation, Coverage, Edge, Node, ReportedAlert
from connectors.inventory.ours import own_connections
from connectors.inventory.records import Alert, Identity, ObjectRecord, Owner, Resource, ScopeState, Workload
from connectors.inventory.subjects import DataDomain, OwnConnection
from connectors.inventory.superseded import decisive
from connectors.inventory.walk import ACTORS, CALLING, Walk
from connectors.models import Connection, Scan
from connectors.registry import source
from tenants.models import Tenant

READ = (Scan.State.EVALUATING, Scan.State.COMPLETE, Scan.State.PARTIAL)
COVERED = dict.fromkeys(("scope", "label", "group", "kind", "state"), 1)
RECORD = {"kind": True, "data": True}
STREAMED = {**RECORD, "key": True, "name": True, "first_seen": True}
MOST_OWNERS = 20_000  # kept at a time
BATCH = 1_000  # rows at once: MongoDB would send 16 MiB, which are ten times as much here


class Place(NamedTuple):
    """Where in a stream of objects somebody is."""

    name: str
    row: ObjectId


class Inventory:
    """One tenant's live inventory, for a whole evaluation: streams objects, keeps the edges as compact adjacency.

    The edges and the coverage are read when they are first asked for, and not again.
    """

    def __init__(self, tenant: Tenant, *, now: datetime) -> None:
        self.tenant = tenant
        self.now = now
        self.place: Place | None = None  # of the object that was streamed last
        self._last_paths: tuple[str, list[Path]] = ("", [])
        self._judged: tuple[str, datetime | None] = ("", None)  # the object at hand, and since when it is known
        self._owners: dict[str, Owner | None] = {}  # those asked for lately

    def workloads(self, after: Place | None = None) -> Iterator[Workload]:
        """Every live workload, streamed; those behind a place of the stream."""
        yield from self._stream("workload", after)

    def identities(self, after: Place | None = None) -> Iterator[Identity]:
        """Every live identity, streamed; those behind a place of the stream."""
        yield from self._stream("identity", after)

    def resources(self, after: Place | None = None) -> Iterator[Resource]:
        """Every live resource, streamed; those behind a place of the stream."""
        yield from self._stream("resource", after)

    def alerts(self) -> Iterator[Alert]:
        """What sources report about objects and haven't withdrawn, streamed by object."""
        live = {"tenant_id": self.tenant.pk, "gone_at": None}
        for row in collection(ReportedAlert).find(live, {"data": True}).hint("alert_subject").sort("subject"):
            yield decode_alert(row["data"])

    def get(self, key: str) -> ObjectRecord | None:
        """The live object at this address, or None."""
        found = collection(Node).find_one({**by_key(self.tenant.pk, [key]), "gone_at": None}, RECORD, hint=NODE_KEY)
        return decode(found["kind"], found["data"]) if found else None

    def read_through(self, keys: set[str]) -> dict[str, ObjectId]:
        """Which connection reads each live object; of several, always the same one."""
        live = {**by_key(self.tenant.pk, sorted(keys)), "gone_at": None}
        found = [*collection(Node).find(live, {"key": True, "connection_id": True}, hint=NODE_KEY)]
        found.sort(key=itemgetter("connection_id"), reverse=True)
        return {row["key"]: row["connection_id"] for row in found}

    def edges_from(self, key: str, *relations: str) -> list[Hop]:
        """The live edges that leave this object, of the given relations or of all."""
        number = self._graph.number(key)
        return [] if number is None else self._hops(self._graph.leaving(number), relations)

    def edges_to(self, key: str, *relations: str) -> list[Hop]:
        """The live edges that arrive at this object, of the given relations or of all."""
        number = self._graph.number(key)
        return [] if number is None else self._hops(self._graph.arriving(number), relations)

    def owners(self, key: str) -> list[Owner]:
        """Who owns the object, as far as sources say; whoever a person's standing word names is one of them."""
        named = [hop.source.id for hop in self.edges_to(key, "owns")]
        attested = self._attested.get(key)
        known = {each: self._owner(each) for each in dict.fromkeys([*named, *([attested.id] if attested else [])])}
        owners = [owner for owner in known.values() if isinstance(owner, Owner)]
        return [*owners, attested] if attested and not known[attested.id] else owners

    def _owner(self, key: str) -> Owner | None:
        """The same few people answer for many things."""
        if key not in self._owners:
            if len(self._owners) >= MOST_OWNERS:
                self._owners.clear()
            found = self.get(key)
            self._owners[key] = found if isinstance(found, Owner) else None
        return self._owners[key]

    def paths_from(self, key: str) -> list[Path]:
        """The surest, then shortest path to each thing worth reaching: administrative authority, a resource with a data
        domain, an egress. Walks runs_as, can_assume (both halves needed across accounts), permission, contains; at most
        8 hops. The surest come first."""
        if self._last_paths[0] != key:  # every rule asks for the paths of the object at hand
            number = self._graph.number(key)
            ways = [] if number is None else self._walk.reach(number)
            self._last_paths = key, told(self._graph, ways)
        return list(self._last_paths[1])

    def paths_by_calls(self, key: str) -> list[Path]:
        """As `paths_from`, and by way of workloads that are called: directly, or at an address where they answer."""
        number = self._graph.number(key)
        return [] if number is None else told(self._graph, self._calling.reach(number))

    def with_sensitive_reach(self) -> set[str]:
        """Keys of the workloads and identities that reach administrative authority or a resource with a data domain.

        Doubtful steps don't count. One search backward from all of those at once.
        """
        graph = self._graph
        held = [number for number, thing in enumerate(graph.things) if thing.kind == "resource" and thing.domains]
        granted = (edge for edge, access in enumerate(graph.access) if access == ADMIN and graph.grade[edge] != UNKNOWN)
        authority = {graph.source[edge] for edge in granted}
        reached = authority.union(self._walk.leading_to({*held, *authority}))
        return {graph.things.key(number) for number in reached if graph.things[number].kind in ACTORS}

    def domains(self) -> Iterator[DataDomain]:
        """Every data domain of which something holds data, by name."""
        held = {domain for thing in self._graph.things if thing.kind == "resource" for domain in thing.domains}
        for name in sorted(held):
            yield DataDomain(id=f"domain/{name}", name=name)

    def reaching(self, domain: str) -> set[str]:
        """Keys of the workloads and identities that reach a resource with data of the domain; doubtful steps don't
        count."""
        graph = self._graph
        held = {number for number, thing in enumerate(graph.things) if domain in thing.domains}
        actors = (graph.things.key(each) for each in self._walk.leading_to(held) if graph.things[each].kind in ACTORS)
        return set(actors)

    def connections(self) -> Iterator[OwnConnection]:
        """How sv0 itself reads each system, by name."""
        yield from own_connections(self.tenant)

    def first_seen(self, key: str) -> datetime | None:
        """Since when the object is known; None of what isn't there."""
        if key == self._judged[0]:
            return self._judged[1]
        found = collection(Node).find_one(by_key(self.tenant.pk, [key]), {"first_seen": True}, hint=NODE_KEY)
        return found["first_seen"].replace(tzinfo=UTC) if found else None

    def known_since(self, scope: str) -> datetime | None:
        """When the first complete reading of the scope began: what is newer than that, wasn't there. None: never."""
        return self._first_readings.get(scope)

    def acknowledged(self, key: str) -> datetime | None:
        """When a person last said who answers for the object; None: nobody ever did."""
        return self._words.get(key)

    def alerts_about(self, key: str) -> list[Alert]:
        """What sources report about the object and haven't withdrawn."""
        if key not in self._alerted:
            return []
        live = {"tenant_id": self.tenant.pk, "gone_at": None, "subject": key}
        return [decode_alert(row["data"]) for row in collection(ReportedAlert).find(live, {"data": True})]

    def complete(self, scopes: tuple[str, ...]) -> bool:
        """Whether the latest scan of each scope's connection read all these scopes completely."""
        return all(self._coverage.get(scope, {}).get("state") in PROOF for scope in scopes)

    def gaps(self, account_id: str | None, kinds: tuple[str, ...]) -> list[str]:
        """Labels of the latest scans' scopes of these kinds (in that account, or anywhere) that weren't complete.

        A kind that is read for all accounts at once, such as the organization, counts for each of them. One that was
        not read at all is a gap, too; but one that the account's system doesn't have means nothing there.
        """
        return [label for kind in kinds for label in self._gaps_of(account_id, kind)]

    def _gaps_of(self, account_id: str | None, kind: str) -> list[str]:
        if kind not in self._kinds.get(account_id, {kind}):
            return []
        anywhere = [row for row in self._coverage.values() if row["kind"] == kind]
        asked = [row for row in anywhere if account_id in (None, row["group"])]
        if not asked and len({row["group"] for row in anywhere}) == 1:
            asked = anywhere
        if not asked:
            return [f"{kind} in {account_id or 'any account'}"]
        return [row["label"] for row in asked if row["state"] not in PROOF]

    @cached_property
    def _graph(self) -> Whole:
        graph = Whole()
        live = {"tenant_id": self.tenant.pk, "gone_at": None}
        # In the order of the index: of two equally good paths the same one is told after every scan.
        shown = dict.fromkeys((*EDGE_FIELDS, *EVIDENCE_FIELDS), 1)
        for row in collection(Edge).find(live, shown, hint="edge_forward", batch_size=BATCH):
            graph.add_edge(row)
        described = {**live, "kind": {"$in": list(KINDS)}}
        for row in collection(Node).find(described, dict.fromkeys(NODE_FIELDS, 1), batch_size=BATCH):
            graph.describe(row)
        return graph

    @cached_property
    def _attested(self) -> dict[str, Owner]:
        """Object's key → who answers for it on a person's word; an owner that sources know has the key they gave."""
        standing = Attestation.objects.of(self.tenant).filter(standing=True, until__gt=self.now)
        return {word.key: attested_owner(word) for word in standing}

    @cached_property
    def _alerted(self) -> set[str]:
        live = {"tenant_id": self.tenant.pk, "gone_at": None}
        return set(collection(ReportedAlert).distinct("subject", live))

    @cached_property
    def _first_readings(self) -> dict[str, datetime]:
        stages: list[Document] = [
            {"$match": {"tenant_id": self.tenant.pk, "state": ScopeState.COMPLETE.value}},
            {"$group": {"_id": "$scope", "began": {"$min": "$started_at"}}},
        ]
        rows = collection(Coverage).aggregate(stages, batchSize=BATCH)
        return {row["_id"]: row["began"].replace(tzinfo=UTC) for row in rows}

    @cached_property
    def _words(self) -> dict[str, datetime]:
        """Object's key → when a person last said who answers for it."""
        stages: list[Document] = [
            {"$match": {"tenant_id": self.tenant.pk}},
            {"$group": {"_id": "$key", "at": {"$max": "$at"}}},
        ]
        rows = collection(Attestation).aggregate(stages, batchSize=BATCH)
        return {row["_id"]: row["at"].replace(tzinfo=UTC) for row in rows}

    @cached_property
    def _walk(self) -> Walk:
        return Walk(self._graph)

    @cached_property
    def _calling(self) -> Walk:
        return Walk(self._graph, CALLING)

    @cached_property
    def own_hosts(self) -> frozenset[str]:
        """Where the tenant's own systems answer that sv0 reads: what is sent there stays inside."""
        return frozenset(host for connection in self.connections() for host in connection.hosts)

    @cached_property
    def _coverage(self) -> dict[str, Document]:
        """Scope → its row in the latest scan of its connection that read anything, or is being evaluated now; where two
        connections read it, of the one whose word holds."""
        found: dict[str, dict[ObjectId, Document]] = {}
        for connection in Connection.objects.of(self.tenant):
            scans = Scan.objects.of(self.tenant).filter(connection=connection, state__in=READ)
            if latest := scans.order_by("-queued_at").first():
                for row in collection(Coverage).find(of_scan(latest), COVERED):
                    found.setdefault(row["scope"], {})[connection.pk] = row | {"system": connection.kind}
        decided = decisive(self.tenant, (scope for scope, rows in found.items() if len(rows) > 1))
        return {scope: rows.get(decided.get(scope, ObjectId()), [*rows.values()][-1]) for scope, rows in found.items()}

    @cached_property
    def _kinds(self) -> dict[str | None, set[str]]:
        """Account → the kinds of coverage that its system has."""
        found: dict[str, set[str]] = {}
        for row in self._coverage.values():
            found.setdefault(row["system"], set()).add(row["kind"])
        for system, kinds in found.items():
            kinds.update(kind for permission in source(system).permissions for kind in permission.scope_kinds)
        return {row["group"]: found[row["system"]] for row in self._coverage.values()}

    def _stream(self, kind: str, after: Place | None) -> Iterator[Any]:
        """By name; the cursor is the only thing that grows, by one batch."""
        live: Document = {"tenant_id": self.tenant.pk, "kind": kind, "gone_at": None}
        if after:
            same_name = {"name": after.name, "_id": {"$gt": after.row}}
            live["$or"] = [{"name": {"$gt": after.name}}, same_name]
        for row in collection(Node).find(live, STREAMED, batch_size=BATCH).sort([("name", 1), ("_id", 1)]):
            self._judged = row["key"], row["first_seen"].replace(tzinfo=UTC)
            self.place = Place(row["name"], row["_id"])
            yield decode(row["kind"], row["data"])

    def _hops(self, edges: Iterable[int], relations: tuple[str, ...]) -> list[Hop]:
        wanted = {RELATIONS.index(relation) for relation in relations}
        return hops_of(self._graph, (each for each in edges if not wanted or self._graph.relation[each] in wanted))


def attested_owner(word: Attestation) -> Owner:
    """An owner whom no source may know."""
    return Owner(
        id=word.owner_key,
        provider_id=word.owner_key,
        name=word.owner_name,
        email=word.owner_email,
        type="person",
        system="sv0",
        scope="attestation",
    )


def coverage_chip(tenant: Tenant) -> dict[str, Any] | None:
    """{label, state, url} for the top bar: "AWS 2 h ago · 12 of 14 accounts"; None before anything was read.

    `state` is ok, warn (partly read, or older than two rounds of the schedule) or bad (the last try failed).
    """
    connections = list(Connection.objects.of(tenant).order_by("name"))
    read = {connection.pk: scan for connection in connections if (scan := latest(connection))}
    if not read:
        return None
    called = {source(connection.kind).groups for connection in connections}
    every = (group for scan in read.values() for group in groups(scan))
    found = summary(every, called.pop() if len(called) == 1 else PARTS)
    oldest = min(scan.finished_at or scan.queued_at for scan in read.values())
    name = connections[0].name if len(connections) == 1 else f"{len(read)} of {len(connections)} systems"
    label = f"{name} {_ago(timezone.now() - oldest)} · {found.words}"
    return {"label": label, "state": _chip_state(connections, read, whole=found.complete == found.groups), "url": None}


def _chip_state(connections: list[Connection], read: dict[ObjectId, Scan], *, whole: bool) -> str:
    for connection in connections:
        tries = Scan.objects.of(connection.tenant).filter(connection=connection, live=None)
        last = tries.order_by("-queued_at").first()
        if last and last.state in (Scan.State.FAILED, Scan.State.TIMED_OUT):
            return "bad"
    stale = any(_is_stale(connection, read.get(connection.pk)) for connection in connections)
    return "ok" if whole and not stale else "warn"


def _is_stale(connection: Connection, scan: Scan | None) -> bool:
    rounds = timedelta(hours=2 * (connection.every_hours or 24))
    return scan is None or timezone.now() - (scan.finished_at or scan.queued_at) > rounds


def _ago(age: timedelta) -> str:
    minutes = int(age / timedelta(minutes=1))
    if minutes < 1:
        return "just now"
    if minutes < 60:
        return f"{minutes} min ago"
    return f"{minutes // 60} h ago" if minutes < 48 * 60 else f"{minutes // (24 * 60)} days ago"


@dataclass(frozen=True, slots=True)
class Scanned:
    """How far the reading of a tenant's systems has come: how many there are, is one being read, when was one last."""

    connections: int
    live: bool
    finished_at: datetime | None


def scanned(tenant: Tenant) -> Scanned:
    """Whether there is anything to have findings about yet."""
    scans = Scan.objects.of(tenant)
    last = scans.filter(state__in=(Scan.State.COMPLETE, Scan.State.PARTIAL)).order_by("-queued_at").first()
    return Scanned(
        connections=Connection.objects.of(tenant).count(),
        live=scans.filter(state__in=Scan.LIVE).exists(),
        finished_at=last.finished_at if last else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a connection was last read: when, and how much of each account. None and empty where it never was."""

    connection: str
    began_at: datetime | None = None
    finished_at: datetime | None = None
    groups: tuple[Group, ...] = ()


def readings(tenant: Tenant) -> list[Reading]:
    """Every connection by name, as the last scan that read anything left it."""
    return [_reading(connection) for connection in Connection.objects.of(tenant).order_by("name")]


def _reading(connection: Connection) -> Reading:
    scan = latest(connection)
    if scan is None:
        return Reading(connection=connection.name)
    found = tuple(groups(scan))
    return Reading(connection=connection.name, began_at=scan.started_at, finished_at=scan.finished_at, groups=found)
