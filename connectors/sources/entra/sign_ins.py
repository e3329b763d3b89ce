"""When did each application sign in last, as far as the tenant's licence lets Entra tell?

The report knows only who did sign in since it began: no row proves nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from connectors.sources.entra.permissions import AUDIT, SIGN_INS
from connectors.sources.entra.tenant import Reading, guid
from connectors.sources.entra.trouble import noted


def read(reading: Reading) -> None:
    """Keep the last sign-in under the application's client ID."""
    with reading.opened("sign-ins") as scope, noted(scope, needs=AUDIT):
        for rows in reading.reports.pages(SIGN_INS, scope.meter):
            reading.shelf.put("sign-in", latest(rows))


def latest(rows: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """Client ID → the time of its last sign-in, as Graph writes it."""
    for row in rows:
        if at := (row.get("lastSignInActivity") or {}).get("lastSignInDateTime"):
            yield guid(row["appId"]), at
