"""How is an edge said in words?

Pure. "Billing-Admin can read customer-data"; pages, change rows and evidence say it the same way.
"""

from __future__ import annotations

from collections.abc import Sequence

SYSTEMS = {
    "aws": "AWS",
    "entra": "Entra ID",
    "azure": "Azure",
    "foundry": "Azure AI Foundry",
    "copilot_studio": "Copilot Studio",
    "servicenow": "ServiceNow",
    "jira": "Jira",
    "github": "GitHub",
}

VERBS = {
    "runs_as": "runs as",
    "can_assume": "can assume",
    "owns": "owns",
    "calls": "calls",
    "same_as": "is the same actor as",
    "contains": "contains",
    "uses_data": "uses data of",
    "barred": "is forbidden to become",
    "egress": "can send data to",
}
ACCESS = {
    "read": "can read",
    "write": "can write to",
    "admin": "has administrative access to",
    "assume": "is allowed to assume",
}
DOUBTS = {
    "conditional": "under conditions that metadata does not settle",
    "unknown": "as far as can be told: half of the evidence was not read",
}


def verb(relation: str, access: str | None) -> str:
    """What the source does with the target: "runs as", "can read"."""
    return ACCESS[access] if relation == "permission" and access else VERBS[relation]


def edge_in_words(relation: str, access: str | None, source: str, target: str) -> str:
    """The edge without what narrows it: "ci-deployer can assume Billing-Admin"."""
    return f"{source} {verb(relation, access)} {target}"


def titled(kind: str, name: str) -> str:
    """An object by what it is and its name, "Lambda function export"; its name alone where that says it already."""
    said = not kind or kind.casefold() in name.casefold() or kind.endswith("principal")
    return name if said else f"{kind} {name}"


def sentence(statement: str, *, grade: str, conditions: Sequence[str]) -> str:
    """The statement with what narrows it and what is not known, ending in a full stop.

    A condition that is a bare key ("sts:ExternalId") is about what the request carries; one with spaces is said as is.
    """
    parts = [statement]
    if conditions:
        parts.append(_narrowed(conditions))
    elif grade in DOUBTS:
        parts.append(f", {DOUBTS[grade]}")
    if conditions and grade == "unknown":
        parts.append(f", {DOUBTS[grade]}")
    return "".join(parts) + "."


def _narrowed(conditions: Sequence[str]) -> str:
    keys = [each for each in conditions if " " not in each]
    said = [each for each in conditions if " " in each]
    carried = [f" if the request carries {_listed(keys)}"] if keys else []
    return "".join([*carried, f" ({'; '.join(said)})" if said else ""])


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
