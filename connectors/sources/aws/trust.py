"""Whom does a role's trust policy let in, and under which conditions?

Pure: a trust policy in, trusts out. Service principals (lambda.amazonaws.com) are no identities: they come by name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from connectors.inventory.records import Grade
from connectors.sources.aws.pattern import covers, overlaps
from connectors.sources.aws.policy import condition_keys, texts

ASSUMING = ("sts:assumerole", "sts:assumerolewithsaml", "sts:assumerolewithwebidentity")
TELLING = ("sub", "aud", "amr", "oaud")  # claims whose values say who is let in; other values stay unread
DELETED = re.compile(r"^A[A-Z]{2}A[A-Z0-9]{12,}$")  # an id where an ARN stood: that principal was deleted


@dataclass(frozen=True, slots=True)
class Trust:
    """One principal that may assume the role. `kind`: service, aws, federated, anyone or deleted."""

    kind: str
    principal: str
    grade: Grade = Grade.GRANTED
    conditions: tuple[str, ...] = ()


def trusts(document: Mapping[str, Any]) -> list[Trust]:
    """Every principal once, with the loosest statement that lets it in, in the order of the document."""
    found = document.get("Statement") or []
    rows = [row for row in (found if isinstance(found, list) else [found]) if _lets_assume(row)]
    merged: dict[tuple[str, str], Trust] = {}
    for trust in (trust for row in rows if row["Effect"] == "Allow" for trust in _of(row)):
        known = merged.get((trust.kind, trust.principal))
        merged[trust.kind, trust.principal] = trust if known is None else _looser(known, trust)
    denied = any(row["Effect"] == "Deny" for row in rows)
    return [_doubted(trust) if denied else trust for trust in merged.values()]


def _lets_assume(row: Mapping[str, Any]) -> bool:
    if "NotAction" in row:
        spared = [action.lower() for action in texts(row["NotAction"])]
        return any(not any(covers(action, known) for action in spared) for known in ASSUMING)
    return any(overlaps(action.lower(), known) for action in texts(row.get("Action")) for known in ASSUMING)


def _of(row: Mapping[str, Any]) -> Iterable[Trust]:
    conditions = _conditions(row.get("Condition"))
    grade = Grade.CONDITIONAL if conditions else Grade.GRANTED
    for kind, principal in principals(row.get("Principal")):
        yield Trust(kind=kind, principal=principal, grade=grade, conditions=conditions)
    for excluded in _listed(row.get("NotPrincipal")):
        yield Trust("anyone", "*", Grade.CONDITIONAL, tuple(sorted({*conditions, f"not {excluded[1]}"})))


def principals(named: Any) -> Iterable[tuple[str, str]]:
    """Kind and principal of each that a policy's Principal or NotPrincipal names; those of no kind of ours left out."""
    for group, principal in _listed(named):
        if principal == "*" and group in {"AWS", "*"}:
            yield "anyone", "*"
        elif group == "Service":
            yield "service", principal
        elif group == "Federated":
            yield "federated", principal
        elif group == "AWS":
            yield ("deleted" if DELETED.match(principal) else "aws"), principal


def _listed(principals: Any) -> Iterable[tuple[str, str]]:
    if isinstance(principals, str):
        yield "*", principals
    else:
        yield from ((group, each) for group, value in (principals or {}).items() for each in texts(value))


def _conditions(condition: Mapping[str, Mapping[str, Any]] | None) -> tuple[str, ...]:
    """Condition keys; for a federated subject or audience its values too, which say whom it means."""
    said = set(condition_keys(condition))
    for operator, tests in (condition or {}).items():
        verb = "is not" if "not" in operator.lower() else "="
        for key, value in tests.items():
            if ":" in key and key.rsplit(":", 1)[1].lower() in TELLING:
                said.discard(key)
                said.update(f"{key} {verb} {each}" for each in texts(value))
    return tuple(sorted(said))


def _looser(known: Trust, other: Trust) -> Trust:
    """Either statement suffices to get in: no condition beats some; two conditional ones are told together."""
    if Grade.GRANTED in (known.grade, other.grade):
        return replace(known, grade=Grade.GRANTED, conditions=())
    return replace(known, conditions=tuple(sorted({*known.conditions, *other.conditions})))


def _doubted(trust: Trust) -> Trust:
    reason = "narrowed by a deny in the trust policy"
    return replace(trust, grade=Grade.CONDITIONAL, conditions=tuple(sorted({*trust.conditions, reason})))
