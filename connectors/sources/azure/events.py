"""Where do Event Grid topics send their events?"""

from __future__ import annotations

from collections.abc import Iterator

from connectors.inventory.records import Record, Workload
from connectors.sources.azure import edges, ids
from connectors.sources.azure.arm import Row, abreast
from connectors.sources.azure.permissions import SYSTEM_TOPIC_SUBSCRIPTIONS, TOPIC_SUBSCRIPTIONS, WORKLOADS
from connectors.sources.azure.place import Place

SYSTEM_TOPICS = "microsoft.eventgrid/systemtopics"


def subscriptions(place: Place, rows: list[Row]) -> Iterator[Record]:
    """What is subscribed to the topics (rows of permissions.TOPICS)."""
    for topic, found in abreast(lambda row: (row, _of(place, row)), rows):
        for each in found or ():
            yield from _subscription(place, topic, each)


def _of(place: Place, row: Row) -> list[Row] | None:
    system = row["type"].lower() == SYSTEM_TOPICS
    return place.asked(WORKLOADS, SYSTEM_TOPIC_SUBSCRIPTIONS if system else TOPIC_SUBSCRIPTIONS, row["id"])


def _subscription(place: Place, topic: Row, row: Row) -> Iterator[Record]:
    said = row.get("properties") or {}
    destination = said.get("destination") or {}
    kind = str(destination.get("endpointType") or "unknown")
    found = Workload(
        id=ids.key(row["id"]),
        provider_id=ids.key(row["id"]),
        name=row["name"],
        type="Event Grid subscription",
        role="automation",
        enabled=None,
        facts=(("Topic", topic["name"]), ("Sends to", kind)),
        **place.of(WORKLOADS, {**topic, "tags": None}),
    )
    yield found
    source, scope = edges.ref(found), place.scopes[WORKLOADS].key
    to = destination.get("properties") or {}
    host = edges.host_of(to.get("endpointBaseUrl") or to.get("endpointUrl"))
    if host:
        yield from edges.talks_to(source, [host], scope, evidence="It sends events to a webhook at {host}.")
    if kind == "AzureFunction" and to.get("resourceId"):
        target = ids.key(to["resourceId"]).split("/functions/")[0]
        yield from edges.calls(source, [target], scope, via="destination of the events")
