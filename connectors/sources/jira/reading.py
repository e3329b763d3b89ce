"""In which order are the parts of a site read, and what does each need to know of those before it?

Tokens come first, because accounts are told with them; then the accounts, because everything names some; then rules,
because people as whom a rule acts hold permissions worth telling; then who is permitted what. People come last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from functools import partial

from connectors.inventory.records import Record, ScopeState
from connectors.scope import Scope, Trouble, opened
from connectors.source import ErrorKind, Keep, Pull
from connectors.sources.jira import accounts, groups, overall, people, projects, rules, schemes, site, tokens, webhooks
from connectors.sources.jira.permissions import (
    CALLS,
    GLOBAL,
    GROUPS,
    LABELS,
    LEVELS,
    MEMBERSHIPS,
    MY_PERMISSIONS,
    ORGANIZATIONS,
    PERMITTED,
    PRODUCTS,
    PROJECTS,
    RULES,
    SCHEMES,
    USERS,
    WEBHOOKS,
    Call,
)
from connectors.sources.jira.place import Place
from connectors.sources.jira.settings import Connection, connection
from connectors.sources.jira.shelf import Shelf
from connectors.sources.jira.site import Site
from connectors.stream import Cancelled, Stream, streamed

WHO_ACTS = ("tokens", "accounts", "automation")  # parts that find the accounts whose permissions are told
LAST = ("memberships", "global permissions")  # parts that no other one needs
Reader = Callable[[Place], Iterator[Record]]
CLOSED = {
    "organization": "API tokens are not read: the connection has no organization API key.",
    "automation": "Atlassian shows automation rules only to an API token, not to OAuth 2.0.",
    "site": "Atlassian shows webhooks only to an API token, not to OAuth 2.0.",
}


def titled(kind: str) -> str:
    """What a part is called where it stands alone."""
    return LABELS[kind][0].upper() + LABELS[kind][1:]


def records(pull: Pull) -> Iterator[Record]:
    """Everything the source says. Threads read; closing the iterator ends them."""
    read = partial(_read, connection(pull.settings), pull.done, pull.keep)
    yield from streamed(read, name="jira-site", cancelled=pull.cancelled)


def _read(settings: Connection, done: frozenset[str], keep: Keep, stream: Stream) -> None:
    try:
        found = site.opened(settings, keep=keep, go_on=stream.go_on)
    except Cancelled:
        return
    with Shelf() as shelf:
        Reading(found, stream, done, shelf).read()


class Reading:
    """One reading of one site."""

    def __init__(self, found: Site, stream: Stream, done: frozenset[str], shelf: Shelf) -> None:
        self._site, self._stream, self._done, self._shelf = found, stream, done, shelf
        self._places = {kind: self._place(kind) for kind in LABELS}

    def _place(self, kind: str) -> Place:
        key = f"jira:{self._site.cloud}:{kind}"
        scope = Scope(key=key, label=titled(kind), stream=self._stream, silent=key in self._done)
        return Place(self._site, scope, self._shelf, self._site.host)

    def read(self) -> None:
        self._part("site", (GLOBAL, overall.site), (MY_PERMISSIONS, self._own_permissions))
        with self._open("people"):
            self._part("tokens", (ORGANIZATIONS, tokens.tokens), door="organization")
            self._part("accounts", (USERS, accounts.listed), (USERS, accounts.accounts), needs=("tokens",))
            with self._open("projects"):
                self._places["projects"].read(PROJECTS, projects.listed)
                self._part("automation", (RULES, rules.rules), door="automation")
                self._part("webhooks", (WEBHOOKS, webhooks.webhooks), door="site", needs=("accounts",))
                self._part("groups", (GROUPS, groups.groups), (PRODUCTS, groups.products))
                self._part("permission schemes", (SCHEMES, schemes.schemes), needs=WHO_ACTS)
                with self._open("project roles"):
                    details = partial(projects.projects, roles=self._places["project roles"])
                    self._places["projects"].read(LEVELS, details)
                    self._doubt("project roles", (*WHO_ACTS, "permission schemes", "projects"))
            self._part("memberships", (MEMBERSHIPS, groups.memberships), needs=WHO_ACTS)
            whole_site = ((GROUPS, overall.administrators), (PERMITTED, overall.permitted))
            self._part("global permissions", *whole_site, needs=("site", *WHO_ACTS))
            self._doubt("people", tuple(kind for kind in LABELS if kind not in {"site", "people"}))
            for record in people.told(self._places["people"]):
                self._places["people"].scope.put(record)

    def _part(
        self, kind: str, *steps: tuple[Call, Reader], door: str | None = None, needs: tuple[str, ...] = ()
    ) -> None:
        """One scope from its start to its end. `door`: what the credentials must open; `needs`: parts without which
        this one isn't whole."""
        with self._open(kind):
            if self._is_open(kind, door) and not (kind in LAST and self._places[kind].scope.silent):
                for call, reader in steps:
                    self._places[kind].read(call, reader)
            self._doubt(kind, needs)

    def _own_permissions(self, place: Place) -> Iterator[Record]:
        """Tells nothing. Parts of which Jira may show us less than there is are not read completely."""
        for name in overall.lacking(place):
            for kind in {kind for call in CALLS if call.needs == name for kind in call.kinds}:
                sentence = f"{name} is not permitted to sv0's account: Jira may show it less than there is."
                self._places[kind].scope.note(Trouble(ScopeState.DENIED, sentence, ErrorKind.CONFIG, (name,)))
        yield from ()

    def _open(self, kind: str) -> AbstractContextManager[Scope]:
        return opened(self._places[kind].scope, kind=kind, group=self._site.cloud, group_label=self._site.host)

    def _is_open(self, kind: str, door: str | None) -> bool:
        """Whether the credentials open the door; if not, the part is passed over, and says why."""
        if door is None or door in self._site.doors:
            return True
        self._places[kind].scope.note(Trouble(ScopeState.SKIPPED, CLOSED[door], ErrorKind.CONFIG))
        return False

    def _doubt(self, kind: str, needs: Iterable[str]) -> None:
        """What others didn't read to the end may be missing here too: then nothing here is proven gone. What is passed
        over on purpose is missing every time."""
        self._stream.go_on()
        for other in needs:
            scope = self._places[other].scope
            if scope.state not in {ScopeState.COMPLETE, ScopeState.SKIPPED}:
                sentence = f"It may not be whole, because {LABELS[other]} couldn't all be read."
                self._places[kind].scope.note(Trouble(ScopeState.FAILED, sentence, scope.kind_of_trouble))
