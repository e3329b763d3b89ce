"""What does an Azure resource id say: where something stands, and what it is?

Ids are compared in small letters: Resource Manager, Resource Graph and the pointing places spell them differently.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

SUBSCRIPTION = "/subscriptions/"
GROUP = "/resourcegroups/"
MANAGEMENT_GROUP = "/providers/microsoft.management/managementgroups/"
_SUBSCRIPTION = re.compile(r"/subscriptions/([^/]+)")
_ROLE = re.compile(r"/roledefinitions/([^/]+)$", re.IGNORECASE)


def key(id: str) -> str:  # noqa: A002 - Azure's word
    """The address of an object: its id in small letters, without a slash at the end."""
    return id.lower().rstrip("/") or "/"


def name(id: str) -> str:  # noqa: A002
    """The last part of an id as it is spelled."""
    return id.rstrip("/").rsplit("/", 1)[-1]


def subscription(id: str) -> str | None:  # noqa: A002
    """The id of the subscription that an address is in, None for one above all of them."""
    match = _SUBSCRIPTION.match(id.lower())
    return match[1] if match else None


def group(id: str) -> str | None:  # noqa: A002
    """The address of the resource group that an address is in."""
    parts = id.split("/")
    return "/".join(parts[:5]) if len(parts) > 4 and parts[3] == "resourcegroups" else None


def role(id: str) -> str:  # noqa: A002
    """What is the same in every spelling of a role definition's id: its GUID."""
    match = _ROLE.search(id)
    return (match[1] if match else name(id)).lower()


def is_resource(address: str) -> bool:
    """Whether it is something that a resource provider keeps, below a resource group as a rule."""
    return "/providers/" in address and not address.startswith(MANAGEMENT_GROUP)


def within(address: str, scope: str) -> bool:
    """Whether the address is the scope or lies below it, both in small letters. "/" is above all."""
    return scope == "/" or address == scope or address.startswith(f"{scope}/")


def type_of(address: str) -> str:
    """The resource type that an address ends in: "microsoft.sql/servers/databases"."""
    parts = address.rsplit("/providers/", 1)[-1].split("/")
    return "/".join([parts[0], *parts[1::2]])


def above(address: str) -> Iterator[str]:
    """What contains something, the nearest first: a resource's parents, its resource group, its subscription."""
    if is_resource(address):
        head, _, tail = address.rpartition("/providers/")
        parts = tail.split("/")
        while len(parts) > 3:
            parts = parts[:-2]
            yield f"{head}/providers/{'/'.join(parts)}"
        if not head:
            return
        yield head
        yield from above(head)
    elif (holder := subscription(address)) is not None and address != f"{SUBSCRIPTION}{holder}":
        yield f"{SUBSCRIPTION}{holder}"
