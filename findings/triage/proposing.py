"""How does a second person answer a proposed acceptance, and who proposed it take it back?"""

from __future__ import annotations

from typing import Any

from findings import proposal
from findings.lifecycle import Ended, Verb
from findings.models import Finding
from findings.triage.writing import Illegal, allowed, carried_out, decided, end_proposal, text
from tenants.audit import Actor


def approve(*, finding: Finding, version: int, actor: Actor) -> Finding:
    """The second person says yes to what was proposed, on the evidence of now, which is no wider."""

    def work() -> None:
        fresh, proposed = _proposed(finding, Verb.APPROVE, version)
        if proposal.is_of(proposed, actor):
            raise Illegal("You proposed this acceptance yourself: somebody else has to approve it.")
        decided(fresh, Verb.APPROVE, actor=actor, terms=proposal.terms(proposed))

    return carried_out(finding, work)


def refuse(*, finding: Finding, version: int, actor: Actor, reason: str | None) -> Finding:
    """The second person says no, and why."""
    said = text("reason", reason, missing="Say why it isn't accepted.")

    def work() -> None:
        fresh, proposed = _proposed(finding, Verb.REFUSE, version)
        if proposal.is_of(proposed, actor):
            raise Illegal("You proposed this acceptance yourself: withdraw it instead.")
        end_proposal(fresh, Ended.REFUSED, actor=actor, reason=said)

    return carried_out(finding, work)


def withdraw(*, finding: Finding, version: int, actor: Actor) -> Finding:
    """Who proposed it takes that back."""

    def work() -> None:
        fresh, proposed = _proposed(finding, Verb.WITHDRAW, version)
        if not proposal.is_of(proposed, actor):
            raise Illegal(f"{proposed['by']} proposed this acceptance: only they can withdraw it.")
        end_proposal(fresh, Ended.WITHDRAWN, actor=actor, reason=None)

    return carried_out(finding, work)


def _proposed(finding: Finding, verb: Verb, version: int) -> tuple[Finding, dict[str, Any]]:
    fresh = allowed(finding, verb, version)
    return fresh, proposal.standing(fresh) or {}
