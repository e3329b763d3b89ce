"""What do application registrations say that is told on their service principals?

An application has no record of its own: its credentials sign in as its service principal, and its dates are that one's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from connectors.sources.entra.permissions import (
    APPLICATION,
    APPLICATIONS,
    KEYS_OF_APPLICATIONS,
    KEYS_OF_SERVICE_PRINCIPALS,
)
from connectors.sources.entra.tenant import Reading, guid
from connectors.sources.entra.trouble import noted

Row = dict[str, Any]
KEPT = ("createdDateTime", "publisherDomain", "serviceManagementReference", "passwordCredentials")
OF_SECRET = ("keyId", "startDateTime", "endDateTime")
OF_KEY = (*OF_SECRET, "usage", "customKeyIdentifier")


def read(reading: Reading) -> None:
    """Keep every application under its client ID."""
    with reading.opened("applications") as scope, noted(scope, needs=APPLICATION):
        for rows in reading.graph.pages(APPLICATIONS, scope.meter):
            reading.shelf.put("application", (kept(row) for row in rows))


def read_keys(reading: Reading) -> None:
    """Keep the certificates of applications under their client IDs, those of service principals under their ids."""
    with reading.opened("certificates") as scope, noted(scope, needs=APPLICATION):
        for rows in reading.keys.pages(KEYS_OF_APPLICATIONS, scope.meter):
            reading.shelf.put("application keys", keys_of(rows, by="appId"))
        for rows in reading.keys.pages(KEYS_OF_SERVICE_PRINCIPALS, scope.meter):
            reading.shelf.put("keys", keys_of(rows, by="id"))


def kept(row: Row) -> tuple[str, Row]:
    """What is told of an application, under its client ID."""
    told = {name: row.get(name) for name in KEPT if row.get(name)}
    secrets = [_only(each, OF_SECRET) for each in row["passwordCredentials"] or ()]
    return guid(row["appId"]), {**told, "passwordCredentials": secrets}


def keys_of(rows: Iterable[Row], *, by: str) -> Iterator[tuple[str, list[Row]]]:
    """The certificates of those that have any."""
    for row in rows:
        if keys := row["keyCredentials"]:
            yield guid(row[by]), [_only(each, OF_KEY) for each in keys]


def _only(row: Row, names: Iterable[str]) -> Row:
    return {name: row.get(name) for name in names}
