"""Which sources exist, and where is their code?"""

from __future__ import annotations

from importlib import import_module

from connectors.source import Source

KINDS = ("aws", "entra", "azure", "foundry", "copilot_studio", "servicenow", "jira")  # in the order to choose from
SOURCES = {kind: f"connectors.sources.{kind}" for kind in KINDS}


def source(kind: str) -> Source:
    """The source of that kind. KeyError for a kind that isn't registered."""
    found: Source = import_module(SOURCES[kind]).source
    return found
