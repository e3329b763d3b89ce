"""Which sources exist, and where is their code?"""

from __future__ import annotations

from importlib import import_module

from connectors.source import Source

SOURCES = {"aws": "connectors.sources.aws"}


def source(kind: str) -> Source:
    """The source of that kind. KeyError for a kind that isn't registered."""
    found: Source = import_module(SOURCES[kind]).source
    return found
