"""As whom does an agent or a flow use a connector, and to where does that take data?

The authority fact of a tool is its mode. Maker: everybody who talks to the agent acts with the connection that is
stored for it. Invoker: each signs in and acts with their own rights.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from connectors.inventory.records import Access, Egress, Grade, Permission, Record, Ref, Relation
from connectors.sources.copilot_studio import connector as known
from connectors.sources.copilot_studio.connections import EVERYTHING, used
from connectors.sources.copilot_studio.connector import Connector
from connectors.sources.copilot_studio.hosts import HIDDEN
from connectors.sources.copilot_studio.place import Place


@dataclass(frozen=True, slots=True)
class Use:
    """One use of a connector. `as_caller`: who acts instead of the stored connection, in words; `certain`: whether it
    is told at all who does. `told`: what uses it: "the tool Find invoice"."""

    reference: str | None
    connector: str | None
    operations: tuple[str, ...]
    as_caller: str | None
    told: str
    certain: bool = True


def through(place: Place, kind: str, who: Ref, use: Use) -> Iterator[Record]:
    """What a workload may do through a connector, as whom, and where a custom one sends."""
    found = used(place, use.reference, use.connector)
    if found.identity is not None and use.as_caller is None:
        grade = Grade.GRANTED if use.certain else Grade.UNKNOWN
        via = f"{use.told} acts with this stored connection"
        yield place.link(kind, Relation.RUNS_AS, who, found.identity, via=via, grade=grade)
    if found.connector is None:
        return
    connector = place.connector(found.connector)
    conditions = tuple(_narrowed(place, use, connector))
    grade = Grade.CONDITIONAL if conditions else Grade.GRANTED
    yield Permission(
        source=who,
        target=connector.ref,
        access=_strength(use.operations),
        actions=use.operations or (EVERYTHING,),
        scope=place.scopes[kind].key,
        grade=grade if use.certain else Grade.UNKNOWN,
        via=use.told,
        conditions=conditions,
    )
    for host in connector.hosts:
        how = f"{who.name} uses {connector.ref.name}, a custom connector, which sends"
        yield _out(place, kind, who, host, how)


def egress(place: Place, kind: str, who: Ref, hosts: Iterable[str], *, hidden: int, told: str) -> Iterator[Record]:
    """One for each host; and one to the internet where addresses are put together when it runs."""
    for host in dict.fromkeys((*hosts, *((HIDDEN,) if hidden else ()))):
        yield _out(place, kind, who, host, f"{told} of {who.name} sends")


def _out(place: Place, kind: str, who: Ref, host: str, how: str) -> Egress:
    hidden = host == HIDDEN
    where = "to an address that is put together when it runs" if hidden else f"to {host}"
    return Egress(
        source=who,
        destination=host,
        scope=place.scopes[kind].key,
        evidence=f"{how} {where}.",
        grade=Grade.UNKNOWN if hidden else Grade.GRANTED,
    )


def _narrowed(place: Place, use: Use, connector: Connector) -> Iterator[str]:
    if use.as_caller:
        yield f"only with the rights of {use.as_caller}"
    if policy := place.policies.barring(place.environment.id, connector.name):
        yield f"barred by the data policy {policy}"


def _strength(operations: Iterable[str]) -> Access:
    found = {known.access(each) for each in operations}
    return Access.READ if found == {Access.READ} else Access.WRITE
