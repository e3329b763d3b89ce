"""What does one transaction write about findings, and which audit events tell it?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import connection as database
from pymongo import UpdateOne

from findings import lifecycle, proposal, tally
from findings.facets import Row, traits
from findings.lifecycle import Decision, Ended, Status, Transition
from findings.models import Exemption, Finding
from tenants import audit
from tenants.models import Tenant

Wider = dict[str, list[str]] | None  # what has grown, in words by facet


class Pen:
    """Gathers what one transaction writes about findings, and the audit events that tell it. `changed` says of a rule
    how it has become another one since it last looked, None where it is the same."""

    def __init__(self, tenant: Tenant, changed: Callable[[str], str | None]) -> None:
        self._tenant, self._changed = tenant, changed
        self._new: list[Finding] = []
        self._updates: list[UpdateOne] = []
        self._entries: list[audit.Entry] = []
        self._counted: list[tuple[Row | None, Row]] = []

    def open(self, finding: Finding) -> None:
        row = tally.fields(finding)
        finding.traits = traits(row)
        self._counted.append((None, row))
        self._new.append(finding)
        self._tell(finding, "finding:opened", {"severity": finding.severity, "version": finding.version})

    def exempt(self, finding: Finding, held: Exemption, *, was: str, version: int) -> None:
        """Tell that it falls under an exemption, from whom and since when."""
        detail = {"was": was, "now": Decision.FALSE_POSITIVE.value, "status": Status.FALSE_POSITIVE.value}
        detail |= {"exemption": str(held.pk), "exempted_by": held.by, "exempted_at": held.at.isoformat()}
        self._tell(finding, "finding:false_positive", detail | {"reason": held.reason, "version": version})

    def void(self, finding: Finding, how: Ended, *, now: datetime, since: Wider) -> dict[str, Any]:
        """Tell that a proposal is void. Returns what that changes about the finding."""
        proposed = proposal.standing(finding)
        if proposed is None:
            return {}
        told = {"proposed_by": proposed["by"], "until": proposed["until"], "because": how.value}
        version = {"version": finding.version + 1}
        self._tell(finding, "finding:acceptance:voided", told | version | ({"since": since} if since else {}))
        return {"proposal": proposal.ended(proposed, how, by=audit.WORKER.name, at=now, since=since)}

    def change(self, finding: Finding, changes: dict[str, Any], *, version: int) -> None:
        """Only onto the version that was read: anybody else's write since then makes the transaction run again."""
        changes = changes | {"acceptance": proposal.acceptance(finding, changes)}
        before = tally.fields(finding)
        after = {name: changes.get(name, value) for name, value in before.items()}
        if after != before:
            changes = changes | {"traits": traits(after)}
            self._counted.append((before, after))
        same = {"_id": finding.pk, "tenant_id": finding.tenant_id, "version": finding.version}
        self._updates.append(UpdateOne(same, {"$set": changes | {"version": version}}))

    def move(
        self,
        finding: Finding,
        transition: Transition,
        *,
        now: datetime,
        changes: dict[str, Any],
        wider: Wider,
    ) -> None:
        state, version = transition.state, finding.version + 1
        taken_back = state.decision is Decision.NONE and finding.decision != Decision.NONE
        if lifecycle.overtaken(state.observation, wider=False):
            changes = changes | self.void(finding, Ended.GONE, now=now, since=None)
        until = None if taken_back else finding.accepted_until
        moved: dict[str, Any] = {
            "observation": state.observation.value,
            "observed_at": now,
            "status": lifecycle.status(state.observation, state.decision, until, state.returned, now).value,
        }
        detail: dict[str, Any] = {"version": version, "status": moved["status"]}
        if state.returned != finding.returned or taken_back:
            moved |= {"returned": state.returned and state.returned.value, "returned_diff": wider}
            detail |= {"because": moved["returned"]} | ({"since": wider} if wider else {})
        if taken_back:  # who decided, when and why stays to be read: it is what has been overtaken
            moved |= {"decision": state.decision.value, "accepted_until": None, "decided_on": None}
            moved |= {"warned_at": None, "exemption_id": None}
            detail |= {"was": finding.decision, "now": state.decision.value}
        self.change(finding, changes | moved, version=version)
        self._tell(finding, transition.action, detail)

    def write(self) -> Counter[str]:
        """Write everything. Returns the moves by name."""
        if self._new:
            Finding.objects.bulk_create(self._new)
        if self._updates:
            findings = database.get_collection(Finding._meta.db_table)  # type: ignore[attr-defined]
            findings.bulk_write(self._updates, ordered=False, session=database.session)  # type: ignore[attr-defined]
        tally.update(self._tenant, self._counted)
        audit.record_all(self._tenant, actor=audit.WORKER, entries=self._entries)
        return Counter(entry.action.removeprefix("finding:") for entry in self._entries)

    def _tell(self, finding: Finding, action: str, detail: dict[str, Any]) -> None:
        if changed := self._changed(finding.rule):
            detail = detail | {"rule_changed": changed}
        self._entries.append(
            audit.Entry(
                action=action,
                subject_kind="finding",
                subject_id=str(finding.pk),
                subject=f"{finding.title}: {finding.subject_name}",
                detail=detail,
            )
        )
