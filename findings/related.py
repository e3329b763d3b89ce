"""Which other findings share an identity or a grant with this one, so that mending one cause mends them all?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from findings import path as kept
from findings import queue
from findings.filter import Filter
from findings.mark import KINDS, marks, named
from findings.models import Finding
from tenants.models import Tenant

SHOWN = 5  # of each group
MOST_GROUPS = 4


@dataclass(frozen=True, slots=True)
class Group:
    """The other findings that share something, the worst first: SHOWN of them, and how many there are, or at least so
    many where not `whole`. `asked` lists exactly these and the one that they are related to."""

    shared: str
    rows: list[dict[str, Any]]
    count: int
    whole: bool
    asked: Filter

    @property
    def rest(self) -> int:
        """How many aren't shown."""
        return self.count - len(self.rows)


def related(finding: Finding, *, me: UUID) -> list[Group]:
    """MOST_GROUPS at most: what concerns the subject first, then along the path. No two list the same findings."""
    path = kept.path(finding)
    groups: list[Group] = []
    seen: set[tuple[Any, ...]] = set()
    for mark in marks(finding.subject_key, finding.subject_name, path.hops if path else ()):
        asked = Filter(status=(), search=mark.start)
        rows = queue.read(tenant=finding.tenant, asked=asked, me=me).rows
        others = [row for row in rows if row["id"] != finding.pk]
        same = tuple(row["id"] for row in others)
        if others and same not in seen and len(groups) < MOST_GROUPS:
            seen.add(same)
            count, whole = queue.found(finding.tenant, asked)
            groups.append(Group(mark.shared, others[:SHOWN], count - 1, whole, asked))
    return groups


def spoken(tenant: Tenant, search: str) -> str:
    """A search in words: for a mark, what it is about."""
    if not search.startswith(tuple(f"{kind}:" for kind in KINDS)):
        return search
    asked = Filter(status=(), search=search)
    stages = [*queue.matching(tenant, asked), {"$limit": 1}, {"$project": {"search": 1}}]
    held = [word for row in queue.findings().aggregate(stages, hint="finding_search") for word in row["search"]]
    return next((named(word) for word in held if word.startswith(search)), search)
