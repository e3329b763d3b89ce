"""Every page of the Django admin, known or yet to be written: who is let in, and what is each internal role refused?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from accounts.models import Invitation, User
from connectors.inventory.models import Change
from findings.models import Comment, RuleState, Ticket
from tenants import audit
from tenants.models import DeletionCertificate, Tenant
from tests.conftest import signed_in
from tests.connectors.stored import covered, function, permission, role, store
from tests.factories import NOW, make_connection, make_finding, make_scan
from tests.ticketing.desk import make_system

SITES_OWN = ("index", "autocomplete", "jsi18n", "password_change")
LOOKING = {"changelist", "history", "change", "json", "pdf"}  # what whoever gets in may open
# What changes something. A page that isn't named here must refuse, so a new one is closed until it is.
SUPPORTS = {
    "accounts_user_add",
    "accounts_user_change",
    "accounts_membership_add",
    "accounts_membership_change",
    "accounts_membership_delete",
    "connectors_connection_add",
    "connectors_connection_change",
    "tenants_tenant_add",
    "tenants_tenant_change",
    "tenants_tenant_invite",
    "tenants_tenant_organization",
}
OWNERS_ALONE = {f"tenants_tenant_{name}" for name in ("deactivate", "reactivate", "export", "erase")}
NOT_NOW = {f"tenants_tenant_{name}" for name in ("organization", "reactivate", "export", "erase")}  # Acme is active


@dataclass(frozen=True)
class Page:
    """A page of a model's: `verb` is the last word of its name."""

    name: str
    verb: str
    address: str


@pytest.fixture
def one_of_each(tenant: Tenant, alice: User) -> User:
    """A record behind every page; alice is the person among them."""
    scan = make_scan(make_connection(tenant))
    covered(scan, "alpha", iam="complete")
    identity, data = role("Billing-Admin"), function("billing-export")
    store(scan, identity, data, permission(identity, data, "lambda:InvokeFunction"))
    Change.objects.create(tenant=tenant, connection=scan.connection, scan=scan.pk, subject="x", field="name", at=NOW)
    finding, system = make_finding(tenant), make_system(tenant)
    Comment.objects.create(tenant=tenant, finding=finding, author="Bob", body="Ours.", at=NOW)
    Ticket.objects.create(
        tenant=tenant, finding=finding, system_id=system.pk, system_name="Jira", requested_by="A", requested_at=NOW
    )
    RuleState.objects.create(tenant=tenant, rule="owner_left", version=1)
    Invitation.objects.create(tenant=tenant, email="n@acme.example", role="viewer", invited_by="A", expires_at=NOW)
    DeletionCertificate.objects.create(
        tenant_key="0" * 24, tenant_name="Hooli", tenant_slug="hooli", region="eu", tenant_created_at=NOW,
        deactivated_at=NOW, reason="x", requested_by="Staff", export_name="x", export_sha256="0" * 64, audit_events=1,
        audit_head="0" * 64, completed_at=NOW, signature="0" * 64,
    )  # fmt: skip
    audit.record(tenant, actor=audit.WORKER, action="scan:finished")
    return alice


def pages(person: User) -> Iterator[Page]:
    """Every named page of every model that is registered, of a record that is there."""
    for model, registered in admin.site._registry.items():
        record: Any = person if model is User else model._base_manager.first()
        assert record is not None, f"one_of_each makes no {model.__name__}"
        for pattern in registered.get_urls():
            name = getattr(pattern, "name", None)
            if name:
                arguments = [record.pk] if "object_id" in str(pattern.pattern) else []
                yield Page(name, name.rpartition("_")[2], reverse(f"admin:{name}", args=arguments))


def let_through(client: Client, person: User) -> dict[str, int]:
    """What of the whole admin did anything but send the client to sign in."""
    addresses = [page.address for page in pages(person)] + [reverse(f"admin:{name}") for name in SITES_OWN]
    answers = {f"{way} {at}": getattr(client, way)(at, {"post": "yes"}) for at in addresses for way in ("get", "post")}
    assert len(answers) > 150
    return {
        asked: answer.status_code
        for asked, answer in answers.items()
        if answer.status_code != 302 or not answer["Location"].startswith(("/admin/login/", "/accounts/login/"))
    }


def test_anonymous_is_sent_to_sign_in(client: Client, one_of_each: User):
    assert let_through(client, one_of_each) == {}


def test_a_tenants_manager_gets_nowhere(as_alice: Client, one_of_each: User):
    assert let_through(as_alice, one_of_each) == {}


def test_an_owner_without_a_second_factor_gets_nowhere(staff: User, one_of_each: User):
    client = signed_in(staff)
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = session[AUTHENTICATION_METHODS_SESSION_KEY][:1]
    session.save()
    assert let_through(client, one_of_each) == {}


def unexpected(client: Client, person: User, allowed: set[str]) -> dict[str, int]:
    """Which pages answer otherwise than they should to a role that may use the `allowed` ones."""
    wrong = {}
    for page in pages(person):
        used = {404} if page.name in NOT_NOW else {200}
        may_open = used if page.name in allowed else {200} if page.verb in LOOKING else {403}
        may_send = used if page.name in allowed else {200, 405} if page.verb in LOOKING - {"change"} else {403}
        for way, expected in (("get", may_open), ("post", may_send)):
            status = getattr(client, way)(page.address).status_code  # an empty form, which changes nothing
            if status not in expected:
                wrong[f"{way} {page.name}"] = status
    return wrong


def test_support_is_refused_what_its_role_does_not_name(support: User, one_of_each: User):
    assert unexpected(signed_in(support), one_of_each, SUPPORTS) == {}


def test_an_owner_is_refused_what_nobody_may_do(staff: User, one_of_each: User):
    assert unexpected(signed_in(staff), one_of_each, SUPPORTS | OWNERS_ALONE) == {}
