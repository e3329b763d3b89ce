"""Who can become whom, how surely, and by which two halves of the evidence?

An identity becomes another one when the other's trust lets it in:

- Trust that names it suffices within one account, and from another system, whose identities hold no permissions here.
- Across accounts, or when the trust names only its account or anyone, its own permissions must allow it as well: by the
  other's name or by a pattern. With its own half alone the step is unknown, never granted; with the other's half alone
  there is no step, unless the caller is somebody whose permissions cannot be read, an outsider: then it is unknown too.
- Trust in an identity provider lets in whoever the provider vouches for, as far as their claims satisfy its conditions.
- What its own policies forbid it certainly, it does not become; what they may forbid, only under conditions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import NamedTuple

from connectors.inventory.adjacency import (
    ASSUME,
    BARRED,
    CAN_ASSUME,
    CONDITIONAL,
    GRANTED,
    NONE,
    PERMISSION,
    UNKNOWN,
    Adjacency,
)
from connectors.inventory.federation import Match, covers, met
from connectors.inventory.things import Traits

ANYONE = "anyone"  # the type of the identity that stands for everybody
ANYONES_KEY = "aws:anyone"
ACCOUNT_PRINCIPAL = re.compile(r"arn:[\w-]+:iam::(\d{12}):root")  # stands for every identity of its account
PARTITIONS = ("aws", "aws-cn", "aws-us-gov")


class Step(NamedTuple):
    """One edge walked, from `source` to `target`: its ends, but for becoming someone in two halves. `proof` is then the
    other half: the trust that a permission needs, or the claims that satisfy a trust."""

    edge: int
    source: int
    target: int
    grade: int
    proof: int = NONE


class _Door(NamedTuple):
    """Who may become one identity: by name, by a name for many, as a provider vouches; whose permissions allow it."""

    named: dict[int, int]
    shared: list[int]
    providers: list[int]
    allowed: dict[int, int]


class Becoming:
    """The steps by which one becomes another. The graph may not grow meanwhile."""

    def __init__(self, graph: Adjacency) -> None:
        self._graph = graph
        self._doors: dict[int, _Door] = {}
        self._patterned: dict[int, dict[int, int]] = {}
        # Walks from many starts meet the same objects again and again; most lead nowhere, which takes a byte to know.
        self._becomes_nobody, self._is_itself_alone = (bytearray(len(graph.things)) for _ in range(2))
        self._ahead: dict[int, list[Step]] = {}
        self._behind: dict[int, list[Step]] = {}
        self._bars: dict[int, list[int]] = {}
        self._words: dict[int, dict[int, list[int]]] = {}

    def from_(self, caller: int) -> list[Step]:
        """Whom the caller can become."""
        if self._becomes_nobody[caller]:
            return []
        found = self._ahead.get(caller)
        if found is None:
            found = [step for role in self._roles_of(caller) for step in self._steps(caller, role)]
            if found:
                self._ahead[caller] = found
            else:
                self._becomes_nobody[caller] = True
        return found

    def to(self, role: int) -> list[Step]:
        """Who can become this one; of a provider nobody: it is passed through, claims in hand."""
        if self._is_itself_alone[role]:
            return []
        found = self._behind.get(role)
        if found is None:
            callers = [] if is_provider(self._graph.things[role]) else self._callers_of(role)
            found = [step for caller in callers for step in self._steps(caller, role)]
            if found:
                self._behind[role] = found
            else:
                self._is_itself_alone[role] = True
        return found

    def _roles_of(self, caller: int) -> Iterable[int]:
        graph = self._graph
        roles: dict[int, None] = {}
        for edge in graph.leaving(caller):
            target = graph.target[edge]
            if graph.relation[edge] == CAN_ASSUME:
                roles |= dict.fromkeys(self._trusting(target) if is_provider(graph.things[target]) else [target])
            elif is_assuming(graph, edge):
                pattern = graph.things[target].pattern
                roles |= dict.fromkeys(self._matching(caller, pattern) if pattern else [target])
        return roles

    def _callers_of(self, role: int) -> Iterable[int]:
        door = self._door(role)
        vouched = (subject for trust in door.providers for subject in self._vouched(trust))
        callers = dict.fromkeys([*door.named, *door.allowed, *vouched])
        if door.named:
            callers |= dict.fromkeys(self._by_pattern(role))
        return callers

    def _steps(self, caller: int, role: int) -> Iterator[Step]:
        found = [step for step in (self._by_trust(caller, role), *self._vouched_for(caller, role)) if step]
        if not found:
            return
        surest = min(found, key=lambda step: step.grade)
        bar = self._bar(caller, role)
        if bar is None:
            yield surest
        elif bar != GRANTED:
            yield surest._replace(grade=max(surest.grade, CONDITIONAL))

    def _by_trust(self, caller: int, role: int) -> Step | None:
        graph, door = self._graph, self._door(role)
        who = graph.things[caller]
        named = door.named.get(caller)
        if named is not None and self._suffices(caller, role):
            return Step(named, caller, role, graph.grade[named])
        lets_in = [edge for edge in door.shared if self._speaks_for(graph.source[edge], who)]
        lets_in += [] if named is None else [named]
        direct = door.allowed.get(caller)
        allowed = direct if direct is not None or not lets_in else self._by_pattern(role).get(caller)
        if allowed is None:
            unreadable = named is not None and (who.external or not who.known)
            return Step(named, caller, role, UNKNOWN) if named is not None and unreadable else None
        if lets_in:
            proof = min(lets_in, key=lambda edge: graph.grade[edge])
            return Step(allowed, caller, role, max(graph.grade[allowed], graph.grade[proof]), proof)
        if door.named:
            return None  # the trust was read, and names others
        return Step(allowed, caller, role, UNKNOWN)

    # ── Federation ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _vouched_for(self, caller: int, role: int) -> Iterator[Step]:
        """The steps through each provider that the role trusts and that vouches for the caller."""
        graph = self._graph
        for trust in self._door(role).providers:
            for claims in self._vouched(trust).get(caller, ()):
                match met(graph.conditions(trust), graph.conditions(claims)):
                    case Match.MET:
                        yield Step(trust, caller, role, GRANTED, claims)
                    case Match.OPEN:
                        doubt = max(graph.grade[trust], graph.grade[claims], CONDITIONAL)
                        yield Step(trust, caller, role, doubt, claims)

    def _vouched(self, trust: int) -> dict[int, list[int]]:
        """Subject → the links by which it gets the provider's word."""
        graph = self._graph
        provider = graph.source[trust]
        found = self._words.get(provider)
        if found is None:
            found = self._words[provider] = {}
            for edge in graph.arriving(provider):
                if graph.relation[edge] == CAN_ASSUME:
                    found.setdefault(graph.source[edge], []).append(edge)
        return found

    def _trusting(self, principal: int) -> list[int]:
        graph = self._graph
        return [graph.target[edge] for edge in graph.leaving(principal) if graph.relation[edge] == CAN_ASSUME]

    # ── Patterns ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _matching(self, caller: int, pattern: str) -> list[int]:
        """The roles under the pattern whose trust lets the caller in, by its own name or one that it shares."""
        graph = self._graph
        shared = (graph.number(key) for key in principals_of(graph.things[caller].account_id))
        principals = [caller, *(number for number in shared if number is not None)]
        roles = (role for principal in principals for role in self._trusting(principal))
        return [role for role in dict.fromkeys(roles) if covers(pattern, graph.things.key(role))]

    def _by_pattern(self, role: int) -> dict[int, int]:
        """Who is allowed to become the role by a pattern that its address matches, and by which permission."""
        found = self._patterned.get(role)
        if found is not None:
            return found
        graph, key = self._graph, self._graph.things.key(role)
        found = self._patterned[role] = {}
        account = key.split(":", 5)[4] if key.count(":") > 4 else ""
        for pattern in (*self._patterns.get(account, ()), *self._patterns.get("", ())):
            if covers(pattern, key):
                for edge in self._patterns_edges[pattern]:
                    _keep_surest(graph, found, graph.source[edge], edge)
        return found

    @cached_property
    def _patterns_edges(self) -> dict[str, list[int]]:
        """Pattern → the permissions to become whatever it matches."""
        graph = self._graph
        found: dict[str, list[int]] = {}
        for edge in range(len(graph.source)):
            if is_assuming(graph, edge) and (pattern := graph.things[graph.target[edge]].pattern):
                found.setdefault(pattern, []).append(edge)
        return found

    @cached_property
    def _patterns(self) -> dict[str, list[str]]:
        """Account → the patterns that name it; "" → those that may mean any."""
        found: dict[str, list[str]] = {}
        for pattern in self._patterns_edges:
            parts = pattern.split(":", 5)
            plain = len(parts) > 4 and parts[4].isdigit()
            found.setdefault(parts[4] if plain else "", []).append(pattern)
        return found

    # ── Doors and bars ──────────────────────────────────────────────────────────────────────────────────────────────

    def _bar(self, caller: int, role: int) -> int | None:
        """How surely the caller's own policies forbid it to become the role: GRANTED is certainly."""
        graph, key = self._graph, self._graph.things.key(role)
        bars = self._bars.get(caller)
        if bars is None:
            bars = [edge for edge in graph.leaving(caller) if graph.relation[edge] == BARRED]
            self._bars[caller] = bars
        grades = []
        for edge in bars:
            pattern = graph.things[graph.target[edge]].pattern
            if graph.target[edge] == role or (pattern and covers(pattern, key)):
                grades.append(graph.grade[edge])
        return min(grades, default=None)

    def _door(self, role: int) -> _Door:
        door = self._doors.get(role)
        if door is None:
            door = self._read_door(role)
            if any(door):
                self._doors[role] = door
        return door

    def _read_door(self, role: int) -> _Door:
        graph, door = self._graph, _Door({}, [], [], {})
        for edge in graph.arriving(role):
            source = graph.source[edge]
            principal = graph.things[source]
            if graph.relation[edge] == CAN_ASSUME:
                _keep_surest(graph, door.named, source, edge)
                if principal.type == ANYONE or self._is_account(source):
                    door.shared.append(edge)
                elif is_provider(principal):
                    door.providers.append(edge)
            elif is_assuming(graph, edge):
                _keep_surest(graph, door.allowed, source, edge)
        return door

    def _suffices(self, caller: int, role: int) -> bool:
        """Whether trust that names them is all they need."""
        who, whom = self._graph.things[caller], self._graph.things[role]
        if not who.known or self._is_account(caller):
            return False
        elsewhere = None not in (who.system, whom.system) and who.system != whom.system
        return elsewhere or who.account_id in (None, whom.account_id)

    def _speaks_for(self, principal: int, caller: Traits) -> bool:
        if account := ACCOUNT_PRINCIPAL.fullmatch(self._graph.things.key(principal)):
            return caller.account_id == account[1]
        return self._graph.things[principal].type == ANYONE

    def _is_account(self, thing: int) -> bool:
        return ACCOUNT_PRINCIPAL.fullmatch(self._graph.things.key(thing)) is not None


def is_assuming(graph: Adjacency, edge: int) -> bool:
    """Whether the edge is a permission to become its target."""
    return graph.relation[edge] == PERMISSION and graph.access[edge] == ASSUME


def is_provider(thing: Traits) -> bool:
    """Whether it vouches for identities of elsewhere: "OIDC provider", "SAML provider"."""
    return thing.kind == "identity" and thing.type.endswith(" provider")


def principals_of(account: str | None) -> list[str]:
    """The addresses under which a trust policy means an identity of the account without naming it."""
    return [*(f"arn:{partition}:iam::{account}:root" for partition in PARTITIONS if account), ANYONES_KEY]


def _keep_surest(graph: Adjacency, kept: dict[int, int], source: int, edge: int) -> None:
    if source not in kept or graph.grade[edge] < graph.grade[kept[source]]:
        kept[source] = edge
