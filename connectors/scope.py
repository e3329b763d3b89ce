"""How is one scope read: started, its records, ended with what went wrong?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from connectors.inventory.records import Record, ScopeEnded, ScopeStarted, ScopeState
from connectors.source import ErrorKind
from connectors.stream import Abandoned, Cancelled, Stream

WORST = (ScopeState.DENIED, ScopeState.THROTTLED, ScopeState.FAILED, ScopeState.SKIPPED)


class Incomplete(Exception):
    """The system answered, but not with a whole answer: a page cut short, the same page token twice."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """How a scope ends because of an error. `sentence` is for the customer and carries no secret."""

    state: ScopeState
    sentence: str
    kind: ErrorKind
    missing: tuple[str, ...] = ()


@dataclass(slots=True)
class Meter:
    """What the system's slowing down cost: calls made again, and seconds spent waiting until they could be."""

    retries: int = 0
    waited: float = 0.0


@dataclass(slots=True)
class Scope:
    """An open scope. `silent`: an interrupted scan completed it, and it is read only for what others need to know."""

    key: str
    label: str
    stream: Stream
    silent: bool = False
    cancelled: bool = False
    troubles: list[Trouble] = field(default_factory=list)
    meter: Meter = field(default_factory=Meter)
    bookmark: str | None = None  # kept when the scope is complete; see source.Pull

    def put(self, record: Record) -> None:
        if not self.silent:
            self.stream.put(record)

    def note(self, trouble: Trouble) -> None:
        """Remembers what went wrong; the scope goes on, and ends in the worst state noted."""
        self.troubles.append(trouble)

    @property
    def state(self) -> ScopeState:
        if self.cancelled:
            return ScopeState.CANCELLED
        return min((each.state for each in self.troubles), key=WORST.index, default=ScopeState.COMPLETE)

    @property
    def kind_of_trouble(self) -> ErrorKind:
        """Whose turn it is after the worst of the troubles."""
        return next((each.kind for each in self.troubles if each.state is self.state), ErrorKind.TRANSIENT)

    def ended(self) -> ScopeEnded:
        return ScopeEnded(
            scope=self.key,
            state=self.state,
            missing=tuple(sorted({permission for each in self.troubles for permission in each.missing})),
            error=" ".join(dict.fromkeys(each.sentence for each in self.troubles)) or None,
            error_kind=self.kind_of_trouble.value if self.troubles else None,
            retries=self.meter.retries,
            waited=self.meter.waited,
            bookmark=self.bookmark,
        )


@contextmanager
def opened(
    scope: Scope, *, kind: str, group: str, group_label: str, within: str | None = None, increment: bool = False
) -> Iterator[Scope]:
    """Starts the scope and, however the reading goes, ends it; unless nobody listens any more."""
    told = {"group": group, "group_label": group_label, "kind": kind}
    scope.put(ScopeStarted(scope=scope.key, label=scope.label, within=within, increment=increment, **told))
    try:
        yield scope
    except Cancelled:
        scope.cancelled = True
    except Abandoned:
        scope.silent = True
        raise
    scope.put(scope.ended())
