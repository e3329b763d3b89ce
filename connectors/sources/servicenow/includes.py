"""Which script includes call out, by themselves or by making use of one that does?

They are libraries: what runs uses them by name. So they are read before all that runs, and remembered by name.
"""

from __future__ import annotations

from collections.abc import Iterator

from connectors.inventory.records import Record, Ref
from connectors.sources.servicenow.automation import Facts, Kind, Out, script, ways_out
from connectors.sources.servicenow.permissions import INCLUDES
from connectors.sources.servicenow.place import Place, Way
from connectors.sources.servicenow.scripts import found_in
from connectors.sources.servicenow.values import Row, flag

Uses = dict[str, tuple[str, frozenset[str]]]  # name → its id, and the classes that it makes use of


def _facts(row: Row) -> Facts:
    yield "Runs as", "whoever's script uses it"
    if flag(row, "client_callable"):
        yield "Callable", "from browsers"


KIND = Kind(INCLUDES, "Script include", "script", _facts)


def includes(place: Place) -> Iterator[Record]:
    """First those that call out by themselves; then, read once more, those that lead there through others."""
    place.depends("outbound")
    uses: Uses = {}
    for row in place.tables.rows(INCLUDES):
        out = ways_out(place, row, found_in(row.get("script", "")))
        if out.ways or out.found.calls_out:
            _remember(place, row, out)
        elif made := out.found.made - {row["name"]}:
            uses[row["name"]] = row["sys_id"], made
    direct = {way.ref.id.rpartition("/")[2] for way in place.known.includes.values()}
    ids = [*direct, *_indirect(place, uses)]
    yield from _told(place, ids)


def _indirect(place: Place, uses: Uses) -> Iterator[str]:
    """The ids of those that lead out through others, remembered as they are found."""
    known = place.known.includes
    found = True
    while found:
        found = False
        for name, (sys_id, made) in list(uses.items()):
            if through := [known[each] for each in sorted(made) if each in known]:
                hosts = tuple(dict.fromkeys(host for way in through for host in way.hosts))
                known[name] = _way(place, sys_id, name, hosts, unknown=any(way.unknown for way in through))
                del uses[name]
                found = True
                yield sys_id


def _told(place: Place, ids: list[str]) -> Iterator[Record]:
    """Read again, for their text was dropped and all that they may use is known only now."""
    for rows in place.tables.by(INCLUDES, "sys_id", ids).values():
        place.people.meet(names=[row.get("sys_created_by") for row in rows])
        for row in rows:
            yield from script(place, KIND, row)


def _remember(place: Place, row: Row, out: Out) -> None:
    place.known.includes[row["name"]] = _way(place, row["sys_id"], row["name"], out.hosts, unknown=out.unknown)


def _way(place: Place, sys_id: str, name: str, hosts: tuple[str, ...], *, unknown: bool) -> Way:
    ref = Ref(kind="workload", id=place.instance.address(INCLUDES.name, sys_id), name=name)
    return Way(ref=ref, hosts=hosts, unknown=unknown, told=f"script include {name}")
