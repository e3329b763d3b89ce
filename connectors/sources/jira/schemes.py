"""What does each permission scheme permit, and to whom?

A scheme stands for all projects that go by it: it is a set of resources. What it gives to a role or to a project's
lead differs from project to project, and is kept for those.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.inventory.records import Permission, Record, Ref, Resource
from connectors.sources.jira import groups, people
from connectors.sources.jira.permissions import GRANTS, SCHEMES
from connectors.sources.jira.place import Place
from connectors.sources.jira.strength import BROWSE, by_access

Row = Mapping[str, Any]
ROLES, LEADS, PUBLIC, READ = "granted to roles", "granted to leads", "public schemes", "read schemes"


@dataclass(frozen=True, slots=True)
class Scheme:
    """The permission scheme that a project goes by."""

    id: int
    name: str


def scheme_ref(place: Place, scheme: int, name: str) -> Ref:
    return place.site.ref("resource", "permission-scheme", scheme, name)


def schemes(place: Place) -> Iterator[Record]:
    """Each scheme with whom it permits what in every project of it."""
    yield from place.each(place.get(SCHEMES)["permissionSchemes"], lambda row: _scheme(place, row))


def _scheme(place: Place, row: Row) -> list[Record]:
    target = scheme_ref(place, row["id"], row["name"])
    pattern = "every project with this permission scheme"
    found: list[Record] = [
        Resource(
            id=target.id,
            provider_id=str(row["id"]),
            name=target.name,
            type="Jira permission scheme",
            pattern=pattern,
            **place.of(),
        )
    ]
    with place.noting(GRANTS, where=f"the permission scheme {target.name}"):
        granted: dict[Ref, list[str]] = {}
        for grant in place.get(GRANTS, scheme=row["id"])["permissions"]:
            if holder := _holder(place, row["id"], grant):
                granted.setdefault(holder, []).append(grant["permission"])
        place.shelf.mark(READ, str(row["id"]))
        for holder, permissions in granted.items():
            found += permitted(place, holder, target, permissions, via=f"permission scheme {target.name}")
    return found


def _holder(place: Place, scheme: int, grant: Row) -> Ref | None:
    """Whom the grant means in every project; None for whom it can't be told here."""
    holder, permission = grant["holder"], grant["permission"]
    kind, named = holder["type"], holder.get("parameter")
    id = holder.get("value") or named  # noqa: A001 - names change, ids don't
    match kind:
        case "anyone":
            if permission == BROWSE:
                place.shelf.mark(PUBLIC, str(scheme))
            return groups.anyone_ref(place)
        case "applicationRole":
            return groups.product_ref(place, id) if id else groups.everyone_ref(place)
        case "group":
            return groups.group_ref(place, id, named or id)
        case "user" if people.is_acting(place, id):
            return people.ref(place, id)
        case "projectRole":
            place.shelf.keep(ROLES, [(f"{scheme}/{id}", permission)])
        case "projectLead":
            place.shelf.keep(LEADS, [(str(scheme), permission)])
    return None


def permitted(place: Place, source: Ref, target: Ref, permissions: list[str], *, via: str) -> Iterator[Permission]:
    """One edge for each strength of the permissions."""
    for access, actions in by_access(permissions).items():
        yield Permission(source=source, target=target, access=access, actions=actions, scope=place.scope.key, via=via)
