"""Who are the accounts that others name: as whom does a rule act, who leads a project, who answers for what?

People are many, and told only if something names them: as an owner, or as an identity where something acts as them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from connectors.inventory.records import (
    Alias,
    AliasKind,
    Credential,
    Identity,
    Link,
    Owner,
    Record,
    Ref,
    Relation,
    Usage,
)
from connectors.sources.jira.bots import APPS
from connectors.sources.jira.place import Place

ACCOUNTS, TOKENS, MAKERS = "accounts", "tokens", "makers"  # what is kept under an account's id
BOTS, ACTING, OWNING = "bots", "acting", "owning"  # how accounts are marked
Row = Mapping[str, Any]


def acts(place: Place, account: str) -> Ref:
    """The identity that the account is, from now on one that is told."""
    place.shelf.mark(ACTING, account)
    return ref(place, account)


def ref(place: Place, account: str) -> Ref:
    """The identity that the account is."""
    return place.site.ref("identity", "account", account, _name(place, account))


def is_acting(place: Place, account: str) -> bool:
    return place.shelf.is_marked(ACTING, account)


def owned(place: Place, account: str | None, target: Ref, *, via: str) -> Iterator[Link]:
    """Links the person who answers for the object, where one is named."""
    if account:
        place.shelf.mark(OWNING, account)
        source = place.site.ref("owner", "person", account, _name(place, account))
        yield Link(relation=Relation.OWNS, source=source, target=target, scope=place.scope.key, via=via)


def _name(place: Place, account: str) -> str:
    found = place.shelf.first(ACCOUNTS, account)
    return found["name"] if found else f"account {account}"


def told(place: Place) -> Iterator[Record]:
    """The people whom other parts named; after those parts."""
    for account in place.shelf.marked(OWNING):
        yield _owner(place, account, place.shelf.first(ACCOUNTS, account) or {})
    for account in place.shelf.marked(ACTING):
        if not place.shelf.is_marked(BOTS, account):
            row = place.shelf.first(ACCOUNTS, account) or {}
            person = True if row.get("type") == "atlassian" else None
            yield identity(place, account, row, type="Atlassian user account", human=person)


def _owner(place: Place, account: str, row: Row) -> Owner:
    person = row.get("type") == "atlassian" and not place.shelf.is_marked(BOTS, account)
    return Owner(
        id=place.site.address("person", account),
        provider_id=account,
        name=_name(place, account),
        type="person" if person else "Atlassian account",
        email=row.get("email"),
        active=row.get("active"),
        **place.of(),
    )


def identity(
    place: Place,
    account: str,
    row: Row,
    *,
    type: str,  # noqa: A002 - the records' word
    human: bool | None,
    facts: tuple[tuple[str, str], ...] = (),
) -> Identity:
    """An account with the API tokens that are known of. `row`: as it was kept; empty if Jira doesn't list it."""
    credentials = tuple(_credential(each) for each in place.shelf.all(TOKENS, account))
    used = max((each.last_used_at for each in credentials if each.last_used_at), default=None)
    return Identity(
        id=place.site.address("account", account),
        provider_id=account,
        name=_name(place, account),
        type=type,
        enabled=row.get("active"),
        human=human,
        last_used_at=used,
        usage=Usage.USED if used else Usage.UNKNOWN,
        credentials=credentials,
        aliases=tuple(_aliases(row.get("email"))),
        facts=facts,
        **place.of(),
    )


def _aliases(email: str | None) -> Iterator[Alias]:
    if email and not email.endswith(APPS):  # Atlassian makes those up
        yield Alias(kind=AliasKind.EMAIL, value=email, because="Jira shows the account's e-mail address")


def _credential(row: Row) -> Credential:
    used = moment(row["used"])
    return Credential(
        kind="API token",
        id=row["id"],
        created_at=moment(row["created"]),
        expires_at=moment(row["expires"]),
        last_used_at=used,
        usage=Usage.USED if used else Usage.UNKNOWN,
        enabled=row["enabled"],
    )


def moment(text: str | None) -> datetime | None:
    """Atlassian's "2026-01-02T03:04:05.000+0000" or "…Z"."""
    return datetime.fromisoformat(text) if text else None
