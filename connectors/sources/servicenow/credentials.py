"""As whom do outsiders sign in here, and as whom does the instance sign in elsewhere; until when?

An entry of the application registry is an account of its own: other systems know it by its client id. Secrets,
passwords, keys and tokens are never asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from connectors.http import HttpError
from connectors.inventory.records import (
    Alias,
    AliasKind,
    Credential,
    Identity,
    Record,
    Ref,
    Relation,
    Usage,
)
from connectors.scope import Incomplete
from connectors.sources.servicenow.instance import linked
from connectors.sources.servicenow.permissions import (
    BASIC,
    ENTITIES,
    PROFILES,
    STORED,
    STORED_OAUTH,
    TOKENS,
    Table,
)
from connectors.sources.servicenow.place import Place
from connectors.sources.servicenow.tables import NoTable
from connectors.sources.servicenow.values import Row, flag, host_of, moment, text

TYPES = {
    "client": "OAuth client",
    "external_client": "OAuth client",
    "oauth_provider": "OAuth client at another system",
    "oidc": "OpenID Connect client",
}
LIVES = (("Access tokens live", "access_token_lifespan"), ("Refresh tokens live", "refresh_token_lifespan"))
Tokens = Mapping[str, Row]


def clients(place: Place) -> Iterator[Record]:
    """The entries of the application registry, with whose account they act as."""
    tokens = _tokens(place)
    for page in place.tables.pages(ENTITIES):
        place.people.meet(ids=[row.get("user") for row in page], names=[row.get("sys_created_by") for row in page])
        for row in page:
            yield from _client(place, row, tokens.get(row["sys_id"], {}))
    for row in place.tables.rows(PROFILES):
        if ref := place.known.credentials.get(row["oauth_entity"]):
            place.known.credentials[row["sys_id"]] = ref


def basic_profiles(place: Place) -> Iterator[Record]:
    """The accounts elsewhere that messages sign in with."""
    for row in place.tables.rows(BASIC):
        yield from _elsewhere(place, BASIC, row, text(row, "username"))


def stored(place: Place) -> Iterator[Record]:
    """The accounts elsewhere that connections sign in with. OAuth ones are their client's entry in the registry."""
    profiles = {row["sys_id"]: row["oauth_entity_profile"] for row in place.tables.optional(STORED_OAUTH)}
    for row in place.tables.rows(STORED):
        if ref := place.known.credentials.get(profiles.get(row["sys_id"], "")):
            place.known.credentials[row["sys_id"]] = ref
        else:
            yield from _elsewhere(place, STORED, row, text(row, "user_name"))


def _client(place: Place, row: Row, tokens: Row) -> Iterator[Record]:
    used = moment(tokens, "sys_created_on")
    client_id = text(row, "client_id")
    told = f"client id of {row['name']} in the application registry"
    found = Identity(
        id=place.instance.address(ENTITIES.name, row["sys_id"]),
        provider_id=row["sys_id"],
        name=row["name"],
        type=TYPES.get(row["type"], "OAuth client"),
        created_at=moment(row, "sys_created_on"),
        enabled=flag(row, "active"),
        last_used_at=used,
        usage=Usage.USED if used else Usage.UNKNOWN,
        human=False,
        credentials=tuple(_credentials(row, tokens, used)),
        aliases=(Alias(kind=AliasKind.CLIENT_ID, value=client_id, because=told),) if client_id else (),
        facts=tuple(_facts(row)),
        **place.of(),
    )
    ref = Ref(kind="identity", id=found.id, name=found.name)
    place.known.credentials[row["sys_id"]] = ref
    yield found
    if user := text(row, "user"):
        acting = place.people.account(user)
        yield linked(Relation.CAN_ASSUME, ref, acting, place.scope.key, via="OAuth application user")
    yield from place.people.made(row.get("sys_created_by"), ref, place.scope.key)


def _credentials(row: Row, tokens: Row, used: datetime | None) -> Iterator[Credential]:
    """The secret, which may have been made anew since the entry was; and the token that lives longest."""
    usage = Usage.USED if used else Usage.UNKNOWN
    yield Credential(
        kind="client secret", id=row["sys_id"], last_used_at=used, usage=usage, enabled=flag(row, "active")
    )
    if expires := moment(tokens, "expires"):
        yield Credential(kind="token", id=f"{row['sys_id']}/tokens", created_at=used, expires_at=expires, enabled=True)


def _facts(row: Row) -> Iterator[tuple[str, str]]:
    if grant := text(row, "default_grant_type"):
        yield "Grant", grant.replace("_", " ")
    for label, name in (
        ("Access tokens live", "access_token_lifespan"),
        ("Refresh tokens live", "refresh_token_lifespan"),
    ):
        if (seconds := text(row, name)) and seconds.isdigit():
            yield label, str(timedelta(seconds=int(seconds)))
    if host := host_of(row.get("token_url", "")):
        yield "Signs in at", host
    if changed := moment(row, "sys_updated_on"):
        yield "Unchanged since", f"{changed:%Y-%m-%d}"


def _elsewhere(place: Place, table: Table, row: Row, user: str | None) -> Iterator[Record]:
    """An account at another system, of which only its name there is known."""
    name = text(row, "name") or user or "credential without a name"
    told = f"user name in the credential {name}"
    email = user.lower() if user and "@" in user else None
    found = Identity(
        id=place.instance.address(table.name, row["sys_id"]),
        provider_id=row["sys_id"],
        name=f"{user} ({name})" if user and user != name else name,
        type="Account at another system",
        created_at=moment(row, "sys_created_on"),
        enabled=flag(row, "active"),
        human=False,
        credentials=(Credential(kind=_kind(row), id=row["sys_id"], enabled=flag(row, "active")),),
        aliases=(Alias(kind=AliasKind.EMAIL, value=email, because=told),) if email else (),
        **place.of(),
    )
    ref = Ref(kind="identity", id=found.id, name=found.name)
    place.known.credentials[row["sys_id"]] = ref
    place.people.meet(names=[row.get("sys_created_by")])
    yield found
    yield from place.people.made(row.get("sys_created_by"), ref, place.scope.key)


def _kind(row: Row) -> str:
    return (text(row, "type") or "password").replace("_", " ")


def _tokens(place: Place) -> Tokens:
    """By client: when it last got a token, and when the last of its tokens ends."""
    try:
        return place.tables.latest(TOKENS, ("sys_created_on", "expires"), per="peer")
    except NoTable:
        return {}
    except (HttpError, Incomplete, KeyError) as error:
        place.tables.note(error, TOKENS)
        return {}
