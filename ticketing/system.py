"""What is a ticket system: how are tickets made, found again, followed and moved, whatever the vendor?

Statuses are followed by category, as customers name them as they like. Nothing is created twice: each ticket carries
the `key` of the wish for it, by which it is looked for before it is created.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

MOST_AT_ONCE = 100  # tickets of one call


class Category(StrEnum):
    """Where a ticket stands. The words are ours."""

    NEW = "new"
    DOING = "doing"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A ticket that is wished for. `key` is 24 hex digits, one for each wish; `text` is plain, its lines are kept."""

    key: str
    title: str
    text: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """A ticket as the system has it. `id` never changes, `number` is what people call it, `status` the system's own
    word."""

    id: str
    number: str
    title: str
    url: str
    status: str
    category: Category


class TicketError(Exception):
    """The system can't do it. The message is a sentence for the customer, without secrets."""


class Unreached(TicketError):
    """It may at another time: it is down, busy, or doesn't let us in."""


class Absent(TicketError):
    """There is no such ticket, or we may not see it."""


class System(Protocol):
    """One ticket system, signed in to. Every call may raise TicketError."""

    def check(self) -> str:
        """As whom we are let in, and where tickets would go, in a sentence."""
        ...

    def find(self, key: str) -> Issue | None:
        """The ticket that was created for a wish, if any."""
        ...

    def create(self, draft: Draft) -> Issue:
        """A new ticket. Asked once: where the answer is lost, `find` tells whether it was created."""
        ...

    def read(self, ids: Sequence[str]) -> dict[str, Issue]:
        """Id → ticket, of MOST_AT_ONCE at most; one that isn't there any more is absent."""
        ...

    def look_up(self, number: str) -> Issue:
        """The ticket that people call so. Raises Absent."""
        ...

    def move(self, issue: Issue, category: Category, *, why: str) -> Issue:
        """Bring the ticket into a status of that category. TicketError where no way leads there."""
        ...


@dataclass(frozen=True, slots=True)
class Field:
    """One setting of a kind of system. `secret` ones are sealed and never shown; `address` is where they are sent."""

    name: str
    label: str
    help: str
    secret: bool = False
    address: bool = False
    required: bool = True
    default: str = ""
    pattern: str = ""  # what a value fully matches


@dataclass(frozen=True, slots=True)
class Kind:
    """One vendor. `number` is what its tickets' numbers match, also within their addresses."""

    label: str
    fields: tuple[Field, ...]
    number: str
    rights: str  # what the credential must be allowed, in a sentence


Settings = Mapping[str, Any]
