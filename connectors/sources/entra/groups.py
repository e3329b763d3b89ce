"""Which roles does an identity hold because a group holds them that it is a member of?

Told as if the identity held them itself; `via` names the group. Only direct membership counts: Entra hands neither
directory roles nor app roles down to groups within groups.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from connectors.inventory.records import Access, Grade, Permission, Ref, ScopeState
from connectors.sources.entra.permissions import GROUPS, MEMBERS, ROLE_GROUPS
from connectors.sources.entra.tenant import Reading, guid, identity, short
from connectors.sources.entra.trouble import noted

Row = dict[str, Any]
ROLES = ("app-roles", "directory-roles", "eligible-roles")
HELD = "held by others"  # the map of what is held by who isn't a service principal: a group, a user


def read(reading: Reading) -> None:
    """After the roles themselves were read, with who holds them."""
    with reading.opened("groups") as scope, noted(scope, needs=GROUPS):
        pages = reading.graph.pages(ROLE_GROUPS, scope.meter)
        names = {guid(row["id"]): row.get("displayName") for rows in pages for row in rows}  # Entra allows 500 of them
        for group, rows in reading.graph.each(MEMBERS, _holding(reading, names), scope.meter):
            held = held_by(reading, group)
            for row in rows:
                member = identity(guid(row["id"]), row.get("displayName") or f"member {short(guid(row['id']))}")
                for each in held:
                    scope.put(handed_on(each, member, scope.key, group=names.get(group) or each["holder"]))
        tried = (kind for kind in ROLES if reading.scopes[kind].state is not ScopeState.SKIPPED)
        reading.doubt(scope, because_of=("service-principals", *tried))


def kept(held: Permission, kind: str) -> tuple[str, Row]:
    """A permission as it is kept until it is known who has it through its holder."""
    told = {
        "kind": kind,
        "holder": held.source.name,
        "target": [held.target.id, held.target.name],
        "access": held.access.value,
        "grade": held.grade.value,
        "via": held.via,
        "conditions": list(held.conditions),
    }
    return f"{held.source.id} {held.target.id} {held.via}", told


def held_by(reading: Reading, holder: str) -> list[Row]:
    """What a group or a user holds, as it was kept."""
    return [row for _, row in reading.shelf.under(HELD, f"{holder} ")]


def handed_on(row: Row, holder: Ref, scope: str, *, group: str | None = None) -> Permission:
    """What was kept, as `holder` has it: itself, or as a member of a group."""
    key, name = row["target"]
    return Permission(
        source=holder,
        target=Ref(kind="resource", id=key, name=name),
        access=Access(row["access"]),
        actions=(name,),
        scope=scope,
        grade=Grade(row["grade"]),
        via=f"{row['via']}, as member of {group}" if group else row["via"],
        conditions=tuple(row["conditions"]),
    )


def _holding(reading: Reading, role_groups: dict[str, str | None]) -> Iterator[str]:
    """Every group that holds a role, once. Who holds a directory role without being listed is a user."""
    yield from (group for group in role_groups if held_by(reading, group))
    last = ""
    for key, row in reading.shelf.all(HELD):
        holder = key.split(" ", 1)[0]
        if row["kind"] == "Group" and holder not in role_groups and holder != last:
            last = holder
            yield holder
