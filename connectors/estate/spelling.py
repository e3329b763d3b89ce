"""Which record does one line of an estate spell, and if none, what is wrong with it?

Strict where the database's codec is lenient: a person wrote the line.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any

from connectors.inventory.records import (
    Alert,
    Egress,
    Identity,
    Link,
    Owner,
    Permission,
    Record,
    Ref,
    Removed,
    Resource,
    ScopeEnded,
    ScopeStarted,
    Workload,
)

WORDS: dict[str, type[Record]] = {
    "workload": Workload,
    "identity": Identity,
    "resource": Resource,
    "owner": Owner,
    "link": Link,
    "permission": Permission,
    "egress": Egress,
    "alert": Alert,
    "removed": Removed,
    "started": ScopeStarted,
    "ended": ScopeEnded,
}
OBJECTS = (Workload, Identity, Resource, Owner)


class Misspelt(Exception):
    """A field that can't be read: which one, and why not."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"{name}: {why}")


def spelled(row: Mapping[str, Any], *, system: str, scope: str | None) -> Record:
    """The record of a line. What it leaves out, its surroundings say: the system, the scope begun last; an object's
    provider id is its id."""
    word = row.get("record")
    record = WORDS.get(word) if isinstance(word, str) else None
    if record is None:
        raise Misspelt("record", f"{word!r} is none of {', '.join(WORDS)}")
    given = {name: value for name, value in row.items() if name != "record"}
    if scope is not None:
        given.setdefault("scope", scope)
    if record in OBJECTS:
        given = {"system": system, "provider_id": given.get("id"), **given}
    made: Record = _made(record, given, "")
    return made


def _made(record: type, given: Any, where: str) -> Any:
    if not isinstance(given, Mapping):
        raise Misspelt(where, f"expected an object, not {given!r}")
    known = _fields(record)
    for name in given:
        if name not in known:
            raise Misspelt(f"{where}{name}", f"{record.__name__} has no such field; it has {', '.join(known)}")
    missing = [name for name, (_, needed) in known.items() if needed and name not in given]
    if missing:
        raise Misspelt(f"{where}{missing[0]}", f"{record.__name__} needs it")
    return record(**{name: _value(known[name][0], value, f"{where}{name}") for name, value in given.items()})


@cache
def _fields(record: type) -> dict[str, tuple[Any, bool]]:
    """Name → its type, and whether it must be given."""
    hints = typing.get_type_hints(record)
    each = {field.name: field for field in fields(record)}
    return {name: (hints[name], field.default is MISSING) for name, field in each.items()}


def _value(hint: Any, value: Any, where: str) -> Any:
    if isinstance(hint, types.UnionType):
        inner = next(each for each in typing.get_args(hint) if each is not types.NoneType)
        return None if value is None else _value(inner, value, where)
    if typing.get_origin(hint) is tuple:
        return _several(typing.get_args(hint), value, where)
    if hint is Ref:
        return _ref(value, where)
    if is_dataclass(hint) and isinstance(hint, type):
        return _made(hint, value, f"{where}.")
    return _simple(hint, value, where)


def _several(inner: tuple[Any, ...], value: Any, where: str) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise Misspelt(where, f"expected a list, not {value!r}")
    if inner == (str, str):
        if len(value) != len(inner):
            raise Misspelt(where, f"expected a label and a value, not {value!r}")
        return tuple(_simple(str, each, where) for each in value)
    return tuple(_value(inner[0], each, f"{where}[{number}]") for number, each in enumerate(value))


def _ref(value: Any, where: str) -> Ref:
    """["identity", "arn:…", "its name"], which is shorter than the object."""
    if isinstance(value, list):
        if len(value) != len(fields(Ref)):
            raise Misspelt(where, f"expected kind, id and name, not {value!r}")
        value = dict(zip(("kind", "id", "name"), value, strict=True))
    made: Ref = _made(Ref, value, f"{where}.")
    return made


def _simple(hint: type, value: Any, where: str) -> Any:
    if issubclass(hint, StrEnum):
        if value not in list(hint):
            raise Misspelt(where, f"{value!r} is none of {', '.join(hint)}")
        return hint(value)
    if hint is datetime:
        return _moment(value, where)
    wanted = (int, float) if hint is float else (hint,)
    if not isinstance(value, wanted) or (isinstance(value, bool) and hint is not bool):
        raise Misspelt(where, f"expected {_SAID[hint]}, not {value!r}")
    if value == "":
        raise Misspelt(where, "empty: what isn't known is left out")
    return value


def _moment(value: Any, where: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise Misspelt(where, f"expected a moment such as 2026-11-25T09:00:00Z, not {value!r}") from None
    if moment.tzinfo is None:
        raise Misspelt(where, f"{value!r} needs a time zone, such as Z")
    return moment


_SAID = {str: "a text", bool: "true or false", int: "a whole number", float: "a number"}
