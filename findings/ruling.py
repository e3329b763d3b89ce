"""What does a tenant say about rules: which are off, which numbers differ, and which AI has it approved of?"""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatchcase

from django.utils import timezone

from connectors.inventory.records import Resource, Workload
from findings.evaluator import Settings
from findings.models import Approval, Policy, RuleSetting
from tenants.models import Tenant


def settings(tenant: Tenant) -> Settings:
    """The tenant's word as it holds now."""
    said = list(RuleSetting.objects.of(tenant))
    policy = Policy.objects.of(tenant).first()
    return Settings(
        off=frozenset(row.rule for row in said if row.off),
        thresholds={(row.rule, name): number for row in said for name, number in row.thresholds.items()},
        approved=_approved(tenant) if policy and policy.keeps_approved_list else None,
    )


def _approved(tenant: Tenant) -> Callable[[Workload | Resource], str | None]:
    now = timezone.now()
    standing = Approval.objects.of(tenant).filter(withdrawn_at=None)
    held = [each for each in standing if each.until is None or each.until > now]
    by_key = {each.key: each for each in held if each.key}
    by_name = [(each.name.casefold(), each) for each in held if not each.key]

    def approved(subject: Workload | Resource) -> str | None:
        found = by_key.get(subject.id) or next(
            (each for pattern, each in by_name if fnmatchcase(subject.name.casefold(), pattern)), None
        )
        return f"{found.by}: {found.reason}" if found else None

    return approved
