"""Which service control policies are attached where in the organization?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

from connectors.inventory.records import Record
from connectors.sources.aws.guardrails import Guardrails, guardrails
from connectors.sources.aws.organization import Organization
from connectors.sources.aws.place import Account, Place
from connectors.sources.aws.policy import Statement, statements

KIND = "SERVICE_CONTROL_POLICY"


@dataclass(slots=True)
class ControlPolicies:
    """What was read of them. `attached`: id of a root, unit or account → statements of the policies on it."""

    organization: Organization
    attached: dict[str, list[Statement]] = field(default_factory=dict)
    complete: bool = False

    def read(self, place: Place) -> Iterator[Record]:
        """Fills in where each policy is attached; yields nothing, because they are told on what they narrow."""
        for page in place.pages("organizations", "ListPolicies", by="NextToken", Filter=KIND):
            for row in page["Policies"]:
                self._attach(place, row["Id"], row["Name"])
        self.complete = True
        yield from ()

    def _attach(self, place: Place, policy: str, name: str) -> None:
        document = place.ask("organizations", "DescribePolicy", PolicyId=policy)["Policy"]["Content"]
        found = statements(json.loads(document), policy=f"service control policy {name}")
        for page in place.pages("organizations", "ListTargetsForPolicy", by="NextToken", PolicyId=policy):
            for target in page["Targets"]:
                self.attached.setdefault(target["TargetId"], []).extend(found)

    def over(self, account: Account) -> Guardrails:
        """Those over an account: none over the management account, nor where they are switched off.

        AWS never leaves a level without a policy, so a level that seems to have none wasn't read whole.
        """
        if self.organization.guarded is False or account.id == self.organization.management:
            return Guardrails()
        line = (*account.above, account.id)
        if not self.complete or not account.above or not all(each in self.attached for each in line):
            return Guardrails(read=False)
        return guardrails(self.attached[each] for each in line)
