"""What does an operation's verb, said on these terms by this person, make of a finding?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.models import User
from findings import triage
from findings.lifecycle import Verb
from findings.models import Finding, Operation, Policy
from findings.proposal import RiskOwner, Terms
from findings.ruling import policy
from tenants.audit import Actor

ASSIGN = "assign"
VERBS = (
    *(Verb.ACKNOWLEDGE.value, ASSIGN, Verb.FALSE_POSITIVE.value),
    *(Verb.ACCEPT.value, Verb.CLOSE.value, Verb.REOPEN.value),
)  # what can be done to many at once
_SAID = {  # to do, done, and what follows the findings
    Verb.ACKNOWLEDGE: ("Acknowledge", "Acknowledged", ""),
    Verb.FALSE_POSITIVE: ("Mark", "Marked", " as false positive"),
    Verb.ACCEPT: ("Accept the risk of", "Accepted the risk of", ""),
    Verb.CLOSE: ("Close", "Closed", " as fixed"),
    Verb.REOPEN: ("Reopen", "Reopened", ""),
    ASSIGN: ("Assign", "Assigned", ""),
}


@dataclass(frozen=True, slots=True)
class Deed:
    """A verb with all that is said with it."""

    verb: str
    actor: Actor
    terms: Terms
    assignee: User | None
    said: Policy

    def change(self, fresh: Finding) -> triage.Change:
        """What it makes of the finding as it is now; triage.Illegal where it makes no sense."""
        if self.verb == ASSIGN:
            change = triage.assigned(fresh, self.assignee)
            if change is None:
                raise triage.Illegal(f"It is assigned to {fresh.assignee or 'nobody'} already.")
            return change
        verb = Verb(self.verb)
        if why := refusal(fresh, self.verb):
            raise triage.Illegal(why)
        if verb is Verb.ACCEPT:
            return triage.accepted(fresh, actor=self.actor, terms=self.terms, said=self.said)
        return triage.decision(fresh, verb, actor=self.actor, terms=self.terms)


def refusal(fresh: Finding, verb: str) -> str | None:
    """Why the verb can't be done to the finding among others, as far as that is known before its terms are."""
    if verb == ASSIGN:
        return None
    if verb == Verb.REOPEN and fresh.exemption_id:
        return "It falls under a false positive of its whole subject: reopen it by itself, which ends that."
    return triage.illegal(fresh, Verb(verb))


def of(operation: Operation) -> Deed:
    """The operation's, as it was written down."""
    terms, until = operation.terms, operation.terms.get("until")
    owner, who = terms.get("owner"), terms.get("assignee")
    return Deed(
        verb=operation.verb,
        actor=Actor(**operation.actor),
        terms=Terms(
            reason=terms.get("reason"),
            until=datetime.fromisoformat(until) if until else None,
            owner=RiskOwner(*owner) if owner else None,
        ),
        assignee=User.objects.filter(pk=who).first() if who else None,
        said=policy(operation.tenant),
    )


def written(terms: Terms, assignee: User | None) -> dict[str, Any]:
    """The same for Operation.terms, without what there is none of."""
    said = {
        "reason": terms.reason,
        "until": terms.until and terms.until.isoformat(),
        "owner": terms.owner and list(terms.owner),
        "assignee": assignee and str(assignee.pk),
    }
    return {name: value for name, value in said.items() if value}


def title(operation: Operation) -> str:
    """What it is to do: "Close 1,284 findings as fixed"."""
    before, _done, after = _SAID[operation.verb]
    return _sentence(before, operation.total, after)


def words(operation: Operation) -> str:
    """What it did, or will have done: "Closed 1,284 findings as fixed"."""
    number = operation.total if operation.state in {"draft", "running"} else operation.done
    _before, done, after = _SAID[operation.verb]
    return _sentence(done, number, after)


def _sentence(verb: str, number: int, after: str) -> str:
    several = "" if number == 1 else "s"
    return f"{verb} {number:,} finding{several}{after}" + (several if after.endswith("positive") else "")
