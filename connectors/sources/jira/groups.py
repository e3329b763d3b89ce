"""Which groups are there, which of them may use Jira at all, and which bots are in them?

A group holds permissions, so it is an identity; whoever is in it can act with what it holds.
"""

from __future__ import annotations

from collections.abc import Iterator

from connectors.inventory.records import Identity, Link, Record, Ref, Relation
from connectors.sources.jira import people
from connectors.sources.jira.paging import by_offset
from connectors.sources.jira.permissions import GROUPS, MEMBERSHIPS, PRODUCTS
from connectors.sources.jira.place import Place

SIGNED_IN, ANYONE = "signed-in", "anyone"


def group_ref(place: Place, group: str, name: str) -> Ref:
    return place.site.ref("identity", "group", group, name)


def everyone_ref(place: Place) -> Ref:
    return place.site.ref("identity", "everyone", SIGNED_IN, f"anyone signed in to {place.name}")


def anyone_ref(place: Place) -> Ref:
    return place.site.ref("identity", "everyone", ANYONE, "Anyone")


def product_ref(place: Place, key: str) -> Ref:
    found = place.shelf.first("products", key)
    return place.site.ref("identity", "product", key, f"users of {found or key}")


def groups(place: Place) -> Iterator[Record]:
    """Every group, and the two that have no list of members."""
    for page in by_offset(place, GROUPS):
        for row in page:
            yield _identity(place, group_ref(place, row["groupId"], row["name"]), row["groupId"], "Jira group")
    yield _identity(place, everyone_ref(place), SIGNED_IN, "everyone signed in")
    yield _identity(place, anyone_ref(place), ANYONE, "anyone", external=True)
    yield _member(place, everyone_ref(place), anyone_ref(place), via="what anyone may, whoever is signed in may")


def products(place: Place) -> Iterator[Record]:
    """Those who may use a product: the members of its groups."""
    for row in place.get(PRODUCTS):
        place.shelf.keep("products", [(row["key"], row["name"])])
        target = product_ref(place, row["key"])
        yield _identity(place, target, row["key"], "Jira product access")
        for group in row["groupDetails"]:
            source = group_ref(place, group["groupId"], group["name"])
            yield _member(place, source, target, via=f"group with access to {row['name']}")


def memberships(place: Place) -> Iterator[Record]:
    """The groups of each account that acts."""
    yield from place.each(place.shelf.marked(people.ACTING), lambda account: _memberships(place, account))


def _memberships(place: Place, account: str) -> list[Record]:
    source = people.ref(place, account)
    found: list[Record] = []
    with place.noting(MEMBERSHIPS, where=f"the groups of {source.name}"):
        for row in place.get(MEMBERSHIPS, params={"accountId": account}):
            target = group_ref(place, row["groupId"], row["name"])
            found.append(_member(place, source, target, via="member of the group"))
        found.append(_member(place, source, everyone_ref(place), via="account of the site"))
    return found


def _member(place: Place, source: Ref, target: Ref, *, via: str) -> Link:
    return Link(relation=Relation.CAN_ASSUME, source=source, target=target, scope=place.scope.key, via=via)


def _identity(place: Place, ref: Ref, provider_id: str, type: str, **more: bool) -> Identity:  # noqa: A002
    return Identity(id=ref.id, provider_id=provider_id, name=ref.name, type=type, **place.of(**more))
