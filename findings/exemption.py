"""Which rules find at which subjects nothing but false positives, and which findings does that cover?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from findings.lifecycle import Decision, Observation
from findings.models import Exemption, Finding
from tenants.audit import Actor
from tenants.models import Tenant

COVERABLE = (Decision.NONE.value, Decision.ACKNOWLEDGED.value, Decision.CLOSED.value)  # an acceptance stays one
THERE = (Observation.PRESENT.value, Observation.NOT_RECHECKED.value)


class Key(NamedTuple):
    """A rule and a subject, by ids that are never given to another."""

    rule: str
    system: str
    account_id: str | None
    subject_provider_id: str


def key(row: Mapping[str, Any]) -> Key:
    """Of the fields of a finding or an exemption."""
    return Key(*(row[name] for name in Key._fields))


def standing(tenant: Tenant, subjects: Iterable[str]) -> dict[Key, Exemption]:
    """What holds now at the subjects of these provider's ids."""
    held = Exemption.objects.of(tenant).filter(subject_provider_id__in=list(set(subjects)), ended_at=None)
    return {key(vars(each)): each for each in held}


def make(finding: Finding, *, actor: Actor, reason: str, now: datetime) -> Exemption:
    """Exempt the finding's subject from its rule; where that holds already, decided anew."""
    said = {"reason": reason, "by": actor.signature, "at": now, "decided_on": finding.fingerprint}
    about = key(vars(finding))
    held = Exemption.objects.of(finding.tenant).filter(**about._asdict(), ended_at=None)
    found: Exemption | None = held.first()
    if found:
        held.update(**said)
        return found
    made: Exemption = Exemption.objects.create(
        tenant=finding.tenant, subject_name=finding.subject_name, **about._asdict(), **said
    )
    return made


def others(finding: Finding) -> Any:
    """The other findings of the rule at the subject that an exemption would cover now."""
    alike = Finding.objects.of(finding.tenant).filter(subject_key=finding.subject_key, **key(vars(finding))._asdict())
    return alike.filter(decision__in=COVERABLE, observation__in=THERE).exclude(pk=finding.pk)


def covered(exemption: Exemption) -> Any:
    """The findings that fall under it."""
    return Finding.objects.of(exemption.tenant).filter(exemption_id=exemption.pk)


def decided(exemption: Exemption, fingerprint: Mapping[str, Any]) -> dict[str, Any]:
    """The decision that it makes on a finding with this evidence."""
    return {
        "decision": Decision.FALSE_POSITIVE.value,
        "decided_by": exemption.by,
        "decided_at": exemption.at,
        "reason": exemption.reason,
        "decided_on": fingerprint,
        "exemption_id": exemption.pk,
        "accepted_until": None,
        "warned_at": None,
    }
