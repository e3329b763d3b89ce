"""Is an answer of the stand-in's as Microsoft describes it?

The description is the one that Microsoft's own packages for Python (azure-mgmt-…) were made from, its public OpenAPI:
their classes name each member and its type. They themselves pass over what they don't know; here it is a difference.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any

SIMPLE: Mapping[str, tuple[type, ...]] = {
    "str": (str,),
    "bool": (bool,),
    "int": (int,),
    "long": (int,),
    "float": (int, float),
    "iso-8601": (str,),
}


def differences(model: Any, value: Any, at: str = "") -> Iterator[str]:
    """What of a value is not as a class says: members that it doesn't have, and those of another type."""
    if not isinstance(value, Mapping):
        yield f"{at or 'it'} is no object"
        return
    kind = _subtype(model, value)
    yield from _members(kind, _tree(kind._attribute_map), value, at)


def _members(model: Any, tree: Mapping[str, Any], value: Mapping[str, Any], at: str) -> Iterator[str]:
    for name, said in value.items():
        where = f"{at}.{name}".lstrip(".")
        known = tree.get(name)
        if known is None:
            yield f"{where} is not described"
        elif isinstance(known, Mapping):
            yield from _members(model, known, said, where) if isinstance(said, Mapping) else [f"{where} is no object"]
        elif said is not None:
            yield from _typed(model, known, said, where)


def _typed(model: Any, kind: str, said: Any, at: str) -> Iterator[str]:
    if kind in {"object", "[object]", "{object}"}:
        return
    if kind in SIMPLE:
        if not isinstance(said, SIMPLE[kind]):
            yield f"{at} is no {kind}"
    elif kind[0] == "[":
        for number, each in enumerate(said):
            yield from _typed(model, kind[1:-1], each, f"{at}[{number}]")
    elif kind[0] == "{":
        for name, each in said.items():
            yield from _typed(model, kind[1:-1], each, f"{at}.{name}") if each is not None else ()
    else:
        yield from differences(getattr(sys.modules[model.__module__], kind), said, at)


def _tree(attributes: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """The members by their name in JSON; some lie deeper in it than in the class: "properties.scope"."""
    found: dict[str, Any] = {}
    for each in attributes.values():
        *above, last = each["key"].replace(r"\.", "\0").split(".")
        level = found
        for part in above:
            level = level.setdefault(part.replace("\0", "."), {})
        level[last.replace("\0", ".")] = each["type"]
    return found


def _subtype(model: Any, value: Mapping[str, Any]) -> Any:
    """The class that one of the members chooses."""
    for attribute, kinds in (getattr(model, "_subtype_map", None) or {}).items():
        chosen = kinds.get(value.get(model._attribute_map[attribute]["key"]))
        if chosen:
            return getattr(sys.modules[model.__module__], chosen)
    return model
