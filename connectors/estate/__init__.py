"""What is an estate: a company's scans kept as files, so that rules can be tried on it and scored?

The format is documented in docs/estates.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from connectors.inventory.records import Record


class Mistake(Exception):
    """Something in an estate's files isn't as docs/estates.md says. The message names the file, the line, the field."""

    def __init__(self, file: Path | str, line: int | None, what: str) -> None:
        super().__init__(f"{file}:{line}: {what}" if line else f"{file}: {what}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """One connection of the estate, as estate.toml says. `file` is the name of its files, without .jsonl."""

    file: str
    kind: str
    name: str
    every_hours: int
    paused: bool
    made_at: datetime
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one scan of one connection read."""

    at: datetime
    connected: Connected
    records: tuple[Record, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """That somebody (`author`) said at a moment who answers for an object, and until when that holds."""

    at: datetime
    until: datetime
    key: str
    email: str
    author: str  # an e-mail address, too


@dataclass(frozen=True, slots=True, kw_only=True)
class Estate:
    """A whole estate. `approved` is name, with * and ?, → why that AI is approved; None: no list is kept.

    `thresholds` is (rule's id, threshold's name) → number. `now` is the moment at which the rules judge. `expected` are
    (rule's id, subject's address, discriminator or ""); `near` is (rule's id, subject's address) → why that rule must
    not find it, though it looks like it.
    """

    directory: Path
    name: str
    description: str
    now: datetime
    connections: tuple[Connected, ...]
    readings: tuple[Reading, ...]  # by time
    expected: frozenset[tuple[str, str, str]]
    near: Mapping[tuple[str, str], str]
    words: tuple[Word, ...] = ()
    approved: Mapping[str, str] | None = None
    thresholds: Mapping[tuple[str, str], int] = field(default_factory=dict)
