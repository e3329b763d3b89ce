"""What does the audit log say of a finding, by itself and among many?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from findings.models import Finding, OperationMember
from tenants.models import AuditEvent


class Told(NamedTuple):
    """An event, and in the audit vocabulary what it did to the finding: of an operation's, what that came to there."""

    event: AuditEvent
    did: str


def about(finding: Finding) -> list[Told]:
    """All of it, oldest first."""
    own = AuditEvent.objects.of(finding.tenant).filter(subject_kind="finding", subject_id=str(finding.pk))
    told = [*(Told(event, event.action) for event in own), *_of_operations(finding)]
    return sorted(told, key=lambda each: each.event.number)


def _of_operations(finding: Finding) -> Iterator[Told]:
    """Of each that was done to the finding: who carried it out, or for as long as it goes on, who started that."""
    done = OperationMember.objects.of(finding.tenant).filter(finding=finding.pk).exclude(action=None)
    members = {str(member.operation): member for member in done}
    if not members:
        return
    events = AuditEvent.objects.of(finding.tenant).filter(subject_kind="operation", subject_id__in=list(members))
    found = list(events)
    over = {event.subject_id for event in found if event.action == "operation:carried_out"}
    for event in found:
        member = members[str(event.subject_id)]
        if event.action == "operation:undone":
            if member.outcome == OperationMember.Outcome.RESTORED:
                yield Told(event, "finding:undone")
        elif event.action == "operation:carried_out" or event.subject_id not in over:
            yield Told(event, str(member.action))
