"""What is in a tenant's directory, what changed in it since when, and who is whose owner, member or sponsor?"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, overload

Row = dict[str, Any]
Locate = Callable[[str], int | None]
# Collection → the type of what is in it.
TYPES = {
    "servicePrincipals": "servicePrincipal",
    "applications": "application",
    "users": "user",
    "groups": "group",
    "oauth2PermissionGrants": "oAuth2PermissionGrant",
    "roleDefinitions": "unifiedRoleDefinition",
    "roleAssignments": "unifiedRoleAssignment",
    "roleEligibilityScheduleInstances": "unifiedRoleEligibilityScheduleInstance",
    "roleAssignmentScheduleInstances": "unifiedRoleAssignmentScheduleInstance",
    "servicePrincipalSignInActivities": "servicePrincipalSignInActivity",
    "appCredentialSignInActivities": "appCredentialSignInActivity",
    "organization": "organization",
}
OBJECTS = ("servicePrincipals", "applications", "users", "groups")  # whose ids can be looked up


class Made(Sequence[Row]):
    """Rows that are made when they are looked at."""

    def __init__(self, length: int, make: Callable[[int], Row]) -> None:
        self._length, self._make = length, make

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> list[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | list[Row]:
        if isinstance(index, slice):
            return [self._make(each) for each in range(*index.indices(self._length))]
        return self._make(range(self._length)[index])


class Table:
    """A collection with what was changed in it. A row's place never changes; one that is gone leaves it empty.

    `locate`: a property → where the row with a value of it is. `casts`: a subtype → the places of its rows.
    """

    def __init__(
        self,
        kind: str,
        rows: Sequence[Row],
        *,
        locate: Mapping[str, Locate] | None = None,
        casts: Mapping[str, range] | None = None,
    ) -> None:
        self.kind = kind
        self.casts = casts or {}
        self._rows, self._added = rows, list[Row]()
        self._changed: dict[int, Row | None] = {}
        self._locate = dict(locate or {})

    def __len__(self) -> int:
        return len(self._rows) + len(self._added)

    def at(self, place: int) -> Row | None:
        if place in self._changed:
            return self._changed[place]
        return self._rows[place] if place < len(self._rows) else self._added[place - len(self._rows)]

    def between(self, start: int, end: int) -> Iterator[tuple[int, Row]]:
        """The places that aren't empty, with their rows."""
        if not self._changed and end <= len(self._rows):
            yield from zip(itertools.count(start), self._rows[start:end])
            return
        for place in range(start, min(end, len(self))):
            row = self.at(place)
            if row is not None:
                yield place, row

    def number(self, within: range) -> int:
        """How many rows there are at these places."""
        gone = (place for place, row in self._changed.items() if row is None)
        return len(within) - sum(place in within for place in gone)

    def place(self, value: str, by: str = "id") -> int | None:
        """Where the row with that value of `by` is."""
        if by in self._locate and (found := self._locate[by](value)) is not None:
            return found if self.at(found) is not None else None
        start = len(self._rows) if by in self._locate else 0
        return next((place for place, row in self.between(start, len(self)) if row.get(by) == value), None)

    def find(self, value: str, by: str = "id") -> Row | None:
        found = self.place(value, by)
        return None if found is None else self.at(found)

    def add(self, row: Row) -> None:
        self._added.append(row)

    def put(self, place: int, row: Row | None) -> None:
        self._changed[place] = row


class Directory:
    """A tenant's. Subclasses know what is related."""

    def __init__(self, tables: Mapping[str, Table]) -> None:
        self.tables = {name: tables.get(name) or Table(kind, []) for name, kind in TYPES.items()}
        self.changes: list[tuple[str, str, str | None]] = []  # collection, id, why it is gone
        self.forgotten = 0  # changes before this one are no longer known

    def related(self, key: str, relation: str) -> Sequence[Row]:
        """Rows of `relation` ("owners", "appRoleAssignedTo") of the object with that id."""
        raise NotImplementedError

    def count(self, collection: str, place: int, relation: str) -> int:
        """How many the object at a place of a collection has."""
        row = self.tables[collection].at(place)
        return len(self.related(row["id"], relation)) if row else 0

    def object(self, key: str) -> Row | None:
        """The directory object with that id, whatever it is, with its type."""
        for name in OBJECTS:
            row = self.tables[name].find(key)
            if row is not None:
                return {"@odata.type": f"#microsoft.graph.{TYPES[name]}", **row}
        return None

    def add(self, collection: str, row: Row) -> None:
        """Something new."""
        self.tables[collection].add(row)
        self.changes.append((collection, row["id"], None))

    def change(self, collection: str, key: str, **values: Any) -> None:
        """Other values of some of an object's properties; none of them: something that Graph calls a change."""
        table = self.tables[collection]
        place = table.place(key)
        if place is None:
            raise LookupError(key)
        table.put(place, {**(table.at(place) or {}), **values})
        self.changes.append((collection, key, None))

    def remove(self, collection: str, key: str, *, reason: str = "changed") -> None:
        """Gone; "changed" is Graph's word for what can still be restored, "deleted" for what can't."""
        place = self.tables[collection].place(key)
        if place is None:
            raise LookupError(key)
        self.tables[collection].put(place, None)
        self.changes.append((collection, key, reason))

    def forget(self) -> None:
        """Every delta token given out so far is too old."""
        self.forgotten = len(self.changes) + 1


class Written(Directory):
    """A directory that somebody wrote down. `links`: (id, relation) → ids of objects; `parts`: → rows."""

    def __init__(self, rows: Mapping[str, list[Row]]) -> None:
        super().__init__({name: _indexed(TYPES[name], listed) for name, listed in rows.items()})
        self.links: dict[tuple[str, str], list[str]] = {}
        self.parts: dict[tuple[str, str], list[Row]] = {}

    def related(self, key: str, relation: str) -> Sequence[Row]:
        if (key, relation) in self.parts:
            return self.parts[key, relation]
        found = (self.object(each) for each in self.links.get((key, relation), ()))
        return [row for row in found if row is not None]


def _indexed(kind: str, rows: list[Row]) -> Table:
    places: dict[str, dict[str, int]] = {"id": {}, "appId": {}}
    for place, row in enumerate(rows):
        for by, known in places.items():
            if row.get(by):
                known[row[by]] = place
    return Table(kind, rows, locate={by: known.get for by, known in places.items() if known})
