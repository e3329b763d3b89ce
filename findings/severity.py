"""How bad is a finding, from 0 to 100, and of which parts is that the sum?

Pure: the rule's base, then named adjustments, each with its points and its reason; the word follows from the total.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad it is. `rank` sorts: 4 critical … 0 info."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"

    @property
    def rank(self) -> int:
        return len(Severity) - 1 - list(Severity).index(self)


class Factor(StrEnum):
    """What raises or lowers the severity of any rule's finding, unless the rule's base counts it already."""

    PRIVILEGE = "privilege"  # administers an account or a directory
    REACH = "reach"  # reaches sensitive data
    EXPOSURE = "exposure"  # sends to somewhere outside
    DORMANCY = "dormancy"  # nobody uses it
    NO_OWNER = "no owner"  # nobody, or nobody who is still there, answers for it
    DOUBT = "doubt"  # its path holds only under conditions, or may not hold


BASE = {
    Severity.CRITICAL: 90,
    Severity.HIGH: 70,
    Severity.MEDIUM: 45,
    Severity.LOW: 20,
    Severity.INFO: 5,
}
FLOORS = {  # from how many points on
    Severity.CRITICAL: 90,
    Severity.HIGH: 70,
    Severity.MEDIUM: 40,
    Severity.LOW: 10,
    Severity.INFO: 0,
}
MOST = 100
A_BAND = 25  # as many points lift a finding from one word to the next
A_LITTLE, SOME = 5, 10


@dataclass(frozen=True, slots=True)
class Weight:
    """One adjustment: what it is called ("reach"), its points (negative lowers), why, as words that end a sentence."""

    name: str
    points: int
    because: str


@dataclass(frozen=True, slots=True)
class Score:
    """A base with its adjustments. `total` is within 0 … 100; `severity` is its word."""

    base: Severity
    weights: tuple[Weight, ...] = ()

    @property
    def total(self) -> int:
        return max(0, min(MOST, BASE[self.base] + sum(weight.points for weight in self.weights)))

    @property
    def severity(self) -> Severity:
        return next(word for word, floor in FLOORS.items() if self.total >= floor)

    @property
    def rows(self) -> list[dict[str, object]]:
        """The sum as it is kept and shown: {"name", "points", "because"}, the base first."""
        base: dict[str, object] = {"name": "base", "points": BASE[self.base], "because": f"{self.base} by the rule"}
        return [base, *({"name": w.name, "points": w.points, "because": w.because} for w in self.weights)]


def score(base: Severity, weights: Iterable[Weight]) -> Score:
    """The score of a base and the adjustments that are not nothing."""
    return Score(base, tuple(weight for weight in weights if weight.points))
