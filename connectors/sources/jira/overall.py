"""What holds for the whole site: which permissions are there, and who has them?

No API lists the holders of a global permission. Jira tells the groups that administer the site, and of each account
what it is permitted when asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from connectors.inventory.records import Access, Permission, Record, Ref, Resource
from connectors.sources.jira import people
from connectors.sources.jira.groups import group_ref
from connectors.sources.jira.paging import by_offset
from connectors.sources.jira.permissions import ADMINISTER, BROWSE_USERS, GLOBAL, GROUPS, MY_PERMISSIONS, PERMITTED
from connectors.sources.jira.place import Place
from connectors.sources.jira.strength import access

OURS = {"ADMINISTER": ADMINISTER, "USER_PICKER": BROWSE_USERS}
ADMINISTERS = {"ADMINISTER", "SYSTEM_ADMIN"}  # the whole site, not one ability


def lacking(place: Place) -> tuple[str, ...]:
    """What sv0's own account isn't permitted: without it Jira shows less, and doesn't say so."""
    told = place.get(MY_PERMISSIONS, params={"permissions": ",".join(OURS)})["permissions"]
    return tuple(name for key, name in OURS.items() if not told[key]["havePermission"])


def site_ref(place: Place) -> Ref:
    return place.site.ref("resource", "site", place.site.cloud, place.name)


def site(place: Place) -> Iterator[Record]:
    """The site itself, and each ability that is given for all of it."""
    ref = site_ref(place)
    pattern = "every project of the site"
    yield Resource(
        id=ref.id, provider_id=place.site.cloud, name=ref.name, type="Jira site", pattern=pattern, **place.of()
    )
    for key, row in place.get(GLOBAL)["permissions"].items():
        if row["type"] == "GLOBAL":
            place.shelf.keep("global", [("", {"key": key, "name": row["name"]})])
            if key not in ADMINISTERS:
                ability = _ability(place, key, row["name"])
                yield Resource(
                    id=ability.id, provider_id=key, name=ability.name, type="Jira global permission", **place.of()
                )


def _ability(place: Place, key: str, name: str) -> Ref:
    return place.site.ref("resource", "global-permission", key, name)


def administrators(place: Place) -> Iterator[Record]:
    """The groups whose members administer the site."""
    for kind, words in {"admin": "product administration", "site-admin": "site administration"}.items():
        for page in by_offset(place, GROUPS, params={"accessType": kind}):
            for row in page:
                yield Permission(
                    source=group_ref(place, row["groupId"], row["name"]),
                    target=site_ref(place),
                    access=Access.ADMIN,
                    actions=("ADMINISTER",),
                    scope=place.scope.key,
                    via=f"global permission by {words}",
                )


def permitted(place: Place) -> Iterator[Record]:
    """What each acting account is permitted for the whole site."""
    named = {row["key"]: row["name"] for row in place.shelf.all("global", "")}
    if named:
        yield from place.each(place.shelf.marked(people.ACTING), lambda account: _permitted(place, account, named))


def _permitted(place: Place, account: str, named: dict[str, str]) -> list[Record]:
    row = place.shelf.first(people.ACCOUNTS, account)
    if row is None or not row["active"]:
        return []  # Jira doesn't know them, or lets them do nothing
    source = people.ref(place, account)
    with place.noting(PERMITTED, where=f"what {source.name} is permitted"):
        found = place.post(PERMITTED, json={"accountId": account, "globalPermissions": list(named)})
        return list(_edges(place, source, found["globalPermissions"], named))
    return []


def _edges(place: Place, source: Ref, keys: Iterable[str], named: dict[str, str]) -> Iterator[Record]:
    for key in sorted(keys):
        yield Permission(
            source=source,
            target=site_ref(place) if key in ADMINISTERS else _ability(place, key, named[key]),
            access=access(key),
            actions=(key,),
            scope=place.scope.key,
            via=f"global permission {named[key]}",
        )
