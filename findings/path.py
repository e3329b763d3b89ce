"""Which path does a finding keep, as hops again?"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from connectors.inventory.graph import Hop, Path
from connectors.inventory.records import Access, Grade, Ref
from findings.models import Finding


def path(finding: Finding) -> Path | None:
    """The path along which the finding was found, as evidence.hop wrote it down; None when it has none."""
    hops = tuple(_hop(step) for step in finding.path)
    return Path(hops) if hops else None


def _hop(step: dict[str, Any]) -> Hop:
    return Hop(
        relation=step["relation"],
        source=Ref(**step["source"]),
        target=Ref(**step["target"]),
        source_type=step["source_type"],
        target_type=step["target_type"],
        grade=Grade(step["grade"]),
        scope=step["scope"],
        first_seen=datetime.fromisoformat(step["first_seen"]),
        last_seen=datetime.fromisoformat(step["last_seen"]),
        scan=step["scan"],
        access=Access(step["access"]) if step["access"] else None,
        actions=tuple(step["actions"]),
        via=step["via"],
        conditions=tuple(step["conditions"]),
        target_domains=tuple(step["target_domains"]),
        target_account=step["target_account"],
    )
