"""To where does an automation rule send data, as its parts say?

Pure. Atlassian describes no part of a rule but their tree (https://developer.atlassian.com/cloud/automation/rest/
api-group-rule-management/); the types and fields here are those that its own rules have. Of an address only the host is
kept: paths and queries hold secrets often enough.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from connectors.inventory.records import Grade

Component = Mapping[str, Any]
OUTGOING = "jira.issue.outgoing.webhook"
ADDRESSES = ("url", "webhookUrl", "webhookURL", "endpoint")  # fields of an action that hold where it sends
# Actions that send to a service whose address isn't among their fields: part of the type → its host, its name.
SERVICES = {
    "slack": ("slack.com", "Slack"),
    "msteams": ("teams.microsoft.com", "Microsoft Teams"),
    "microsoft.teams": ("teams.microsoft.com", "Microsoft Teams"),
    "twilio": ("api.twilio.com", "Twilio"),
}
SMART = "{{"  # begins what Jira fills in when the rule runs
HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\]")


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a part sends data, and how the metadata shows it."""

    host: str
    evidence: str
    grade: Grade


def flattened(components: Iterable[Component]) -> Iterator[Component]:
    """Every part, whatever it is inside of."""
    for component in components:
        yield component
        for within in ("children", "conditions"):
            yield from flattened(component.get(within) or ())


def destinations(components: Iterable[Component], *, rule: str) -> list[Destination]:
    """Each host once, the surest evidence first come."""
    found: dict[str, Destination] = {}
    for component in flattened(components):
        if destination := _destination(component, rule):
            known = found.get(destination.host)
            if known is None or known.grade is not Grade.GRANTED:
                found[destination.host] = destination
    return list(found.values())


def _destination(component: Component, rule: str) -> Destination | None:
    kind, value = str(component.get("type") or ""), component.get("value")
    if component.get("component") == "TRIGGER":
        return None
    fields = value if isinstance(value, Mapping) else {}
    address = next((fields[name] for name in ADDRESSES if isinstance(fields.get(name), str) and fields[name]), None)
    service = next((known for part, known in SERVICES.items() if part in kind.lower()), None)
    if address is not None and (host := host_of(address)):
        what = f"sends a message to {service[1]} at" if service else "sends a web request to"
        return Destination(host, f"An action of {rule} {what} {host}.", Grade.GRANTED)
    if service:
        return Destination(service[0], f"An action of {rule} sends a message to {service[1]}.", Grade.GRANTED)
    if address is not None or kind == OUTGOING:
        words = f"An action of {rule} sends a web request to an address that is put together when it runs."
        return Destination("internet", words, Grade.UNKNOWN)
    return None


def host_of(address: str) -> str | None:
    """The host of an address; None where it is put together later, or there is none."""
    try:
        host = urlsplit(address.strip()).hostname or ""
    except ValueError:
        return None
    return host if HOST.fullmatch(host) and SMART not in address.partition("//")[2].partition("/")[0] else None
