"""Staff's pages of tenants and people: made, changed and removed with an event each, and never a secret."""

from __future__ import annotations

import re

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import Invitation, Membership, Session, User
from accounts.roles import Role
from accounts.workos.models import Departure
from connectors import secrets
from connectors.models import Connection
from tenants.models import AuditEvent, DeletionCertificate, Export, Tenant
from tests.conftest import signed_in
from tests.connectors.stored import covered, function, role, store
from tests.factories import NOW, make_connection, make_finding, make_scan

SECRET = "wJalrXUtnFEMI-of-nobody"
NEW = {"name": "Initech", "slug": "initech", "region": "ch", "time_zone": "Europe/Zurich"}


@pytest.fixture
def as_staff(staff: User) -> Client:
    return signed_in(staff)


def events(tenant: Tenant | None) -> list[tuple[str, str, str]]:
    rows = AuditEvent.objects.filter(tenant=tenant, via="admin").order_by("number")
    return [(event.action, event.actor, event.subject or "") for event in rows]


def change(thing: object) -> str:
    meta = thing._meta  # type: ignore[attr-defined]
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[thing.pk])  # type: ignore[attr-defined]


def test_a_tenant_is_made_and_changed(as_staff: Client, client: Client):
    assert as_staff.post("/admin/tenants/tenant/add/", NEW).status_code == 302
    made = Tenant.objects.get(slug="initech")
    assert (made.region, made.name_folded) == ("ch", "initech")
    assert as_staff.post(change(made), {**NEW, "name": "INITECH"}).status_code == 302
    made.refresh_from_db()
    assert made.name_folded == "initech"
    assert events(made) == [("tenant:created", "Staff", "Initech"), ("tenant:changed", "Staff", "INITECH")]


@pytest.mark.parametrize("wrong", [{"slug": "Not A Slug"}, {"region": "moon"}, {"time_zone": "Mars"}, {"name": ""}])
def test_what_a_tenant_cannot_be(as_staff: Client, wrong: dict[str, str]):
    assert as_staff.post("/admin/tenants/tenant/add/", {**NEW, **wrong}).status_code == 200
    assert not Tenant.objects.exists()


def test_its_page_leads_to_what_it_has(
    as_staff: Client, tenant: Tenant, other_tenant: Tenant, alice: User, mallory: User
):
    for one in (tenant, other_tenant):
        make_scan(make_connection(one, name=f"AWS of {one.slug}"), connection_name=f"Scan of {one.slug}")
        make_finding(one, subject_name=f"Subject of {one.slug}")
    page = as_staff.get(change(tenant)).content.decode()
    lists = re.findall(r'href="(/admin/[^"]+\?tenant=acme)"', page)
    assert len(lists) == 6
    for address in lists:
        shown = as_staff.get(address).content.decode()
        assert "globex" not in shown.lower()
    assert "alice" in as_staff.get(lists[0]).content.decode().lower()
    add = re.search(r'href="(/admin/connectors/connection/add/\?tenant=\w+)"', page)
    assert add
    assert "Acme Media" in as_staff.get(add[1]).content.decode()


def test_the_first_manager_is_invited_by_mail(as_staff: Client, tenant: Tenant):
    page = f"/admin/tenants/tenant/{tenant.pk}/invite/"
    assert as_staff.post(page, {"email": "alice@acme.example", "role": "manager"}).status_code == 302
    assert Invitation.objects.of(tenant).get().role == Role.MANAGER
    assert mail.outbox[-1].to == ["alice@acme.example"]
    again = as_staff.post(page, {"email": "alice@acme.example", "role": "manager"})
    assert "invited already" in again.content.decode()
    assert events(tenant)[0][:2] == ("invitation:created", "Staff")


def test_people_are_made_and_changed(as_staff: Client):
    form = {"email": "Carol@acme.example", "name": "Carol", "is_active": "on"}
    assert as_staff.post("/admin/accounts/user/add/", form).status_code == 302
    carol = User.objects.get(email="carol@acme.example")
    assert as_staff.post(change(carol), {**form, "name": "Caroline"}).status_code == 302
    assert events(None) == [("user:created", "Staff", "Carol"), ("user:changed", "Staff", "Caroline")]


@pytest.mark.parametrize("changed", [{"is_active": ""}, {"email": "robert@acme.example"}, {"is_staff": "on"}])
def test_a_person_who_is_another_one_now_is_signed_out(
    as_staff: Client, bob: User, as_bob: Client, changed: dict[str, str]
):
    form = {"email": bob.email, "name": "Bob", "is_active": "on"}
    as_staff.post(change(bob), {**form, "name": "Robert"})
    assert Session.objects.filter(user=bob).exists()
    assert as_staff.post(change(bob), {**form, **changed}).status_code == 302
    assert not Session.objects.filter(user=bob).exists()


def test_an_owner_who_changes_their_own_address_goes_on(as_staff: Client, staff: User):
    form = {"email": "owner@sv0.example", "is_active": "on", "is_staff": "on", "is_superuser": "on"}
    assert as_staff.post(change(staff), form).status_code == 302
    assert as_staff.get(change(staff)).status_code == 200


class TestMemberships:
    def test_making_and_changing_one_tells_its_tenant(
        self, as_staff: Client, tenant: Tenant, alice: User, mallory: User
    ):
        form = {"tenant": str(tenant.pk), "user": str(mallory.pk), "role": "viewer"}
        assert as_staff.post("/admin/accounts/membership/add/", form).status_code == 302
        made = Membership.objects.of(tenant).get(user=mallory)
        assert as_staff.post(change(made), {"role": "analyst"}).status_code == 302
        assert events(tenant) == [
            ("membership:created", "Staff", "Mallory"),
            ("membership:changed", "Staff", "Mallory"),
        ]
        made.refresh_from_db()
        assert made.role == Role.ANALYST

    def test_removing_one_ends_its_sessions(
        self, as_staff: Client, tenant: Tenant, alice: User, as_bob: Client, bob: User
    ):
        page = reverse("admin:accounts_membership_delete", args=[Membership.objects.of(tenant).get(user=bob).pk])
        assert as_staff.post(page, {"post": "yes"}).status_code == 302
        assert not Session.objects.filter(user=bob).exists()
        assert events(tenant) == [("membership:deleted", "Staff", "Bob")]

    def test_staff_makes_no_member_of_itself(self, support: User, staff: User, tenant: Tenant):
        for person in (support, staff):
            form = {"tenant": str(tenant.pk), "user": str(person.pk), "role": "manager"}
            said = signed_in(support).post("/admin/accounts/membership/add/", form, follow=True).content.decode()
            assert "Act as one of its members instead" in said
        assert not Membership.objects.of(tenant).exists()
        assert events(tenant) == []

    def test_the_last_manager_stays_and_staff_is_told(self, as_staff: Client, tenant: Tenant, alice: User):
        only = Membership.objects.of(tenant).get(user=alice)
        page = reverse("admin:accounts_membership_delete", args=[only.pk])
        said = as_staff.post(page, {"post": "yes"}, follow=True).content.decode()
        assert "is the last manager" in said
        assert Membership.objects.of(tenant).filter(pk=only.pk).exists()
        assert "is the last manager" in as_staff.post(change(only), {"role": "viewer"}, follow=True).content.decode()
        assert events(tenant) == []

    def test_are_found_by_address_and_by_slug(self, as_staff: Client, tenant: Tenant, alice: User, mallory: User):
        for term in ("alice@ac", "ALICE", "acm"):
            shown = as_staff.get("/admin/accounts/membership/", {"q": term}).content.decode()
            assert "Alice" in shown
            assert "Mallory" not in shown


def test_no_page_shows_a_secret(as_staff: Client, staff: User, tenant: Tenant, alice: User):
    """Every list, form and history that the admin has, of records that hold something to hide."""
    sealed = secrets.seal(tenant, {"secret_access_key": SECRET})
    connection = make_connection(tenant, sealed=sealed)
    scan = make_scan(connection)
    covered(scan, "alpha", iam="complete")
    store(scan, role("Billing-Admin"), function("billing-export"))
    make_finding(tenant)
    Departure.objects.create(tenant=tenant, email="x@acme.example", directory_id="directory_1", at=NOW)
    Invitation.objects.create(tenant=tenant, email="n@acme.example", role="viewer", invited_by="A", expires_at=NOW)
    Export.objects.create(tenant=tenant, name="acme-1", sha256="0" * 64, size=1, chain_head="0" * 64, made_by="A")
    DeletionCertificate.objects.create(
        tenant_key="0" * 24, tenant_name="Hooli", tenant_slug="hooli", region="eu", tenant_created_at=NOW,
        deactivated_at=NOW, reason="x", requested_by="Staff", export_name="x", export_sha256="0" * 64, audit_events=1,
        audit_head="0" * 64,
    )  # fmt: skip
    hidden = [SECRET, *sealed.values(), alice.password, *Session.objects.values_list("session_key", "session_data")[0]]
    seen = 0
    for model, pages in admin.site._registry.items():
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        row = pages.model._base_manager.first()
        addresses = [reverse(f"{name}_changelist"), reverse(f"{name}_add")]
        if row is not None:
            addresses += [reverse(f"{name}_{page}", args=[row.pk]) for page in ("change", "history", "delete")]
        for address in addresses:
            shown = as_staff.get(address)
            assert shown.status_code in {200, 403}, address
            assert [word for word in hidden if word and word in shown.content.decode()] == [], address
            seen += shown.status_code == 200
    assert seen > 25
    assert not LogEntry.objects.exists()
    assert Connection.objects.of(tenant).get().sealed == sealed
