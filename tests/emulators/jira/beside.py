"""What do the APIs beside Jira's platform answer: automation, webhooks, the organization, the site's id?

As https://developer.atlassian.com/cloud/automation/rest/ and .../cloud/admin/api-access/rest/ show them; webhooks as
https://developer.atlassian.com/server/jira/platform/webhooks/ does, which is older than Jira Cloud.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from tests.emulators.jira.estate import Estate, Row

Answer = tuple[int, Any]
GATEWAY = "api.atlassian.com"
ORGANIZATION = "0f1e2d3c-organization"
UNSIGNED: Answer = (401, {"code": 401, "message": "Unauthorized"})
ABSENT: Answer = (404, {"code": 404, "message": "Not found"})
LIMIT = 100


def answer(estate: Estate, host: str, path: str, query: dict[str, str], *, basic: bool, bearer: str) -> Answer:
    """Status and JSON of what the platform's description doesn't know."""
    if host == estate.host and path == "/_edge/tenant_info":
        return 200, {"cloudId": estate.cloud}
    if host == estate.host and path == "/rest/webhooks/1.0/webhook":
        return (200, list(estate.webhooks)) if basic else UNSIGNED
    if host == GATEWAY and path.startswith("/automation/"):
        return _automation(estate, path, query) if basic else UNSIGNED
    if host == GATEWAY and path.startswith("/admin/"):
        return _organization(estate, path, query) if bearer == estate.organization_key else UNSIGNED
    return ABSENT


def _automation(estate: Estate, path: str, query: dict[str, str]) -> Answer:
    base = f"/automation/public/jira/{estate.cloud}/rest/v1/rule/"
    if path == f"{base}summary":
        return _page(estate.rules, query, rows="data", following="?cursor={cursor}&limit={limit}")
    found = estate.rule(path.removeprefix(base)) if path.startswith(base) else None
    return (200, found) if found else ABSENT


def _organization(estate: Estate, path: str, query: dict[str, str]) -> Answer:
    if path == "/admin/v1/orgs":
        name = {"id": ORGANIZATION, "type": "orgs", "attributes": {"name": "Acme Media"}}
        return 200, {"data": [name], "links": {"self": "https://api.atlassian.com/admin/v1/orgs"}}
    match re.fullmatch(rf"/admin/api-access/v1/orgs/{ORGANIZATION}/(\S+)", path):
        case None:
            return ABSENT
        case found if found[1] == "api-tokens":
            return _page(estate.tokens, query, rows="data", following="{cursor}")
        case found if found[1] == "service-accounts":
            address = f"https://{GATEWAY}{path}?cursor={{cursor}}&limit={{limit}}"
            return _page(estate.service_accounts, query, rows="items", following=address)
    return ABSENT


def _page(every: Sequence[Row], query: dict[str, str], *, rows: str, following: str) -> Answer:
    limit = min(int(query.get("limit", LIMIT)), LIMIT)
    start = int(query.get("cursor", 0))
    links: Row = {"self": "", "next": None, "prev": None}
    if start + limit < len(every):
        links["next"] = following.format(cursor=start + limit, limit=limit)
    return 200, {"links": links, rows: list(every[start : start + limit])}
