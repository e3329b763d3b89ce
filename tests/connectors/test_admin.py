"""Can staff connect a client's system in the admin, look at evidence without changing it, and never see a secret?"""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from connectors import secrets
from connectors.inventory.models import Change, Coverage, Edge, Node
from connectors.models import Connection, Scan
from tenants.models import AuditEvent, Tenant
from tests.conftest import signed_in
from tests.connectors.stored import covered, function, role, store
from tests.connectors.test_connections_page import FILLED, SECRET
from tests.factories import make_connection, make_scan

MODELS = {"scan": Scan, "coverage": Coverage, "node": Node, "edge": Edge, "change": Change}


@pytest.fixture
def as_staff(staff: User) -> Client:
    return signed_in(staff)


def test_staff_connects_a_system(as_staff: Client, tenant: Tenant):
    add = reverse("admin:connectors_connection_add")
    assert "Role in the management account" in as_staff.get(add).content.decode()
    answer = as_staff.post(add, {**FILLED, "tenant": str(tenant.pk)})
    made = Connection.objects.of(tenant).get()
    assert answer.status_code == 302
    assert secrets.opened(made)["secret_access_key"] == SECRET
    event = AuditEvent.objects.of(tenant).get(action="connection:created")
    assert (event.via, event.actor) == ("admin", "Staff")


def test_bad_input_is_said_beside_its_field(as_staff: Client, tenant: Tenant):
    filled = {**FILLED, "tenant": str(tenant.pk), "setting_role_arn": "nope"}
    answer = as_staff.post(reverse("admin:connectors_connection_add"), filled).content.decode()
    assert "The ARN of a role" in answer
    assert SECRET not in answer


def test_a_name_is_taken_once(as_staff: Client, tenant: Tenant):
    make_connection(tenant, name=FILLED["name"])
    answer = as_staff.post(reverse("admin:connectors_connection_add"), {**FILLED, "tenant": str(tenant.pk)})
    assert answer.status_code == 200
    assert "already exists" in answer.content.decode()


def test_changing_keeps_the_secret_and_the_tenant(as_staff: Client, tenant: Tenant, other_tenant: Tenant):
    connection = make_connection(tenant, sealed=secrets.seal(tenant, {"secret_access_key": SECRET}))
    change = reverse("admin:connectors_connection_change", args=[connection.pk])
    page = as_staff.get(change).content.decode()
    assert SECRET not in page
    assert connection.sealed["secret_access_key"] not in page
    filled = {**FILLED, "setting_secret_access_key": "", "tenant": str(other_tenant.pk), "name": "Renamed"}
    assert as_staff.post(change, filled).status_code == 302
    connection.refresh_from_db()
    assert (connection.name, connection.tenant) == ("Renamed", tenant)
    assert secrets.opened(connection)["secret_access_key"] == SECRET
    assert list(AuditEvent.objects.of(tenant).values_list("action", flat=True)) == ["connection:changed"]


@pytest.mark.parametrize("model", MODELS)
def test_evidence_is_only_shown(as_staff: Client, tenant: Tenant, model: str):
    scan = make_scan(make_connection(tenant))
    covered(scan, "alpha", iam="complete")
    store(scan, role("Billing-Admin"), function("<script>x</script>"))
    listed = as_staff.get(
        reverse(f"admin:connectors_{model}_changelist"), {"q": "arn:aws:iam:x", "tenant": str(tenant.pk)}
    )
    assert listed.status_code == 200
    assert as_staff.get(reverse(f"admin:connectors_{model}_changelist")).status_code == 200
    assert as_staff.get(reverse(f"admin:connectors_{model}_add")).status_code == 403
    for row in MODELS[model].objects.of(tenant):
        shown = as_staff.get(reverse(f"admin:connectors_{model}_change", args=[row.pk]))
        assert shown.status_code == 200
        assert "<script>x" not in shown.content.decode()


def test_a_connection_is_not_deleted_here(as_staff: Client, tenant: Tenant):
    connection = make_connection(tenant)
    assert as_staff.get(reverse("admin:connectors_connection_delete", args=[connection.pk])).status_code == 403
