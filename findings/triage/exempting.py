"""How does a rule become exempt at a subject, and how do its findings there come back?"""

from __future__ import annotations

from django.utils import timezone

from findings import exemption
from findings.evaluator import rules
from findings.lifecycle import Verb
from findings.models import Exemption, Finding
from findings.proposal import Terms
from findings.triage.writing import Conflict, decided
from tenants import audit
from tenants.audit import Actor


def lift(*, held: Exemption, actor: Actor) -> None:
    """End a false positive of a subject's scope: all that it covers is open again. Conflict where somebody did."""

    def work() -> None:
        fresh = Exemption.objects.of(held.tenant).get(pk=held.pk)
        if fresh.ended_at:
            raise Conflict(by=fresh.ended_by or audit.WORKER.name, what="ended it", at=fresh.ended_at)
        give_back(fresh, actor=actor, reason=None)

    audit.atomically(work)


def exempt(fresh: Finding, *, actor: Actor, reason: str) -> None:
    """Whatever the rule finds at the finding's subject is a false positive, as this finding is."""
    made = exemption.make(fresh, actor=actor, reason=reason, now=timezone.now())
    terms = Terms(reason=reason, exemption=made.pk)
    for each in (fresh, *exemption.others(fresh)):
        decided(each, Verb.FALSE_POSITIVE, actor=actor, terms=terms)
    _tell(made, actor=actor, action="rule:exempted", reason=reason)


def give_back(held: Exemption, *, actor: Actor, reason: str | None) -> None:
    """End it, and open what it covers, wherever that stands now."""
    Exemption.objects.of(held.tenant).filter(pk=held.pk).update(ended_at=timezone.now(), ended_by=actor.signature)
    for each in exemption.covered(held):
        decided(each, Verb.REOPEN, actor=actor, terms=Terms(reason=reason))
    _tell(held, actor=actor, action="rule:exemption_ended", reason=reason)


def _tell(held: Exemption, *, actor: Actor, action: str, reason: str | None) -> None:
    rule = rules().get(held.rule)
    audit.record(
        held.tenant,
        actor=actor,
        action=action,
        subject_kind="rule",
        subject_id=held.rule,
        subject=rule.title if rule else held.rule,
        detail={"exempt": held.subject_name, "exemption": str(held.pk)} | ({"reason": reason} if reason else {}),
    )
