"""Whom does a resource's own policy let in, and to do what?

Pure: a policy document in, doors out. A door's grants are what the policy's statements on that principal allow, once
its denies are subtracted; the principal's own policies are another matter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from connectors.inventory.records import Grade
from connectors.sources.aws import arn as arns
from connectors.sources.aws.policy import Grant, Statement, grants, statements, texts
from connectors.sources.aws.trust import principals

# How a request travels or is stored, not whose it is: a deny on these alone keeps nobody out.
TRAVEL = {"aws:securetransport", "s3:tlsversion", "s3:signatureversion", "s3:x-amz-server-side-encryption"}
PINS = {"aws:sourceowner", "aws:sourceaccount", "aws:principalaccount", "kms:calleraccount"}
EQUAL = {"stringequals", "stringlike", "stringequalsignorecase"}
Row = Mapping[str, Any]
Principal = tuple[str, str]  # trust.Trust's kind and principal


@dataclass(frozen=True, slots=True)
class Door:
    """One principal, and what the policy lets it do. `kind` and `principal` as in trust.Trust."""

    kind: str
    principal: str
    grants: tuple[Grant, ...]


def doors(document: Mapping[str, Any], *, policy: str) -> list[Door]:
    """A door for each principal that keeps a grant, in the order of the document."""
    found = document.get("Statement") or []
    rows: list[Row] = found if isinstance(found, list) else [found]
    allowed: dict[Principal, list[Statement]] = {}
    for row in rows:
        if row["Effect"] == "Allow":
            for principal, statement in _let_in(row, _statement(row, policy)):
                allowed.setdefault(principal, []).append(statement)
    denies = [(row, _statement(row, policy)) for row in rows if row["Effect"] != "Allow" and not _on_travel(row)]
    told = []
    for principal, lets in allowed.items():
        against = [kept for row, deny in denies if (kept := _against(row, deny, principal))]
        if left := grants([*lets, *against]):
            told.append(Door(*principal, tuple(left)))
    return told


def _statement(row: Row, policy: str) -> Statement:
    return statements({"Statement": row}, policy=policy)[0]


def _let_in(row: Row, statement: Statement) -> Iterator[tuple[Principal, Statement]]:
    """Each principal of an Allow. Anyone of certain accounts is these accounts; NotPrincipal is anyone but some."""
    pinned = _pinned(row.get("Condition"))
    for kind, principal in principals(row.get("Principal")):
        if kind == "anyone" and pinned:
            yield from ((("aws", account), statement) for account in pinned)
        else:
            yield (kind, principal), statement
    if "NotPrincipal" in row:
        spared = (f"not {each}" for _, each in principals(row["NotPrincipal"]))
        yield ("anyone", "*"), replace(statement, conditions=tuple(sorted({*statement.conditions, *spared})))


def _pinned(condition: Mapping[str, Mapping[str, Any]] | None) -> tuple[str, ...]:
    """The accounts that a condition holds every caller to."""
    for operator, tests in (condition or {}).items():
        for key, value in tests.items():
            if operator.lower() in EQUAL and key.lower() in PINS and all(each.isdigit() for each in texts(value)):
                return texts(value)
    return ()


def _on_travel(row: Row) -> bool:
    keys = {key.lower() for tests in (row.get("Condition") or {}).values() for key in tests}
    return bool(keys) and keys <= TRAVEL


def _against(row: Row, deny: Statement, principal: Principal) -> Statement | None:
    """The deny as far as it concerns the principal; conditional where it spares some of whom the principal means."""
    if "NotPrincipal" in row:
        spared = principals(row["NotPrincipal"])
        if any(_means(each, principal) for each in spared):
            return None
        broad = principal[0] == "anyone" or principal[1].endswith(":root")
        return replace(deny, conditions=(*deny.conditions, "not all of them")) if broad else deny
    return deny if any(_means(each, principal) for each in principals(row.get("Principal"))) else None


def _means(named: Principal, principal: Principal) -> bool:
    """Whether the principal is certainly among those named."""
    if named[0] == "anyone" or named == principal:
        return True
    arn, of = arns.parse(principal[1]), arns.parse(named[1])
    account = of.account if of and of.resource == "root" else named[1]
    return arn is not None and named[0] == principal[0] == "aws" and arn.account == account


def surest(door: Door) -> Grade:
    """How sure it is that the door opens at all."""
    sure = any(each.grade is Grade.GRANTED for each in door.grants)
    return Grade.GRANTED if sure else Grade.CONDITIONAL


def conditions(found: Sequence[Grant]) -> tuple[str, ...]:
    """What narrows all of the grants."""
    return tuple(sorted({condition for each in found for condition in each.conditions}))
