"""Which projects are there, by which permission scheme do they go, and how is their data classified?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from connectors.http import NotFound
from connectors.inventory.records import Link, Record, Ref, Relation, Resource
from connectors.sources.jira import people
from connectors.sources.jira.overall import site_ref
from connectors.sources.jira.paging import by_offset
from connectors.sources.jira.permissions import LEVELS, PROJECT_LEVEL, PROJECT_SCHEME, PROJECTS
from connectors.sources.jira.place import Place
from connectors.sources.jira.roles import of_roles
from connectors.sources.jira.schemes import PUBLIC, READ, Scheme, scheme_ref

Row = Mapping[str, Any]
SERVICE_DESK = "service_desk"
LISTED = "projects"


def listed(place: Place) -> Iterator[Record]:
    """Tells nothing yet: keeps every project as the site lists it, for those who name one and for `projects`."""
    for page in by_offset(place, PROJECTS, params={"expand": "lead"}):
        place.shelf.keep(
            LISTED, [(row["id"], {**row, "lead": (row.get("lead") or {}).get("accountId")}) for row in page]
        )
        for row in page:
            place.shelf.mark(LISTED, row["id"])
    yield from ()


def project_ref(place: Place, id: str) -> Ref:  # noqa: A002 - Jira's word
    """Points at a project by its name and key."""
    row = place.shelf.first(LISTED, id)
    name = f"{row['name']} ({row['key']})" if row else f"project {id}"
    return place.site.ref("resource", "project", id, name)


def projects(place: Place, roles: Place) -> Iterator[Record]:
    """Each project, and in the scope of `roles` who has which role in it."""
    if place.scope.silent and roles.scope.silent:
        return
    classified = _classified(place)
    details = partial(_project, place, roles, classified=classified)
    for record in place.each(place.shelf.marked(LISTED), details):
        if record.scope == place.scope.key:
            yield record
        else:
            roles.scope.put(record)


def _classified(place: Place) -> bool:
    """Whether the site has levels of classification at all; without them, no project is asked for its own."""
    try:
        return bool(place.get(LEVELS, params={"status": "PUBLISHED"})["classifications"])
    except NotFound:
        return False  # not part of the site's plan


def _project(place: Place, roles: Place, id: str, *, classified: bool) -> list[Record]:  # noqa: A002
    row, ref = place.shelf.first(LISTED, id) or {}, project_ref(place, id)
    scheme = level = None
    with place.noting(PROJECT_SCHEME, where=f"the permission scheme of {ref.name}"):
        scheme = _scheme(place, row)
    if classified:
        with place.noting(PROJECT_LEVEL, where=f"the classification of {ref.name}"):
            level = _level(place, row)
    found: list[Record] = [_resource(place, row, ref, scheme, level), *_in_sets(place, ref, scheme)]
    found += people.owned(place, row["lead"], ref, via="project lead")
    if not roles.scope.silent:
        found += of_roles(roles, row, ref, scheme)
    return found


def _scheme(place: Place, row: Row) -> Scheme | None:
    """None for a team-managed project: Jira tells of no scheme there."""
    if row["style"] == "next-gen":
        return None
    found = place.get(PROJECT_SCHEME, project=row["id"])
    return Scheme(found["id"], found["name"])


def _level(place: Place, row: Row) -> str | None:
    try:
        found = place.get(PROJECT_LEVEL, project=row["id"])
    except NotFound:
        return None  # none was chosen
    name: str | None = ((found or {}).get("classification") or {}).get("name")
    return name


def _resource(place: Place, row: Row, ref: Ref, scheme: Scheme | None, level: str | None) -> Resource:
    category = (row.get("projectCategory") or {}).get("name")
    tags = {"key": row["key"], "category": category, "data-classification": level, "managed by": _managed(row)}
    known = scheme is not None and place.shelf.is_marked(READ, str(scheme.id))
    return Resource(
        id=ref.id,
        provider_id=row["id"],
        name=ref.name,
        type="Jira service project" if row["projectTypeKey"] == SERVICE_DESK else "Jira project",
        public=place.shelf.is_marked(PUBLIC, str(scheme.id)) if scheme and known else None,
        tags=tuple((name, value) for name, value in tags.items() if value),
        **place.of(),
    )


def _managed(row: Row) -> str:
    return "its team" if row["style"] == "next-gen" else "administrators"


def _in_sets(place: Place, ref: Ref, scheme: Scheme | None) -> Iterator[Link]:
    """Who administers the site administers the project, whatever its scheme says."""
    sets = [(site_ref(place), "project of the site")]
    if scheme:
        sets.append((scheme_ref(place, scheme.id, scheme.name), "permission scheme of the project"))
    for source, via in sets:
        yield Link(relation=Relation.CONTAINS, source=source, target=ref, scope=place.scope.key, via=via)
