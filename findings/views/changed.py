"""What of a finding is different: since the decision, since the scan before, and in the inventory?"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bson import ObjectId
from django.utils import timezone

from accounts.http import TenantRequest, tenant_url
from connectors.inventory.history import Span, between
from findings import drift
from findings.drift import Difference
from findings.lifecycle import label
from findings.models import Finding

MOST_CHANGES = 8  # of the subject in the inventory


def changed(request: TenantRequest, found: Finding, *, subject: ObjectId | None) -> list[dict[str, Any]]:
    """The sections of "What changed", each with its differences; none where there is nothing to compare with.
    `subject` is the id of the subject's own page."""
    return [*_since_decision(found), *_since_former(found), *_in_inventory(request, found, subject)]


def _since_decision(found: Finding) -> list[dict[str, Any]]:
    if found.returned_diff:
        grown = [Difference(label(facet), added, []) for facet, added in found.returned_diff.items()]
        return [{"title": "Since the decision that it ended", "at": found.decided_at, "differences": grown}]
    if found.decided_on is None:
        return []
    title = f"Since the decision by {found.decided_by}"
    return [{"title": title, "at": found.decided_at, "differences": drift.since_decision(found)}]


def _since_former(found: Finding) -> list[dict[str, Any]]:
    if found.former is None:
        return []
    replaced = datetime.fromisoformat(found.former["replaced_at"])
    return [{"title": "Between two scans", "at": replaced, "differences": drift.since_former(found)}]


def _in_inventory(request: TenantRequest, found: Finding, subject: ObjectId | None) -> list[dict[str, Any]]:
    """What became of the subject itself since the decision, or since the finding was first seen."""
    since = (found.decision != "none" and found.decided_at) or found.first_seen
    span = Span(after=since, until=timezone.now())
    nets = between(request.tenant, span, subject=found.subject_key, after=[], limit=MOST_CHANGES + 1)
    if not nets:
        return []
    told = [net.told for net in nets[:MOST_CHANGES]]
    return [
        {
            "title": f"{found.subject_name} in the inventory",
            "at": since,
            "differences": [_difference(each) for each in told],
            "more": len(nets) > MOST_CHANGES,
            "url": tenant_url(request.tenant, "object_history", pk=subject) if subject else None,
        }
    ]


def _difference(told: dict[str, str | None]) -> Difference:
    before, after = told["before"], told["after"]
    return Difference(str(told["field"]).capitalize(), [after] if after else [], [before] if before else [])
