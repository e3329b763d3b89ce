"""Who has which role in a project, and what does the role permit there?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from connectors.inventory.records import Access, Grade, Permission, Record, Ref
from connectors.sources.jira import people
from connectors.sources.jira.groups import group_ref
from connectors.sources.jira.permissions import ROLE, ROLES
from connectors.sources.jira.place import Place
from connectors.sources.jira.schemes import LEADS, Scheme, permitted
from connectors.sources.jira.schemes import ROLES as GRANTED

Row = Mapping[str, Any]
# What team-managed projects come with (https://support.atlassian.com/jira-software-cloud/docs/manage-how-people-access-
# your-team-managed-project/); what a role of their own making permits isn't told.
TEAM_ROLES = {"Administrator": Access.ADMIN, "Member": Access.WRITE, "Viewer": Access.READ}


def of_roles(place: Place, row: Row, project: Ref, scheme: Scheme | None) -> list[Record]:
    """The permissions that roles give in one project, and the one of its lead; without a scheme, as far as is told."""
    found: list[Record] = []
    with place.noting(ROLES, where=f"the roles of {project.name}"):
        for name, address in place.get(ROLES, project=row["id"]).items():
            role = address.rpartition("/")[2]
            if row["style"] == "next-gen":
                found += _of_team(place, project, name, _actors(place, row, role, name, project))
            elif scheme and (granted := place.shelf.all(GRANTED, f"{scheme.id}/{role}")):
                via = f"role {name}, permission scheme {scheme.name}"
                for actor in _actors(place, row, role, name, project):
                    found += permitted(place, actor, project, granted, via=via)
    if scheme and row["lead"] and people.is_acting(place, row["lead"]):
        granted = place.shelf.all(LEADS, str(scheme.id))
        via = f"project lead, permission scheme {scheme.name}"
        found += permitted(place, people.ref(place, row["lead"]), project, granted, via=via)
    return found


def _actors(place: Place, row: Row, role: str, name: str, project: Ref) -> list[Ref]:
    """The groups with the role, and those of its accounts that act."""
    with place.noting(ROLE, where=f"the role {name} in {project.name}"):
        found = place.get(ROLE, project=row["id"], role=role)
        return list(_refs(place, found.get("actors") or ()))
    return []


def _refs(place: Place, actors: Iterable[Row]) -> Iterator[Ref]:
    for actor in actors:
        group, user = actor.get("actorGroup"), actor.get("actorUser")
        if group:
            yield group_ref(place, group["groupId"], group["name"])
        elif user and people.is_acting(place, user["accountId"]):
            yield people.ref(place, user["accountId"])


def _of_team(place: Place, project: Ref, role: str, actors: list[Ref]) -> Iterator[Record]:
    known = TEAM_ROLES.get(role.removesuffix("s"))
    for actor in actors:
        yield Permission(
            source=actor,
            target=project,
            access=known or Access.READ,
            actions=(f"role {role}",),
            scope=place.scope.key,
            grade=Grade.GRANTED if known else Grade.UNKNOWN,
            via=f"role {role} of the team-managed project",
        )
