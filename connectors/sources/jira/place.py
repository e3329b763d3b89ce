"""What does a reader of one part of a site have at hand: its scope, its way of asking, its way of naming?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from connectors.http import HttpError, Refused, SignInFailed, Unauthorized, Untrusted, trouble
from connectors.inventory.records import Record, ScopeState
from connectors.scope import Incomplete, Scope, Trouble
from connectors.source import ErrorKind
from connectors.sources.jira.permissions import MYSELF, Call
from connectors.sources.jira.shelf import Shelf
from connectors.sources.jira.site import Site

SYSTEM = "Jira"
ERRORS = (HttpError, SignInFailed, Incomplete, Untrusted, KeyError, TypeError, ValueError)
AT_ONCE = (
    6  # calls; Jira bears about a hundred a second (https://developer.atlassian.com/cloud/jira/platform/rate-limiting/)
)
BATCH = 60  # objects whose details are asked for before their records are put


ENGLISH = {"Accept-Language": "en"}
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Place:
    """One scope of one site. `name`: the site's, for people."""

    site: Site
    scope: Scope
    shelf: Shelf
    name: str

    def get(self, call: Call, *, params: Mapping[str, Any] | None = None, **parts: str | int) -> Any:
        """The answer to a call of the list. KeyError for a door that is closed to the credentials."""
        return self._door(call).get(call.address(**parts), params=params, headers=ENGLISH)

    def post(self, call: Call, *, json: Any) -> Any:
        return self._door(call).post(call.path, json=json, headers=ENGLISH)

    def _door(self, call: Call) -> Any:
        return self.site.doors[call.door].charged(self.scope.meter)

    @contextmanager
    def noting(self, call: Call, *, where: str | None = None) -> Iterator[None]:
        """What goes wrong while asking is the scope's trouble, and what comes after goes on."""
        try:
            yield
        except ERRORS as error:
            self.scope.note(judged(error, call, where=where or self.scope.label))

    def read(self, call: Call, *readers: Callable[[Place], Iterator[Record]]) -> None:
        """Puts what the readers tell. What Jira shows to strangers as well counts only if we weren't one."""
        with self.noting(call):
            for reader in readers:
                for record in reader(self):
                    self.scope.put(record)
            if call.anonymous:
                self.get(MYSELF)

    def each(self, items: Iterable[T], work: Callable[[T], list[Record]]) -> Iterator[Record]:
        """What `work` makes of each, several at once, in their order."""
        waiting = iter(items)
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="jira") as pool:
            while batch := list(islice(waiting, BATCH)):
                for records in pool.map(work, batch):
                    yield from records

    def of(self, **more: Any) -> dict[str, Any]:
        """What every object of the site has in common."""
        common = {"system": "jira", "scope": self.scope.key, "account_id": self.site.cloud, "account_name": self.name}
        return {**common, **more}


def judged(error: Exception, call: Call, *, where: str) -> Trouble:
    """What the error means. A scope that the token lacks is told by 401, a permission that the account lacks by 403."""
    if isinstance(error, Untrusted):
        return Trouble(ScopeState.FAILED, f"Jira named an address elsewhere, reading {where}.", ErrorKind.SYSTEM)
    if isinstance(error, Unauthorized) and "scope" in error.message and call.scopes:
        sentence = f"The token lacks {' or '.join(call.scopes)}, reading {where}."
        return Trouble(ScopeState.DENIED, sentence, ErrorKind.CONFIG, call.scopes)
    needs = call.needs if isinstance(error, Refused) else None
    return trouble(error, system=SYSTEM, where=where, needs=needs)
