"""Does a person's word about data domains hold: at once, in the next scan, in the page, and after it is taken back?"""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django_q.models import OrmQ

from connectors import domains
from connectors.inventory.models import Change, DomainVerdict, Node
from connectors.models import Connection
from tenants.audit import Actor
from tenants.models import AuditEvent, Tenant
from tests.connectors import scripted
from tests.connectors.scanning import run, run_script
from tests.connectors.scripted import bucket, role, scope
from tests.factories import make_connection

ALICE = Actor(id="1", name="Alice", via="web")
PAYROLL = bucket("payroll-copy")


def held(tenant: Tenant, name: str = "payroll-copy") -> list[str]:
    node = Node.objects.of(tenant).get(name=name)
    assert node.domains == sorted(each["name"] for each in node.data.get("domains", []))
    return list(node.domains)


def decide(tenant: Tenant, domain: str, *, holds: bool, on: str | None = None, like: str = "") -> DomainVerdict:
    name = "payroll-copy" if on else like
    return domains.decide(
        tenant=tenant, domain=domain, holds=holds, key=on, name=name, reason="Test data only.", actor=ALICE
    )


def work_off() -> None:
    """As a worker would."""
    for queued in OrmQ.objects.all():
        task = queued.task
        if task["func"] == "connectors.domains.apply":
            domains.apply(*task["args"])
        queued.delete()


def test_one_object_is_changed_at_once_with_the_reason(connection: Connection, tenant: Tenant):
    run(connection, scope("prod:iam", PAYROLL, role("Admin")))
    assert held(tenant) == ["hr"]
    made = decide(tenant, "hr", holds=False, on=PAYROLL.id)
    decide(tenant, "legal", holds=True, on=PAYROLL.id)
    assert held(tenant) == ["legal"]
    assert Node.objects.of(tenant).get(name="payroll-copy").data["domains"] == [
        {"name": "legal", "because": "Alice: Test data only."}
    ]
    change = Change.objects.of(tenant).get(scan=made.pk)
    assert (change.field, change.after) == ("domains", None)
    event = AuditEvent.objects.of(tenant).filter(action="domain:decided").order_by("number")[0]
    assert (event.actor, event.subject, event.detail["domain"]) == ("Alice", "payroll-copy", "hr")


def test_the_next_scan_finds_nothing_changed(connection: Connection, tenant: Tenant):
    run(connection, scope("prod:iam", PAYROLL))
    decide(tenant, "hr", holds=False, on=PAYROLL.id)
    scan = run(connection, scope("prod:iam", PAYROLL))
    assert (held(tenant), scan.counts.get("changed", 0)) == ([], 0)


def test_a_pattern_is_applied_by_a_worker_to_all_that_match(connection: Connection, tenant: Tenant):
    run(connection, scope("prod:iam", PAYROLL, bucket("payroll-live"), bucket("logs")))
    made = decide(tenant, "hr", holds=False, like="PAYROLL-*")
    assert made.applied_to is None
    work_off()
    assert (held(tenant), held(tenant, "payroll-live"), held(tenant, "logs")) == ([], [], [])
    assert DomainVerdict.objects.of(tenant).get(pk=made.pk).applied_to == 2


def test_taking_it_back_lets_the_rules_speak_again(connection: Connection, tenant: Tenant):
    run(connection, scope("prod:iam", PAYROLL))
    made = decide(tenant, "hr", holds=False, on=PAYROLL.id)
    assert domains.withdraw(verdict=made, actor=ALICE)
    assert held(tenant) == ["hr"]
    assert not domains.withdraw(verdict=made, actor=ALICE)
    assert AuditEvent.objects.of(tenant).filter(action="domain:withdrawn").count() == 1


def test_deciding_again_replaces_what_was_decided(connection: Connection, tenant: Tenant):
    run(connection, scope("prod:iam", PAYROLL))
    decide(tenant, "hr", holds=False, on=PAYROLL.id)
    decide(tenant, "hr", holds=True, on=PAYROLL.id)
    assert (held(tenant), DomainVerdict.objects.of(tenant).count()) == (["hr"], 1)


def test_what_is_decided_while_a_scan_reads_holds_at_its_end(connection: Connection, tenant: Tenant):
    def script(pull):
        records = scope("prod:iam", bucket("first"), PAYROLL)
        yield from records[:2]
        decide(tenant, "hr", holds=False, like="payroll-*")
        yield from records[2:]

    scripted.source.script = script
    run_script(connection)
    assert held(tenant) == []


def test_another_tenants_objects_are_left_alone(connection: Connection, tenant: Tenant, other_tenant: Tenant):
    theirs = make_connection(other_tenant, kind="scripted", name="Scripted", settings={})
    run(theirs, scope("prod:iam", PAYROLL))
    run(connection, scope("prod:iam", PAYROLL))
    decide(tenant, "hr", holds=False, like="*")
    decide(tenant, "hr", holds=False, on=PAYROLL.id)
    work_off()
    assert (held(tenant), held(other_tenant)) == ([], ["hr"])


def test_there_is_an_end_to_verdicts(tenant: Tenant, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(domains, "MOST", 1)
    decide(tenant, "hr", holds=False, like="a*")
    decide(tenant, "hr", holds=True, like="a*")
    with pytest.raises(domains.TooMany):
        decide(tenant, "hr", holds=False, like="b*")


# ── Pages ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def url(name: str, **kwargs) -> str:
    return reverse(f"tenant:{name}", kwargs={"slug": "acme", **kwargs})


def test_an_analyst_overrules_from_the_objects_page(connection: Connection, tenant: Tenant, as_bob: Client):
    run(connection, scope("prod:iam", PAYROLL))
    pk = Node.objects.of(tenant).get(name="payroll-copy").pk
    shown = as_bob.get(url("inventory_object", pk=pk)).content.decode()
    assert "name contains “payroll”" in shown
    said = {"domain": " HR ", "holds": "0", "reason": "A test copy."}
    answer = as_bob.post(url("object_domain_decide", pk=pk), said, follow=True)
    assert "None recognised" in answer.content.decode()
    assert held(tenant) == []
    listed = as_bob.get(url("domains")).content.decode()
    assert "A test copy." in listed
    assert url("inventory_object", pk=pk) in listed
    made = DomainVerdict.objects.of(tenant).get()
    as_bob.post(url("domain_withdraw", pk=made.pk))
    assert held(tenant) == ["hr"]


def test_what_is_missing_is_said_and_nothing_decided(connection: Connection, tenant: Tenant, as_bob: Client):
    run(connection, scope("prod:iam", PAYROLL))
    pk = Node.objects.of(tenant).get(name="payroll-copy").pk
    answer = as_bob.post(url("object_domain_decide", pk=pk), {"domain": "hr", "holds": "0"}, follow=True)
    assert "Reason: This field is required." in answer.content.decode()
    answer = as_bob.post(url("domain_decide"), {"name": "pay*", "domain": "", "holds": "1", "reason": "x"})
    assert (answer.status_code, "This field is required." in answer.content.decode()) == (422, True)
    assert 'value="pay*"' in answer.content.decode()
    assert not DomainVerdict.objects.of(tenant).exists()


def test_a_viewer_reads_the_rules_and_decides_nothing(tenant: Tenant, as_victor: Client):
    shown = as_victor.get(url("domains")).content.decode()
    assert "payroll" in shown
    assert "Decide for many" not in shown
    assert as_victor.post(url("domain_decide"), {"name": "a"}).status_code == 403
