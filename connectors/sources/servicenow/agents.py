"""Which AI agents are there, as whom do they run, and which tools may they use without being asked?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from connectors.inventory.records import Record, Ref, Relation, Workload
from connectors.sources.servicenow.flows import Spokes, spokes_of, through
from connectors.sources.servicenow.instance import linked
from connectors.sources.servicenow.permissions import (
    ACTION_TYPES,
    AGENT_CONFIGS,
    AGENT_TOOLS,
    AGENTS,
    FLOWS,
    INCLUDES,
    TOOLS,
    Table,
)
from connectors.sources.servicenow.place import Place, workload_ref
from connectors.sources.servicenow.values import Row, flag, moment, text

WATCHED = {"autopilot": "on its own", "copilot": "when a person agrees"}
Tools = Mapping[str, Ref]


def agents(place: Place) -> Iterator[Record]:
    """The agents, whom they run as, and which tools they may use."""
    tools = {}
    for record in _tools(place):
        if isinstance(record, Workload):
            tools[record.provider_id] = workload_ref(record)
        yield record
    for page in place.tables.pages(AGENTS):
        ids = [row["sys_id"] for row in page]
        configs = place.tables.by(AGENT_CONFIGS, "agent", ids)
        uses = place.tables.by(AGENT_TOOLS, "agent", ids)
        actors = [each.get("run_as_user") for rows in configs.values() for each in rows]
        place.people.meet(ids=actors, names=[row.get("sys_created_by") for row in page])
        for row in page:
            yield from _agent(place, row, configs[row["sys_id"]], uses[row["sys_id"]], tools)


def _agent(place: Place, row: Row, configs: Sequence[Row], uses: Sequence[Row], tools: Tools) -> Iterator[Record]:
    config = configs[0] if configs else {}
    found = Workload(
        id=place.instance.address(AGENTS.name, row["sys_id"]),
        provider_id=row["sys_id"],
        name=row["name"],
        type="AI agent",
        role="agent",
        enabled=flag(config, "active"),
        created_at=moment(row, "sys_created_on"),
        modified_at=moment(row, "sys_updated_on"),
        facts=tuple(_facts(row, config)),
        **place.of(),
    )
    yield found
    ref = workload_ref(found)
    if user := text(config, "run_as_user"):
        account = place.people.account(user)
        yield linked(Relation.RUNS_AS, ref, account, place.scope.key, via="run as")
    for use in uses:
        tool = tools.get(use["tool"])
        if tool and flag(use, "active") is not False:
            how = WATCHED.get(use.get("execution_mode", ""), "in a way that isn't told")
            yield linked(Relation.CALLS, ref, tool, place.scope.key, via=f"tool, used {how}")
    yield from place.people.made(row.get("sys_created_by"), ref, place.scope.key)


def _facts(row: Row, config: Row) -> Iterator[tuple[str, str]]:
    for label, column in (("Kind", "agent_type"), ("Channel", "channel"), ("Origin", "record_type")):
        if value := text(row, column):
            yield label, value.replace("_", " ")
    if "run_as_user" in config:
        yield "Runs as", "one account" if config["run_as_user"] else "whoever talks to it"
    public = flag(config, "public")
    if public is not None:
        yield "Open to", "everyone" if public else "those with access"


def _tools(place: Place) -> Iterator[Record]:
    """The tools, and what of the instance they set going."""
    for page in place.tables.pages(TOOLS):
        named = place.tables.by(FLOWS, "sys_id", _targeting(page, FLOWS))
        spokes = spokes_of(place, _targeting(page, ACTION_TYPES))
        place.people.meet(names=[row.get("sys_created_by") for row in page])
        for row in page:
            yield from _tool(place, row, named, spokes)


def _targeting(rows: Sequence[Row], table: Table) -> list[str]:
    return [row.get("target_document", "") for row in rows if row.get("target_document_table") == table.name]


def _tool(place: Place, row: Row, flows: Mapping[str, Sequence[Row]], spokes: Spokes) -> Iterator[Record]:
    kind = (text(row, "type") or "unknown").replace("_", " ")
    found = Workload(
        id=place.instance.address(TOOLS.name, row["sys_id"]),
        provider_id=row["sys_id"],
        name=row["name"],
        type="AI agent tool",
        role="function",
        enabled=flag(row, "active"),
        created_at=moment(row, "sys_created_on"),
        modified_at=moment(row, "sys_updated_on"),
        facts=(("Kind", kind),),
        **place.of(),
    )
    yield found
    ref = workload_ref(found)
    for target in _targets(place, row, flows):
        yield linked(Relation.CALLS, ref, target, place.scope.key, via="what the tool sets going")
    if spoke := spokes.of_action.get(row.get("target_document", "")):
        yield from through(place, ref, [spoke], spokes)
    yield from place.people.made(row.get("sys_created_by"), ref, place.scope.key)


def _targets(place: Place, row: Row, flows: Mapping[str, Sequence[Row]]) -> Iterator[Ref]:
    target = row.get("target_document", "")
    for flow in flows.get(target, ()):
        yield Ref(kind="workload", id=place.instance.address(FLOWS.name, target), name=flow["name"])
    if row.get("target_document_table") == INCLUDES.name:
        ways = (way for way in place.known.includes.values() if way.ref.id.endswith(target))
        yield from (way.ref for way in ways if target)
