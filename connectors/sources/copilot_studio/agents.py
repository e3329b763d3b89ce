"""Which agents are there, who answers for each, and what do its parts let it do?

Rows of agents are few and come first; of their parts, a hundred times as many, what each says is kept on the shelf;
then each agent is told with what its parts said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from connectors.inventory.records import Record, Ref, Relation, Resource, Workload
from connectors.sources.copilot_studio import flows, sharing
from connectors.sources.copilot_studio.acting import Use, egress, through
from connectors.sources.copilot_studio.component import INVOKER, MAKER, Part, Tool, part
from connectors.sources.copilot_studio.doors import Row
from connectors.sources.copilot_studio.facts import ANYONE, facts
from connectors.sources.copilot_studio.knowledge import Knowledge
from connectors.sources.copilot_studio.permissions import BOTS, PARTS
from connectors.sources.copilot_studio.place import Place
from connectors.sources.copilot_studio.values import counted, moment

AGENTS, TOOLS = "agents", "parts"  # kinds of coverage
BOT, SCHEMA, SAID, SEEN = "bot", "schema", "said", "knowledge"  # what is kept on the shelf
ACTIVE = 0
SPEAKER = "whoever talks to it"
MODES = {
    MAKER: "Tools that act with a connection stored for everyone",
    INVOKER: f"Tools that act as {SPEAKER}",
    None: "Tools that may act with a stored connection: it isn't told",
}
CREATED, PUBLISHED = "_createdby_value", "_publishedby_value"


def read(place: Place) -> None:
    """The three scopes that are about agents, which are open."""
    with place.noted(AGENTS, BOTS):
        for page in place.pages(AGENTS, BOTS):
            place.shelf.keep(BOT, ((row["botid"].lower(), _kept(row)) for row in page))
            place.shelf.keep(SCHEMA, ((row["schemaname"].lower(), [row["botid"], row["name"]]) for row in page))
    whole = _parts(place)
    for page in place.shelf.pages(BOT):
        place.people.meet_owners(page, also=(CREATED, PUBLISHED))
        for row, shared in zip(page, sharing.of(place, page), strict=True):
            _tell(place, row, shared, whole=whole)


def _parts(place: Place) -> bool:
    """Keeps what every part says; whether all of them were read."""
    with place.noted(TOOLS, PARTS):
        for page in place.pages(TOOLS, PARTS):
            said = ((row["_parentbotid_value"], part(row)) for row in page if row.get("_parentbotid_value"))
            place.shelf.keep(SAID, ((bot.lower(), asdict(each)) for bot, each in said if not each.is_empty))
    return PARTS not in place.failed


def _kept(row: Row) -> Row:
    """A row of an agent without what it is told to do."""
    kept = {key: value for key, value in row.items() if key not in ("configuration", "synchronizationstatus")}
    return {**kept, "facts": list(facts(row))}


def _tell(place: Place, row: Row, shared: sharing.Shared | None, *, whole: bool) -> None:
    said = [_restored(each) for each in place.shelf.all(SAID, row["botid"].lower())]
    told = [*map(tuple, row["facts"]), *sharing.facts(place, row, shared), *_of_parts(said, whole=whole)]
    told += _policies(place)
    found = _workload(place, row, tuple(dict(told).items()))
    here = Ref(kind="workload", id=found.id, name=found.name)
    place.put(AGENTS, [found, *_answering(place, row, here)])
    place.put(sharing.KIND, sharing.writers(place, here, shared))
    for each in said:
        place.put(TOOLS, _does(place, here, each))


def _workload(place: Place, row: Row, told: tuple[tuple[str, str], ...]) -> Workload:
    return Workload(
        id=place.environment.at("bot", row["botid"]),
        provider_id=row["botid"],
        name=row.get("name") or row["schemaname"],
        type="Copilot Studio agent",
        role="agent",
        enabled=row["statecode"] == ACTIVE,
        created_at=moment(row.get("createdon")),
        modified_at=moment(row.get("modifiedon")),
        open_to=ANYONE if dict(told)["Open to"].startswith(ANYONE) else None,
        facts=told,
        **place.of(AGENTS),
    )


def _answering(place: Place, row: Row, here: Ref) -> Iterator[Record]:
    """Its owner, who made it, who published it: each person once, for the first of these."""
    links = list(place.owned(AGENTS, row, here))
    for column, via in ((CREATED, "made it"), (PUBLISHED, "published it")):
        if row.get(column):
            links.append(place.link(AGENTS, Relation.OWNS, place.people.user(row[column]), here, via=via))
    yield from {each.source.id: each for each in reversed(links)}.values()


def _of_parts(said: list[Part], *, whole: bool) -> Iterator[tuple[str, str]]:
    for each in said:
        yield from each.traits.items()
    tools = [tool for each in said for tool in each.tools]
    for mode, told in MODES.items():
        number = len([tool for tool in tools if tool.mode == mode])
        if number:
            yield told, f"{number:,}"
    names = [knowledge.name for each in said for knowledge in each.knowledge]
    files = sum(each.files for each in said)
    if names or files:
        yield "Knows from", ", ".join([*dict.fromkeys(names), *([counted(files, "file")] if files else [])])
    lost = sum(each.lost for each in said)
    if lost:
        yield "Not understood", f"{counted(lost, 'piece')} of its parts"
    if not whole:
        yield "Tools and topics", "not read to the end"


def _policies(place: Place) -> list[tuple[str, str]]:
    """Which data policies hold over it; nothing where that isn't known."""
    holding = place.policies.holding(place.environment.id)
    if holding is None:
        return []
    return [("Data policies", ", ".join(each.name for each in holding) or "none holds in its environment")]


def _does(place: Place, here: Ref, said: Part) -> Iterator[Record]:
    for tool in said.tools:
        yield from through(place, TOOLS, here, _use(said.name, tool))
    yield from egress(place, TOOLS, here, said.hosts, hidden=said.hidden, told=f"The part {said.name}")
    for flow in dict.fromkeys(said.flows):
        yield place.link(TOOLS, Relation.CALLS, here, flows.ref(place, flow), via=f"the part {said.name}")
    for flow in dict.fromkeys(said.triggers):
        yield place.link(TOOLS, Relation.CALLS, flows.ref(place, flow), here, via=f"external trigger {said.name}")
    for schema in dict.fromkeys(said.agents):
        yield place.link(TOOLS, Relation.CALLS, here, _agent(place, schema), via=f"connected agent {said.name}")
    yield from _knows(place, here, said.knowledge)


def _use(name: str, tool: Tool) -> Use:
    return Use(
        reference=tool.reference,
        connector=tool.connector,
        operations=(tool.operation,) if tool.operation and not tool.other else (),
        as_caller=SPEAKER if tool.mode == INVOKER else None,
        told=f"the tool {name}",
        certain=tool.mode is not None,
    )


def _agent(place: Place, schema: str) -> Ref:
    """An agent by its schema name; of another environment, or gone, where no agent here has it."""
    found = place.shelf.first(SCHEMA, schema)
    key, name = found or (schema, f"agent {schema}")
    return Ref(kind="workload", id=place.environment.at("bot", key), name=name)


def _knows(place: Place, here: Ref, said: Iterable[Knowledge]) -> Iterator[Record]:
    for each in said:
        target = Ref(kind="resource", id=place.environment.at("knowledge", each.key), name=each.name)
        if place.shelf.first(SEEN, each.key) is None:
            place.shelf.keep(SEEN, [(each.key, True)])
            yield Resource(
                id=target.id,
                provider_id=each.key,
                name=each.name,
                type=each.type,
                public=each.public,
                **place.of(TOOLS),
            )
        yield place.link(TOOLS, Relation.USES_DATA, here, target, via="knowledge source")


def _restored(said: dict[str, Any]) -> Part:
    tools = [Tool(**each) for each in said["tools"]]
    known = [Knowledge(**each) for each in said["knowledge"]]
    return Part(**{**said, "tools": tools, "knowledge": known})
