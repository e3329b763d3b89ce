"""Which addresses are there, of every app and library, with something in each place that a view wants filled?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern

SPARE_ID = "0" * 24
FILLING = {
    "objectid": SPARE_ID,
    "uuid": "00000000-0000-4000-8000-000000000000",
    "int": "1",
    "slug": "acme",
    "str": "x",
    "path": SPARE_ID,
}


@dataclass(frozen=True)
class Address:
    """A path, and the view it was filled in for."""

    path: str
    view: Any
    name: str


def addresses() -> list[Address]:
    """Every one that leads to a view."""
    return list(_below(get_resolver(), "/", ""))


def _below(resolver: URLResolver, path: str, names: str) -> Iterator[Address]:
    for entry in resolver.url_patterns:
        here = path + _filled(entry)
        if isinstance(entry, URLResolver):
            yield from _below(entry, here, f"{names}{entry.namespace}:" if entry.namespace else names)
        elif isinstance(entry, URLPattern):
            yield Address(here, entry.callback, f"{names}{entry.name}")


def _filled(entry: URLPattern | URLResolver) -> str:
    pattern = str(entry.pattern)
    if isinstance(entry.pattern, RoutePattern):
        return re.sub(r"<(?:(\w+):)?\w+>", lambda found: FILLING[found[1] or "str"], pattern)
    pattern = re.sub(r"\(\?P<\w+>([\w|]+)\)", lambda found: found[1].split("|")[0], pattern)  # one of these words
    pattern = re.sub(r"\(\?:([\w|-]+)\)", lambda found: found[1].split("|")[0], pattern)
    return re.sub(r"\(\?P<\w+>[^)]*\)", "x", pattern).strip("^$").replace("/$", "/")
