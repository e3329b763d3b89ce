"""To where does the site send its events?

The webhooks that administrators made; those of apps are shown to those apps alone. A webhook acts as nobody: Jira
itself sends it what happens in every project that its filter doesn't leave out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from connectors.inventory.records import Access, Egress, Grade, Permission, Record, Workload
from connectors.sources.jira import people
from connectors.sources.jira.components import host_of
from connectors.sources.jira.overall import site_ref
from connectors.sources.jira.permissions import WEBHOOKS
from connectors.sources.jira.place import Place

Row = Mapping[str, Any]
FILTER = "issue-related-events-section"


def webhooks(place: Place) -> Iterator[Record]:
    for row in place.get(WEBHOOKS):
        yield from _webhook(place, row)


def _webhook(place: Place, row: Row) -> Iterator[Record]:
    id = row["self"].rpartition("/")[2]  # noqa: A001 - Jira's word
    source = place.site.ref("workload", "webhook", id, row["name"])
    narrowed = bool((row.get("filters") or {}).get(FILTER))
    yield Workload(
        id=source.id,
        provider_id=id,
        name=source.name,
        type="Jira webhook",
        role="automation",
        enabled=row.get("enabled"),
        modified_at=_moment(row.get("lastUpdated")),
        facts=tuple(_facts(row, narrowed=narrowed)),
        **place.of(),
    )
    yield Permission(
        source=source,
        target=site_ref(place),
        access=Access.READ,
        actions=tuple(sorted(row["events"])),
        scope=place.scope.key,
        grade=Grade.CONDITIONAL if narrowed else Grade.GRANTED,
        via="events of the webhook",
        conditions=("only what the webhook's filter lets through",) if narrowed else (),
    )
    host = host_of(row["url"])
    yield Egress(
        source=source,
        destination=host or "internet",
        scope=place.scope.key,
        evidence=f"The webhook {source.name} sends events to {host or 'an address put together when it is sent'}.",
        grade=Grade.GRANTED if host else Grade.UNKNOWN,
    )
    user = row.get("lastUpdatedUser")
    if user and place.shelf.first(people.ACCOUNTS, user):  # older webhooks name their user by what is no account's id
        yield from people.owned(place, user, source, via="last changed the webhook")


def _facts(row: Row, *, narrowed: bool) -> Iterator[tuple[str, str]]:
    yield "Filter", "narrows the issues" if narrowed else "none: every issue of the site"
    if row.get("lastUpdatedDisplayName"):
        yield "Last changed by", row["lastUpdatedDisplayName"]
    if "excludeBody" in row:
        yield "Content", "left out" if row["excludeBody"] else "sent with the event"


def _moment(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC)
