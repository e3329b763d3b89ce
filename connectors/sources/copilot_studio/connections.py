"""Whose account does a stored connection hold, that tools and flows act with?

A connection reference names, in Dataverse, the connection that a tool or flow uses; who signed in to the connection is
known to Power Apps alone. Without that a connection is told with its reference's owner.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from connectors.http.microsoft import GUID
from connectors.inventory.records import (
    Access,
    Alias,
    AliasKind,
    Credential,
    Grade,
    Identity,
    Permission,
    Record,
    Ref,
    Relation,
)
from connectors.sources.copilot_studio import connector as known
from connectors.sources.copilot_studio.doors import Row
from connectors.sources.copilot_studio.permissions import CONNECTIONS, REFERENCES
from connectors.sources.copilot_studio.place import Place
from connectors.sources.copilot_studio.values import mapping, moment, rows, short

KIND = "connections"
REFERENCE, STORED, NAMED = "reference", "stored", "named"  # what is kept on the shelf, by a name in small letters
EVERYTHING = "every operation of the connector"
NARROWED = "as far as the tools and flows that use it go"
CLIENT = ("token:clientid", "token:clientId")


@dataclass(frozen=True, slots=True)
class Used:
    """What a tool or flow uses: the connector, and the connection stored for it where one is known."""

    connector: str | None
    identity: Ref | None


def read(place: Place) -> None:
    """Tells of each connection that is referenced."""
    with place.noted(KIND, REFERENCES):
        for page in place.pages(KIND, REFERENCES):
            place.shelf.keep(REFERENCE, ((row["connectionreferencelogicalname"].lower(), row) for row in page))
    with place.noted(KIND, CONNECTIONS):
        asked = {"environment": place.environment.spelled}
        for page in place.powerapps.pages(CONNECTIONS, place.scopes[KIND].meter, **asked):
            place.shelf.keep(STORED, ((row["name"].lower(), _kept(row)) for row in page))
    told: set[str] = set()
    for page in place.shelf.pages(REFERENCE):
        new = {row["connectionid"].lower(): row for row in page if row.get("connectionid")}
        new = {key: row for key, row in new.items() if key not in told}
        told |= new.keys()
        _tell(place, new)


def used(place: Place, reference: str | None, connector: str | None = None) -> Used:
    """What a reference leads to, as it is known; its name says the rest: "{agent}.shared_{connector}.{connection}"."""
    row = place.shelf.first(REFERENCE, (reference or "").lower())
    if row is None:
        named = re.search(r"\.(shared_[^.\s]+)", (reference or "").lower())
        return Used(connector or (named[1] if named else None), None)
    key = (row.get("connectionid") or "").lower()
    name = place.shelf.first(NAMED, key)
    identity = Ref(kind="identity", id=place.environment.at("connection", key), name=name) if name else None
    return Used(known.api(row.get("connectorid")) or connector, identity)


def _kept(row: Row) -> Row:
    """What is told of a connection: none of its parameters but the client ID of an application."""
    said = row["properties"]
    made = mapping(said.get("createdBy"))
    return {
        "account": said.get("accountName"),
        "client": _client(said),
        "object": made.get("id") if made.get("type") in (None, "User") else None,
        "name": made.get("displayName"),
        "email": made.get("userPrincipalName") or made.get("email"),
        "states": [str(each.get("status")) for each in rows(said.get("statuses")) if mapping(each).get("status")],
        "created": said.get("createdTime"),
    }


def _client(said: Row) -> str | None:
    values = mapping(mapping(said.get("connectionParametersSet")).get("values"))
    for name in CLIENT:
        found = values.get(name) or mapping(said.get("connectionParameters")).get(name)
        found = mapping(found).get("value") if isinstance(found, dict) else found
        if isinstance(found, str) and re.fullmatch(GUID, found):
            return found.lower()
    return None


def _tell(place: Place, new: dict[str, Row]) -> None:
    stored = {key: place.shelf.first(STORED, key) or {} for key in new}
    place.people.meet_objects(each.get("object") for each in stored.values())
    place.people.meet_owners(row for key, row in new.items() if not stored[key])
    for key, row in new.items():
        place.put(KIND, _told(place, key, row, stored[key]))


def _told(place: Place, key: str, row: Row, stored: Row) -> Iterator[Record]:
    connector = place.connector(known.api(row.get("connectorid")) or "unknown")
    made = place.people.person(stored.get("object"), name=stored.get("name"), email=stored.get("email"))
    owner = made or (None if stored else place.people.owner(row))
    called = known.title(connector.name) if not connector.custom else connector.ref.name.partition(" in ")[0]
    whose = stored.get("account") or (owner.name if owner else short(key))
    found = _identity(place, key, f"{called} connection of {whose}", connector.name, stored)
    place.shelf.keep(NAMED, [(key, found.name)])
    here = Ref(kind="identity", id=found.id, name=found.name)
    yield found
    yield Permission(
        source=here,
        target=connector.ref,
        access=Access.WRITE,
        actions=(EVERYTHING,),
        scope=place.scopes[KIND].key,
        grade=Grade.CONDITIONAL,
        via="stored connection",
        conditions=(NARROWED,),
    )
    if owner is not None:
        yield place.link(KIND, Relation.OWNS, owner, here, via="made the connection" if made else "owner")


def _identity(place: Place, key: str, name: str, connector: str, stored: Row) -> Identity:
    states = stored.get("states") or []
    created = moment(stored.get("created"))
    return Identity(
        id=place.environment.at("connection", key),
        provider_id=key,
        name=name,
        type="stored connection",
        enabled=("Connected" in states) if states else None,
        created_at=created,
        credentials=(Credential(kind="stored sign-in", id=key, created_at=created),),
        aliases=tuple(_aliases(connector, stored)),
        facts=tuple(_facts(stored)),
        **place.of(KIND),
    )


def _aliases(connector: str, stored: Row) -> Iterator[Alias]:
    """By what the other system may know the account. An address of Entra's says nothing of other systems' accounts."""
    account = (stored.get("account") or "").lower()
    if client := stored.get("client"):
        yield Alias(kind=AliasKind.CLIENT_ID, value=client, because="the connection signs in as this application")
    elif not known.is_of_entra(connector):
        if "@" in account:
            yield Alias(kind=AliasKind.EMAIL, value=account, because="the connection names its account")
    elif stored.get("object") and account in ("", (stored.get("email") or "").lower()):
        because = "whoever made the connection signed in to it"
        yield Alias(kind=AliasKind.ADDRESS, value=stored["object"].lower(), because=because)


def _facts(stored: Row) -> Iterator[tuple[str, str]]:
    if account := stored.get("account"):
        yield "Account", account
    if stored.get("states"):
        yield "State", ", ".join(dict.fromkeys(stored["states"])).lower()
    if not stored:
        yield "Account", "unknown: Power Apps was not asked, or doesn't list the connection"
