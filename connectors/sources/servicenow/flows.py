"""Which flows are there, as whom do they run, and which systems do their spokes connect to?

A flow names the actions it takes; an action belongs to a spoke; a spoke's connections say where it leads. Which of them
a run takes is decided then, so a flow's ways out through spokes are conditional.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from connectors.inventory.records import Grade, Record, Ref, Relation, Workload
from connectors.sources.servicenow.instance import linked
from connectors.sources.servicenow.outbound import leads_out
from connectors.sources.servicenow.people import SYSTEM_ACCOUNT
from connectors.sources.servicenow.permissions import ACTION_TYPES, ACTIONS, ACTIONS_V2, APPLICATIONS, FLOWS
from connectors.sources.servicenow.place import Place, workload_ref
from connectors.sources.servicenow.values import Row, flag, moment, text

TYPES = {"subflow": "Subflow", "action": "Flow action"}
RUNS_AS = {"system": "the system", "user": "whoever starts it"}


@dataclass(frozen=True, slots=True)
class Spokes:
    """To which application each action belongs, and what the applications are called. By sys_id."""

    of_action: Mapping[str, str]
    names: Mapping[str, str]

    def name(self, application: str) -> str:
        return self.names.get(application, "an application that was not read")


def flows(place: Place) -> Iterator[Record]:
    place.depends("outbound")
    actions = {row["sys_id"]: row["sys_scope"] for row in place.tables.rows(ACTION_TYPES)}
    spokes = Spokes(actions, {row["sys_id"]: row["name"] for row in place.tables.rows(APPLICATIONS)})
    for page in place.tables.pages(FLOWS):
        ids = [row["sys_id"] for row in page]
        older, newer = place.tables.by(ACTIONS, "flow", ids), place.tables.by(ACTIONS_V2, "flow", ids)
        place.people.meet(names=[row.get("sys_created_by") for row in page])
        for row in page:
            taken = [each.get("action_type", "") for each in (*older[row["sys_id"]], *newer[row["sys_id"]])]
            used = dict.fromkeys(spokes.of_action[each] for each in taken if each in spokes.of_action)
            yield from _flow(place, row, spokes, [each for each in used if place.known.connections.get(each)])


def spokes_of(place: Place, actions: Iterable[str]) -> Spokes:
    """Of those actions only."""
    found = place.tables.by(ACTION_TYPES, "sys_id", actions)
    of_action = {id_: rows[0]["sys_scope"] for id_, rows in found.items() if rows}
    named = place.tables.by(APPLICATIONS, "sys_id", of_action.values())
    return Spokes(of_action, {id_: rows[0]["name"] for id_, rows in named.items() if rows})


def through(place: Place, ref: Ref, applications: Iterable[str], spokes: Spokes) -> Iterator[Record]:
    """Where the connections of those spokes lead, and as whom."""
    told: set[str] = set()
    for application in applications:
        evidence = f"It uses actions of {spokes.name(application)}, whose connection leads to {{host}}."
        for way in place.known.connections.get(application, ()):
            via = f"connection of {spokes.name(application)}"
            yield linked(Relation.CALLS, ref, way.ref, place.scope.key, via=via, grade=Grade.CONDITIONAL)
            if way.acts_as:
                via = f"{way.told} of {spokes.name(application)}"
                yield linked(Relation.RUNS_AS, ref, way.acts_as, place.scope.key, via=via, grade=Grade.CONDITIONAL)
            for egress in leads_out(way, ref, place.scope.key, evidence=evidence, grade=Grade.CONDITIONAL):
                if egress.destination not in told:
                    told.add(egress.destination)
                    yield egress


def _flow(place: Place, row: Row, spokes: Spokes, used: list[str]) -> Iterator[Record]:
    found = Workload(
        id=place.instance.address(FLOWS.name, row["sys_id"]),
        provider_id=row["sys_id"],
        name=row["name"],
        type=TYPES.get(row.get("type", ""), "Flow"),
        role="automation",
        enabled=flag(row, "active"),
        created_at=moment(row, "sys_created_on"),
        modified_at=moment(row, "sys_updated_on"),
        facts=tuple(_facts(row, [spokes.name(each) for each in used])),
        **place.of(),
    )
    yield found
    ref = workload_ref(found)
    if text(row, "run_as") == "system":
        account = place.people.account(SYSTEM_ACCOUNT)
        yield linked(Relation.RUNS_AS, ref, account, place.scope.key, via="run as")
    yield from through(place, ref, used, spokes)
    yield from place.people.made(row.get("sys_created_by"), ref, place.scope.key)


def _facts(row: Row, spokes: list[str]) -> Iterator[tuple[str, str]]:
    if status := text(row, "status"):
        yield "Status", status
    yield "Runs as", RUNS_AS.get(row.get("run_as", ""), "unknown")
    if spokes:
        yield "Connected spokes", ", ".join(sorted(spokes))
