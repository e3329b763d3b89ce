"""Which accounts belong to apps, agents, services and bots, and who made them?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.inventory.records import Link, Record, Relation, Workload
from connectors.sources.jira import people
from connectors.sources.jira.bots import Bot, bot_of
from connectors.sources.jira.paging import by_array
from connectors.sources.jira.permissions import USERS
from connectors.sources.jira.place import Place

Row = Mapping[str, Any]
AGENT = "agent"


def listed(place: Place) -> Iterator[Record]:
    """Tells nothing yet: keeps every account for those who name it, and marks those that act by themselves."""
    for page in by_array(place, USERS):
        rows = {row["accountId"]: _kept(row) for row in page}
        place.shelf.keep(people.ACCOUNTS, rows.items())
        for account, row in rows.items():
            bot = bot_of(row)
            if bot:
                place.shelf.mark(people.BOTS, account)
            if bot or place.shelf.first(people.TOKENS, account):  # a script can act as a person with a token
                place.shelf.mark(people.ACTING, account)
    yield from ()


def _kept(row: Row) -> Row:
    return {
        "name": row["displayName"],
        "type": row["accountType"],
        "app": row.get("appType"),
        "email": row.get("emailAddress") or None,
        "active": row["active"],
    }


def accounts(place: Place) -> Iterator[Record]:
    """The ones that are no person's."""
    for account in place.shelf.marked(people.BOTS):
        row = place.shelf.first(people.ACCOUNTS, account)
        if row and (bot := bot_of(row)):
            yield from _account(place, account, row, bot)


def _account(place: Place, account: str, row: Row, bot: Bot) -> Iterator[Record]:
    facts = (("Taken for a bot", bot.because),) if bot.because else ()
    # A person may stand behind a bot-like name: unknown isn't no.
    human = None if bot.because else False
    yield people.identity(place, account, row, type=bot.type, human=human, facts=facts)
    acting = people.ref(place, account)
    for maker in place.shelf.all(people.MAKERS, account):
        yield from people.owned(place, maker, acting, via="created the service account")
    if bot.role is None:
        return
    kind, words = (AGENT, "Rovo agent") if bot.role == AGENT else ("app", "Forge or Connect app")
    source = place.site.ref("workload", kind, account, acting.name)
    yield Workload(
        id=source.id,
        provider_id=account,
        name=source.name,
        type=words,
        role=bot.role,
        enabled=row["active"],
        **place.of(),
    )
    via = f"account of the {kind}"
    yield Link(relation=Relation.RUNS_AS, source=source, target=acting, scope=place.scope.key, via=via)
