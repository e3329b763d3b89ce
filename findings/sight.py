"""What can each rule see of each system, and what of the client's concerns do the rules cover?

Pure, but for the catalogue. Not evaluated is never a pass: each cell says why.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from connectors.inventory.kinds import System
from findings.evaluator import Family, Rule, Settings


class Sight(StrEnum):
    """What a rule sees of a system."""

    EVALUATED = "evaluated"
    IN_PART = "in part"
    BLIND = "not evaluated"
    NOT_CONNECTED = "not connected"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True, slots=True)
class Cell:
    """One rule in one system, and why, in words; empty where there is nothing to say."""

    sight: Sight
    why: str = ""


@dataclass(frozen=True, slots=True)
class Concern:
    """What a client worries about. `families` are the rules that cover it; none: out of scope, as `said` says."""

    title: str
    said: str
    families: tuple[Family, ...] = ()


CONCERNS = (
    Concern(
        "Visibility of AI tools",
        "Agents, model deployments and AI applications of the connected systems are in the inventory; where a list of "
        "approved AI is kept, what is not on it is a finding. AI that is used through a browser alone isn't seen.",
        (Family.SHADOW_AI,),
    ),
    Concern(
        "Hallucination and guardrails",
        "Out of scope: sv0 reads metadata, never prompts or answers, and can't judge what a model says. It does show "
        "what an agent may do with a wrong answer.",
    ),
    Concern(
        "Accountability over time",
        "Who answers for what, who left, and what changed since somebody looked.",
        (Family.ACCOUNTABILITY, Family.DRIFT, Family.CREDENTIALS),
    ),
    Concern(
        "Illicit automation with egress",
        "What reads sensitive data and sends outside, in every system and across them.",
        (Family.EGRESS, Family.CROSS_SYSTEM),
    ),
    Concern(
        "Platform coverage",
        "Which systems are read, how completely, and what no API tells. Planned: Google Cloud, Oracle Cloud.",
        (Family.HYGIENE, Family.AUTHORITY),
    ),
    Concern(
        "Enforcement outside the reporting line",
        "Out of scope: sv0 is read-only and changes nothing. Each finding says what to do and where; who enforces it, "
        "the client decides.",
    ),
)


def resting(rule: Rule, settings: Settings, failed: Iterable[str]) -> str | None:
    """Why a rule isn't evaluated anywhere, in words."""
    if rule.id in settings.off:
        return "switched off"
    if not rule.is_asked(settings):
        return "no list of approved AI is kept"
    return "the rule failed" if rule.id in failed else None


def cell(rule: Rule, system: System, rests: str | None) -> Cell:
    """What the rule sees of the system."""
    wanted = [kind for kind in rule.needs if kind in system.kinds]
    if rule.needs and not wanted:
        return Cell(Sight.NOT_APPLICABLE)
    if not system.connections:
        return Cell(Sight.NOT_CONNECTED)
    if rests:
        return Cell(Sight.BLIND, rests)
    if system.read_at is None:
        return Cell(Sight.BLIND, "never read")
    return _read(wanted, system)


def _read(wanted: list[str], system: System) -> Cell:
    unread = [kind for kind in wanted if kind not in system.read or not system.read[kind].complete]
    partly = [kind for kind in wanted if kind not in unread and system.read[kind].complete < system.read[kind].parts]
    refused = sorted({each for kind in (*unread, *partly) if kind in system.read for each in system.read[kind].missing})
    lacks = f", for lack of {', '.join(refused)}" if refused else ""
    if unread and len(unread) == len(wanted):
        return Cell(Sight.BLIND, f"{_named(unread)} not read{lacks}")
    if unread or partly:
        return Cell(Sight.IN_PART, f"{_named([*unread, *partly])} not read completely{lacks}")
    return Cell(Sight.EVALUATED)


def _named(kinds: list[str]) -> str:
    return ", ".join(kinds)


def counted(concern: Concern, rules: Iterable[Rule], counts: Mapping[str, int]) -> tuple[list[Rule], int]:
    """The rules that cover a concern, and how many findings they have."""
    found = [rule for rule in rules if rule.family in concern.families]
    return found, sum(counts.get(rule.id, 0) for rule in found)
