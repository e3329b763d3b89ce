"""How strong is an application permission, a delegated permission or a directory role, judged by what it is called?

Those that can give their holder more rights are listed (data/, our own judgement); the others say it in their words:
Mail.Read, Mail.ReadWrite. A word that isn't known may do anything short of that: unknown is never "no".
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from connectors.inventory.records import Access

READING = frozenset({"read", "list", "view", "get", "export", "search", "receive", "evaluate", "reader"})
WRITING = frozenset(
    {"write", "manage", "send", "create", "update", "delete", "add", "remove", "control", "impersonation", "admin"}
)
# What a role of the customer's own may do to become stronger, as its definition spells it.
RISING = re.compile(
    r"/(?:allProperties/allTasks|credentials/update|owners/update|appRoleAssignedTo/update|members/update"
    r"|roleAssignments/\w+|password/update|managePermissionGrants\w*|authenticationMethods/\w*update)",
    re.IGNORECASE,
)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


@lru_cache(maxsize=4096)
def of_permission(value: str) -> Access:
    """Of an app role or a delegated scope: "Mail.ReadWrite", "user_impersonation"."""
    if value.casefold() in _listed("app_roles", "value"):
        return Access.ADMIN
    words = {word.casefold() for word in _WORD.findall(value)}
    return Access.READ if words & READING and not words & WRITING else Access.WRITE


def of_role(definition: Mapping[str, Any]) -> Access:
    """Of a directory role, from its definition: a built-in one by its name, the customer's own by its actions."""
    name, actions = str(definition["displayName"]), list(_actions(definition))
    listed = definition.get("isBuiltIn") and name.casefold() in _listed("directory_roles", "name")
    if listed or (not definition.get("isBuiltIn") and any(RISING.search(action) for action in actions)):
        return Access.ADMIN
    reads = all(action.casefold().endswith("/read") for action in actions) if actions else name.endswith("Reader")
    return Access.READ if reads else Access.WRITE


def _actions(definition: Mapping[str, Any]) -> Iterable[str]:
    for permission in definition.get("rolePermissions") or ():
        yield from permission.get("allowedResourceActions") or ()


@cache
def _listed(table: str, column: str) -> frozenset[str]:
    path = Path(__file__).with_name("data") / f"{table}.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    return frozenset(row[column].casefold() for row in csv.DictReader(line for line in lines if line[:1] != "#"))
