"""What did a scan read, account by account and kind by kind, and what did it have to leave out?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from connectors.inventory.documents import Document, collection
from connectors.inventory.models import Coverage
from connectors.models import Connection, Scan

TROUBLE = ("failed", "denied", "throttled", "cancelled")  # the worst first
PARTS = ("part", "parts")  # what groups are called where several sources' are meant
READ = (Scan.State.COMPLETE, Scan.State.PARTIAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The scopes of one account (or whatever a source groups by), folded: `state` is the worst of them."""

    key: str
    label: str
    state: str
    scopes: int
    ended: int
    complete: int
    objects: int
    retries: int
    waited: float  # seconds, for the system's slowing down
    errors: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Summary:
    """How many groups there are, how many ended, how many were read completely; what was read, and what the system's
    slowing down cost: calls made again, and seconds."""

    called: tuple[str, str]  # one and several of the groups, as the source calls them
    groups: int
    ended: int
    complete: int
    objects: int
    retries: int
    waited: float

    @property
    def words(self) -> str:
        """In one line, for people: "12 of 14 accounts"."""
        return f"{self.complete:,} of {self.groups:,} {self.called[self.groups != 1]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One kind in one group."""

    state: str  # "" where the source has no such scope
    objects: int = 0
    errors: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Matrix:
    """Groups by kinds; each row is a group and its cells in the order of `kinds`."""

    kinds: list[str]
    rows: list[tuple[Group, list[Cell]]]


@dataclass(frozen=True, slots=True)
class Missing:
    """A permission that the provider refused: in which groups, and which kinds were left out for it."""

    name: str
    groups: list[str]
    kinds: list[str]


def worst(states: Iterable[str]) -> str:
    """What to say of several scopes together."""
    found = set(states)
    for state in (*TROUBLE, "running", "complete"):
        if state in found:
            return state
    return "skipped" if found - {Coverage.GONE} else Coverage.GONE if found else ""


def groups(scan: Scan) -> list[Group]:
    """Every group of the scan, those with trouble first, then by name."""
    found = [_group(row) for row in _folded(scan, by=("group",))]
    return sorted(found, key=lambda group: (_urgency(group.state), group.label, group.key))


def summary(found: Iterable[Group], called: tuple[str, str]) -> Summary:
    """The groups in figures, `called` as their source does. A group left out deliberately counts as one, and as ended,
    but not as read; one that isn't there any more doesn't count."""
    found = [group for group in found if group.state != Coverage.GONE]
    return Summary(
        called=called,
        groups=len(found),
        ended=sum(group.ended == group.scopes for group in found),
        complete=sum(group.state == "complete" for group in found),
        objects=sum(group.objects for group in found),
        retries=sum(group.retries for group in found),
        waited=sum(group.waited for group in found),
    )


def scopes(scan: Scan, group: str) -> list[Document]:
    """The scopes of one group as they are stored, those with trouble first."""
    rows = collection(Coverage).find({**of_scan(scan), "group": group}).sort("label")
    return sorted(rows, key=lambda row: _urgency(row["state"]))


def matrix(scan: Scan) -> Matrix:
    """All groups by all kinds of the scan."""
    cells: dict[str, dict[str, Cell]] = {}
    for row in _folded(scan, by=("group", "kind")):
        key = row["_id"]
        told = {"errors": _distinct(row["errors"]), "missing": _distinct(*row["missing"])}
        cell = Cell(state=worst(row["states"]), objects=row["objects"], **told)
        cells.setdefault(key["group"], {})[key["kind"]] = cell
    kinds = sorted({kind for row in cells.values() for kind in row})
    absent = Cell(state="")
    return Matrix(kinds, [(group, [cells[group.key].get(kind, absent) for kind in kinds]) for group in groups(scan)])


def missing(scan: Scan) -> list[Missing]:
    """Which permissions were refused, by name."""
    found: dict[str, Missing] = {}
    for row in collection(Coverage).find({**of_scan(scan), "missing": {"$ne": []}}).sort("group_label"):
        for name in row["missing"]:
            entry = found.setdefault(name, Missing(name, [], []))
            if row["group_label"] not in entry.groups:
                entry.groups.append(row["group_label"])
            if row["kind"] not in entry.kinds:
                entry.kinds.append(row["kind"])
    return [found[name] for name in sorted(found)]


def latest(connection: Connection) -> Scan | None:
    """The last scan that read anything to its end, completely or in part."""
    scans = Scan.objects.of(connection.tenant).filter(connection=connection, state__in=READ)
    found: Scan | None = scans.order_by("-queued_at").first()
    return found


def of_scan(scan: Scan) -> Document:
    """The scan's coverage. Naming the types lets the unique index answer: it is partial (see inventory.documents)."""
    return {
        "tenant_id": {"$eq": scan.tenant_id, "$type": "objectId"},
        "scan": {"$eq": scan.pk, "$type": "objectId"},
        "scope": {"$type": "string"},
    }


def _folded(scan: Scan, *, by: tuple[str, ...]) -> Iterable[Document]:
    stages: list[Document] = [
        {"$match": of_scan(scan)},
        {"$sort": {"started_at": 1}},  # a source learns a group's name only on the way: the last label is the best
        {
            "$group": {
                "_id": {name: f"${name}" for name in by},
                "label": {"$last": "$group_label"},
                "states": {"$push": "$state"},
                "objects": {"$sum": "$objects_read"},
                "retries": {"$sum": "$retries"},
                "waited": {"$sum": "$waited"},
                "errors": {"$push": "$error"},
                "missing": {"$push": "$missing"},
            }
        },
    ]
    return collection(Coverage).aggregate(stages)


def _group(row: Document) -> Group:
    states = row["states"]
    return Group(
        key=row["_id"]["group"],
        label=row["label"],
        state=worst(states),
        scopes=len(states),
        ended=len(states) - states.count("running"),
        complete=states.count("complete"),
        objects=row["objects"],
        retries=row["retries"],
        waited=row["waited"],
        errors=_distinct(row["errors"]),
        missing=_distinct(*row["missing"]),
    )


def _distinct(*lists: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for values in lists for value in values if value))


def _urgency(state: str) -> int:
    order = (*TROUBLE, "running", "skipped", "complete")
    return order.index(state) if state in order else len(order)
