"""Which scripts run by themselves or are called from outside, as whom, and which of them send data out?

Every script's text is searched in memory and dropped (scripts.py). Of business rules and script includes only those are
told that call out, by themselves or through another script include; scheduled jobs and inbound APIs are told anyway.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from connectors.inventory.records import Egress, Grade, Link, Record, Ref, Relation, Removed, Workload
from connectors.sources.servicenow.increments import Course
from connectors.sources.servicenow.instance import linked
from connectors.sources.servicenow.outbound import SOMEWHERE
from connectors.sources.servicenow.people import SYSTEM_ACCOUNT
from connectors.sources.servicenow.permissions import JOBS, RULES, Table
from connectors.sources.servicenow.place import Place, Way, workload_ref
from connectors.sources.servicenow.scripts import Found, found_in
from connectors.sources.servicenow.values import Row, flag, moment, text

Facts = Iterator[tuple[str, str]]
OWN = "Its script calls {host}, by an address written in it."
RUN_TIME = "Its script calls an address that it works out at run time."


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of script. `always`: told whether or not it calls out."""

    table: Table
    type: str
    role: str
    facts: Callable[[Row], Facts]
    column: str = "script"
    always: bool = False
    open_to: Callable[[Row], str | None] = lambda _row: None


def _rule_facts(row: Row) -> Facts:
    yield "Runs", f"{row.get('when', 'on changes').replace('_', ' ')}, on {row.get('collection') or 'every table'}"
    yield "Runs as", "whoever changes the table"


def _job_facts(row: Row) -> Facts:
    if row.get("run_type"):
        yield "Runs", row["run_type"].replace("_", " ")


RULE = Kind(RULES, "Business rule", "script", _rule_facts)
JOB = Kind(JOBS, "Scheduled job", "script", _job_facts, always=True)


def by_themselves(place: Place, kind: Kind, course: Course) -> Iterator[Record]:
    """The scripts of a kind, all of them or what changed; and who has been named by those that did not."""
    place.depends("outbound", "script_includes")
    for page in place.tables.pages(kind.table, course.query):
        makers = [row.get("sys_created_by") for row in page]
        actors = [row.get("run_as") for row in page]
        place.people.meet(ids=actors, names=makers)
        for row in page:
            yield from _told_or_removed(place, kind, row, course)
    for sys_id in sorted(course.deleted):
        yield Removed(id=place.instance.address(kind.table.name, sys_id), scope=place.scope.key)
    if course.before:
        place.people.tell(makers=course.before.makers, actors=course.before.actors)


def _told_or_removed(place: Place, kind: Kind, row: Row, course: Course) -> Iterator[Record]:
    records = list(script(place, kind, row))
    yield from records
    if records:
        actor = row.get("run_as", "")
        course.name(makers=[row.get("sys_created_by")], actors=[actor or SYSTEM_ACCOUNT if "run_as" in row else None])
    elif course.before:
        yield Removed(id=place.instance.address(kind.table.name, row["sys_id"]), scope=place.scope.key)


def script(place: Place, kind: Kind, row: Row) -> Iterator[Record]:
    """One script with whom it runs as, what it calls and uses; nothing for one that isn't told."""
    out = ways_out(place, row, found_in(row.get(kind.column, "")))
    if not (kind.always or out.leads):
        return
    found = Workload(
        id=place.instance.address(kind.table.name, row["sys_id"]),
        provider_id=row["sys_id"],
        name=text(row, "name") or kind.type,
        type=kind.type,
        role=kind.role,
        enabled=flag(row, "active"),
        created_at=moment(row, "sys_created_on"),
        modified_at=moment(row, "sys_updated_on"),
        open_to=kind.open_to(row),
        facts=(*kind.facts(row), *_orphaned(place, row), *out.facts),
        **place.of(),
    )
    yield found
    ref = workload_ref(found)
    yield from runs_as(place, row, ref)
    yield from out.links(ref, place.scope.key)
    yield from _data(place, row, out.found, ref)
    yield from place.people.made(row.get("sys_created_by"), ref, place.scope.key)


def _orphaned(place: Place, row: Row) -> Facts:
    if place.people.is_gone(row.get("run_as")):
        yield "Runs as", "an account that isn't there any more"


def runs_as(place: Place, row: Row, ref: Ref) -> Iterator[Link]:
    """As whom, where the kind says: without an account it is the system itself. A hidden column says nothing."""
    if "run_as" in row:
        account = place.people.account(row["run_as"] or SYSTEM_ACCOUNT)
        yield linked(Relation.RUNS_AS, ref, account, place.scope.key, via="run as")


@dataclass(slots=True)
class Out:
    """How a script leaves the instance: by `ways` of its own, as `actors`, and by other scripts that it makes use of.
    `lost`: messages that it names and that aren't there."""

    found: Found
    ways: list[Way]
    others: list[Way]
    actors: list[Ref]
    lost: tuple[str, ...]

    @property
    def leads(self) -> bool:
        return bool(self.ways or self.others or self.found.calls_out)

    @property
    def hosts(self) -> tuple[str, ...]:
        ways = (host for way in (*self.ways, *self.others) for host in way.hosts)
        return tuple(dict.fromkeys((*self.found.hosts, *ways)))

    @property
    def unknown(self) -> bool:
        return self.found.unknown or any(way.unknown for way in (*self.ways, *self.others))

    @property
    def facts(self) -> Facts:
        if told := [way.told for way in (*self.ways, *self.others)]:
            yield "Calls out through", ", ".join(told)
        if self.lost:
            yield "Names messages that aren't there", ", ".join(self.lost)
        if self.found.password:
            yield "Password in its text", "yes"

    def links(self, ref: Ref, scope: str) -> Iterator[Record]:
        for way in (*self.ways, *self.others):
            yield linked(Relation.CALLS, ref, way.ref, scope, via="its script")
            if way.acts_as:
                yield linked(Relation.RUNS_AS, ref, way.acts_as, scope, via=f"{way.told} signs in elsewhere as")
        for actor in self.actors:
            yield linked(Relation.RUNS_AS, ref, actor, scope, via="its script signs in elsewhere as")
        for host, (grade, told) in self._destinations().items():
            yield Egress(source=ref, destination=host, scope=scope, evidence=told, grade=grade)

    def _destinations(self) -> dict[str, tuple[Grade, str]]:
        """Each once, with its best evidence."""
        told = {host: (Grade.GRANTED, OWN.format(host=host)) for host in self.found.hosts}
        for ways, grade in ((self.ways, Grade.GRANTED), (self.others, Grade.CONDITIONAL)):
            for way in ways:
                for host in way.hosts:
                    told.setdefault(host, (grade, f"Its script uses the {way.told}, which calls {host}."))
        if self.unknown:
            told.setdefault(SOMEWHERE, (Grade.UNKNOWN, RUN_TIME))
        return told


def ways_out(place: Place, row: Row, found: Found) -> Out:
    """What the script's findings mean on this instance."""
    known = place.known
    ways = [known.rest.get(name) for name in found.rest] + [known.soap.get(name) for name in found.soap]
    ways += [way for name in found.aliases for way in known.aliases.get(name, ())]
    ways.append(known.functions.get(row.get("rest_method", "")))
    others = [way for name in sorted(found.made) if (way := known.includes.get(name))]
    return Out(
        found=found,
        ways=list({way.ref.id: way for way in ways if way}.values()),
        others=[way for way in others if not way.ref.id.endswith(row["sys_id"])],
        actors=[ref for each in found.profiles if (ref := known.credentials.get(each))],
        lost=tuple(name for name in found.rest if name not in known.rest),
    )


def _data(place: Place, row: Row, found: Found, ref: Ref) -> Iterator[Link]:
    """The tables that it reads past their access control, and the one whose changes start it."""
    for table in found.tables:
        yield linked(Relation.USES_DATA, ref, place.instance.table(table), place.scope.key, via="its script reads it")
    if watched := text(row, "collection"):
        yield linked(Relation.USES_DATA, ref, place.instance.table(watched), place.scope.key, via="runs on its changes")
