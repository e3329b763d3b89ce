"""Which agents has a project, as whom do they run, and what may they call?

Their instructions and steps come in the same answers: of these a fingerprint and the length are kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from connectors.inventory.records import Egress, Grade, Link, Record, Ref, Relation, Resource, Workload
from connectors.scope import Scope
from connectors.sources.foundry import targets
from connectors.sources.foundry.asking import Row
from connectors.sources.foundry.place import Place, Project, seconds
from connectors.sources.foundry.tools import Tool, tools

KINDS = {
    "external": "runs elsewhere",
    "hosted": "a container of yours",
    "prompt": "instructions and tools",
    "voice": "voice",
    "workflow": "steps",
}


@dataclass(frozen=True, slots=True)
class Agent:
    """One agent, read. `calls` are addresses and names of agents that it asks."""

    record: Workload
    tools: list[Tool]
    runs_as: Ref
    via: str
    model: str | None
    calls: tuple[tuple[str, str], ...]
    hosts: tuple[str, ...] = ()

    @property
    def ref(self) -> Ref:
        return Ref(kind="workload", id=self.record.id, name=self.record.name)


@dataclass(slots=True)
class Agents:
    """Reads the agents of one project into a scope of their own."""

    place: Place
    project: Project
    scope: Scope
    stores: tuple[tuple[str, str], ...] = ()  # connection and, in words, what all of them keep there
    told: set[str] = field(default_factory=set)  # addresses of what several of them use

    def agent(self, row: Row) -> Iterator[Record]:
        """A row of LIST_AGENTS."""
        latest = row["versions"]["latest"]
        said = latest["definition"]
        workflow = str(said.get("workflow") or "")
        found = tools(said.get("tools") or ())
        own = row.get("instance_identity") or latest.get("instance_identity")
        here = self._workload(
            row["name"],
            id=f"{self.project.key}/agents/{row['name'].lower()}",
            type="AI Foundry agent",
            enabled={"enabled": True, "disabled": False}.get(row.get("state") or ""),
            modified_at=seconds(latest.get("created_at")),
            facts=(self._within(), *_facts(row, latest, said, found)),
        )
        told = self._told(
            Agent(
                record=here,
                tools=found,
                runs_as=_own_identity(row["name"], own) if own else self.project.identity,
                via="agent identity" if own else f"identity of the {self._holder()}",
                model=said.get("model"),
                calls=tuple((self._address(name), name) for name in targets.asked_agents(workflow)),
                hosts=targets.written_hosts(workflow),
            )
        )
        yield from _once(told)

    def assistant(self, row: Row) -> Iterator[Record]:
        """A row of LIST_ASSISTANTS, an agent of the older kind."""
        found = tools(row.get("tools") or (), row.get("tool_resources"))
        here = self._workload(
            row.get("name") or row["id"],
            id=f"{self.project.key}/assistants/{row['id'].lower()}",
            type="AI Foundry agent (classic)",
            created_at=seconds(row.get("created_at")),
            facts=(self._within(), *_common(row, found)),
        )
        told = self._told(
            Agent(
                record=here,
                tools=found,
                runs_as=self.project.identity,
                via=f"identity of the {self._holder()}",
                model=row.get("model"),
                calls=(),
            )
        )
        yield from _once(told)

    def _workload(self, name: str, **more: Any) -> Workload:
        of = self.place.of(self.project.row, scope=self.scope.key, tags=())
        return Workload(provider_id=more["id"], name=name, role="agent", **of, **more)

    def _within(self) -> tuple[str, str]:
        return "Project", f"{self.project.name} in {self.place.name}"

    def _holder(self) -> str:
        own = self.project.identity.id.startswith(f"{self.project.key}#")
        return f"project {self.project.name}" if own else f"account {self.place.name}"

    def _address(self, name: str) -> str:
        return f"{self.project.key}/agents/{name.lower()}"

    def _told(self, agent: Agent) -> Iterator[Record]:
        yield agent.record
        yield self._link(Relation.RUNS_AS, agent.ref, agent.runs_as, via=agent.via)
        yield from self.place.owners_of(self.project, agent.ref, scope=self.scope.key)
        if agent.model and agent.model.lower() in self.place.models:
            model = Ref(kind="resource", id=f"{self.place.key}/deployments/{agent.model.lower()}", name=agent.model)
            yield self._link(Relation.USES_DATA, agent.ref, model, via="its model")
        for address, name in agent.calls:
            asked = Ref(kind="workload", id=address, name=name)
            yield self._link(Relation.CALLS, agent.ref, asked, via="a step of its workflow")
        yield from self._out(agent.ref, agent.hosts, evidence="One of its steps calls {host}.")
        for tool in agent.tools:
            yield from self._tool(agent.ref, tool)
        for said, via in self.stores:
            yield self._link(Relation.USES_DATA, agent.ref, self.project.connection(said).ref, via=via)

    def _tool(self, source: Ref, tool: Tool) -> Iterator[Record]:
        via = f"tool {tool.title}"
        yield from self._out(source, tool.hosts, evidence=f"Its {via} calls {{host}}.")
        if tool.web:
            yield from self._out(source, ["internet"], evidence=f"Its {via} searches the web.")
        for address, name in tool.agents:
            asked = Ref(kind="workload", id=f"{self.project.key}/assistants/{address.lower()}", name=name)
            yield self._link(Relation.CALLS, source, asked, via=via)
        for said in tool.connections:
            yield from self._connected(source, said, via)
        for said, index in tool.indexes:
            yield from self._index(source, said, index, via)
        for host, queue in tool.queues:
            yield from self._data(source, f"queues/{host}/{queue}", f"{queue} ({host})", "Storage queue", via)
        for store in tool.stores:
            yield from self._data(source, f"vector_stores/{store}", store, "Vector store", via)

    def _connected(self, source: Ref, said: str, via: str) -> Iterator[Record]:
        """The connection is data that it uses; where that signs in by a key, it acts as who holds it."""
        connection = self.project.connection(said)
        via = f"{via} through connection {connection.name}"
        yield self._link(Relation.USES_DATA, source, connection.ref, via=via)
        if connection.identity is not None:
            yield self._link(Relation.RUNS_AS, source, connection.identity, via=via)
        if connection.host and targets.is_outside(connection.host):
            evidence = f"Its {via} reaches {{host}}."
            yield from self._out(source, [connection.host], evidence=evidence)

    def _index(self, source: Ref, said: str, index: str, via: str) -> Iterator[Record]:
        holder = self.project.connection(said)
        path = f"indexes/{holder.name}/{index}"
        yield from self._data(source, path, index, "Search index", via, within=holder.ref)

    def _data(
        self,
        source: Ref,
        path: str,
        name: str,
        type: str,  # noqa: A002 - the record's word
        via: str,
        *,
        within: Ref | None = None,
    ) -> Iterator[Record]:
        """What several agents of the project may use, told with the first of them."""
        here = Ref(kind="resource", id=f"{self.project.key}/{path.lower()}", name=name)
        if here.id not in self.told:
            self.told.add(here.id)
            of = self.place.of(self.project.row, scope=self.scope.key, tags=())
            yield Resource(id=here.id, provider_id=here.id, name=name, type=type, **of)
            if within is not None:
                yield self._link(Relation.CONTAINS, within, here)
        yield self._link(Relation.USES_DATA, source, here, via=via)

    def _out(self, source: Ref, hosts: Iterable[str], *, evidence: str) -> Iterator[Record]:
        for host in dict.fromkeys(hosts):
            grade, words = self._allowed(host)
            told = evidence.format(host=host) + words
            yield Egress(source=source, destination=host, scope=self.scope.key, evidence=told, grade=grade)

    def _allowed(self, host: str) -> tuple[Grade, str]:
        """Whether the account's own list of hosts lets it out."""
        if self.project.allowed is None or host in self.project.allowed:
            return Grade.GRANTED, ""
        return Grade.CONDITIONAL, f" The account {self.place.name} lets traffic out to other hosts only."

    def _link(self, relation: Relation, source: Ref, target: Ref, *, via: str | None = None) -> Link:
        return Link(relation=relation, source=source, target=target, scope=self.scope.key, via=via)


STORES = {
    "storageConnections": "where the agents of the project keep files",
    "threadStorageConnections": "where the agents of the project keep conversations",
    "vectorStoreConnections": "where the agents of the project keep what they search",
}


def stores(rows: Iterable[Row]) -> tuple[tuple[str, str], ...]:
    """Rows of LIST_STORES."""
    return tuple(
        (said, via)
        for row in rows
        if str(row["properties"].get("capabilityHostKind") or "").lower() == "agents"
        for kind, via in STORES.items()
        for said in row["properties"].get(kind) or ()
    )


def _once(records: Iterable[Record]) -> Iterator[Record]:
    """Where several tools lead to the same, it is told as the first of them does."""
    told: set[Any] = set()
    for record in records:
        if isinstance(record, Link | Egress):
            where = (
                record.destination if isinstance(record, Egress) else (record.relation, record.source, record.target)
            )
            if where in told:
                continue
            told.add(where)
        yield record


def _own_identity(name: str, own: Row) -> Ref:
    return Ref(kind="identity", id=own["principal_id"].lower(), name=f"agent identity of {name}")


def _facts(row: Row, latest: Row, said: Row, found: list[Tool]) -> Iterator[tuple[str, str]]:
    yield "Made of", KINDS.get(said["kind"], str(said["kind"]))
    yield "Version", str(latest["version"])
    if latest.get("status") not in (None, "active"):
        yield "State of the version", str(latest["status"])
    yield from _common(said, found)
    if said.get("workflow"):
        yield "Steps", fingerprint(said["workflow"])
    image = (said.get("container_configuration") or {}).get("image")
    if image:
        yield "Image", image
    if said.get("environment_variables"):
        yield "Environment variables", ", ".join(sorted(said["environment_variables"]))
    schemes = [each["type"] for each in (row.get("agent_endpoint") or {}).get("authorization_schemes") or ()]
    if schemes:
        yield "Callers sign in by", ", ".join(schemes)


def _common(said: Row, found: list[Tool]) -> Iterator[tuple[str, str]]:
    """What agents of both kinds tell."""
    if said.get("model"):
        yield "Model", said["model"]
    if said.get("instructions"):
        yield "Instructions", fingerprint(said["instructions"])
    if found:
        yield "Tools", ", ".join(dict.fromkeys(tool.title for tool in found))
    unasked = [tool.title for tool in found if tool.unasked]
    if unasked:
        yield "Called without approval", ", ".join(dict.fromkeys(unasked))


def fingerprint(text: str) -> str:
    """How long a text is, and by what one sees that it changed; the text itself isn't kept."""
    return f"{len(text):,} characters, SHA-256 {hashlib.sha256(text.encode()).hexdigest()[:16]}"
