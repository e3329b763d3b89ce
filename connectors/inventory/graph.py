"""What can be reached from here, over which hops, and with what evidence?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from connectors.inventory.records import Access, Grade, Ref


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One edge, walked from source to target, with its evidence: observed when, by which scan.

    `relation` is a records.Relation value, "permission" or "egress". `source_type`/`target_type` are the provider's kinds
    ("Lambda function"); an egress' target has kind "egress" and its destination as id and name.
    """

    relation: str
    source: Ref
    target: Ref
    source_type: str
    target_type: str
    grade: Grade
    scope: str
    first_seen: datetime
    last_seen: datetime
    scan: str
    access: Access | None = None
    actions: tuple[str, ...] = ()
    via: str | None = None
    conditions: tuple[str, ...] = ()
    target_domains: tuple[str, ...] = ()
    target_account: str | None = None  # its name, where the target is known

    @property
    def sentence(self) -> str:
        """The hop in words with names, ending in a full stop: "Lambda function billing-export runs as Billing-Admin."."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Path:
    """Hops that join: each one's target is the next one's source. Never empty."""

    hops: tuple[Hop, ...]

    @property
    def grade(self) -> Grade:
        """The weakest hop's: one unknown hop makes the path unknown."""
        raise NotImplementedError

    @property
    def line(self) -> str:
        """The path in one line: "billing-export → Billing-Admin → customer-data → internet"."""
        raise NotImplementedError
