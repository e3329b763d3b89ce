"""How tests of operations make findings, do something to many of them, and look at what came of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import connection

from accounts.models import User
from findings import operation
from findings.filter import Filter
from findings.models import Finding, Operation, OperationMember, Tally
from findings.proposal import Terms
from tenants.audit import Actor
from tenants.models import AuditEvent, Tenant
from tests.factories import NOW, make_finding

ALICE = Actor(id="a", name="Alice", via="web")
BOB = Actor(id="b", name="Bob", via="web")
LATER = NOW + timedelta(days=90)
Doc = dict[str, Any]


def tallies(tenant: Tenant) -> dict[Any, int]:
    return {(row.facet, row.value, row.narrow): row.n for row in Tally.objects.of(tenant) if row.n}


def make(tenant: Tenant, number: int, **fields: Any) -> list[Finding]:
    return [make_finding(tenant, subject_name=f"role-{place}", **fields) for place in range(number)]


def drafted(tenant: Tenant, verb: str, picked: list[Finding] | None = None, **asked: Any) -> Operation:
    me = User().pk
    ids = None if picked is None else [each.pk for each in picked]
    draft = operation.draft(tenant=tenant, actor=ALICE, verb=verb, me=me, picked=ids, asked=Filter(**asked))
    assert draft
    return draft


def begun(draft: Operation, assignee: User | None = None, **terms: Any) -> Operation:
    operation.start(operation=draft, actor=ALICE, terms=Terms(**terms), assignee=assignee)
    return fresh(draft)


def did(tenant: Tenant, verb: str, picked: list[Finding], assignee: User | None = None, **terms: Any) -> Operation:
    return begun(drafted(tenant, verb, picked), assignee, **terms)


def fresh(held: Operation) -> Operation:
    found: Operation = Operation.objects.of(held.tenant).get(pk=held.pk)
    return found


def stored(tenant: Tenant) -> dict[Any, Doc]:
    """The findings as they lie in the collection, but for their versions."""
    rows = connection.get_collection("findings").find({"tenant_id": tenant.pk}, {"version": 0})  # type: ignore[attr-defined]
    return {row["_id"]: row for row in rows}


def outcomes(held: Operation) -> dict[str, tuple[str, str | None]]:
    rows = OperationMember.objects.of(held.tenant).filter(operation=held.pk)
    return {row.name.rpartition(": ")[2]: (row.outcome, row.why) for row in rows}


def events(tenant: Tenant, kind: str = "operation") -> list[str]:
    log = AuditEvent.objects.of(tenant).filter(subject_kind=kind).order_by("number")
    return [event.action for event in log]


def fresh_one(finding: Finding) -> Finding:
    found: Finding = Finding.objects.of(finding.tenant).get(pk=finding.pk)
    return found
