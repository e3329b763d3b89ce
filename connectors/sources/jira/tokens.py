"""Which API tokens are there in the organization, whose are they, and who made the service accounts?

Kept for the accounts, which are told with their tokens (https://developer.atlassian.com/cloud/admin/api-access/rest/).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.inventory.records import Record
from connectors.sources.jira import people
from connectors.sources.jira.paging import by_cursor
from connectors.sources.jira.permissions import ORGANIZATIONS, SERVICE_ACCOUNTS, TOKENS
from connectors.sources.jira.place import Place


def tokens(place: Place) -> Iterator[Record]:
    """Tells nothing itself."""
    for page in by_cursor(place, ORGANIZATIONS):
        for organization in page:
            _of(place, organization["id"])
    yield from ()


def _of(place: Place, organization: str) -> None:
    with place.noting(TOKENS):
        for page in by_cursor(place, TOKENS, organization=organization):
            place.shelf.keep(people.TOKENS, [(row["user"]["id"], _kept(row)) for row in page])
    with place.noting(SERVICE_ACCOUNTS):
        for page in by_cursor(place, SERVICE_ACCOUNTS, rows="items", organization=organization):
            made = [(row["atlassianId"], row["createdById"]) for row in page if row.get("createdById")]
            place.shelf.keep(people.MAKERS, made)


def _kept(row: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        "id": row["id"],
        "created": row.get("createdAt"),
        "expires": row.get("expiresAt"),
        "used": row.get("lastActiveAt"),
        "enabled": row["status"] == "ALLOWED",
    }
