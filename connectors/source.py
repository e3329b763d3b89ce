"""What is a source: how does sv0 talk to one vendor's API, whatever the vendor?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from connectors.inventory.records import Record


class ErrorKind(StrEnum):
    """Whose turn it is after an error."""

    CONFIG = "config"  # the customer must change something
    TRANSIENT = "transient"  # trying again later may help
    SYSTEM = "system"  # sv0 must be mended


class SourceError(Exception):
    """The source cannot be read at all. `message` is a sentence for the customer, without secrets."""

    def __init__(self, message: str, *, kind: ErrorKind, missing: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.kind = kind
        self.missing = missing


Keep = Callable[[str, str], None]  # seals a secret setting's new value with the connection


def forget(_name: str, _value: str) -> None:
    """Keeps nothing: for a trial with settings that nobody stored."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One field of a connection's form. `secret` ones are sealed and never shown again."""

    name: str
    label: str
    help: str
    secret: bool = False
    required: bool = True
    multiple: bool = False  # a list, one a line
    lines: bool = False  # a text of several lines: a certificate
    address: bool = False  # where secrets are sent to: changing it demands them again
    typed: bool = True  # False: nobody types it in, it comes of a person's consent at the vendor
    placeholder: str = ""
    pattern: str | None = None  # what a valid value fully matches
    pattern_help: str = ""  # said when it doesn't


@dataclass(frozen=True, slots=True)
class RequiredPermission:
    """One permission the source needs, why, and which kinds of coverage go blind without it."""

    name: str
    why: str
    scope_kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """One row of "Test connection". `ok` is None when it could not be tried because an earlier one failed."""

    label: str
    ok: bool | None
    detail: str
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pull:
    """What one scan hands to `Source.pull`. `cancelled()` is asked between pages; `done` scopes are skipped.

    `bookmarks` are those of the last complete reading of each scope, where it left one (ScopeEnded.bookmark): the scope
    may be read as an increment since then. `keep` is for a secret that changes with use: a refresh token that rotates.
    """

    settings: Mapping[str, Any]
    now: datetime
    cancelled: Callable[[], bool] = lambda: False
    done: frozenset[str] = field(default_factory=frozenset)
    bookmarks: Mapping[str, str] = field(default_factory=dict)
    keep: Keep = forget


class Consent(Protocol):
    """How a person lets sv0 into a vendor's system: OAuth 2.0's authorization code."""

    at: str  # where: "Atlassian"

    def ready(self, settings: Mapping[str, Any]) -> bool:
        """Whether the settings are those of an app that a person can consent to."""
        ...

    def address(self, *, settings: Mapping[str, Any], redirect: str, state: str) -> str:
        """The vendor's page on which the person is asked."""
        ...

    def granted(self, *, settings: Mapping[str, Any], redirect: str, code: str) -> dict[str, str]:
        """The secret settings that the code is exchanged for. SourceError where it isn't, or lets in elsewhere."""
        ...


class Source(Protocol):
    """A vendor. A package `connectors.sources.<kind>` exposes one instance named `source`."""

    kind: str  # "aws"
    label: str  # "AWS Organization"
    groups: tuple[str, str]  # what its scopes are grouped by, one and several: ("account", "accounts")
    blind_spots: tuple[str, ...]  # what the vendor's API doesn't tell anybody, in sentences
    settings: tuple[Setting, ...]
    permissions: tuple[RequiredPermission, ...]
    hosts: tuple[str, ...]  # at which it answers every customer; a customer's own address is a setting
    consent: Consent | None

    def check(self, *, settings: Mapping[str, Any], keep: Keep = forget) -> list[Check]:
        """Try each needed call once and tell what works. Never raises for the customer's mistakes."""
        ...

    def pull(self, pull: Pull) -> Iterator[Record]:
        """Yield records lazily. Every record's scope lies between its ScopeStarted and ScopeEnded.

        Scopes may interleave. Raises SourceError only when nothing at all can be read; one scope's trouble ends that
        scope with a state and an error and leaves the others alone.
        """
        ...
