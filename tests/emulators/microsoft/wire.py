"""What is a call to any of Microsoft's systems made of, and what is an answer?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Asked:
    """One call. `base` is the address that the path is below, as the caller spelled it; names of headers are in small
    letters; `claims` are those of the token that signs it; `spoilt` names the faults that strike what it is told."""

    method: str
    path: str
    query: Mapping[str, str]
    body: Any = None
    base: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    claims: Mapping[str, Any] = field(default_factory=dict)
    spoilt: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Reply:
    """An answer. `body` becomes JSON, unless it is bytes: then it is sent as it is."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)


def refused(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> Reply:
    return Reply(status, {"error": {"code": code, "message": message}}, headers or {})
