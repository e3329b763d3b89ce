"""What does one transaction write about findings, and which audit events tell it?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import connection as database
from pymongo import UpdateOne

from findings import lifecycle, tally
from findings.facets import Row, traits
from findings.lifecycle import Transition
from findings.models import Finding
from tenants import audit
from tenants.models import Tenant


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

    def change(self, finding: Finding, changes: dict[str, Any], *, version: int) -> None:
        """Only onto the version that was read: anybody else's write since then makes the transaction run again."""
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
        wider: dict[str, list[str]] | None,
    ) -> None:
        state, version = transition.state, finding.version + 1
        taken_back = state.decision != finding.decision
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
            detail["was"] = finding.decision
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
