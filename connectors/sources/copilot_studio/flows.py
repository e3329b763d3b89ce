"""Which flows are there, what starts them, as whom do they act, whom do they call and to where do they send?"""

from __future__ import annotations

from collections.abc import Iterator

from connectors.inventory.records import Record, Ref, Relation, Workload
from connectors.sources.copilot_studio.acting import Use, egress, through
from connectors.sources.copilot_studio.definition import Definition, definition
from connectors.sources.copilot_studio.doors import Row
from connectors.sources.copilot_studio.permissions import FLOWS
from connectors.sources.copilot_studio.place import Place
from connectors.sources.copilot_studio.values import moment, short

KIND = "flows"
FLOW, CHILD = "flow", "child flow"  # on the shelf: the name of each; who starts whom


def read(place: Place) -> None:
    """Tells of each; of child flows when all have a name."""
    with place.noted(KIND, FLOWS):
        for page in place.pages(KIND, FLOWS):
            place.people.meet_owners(page)
            place.shelf.keep(FLOW, ((row["workflowid"].lower(), row["name"]) for row in page))
            for row in page:
                place.put(KIND, _flow(place, row))
    for starting in place.shelf.pages(CHILD):
        for parent, child in starting:
            link = place.link(
                KIND, Relation.CALLS, ref(place, parent), ref(place, child), via="starts it as a child flow"
            )
            place.put(KIND, [link])


def ref(place: Place, id: str) -> Ref:  # noqa: A002 - the vendor's word
    name = place.shelf.first(FLOW, id.lower())
    return Ref(kind="workload", id=place.environment.at("flow", id), name=name or f"flow {short(id)}")


def _flow(place: Place, row: Row) -> Iterator[Record]:
    said = definition(row.get("clientdata"))
    found = Workload(
        id=place.environment.at("flow", row["workflowid"]),
        provider_id=row["workflowid"],
        name=row["name"],
        type="Power Automate flow",
        role="automation",
        enabled=row["statecode"] == 1,
        created_at=moment(row.get("createdon")),
        modified_at=moment(row.get("modifiedon")),
        facts=tuple(_facts(said)),
        **place.of(KIND),
    )
    here = Ref(kind="workload", id=found.id, name=found.name)
    yield found
    yield from place.owned(KIND, row, here)
    if said is not None:
        yield from _does(place, here, said)


def _facts(said: Definition | None) -> Iterator[tuple[str, str]]:
    if said is None:
        yield "Not understood", "its definition"
        return
    if said.starts:
        yield "Started by", ", ".join(dict.fromkeys(said.starts))
    if said.open:
        yield "Open to", "whoever has its address"
    if any(each.invoker for each in said.connections.values()):
        yield "Acts as", "whoever starts it, where a connection isn't stored with it"


def _does(place: Place, here: Ref, said: Definition) -> Iterator[Record]:
    for each in said.connections.values():
        caller = "whoever starts it" if each.invoker else None
        use = Use(each.reference, each.connector, tuple(each.operations), as_caller=caller, told="an action")
        yield from through(place, KIND, here, use)
    parent = here.id.rpartition("/")[2]
    place.shelf.keep(CHILD, ((parent, (parent, child)) for child in dict.fromkeys(said.flows)))
    yield from egress(place, KIND, here, said.hosts, hidden=said.hidden, told="An HTTP action")
