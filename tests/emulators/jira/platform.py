"""What does Jira's platform API answer, in Atlassian's own shapes?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.emulators.jira.description import template
from tests.emulators.jira.estate import Estate, Row

Answer = tuple[int, Any]
GLOBAL = {
    "ADMINISTER": "Administer Jira",
    "BULK_CHANGE": "Make bulk changes",
    "CREATE_SHARED_OBJECTS": "Share dashboards and filters",
    "MANAGE_GROUP_FILTER_SUBSCRIPTIONS": "Manage group filter subscriptions",
    "USER_PICKER": "Browse users and groups",
}
PROJECT = {"BROWSE_PROJECTS": "Browse Projects", "ADMINISTER_PROJECTS": "Administer Projects"}


class _Asked:
    """One question to one estate. A stranger (`known` is false) sees what is public: nothing."""

    def __init__(self, estate: Estate, path: str, query: Mapping[str, str], content: Any, cap: int) -> None:
        self.estate, self.query, self.content, self.cap = estate, query, content, cap
        self.parts = path.split("/")
        self.site = f"https://{estate.host}"

    @property
    def administers(self) -> bool:
        return "ADMINISTER" in self.estate.permitted("sv0")

    def number(self, name: str, default: int) -> int:
        return int(self.query.get(name, default))

    def page(self, rows: Sequence[Row], *, most: int) -> Answer:
        """A page that says where it stands; never longer than `most`, whatever was asked for."""
        start, size = self.number("startAt", 0), min(self.number("maxResults", 50), most, self.cap)
        found = list(rows[start : start + size])
        last = start + len(found) >= len(rows)
        page = {"startAt": start, "maxResults": size, "total": len(rows), "isLast": last, "values": found}
        if not last:
            page["nextPage"] = f"{self.site}/rest/api/3/next?startAt={start + size}"
        return 200, page


def answer(
    estate: Estate, method: str, path: str, query: Mapping[str, str], content: Any, *, cap: int, known: bool
) -> Answer:
    """Status and JSON."""
    asked = _Asked(estate, path, query, content, cap)
    operation = template(method, path)
    return (ANSWERS if known else STRANGERS).get(operation, _absent)(asked)


def _absent(_asked: _Asked) -> Answer:
    return 404, {"errorMessages": ["Not found."], "errors": {}}


def _myself(asked: _Asked) -> Answer:
    return 200, {
        "self": f"{asked.site}/rest/api/3/user?accountId=sv0",
        "accountId": "sv0",
        "accountType": "app",
        "appType": "service",
        "displayName": "sv0 reader",
        "active": True,
    }


def _mine(asked: _Asked) -> Answer:
    have = asked.estate.permitted("sv0")
    wanted = asked.query["permissions"].split(",")
    return 200, {
        "permissions": {
            key: {"id": str(number), "key": key, "name": GLOBAL[key], "type": "GLOBAL", "havePermission": key in have}
            for number, key in enumerate(wanted)
        }
    }


def _permissions(_asked: _Asked) -> Answer:
    told = {key: {"key": key, "name": name, "type": "GLOBAL"} for key, name in GLOBAL.items()}
    told |= {key: {"key": key, "name": name, "type": "PROJECT"} for key, name in PROJECT.items()}
    return 200, {"permissions": told}


def _users(asked: _Asked) -> Answer:
    """Rows that Jira hides are taken out of the page after it was cut."""
    start, size = asked.number("startAt", 0), min(asked.number("maxResults", 50), asked.cap)
    rows = asked.estate.accounts[start : start + size]
    return 200, [
        {name: value for name, value in row.items() if name != "hidden"} for row in rows if not row.get("hidden")
    ]


def _groups(asked: _Asked) -> Answer:
    kind = asked.query.get("accessType")
    return asked.page(asked.estate.administrators.get(kind, ()) if kind else asked.estate.groups, most=50)


def _groups_of(asked: _Asked) -> Answer:
    if asked.estate.account(asked.query["accountId"]) is None:
        return _absent(asked)
    return 200, list(asked.estate.groups_of(asked.query["accountId"]))


def _permitted(asked: _Asked) -> Answer:
    if not asked.administers:
        return 403, {"errorMessages": ["Only Jira administrators can perform this operation."], "errors": {}}
    account = asked.estate.account(asked.content["accountId"])
    if account is None:
        return 400, {"errorMessages": [], "errors": {"accountId": "There is no such account."}}
    have = asked.estate.permitted(account["accountId"])
    found = [key for key in asked.content["globalPermissions"] if key in have]
    return 200, {"globalPermissions": found, "projectPermissions": []}


def _schemes(asked: _Asked) -> Answer:
    return 200, {"permissionSchemes": list(asked.estate.schemes)}


def _grants(asked: _Asked) -> Answer:
    scheme = asked.parts[-2]
    grants = asked.estate.grants(scheme)
    if grants is None:
        return _absent(asked)
    return 200, {"permissions": [_grant(asked, number, *each) for number, each in enumerate(grants)]}


def _grant(asked: _Asked, number: int, permission: str, kind: str, held: str | None) -> Row:
    holder: Row = {"type": kind}
    if held is not None:
        named, _, id = held.rpartition("=")  # noqa: A001 - Atlassian's word
        holder |= {"parameter": named or id, "value": id, "expand": kind}
    address = f"{asked.site}/rest/api/3/permissionscheme/{asked.parts[-2]}/permission/{number}"
    return {"id": number, "self": address, "holder": holder, "permission": permission}


def _projects(asked: _Asked) -> Answer:
    """All of them for an administrator; for others those that they may browse, here the first one."""
    return asked.page(asked.estate.projects if asked.administers else asked.estate.projects[:1], most=100)


def _scheme_of(asked: _Asked) -> Answer:
    found = asked.estate.scheme_of(asked.parts[-2])
    return (200, found) if found else _absent(asked)


def _levels(asked: _Asked) -> Answer:
    levels = asked.estate.levels
    return 200, {"classifications": [_level(name, rank) for rank, name in enumerate(levels)]}


def _level_of(asked: _Asked) -> Answer:
    name = asked.estate.level_of(asked.parts[-3])
    return (200, {"classification": _level(name, 0)}) if name else _absent(asked)


def _level(name: str, rank: int) -> Row:
    id = f"ari:cloud:platform::classification-tag/{name.lower()}"  # noqa: A001 - Atlassian's word
    return {"id": id, "status": "published", "name": name, "rank": rank, "guideline": "CANARY-guideline"}


def _roles(asked: _Asked) -> Answer:
    found = asked.estate.roles_of(asked.parts[-2])
    if found is None:
        return _absent(asked)
    base = f"{asked.site}/rest/api/3/project/{asked.parts[-2]}/role"
    return 200, {name: f"{base}/{role}" for name, role in found.items()}


def _role(asked: _Asked) -> Answer:
    project, role = asked.parts[-3], asked.parts[-1]
    actors = asked.estate.actors(project, role)
    if actors is None:
        return _absent(asked)
    name = next(name for name, number in (asked.estate.roles_of(project) or {}).items() if number == role)
    address = f"{asked.site}/rest/api/3/project/{project}/role/{role}"
    return 200, {"self": address, "name": name, "id": int(role), "description": "CANARY-role", "actors": list(actors)}


ANSWERS: dict[str, Callable[[_Asked], Answer]] = {
    "/rest/api/3/myself": _myself,
    "/rest/api/3/mypermissions": _mine,
    "/rest/api/3/permissions": _permissions,
    "/rest/api/3/permissions/check": _permitted,
    "/rest/api/3/users/search": _users,
    "/rest/api/3/user/groups": _groups_of,
    "/rest/api/3/group/bulk": _groups,
    "/rest/api/3/applicationrole": lambda asked: (200, list(asked.estate.products)),
    "/rest/api/3/permissionscheme": _schemes,
    "/rest/api/3/permissionscheme/{schemeId}/permission": _grants,
    "/rest/api/3/project/search": _projects,
    "/rest/api/3/project/{projectKeyOrId}/permissionscheme": _scheme_of,
    "/rest/api/3/classification-levels": _levels,
    "/rest/api/3/project/{projectIdOrKey}/classification-level/default": _level_of,
    "/rest/api/3/project/{projectIdOrKey}/role": _roles,
    "/rest/api/3/project/{projectIdOrKey}/role/{id}": _role,
}
STRANGERS: dict[str, Callable[[_Asked], Answer]] = {
    "/rest/api/3/permissions": _permissions,
    "/rest/api/3/users/search": lambda _: (200, []),
    "/rest/api/3/project/search": lambda asked: asked.page((), most=100),
}
