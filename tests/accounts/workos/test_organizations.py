"""A tenant gets its organization at WorkOS once, whatever WorkOS does meanwhile, and never somebody else's."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from accounts import tasks
from accounts.models import Invitation, User
from accounts.provisioning import activation, erasure, export
from tenants.audit import WORKER
from tenants.models import AuditEvent, DeletionCertificate, Export, Tenant
from tests.accounts.workos.conftest import Browser
from tests.conftest import signed_in
from tests.emulators.workos import WorkOSEmulator
from tests.emulators.workos.world import Thing

ADD = "/admin/tenants/tenant/add/"
NEW = {"name": "Initech", "slug": "initech", "region": "eu", "time_zone": "Europe/Berlin", "workos_organization_id": ""}


@pytest.fixture
def as_staff(staff: User, workos: WorkOSEmulator, settings: Settings) -> Client:
    """Staff as the internal organization knows them; how they signed in is another test's matter."""
    settings.INTERNAL_ORG_ID = "org_internal"
    return signed_in(staff)


@pytest.fixture(autouse=True)
def everybody_is_owner(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounts.staff.standing", lambda request: "owner" if request.user.is_superuser else None)


def page(tenant: Tenant, action: str) -> str:
    return f"/admin/tenants/tenant/{tenant.pk}/{action}/"


def test_a_new_tenant_gets_its_organization(as_staff: Client, workos: WorkOSEmulator):
    assert as_staff.post(ADD, {**NEW, "organization": "create"}).status_code == 302
    made = Tenant.objects.get(slug="initech")
    organization = next(iter(workos.world.organizations.values()))
    assert (organization["external_id"], organization["name"]) == (str(made.pk), "Initech")
    assert made.workos_organization_id == organization["id"]
    actions = AuditEvent.objects.of(made).order_by("number").values_list("action", flat=True)
    assert list(actions) == ["tenant:created", "tenant:organization_linked"]


@pytest.mark.parametrize("answers", [503, 429, 403, "html"])
def test_the_tenant_is_kept_where_workos_fails(as_staff: Client, workos: WorkOSEmulator, answers: int | str):
    workos.faults.answers = answers
    said = as_staff.post(ADD, {**NEW, "organization": "create"}, follow=True).content.decode()
    assert "The tenant is made, its organization isn" in said
    made = Tenant.objects.get(slug="initech")
    assert made.workos_organization_id is None
    workos.faults.answers = None
    assert as_staff.post(page(made, "organization")).status_code == 302
    made.refresh_from_db()
    assert made.workos_organization_id in workos.world.organizations
    assert as_staff.get(page(made, "organization")).status_code == 404


def test_a_second_try_finds_what_the_first_made(as_staff: Client, workos: WorkOSEmulator, tenant: Tenant):
    made = workos.world.add_organization("Acme Media", external_id=str(tenant.pk))
    assert as_staff.post(page(tenant, "organization")).status_code == 302
    tenant.refresh_from_db()
    assert tenant.workos_organization_id == made["id"]
    assert len(workos.world.organizations) == 1


def test_an_existing_organization_is_linked_and_carries_the_id(as_staff: Client, workos: WorkOSEmulator):
    theirs = workos.world.add_organization("Initech at WorkOS")
    form = {**NEW, "organization": "link", "workos_organization_id": theirs["id"]}
    assert as_staff.post(ADD, form).status_code == 302
    made = Tenant.objects.get(slug="initech")
    assert made.workos_organization_id == theirs["id"]
    assert workos.world.organizations[theirs["id"]]["external_id"] == str(made.pk)


@pytest.mark.parametrize(
    ("organization_id", "said"),
    [
        ("org_internal", "the organization of sv0&#x27;s own staff"),
        ("org_nowhere", "WorkOS knows no organization of this id"),
        ("", "Say which one"),
    ],
)
def test_what_cannot_be_linked(as_staff: Client, organization_id: str, said: str):
    form = {**NEW, "organization": "link", "workos_organization_id": organization_id}
    assert said in as_staff.post(ADD, form).content.decode()
    assert not Tenant.objects.filter(slug="initech").exists()


def test_another_tenants_organization_cannot_be_linked(
    as_staff: Client, workos: WorkOSEmulator, acme: Thing, other_tenant: Tenant
):
    form = {**NEW, "organization": "link", "workos_organization_id": acme["id"]}
    assert "belongs to something else" in as_staff.post(ADD, form).content.decode()
    acme["external_id"] = None
    assert "already exists" in as_staff.post(ADD, form).content.decode()
    assert not Tenant.objects.filter(slug="initech").exists()


def test_a_link_that_cannot_be_checked_is_not_made(as_staff: Client, workos: WorkOSEmulator, tenant: Tenant):
    workos.faults.answers = 503
    change = f"/admin/tenants/tenant/{tenant.pk}/change/"
    form = {**NEW, "slug": "acme", "workos_organization_id": "org_x"}
    assert "WorkOS isn&#x27;t answering" in as_staff.post(change, form).content.decode()
    tenant.refresh_from_db()
    assert tenant.workos_organization_id is None


def test_its_first_manager_is_invited(as_staff: Client, workos: WorkOSEmulator, tenant: Tenant, acme: Thing):
    answer = as_staff.post(page(tenant, "invite"), {"email": "Alice@acme.example", "role": "manager"})
    assert answer.status_code == 302
    made = Invitation.objects.of(tenant).get()
    assert (made.email, made.role, made.invited_by) == ("alice@acme.example", "manager", "Staff")
    assert made.workos_invitation_id in workos.world.invitations


def test_nobody_signs_in_to_a_deactivated_tenant(browser: Browser, anna: Thing, tenant: Tenant):
    assert browser.sign_in(anna).status_code == 302
    assert browser.is_in
    activation.deactivate(tenant=tenant, reason="Contract ended", actor=WORKER)
    assert not browser.is_in
    refused = browser.sign_in(anna)
    assert refused.status_code == 403
    assert "Acme Media is deactivated here" in refused.content.decode()
    assert not AuditEvent.objects.of(tenant).filter(action="account:sign_in_refused").exists()


def closed(tenant: Tenant) -> Export:
    activation.deactivate(tenant=tenant, reason="Contract ended", actor=WORKER)
    name, content = export.begin(tenant=tenant, actor=WORKER)
    assert b"".join(content)
    made: Export = Export.objects.of(tenant).get(name=name)
    return made


def test_the_organization_goes_when_it_is_asked_for(workos: WorkOSEmulator, tenant: Tenant, acme: Thing, globex: Thing):
    tenant.refresh_from_db()
    made = erasure.request(tenant=tenant, export=closed(tenant), reason="x", organization="to be deleted", actor=WORKER)
    workos.faults.answers = 503
    tasks.erase(str(made.pk))
    made.refresh_from_db()
    assert "sv0 tries again" in (made.trouble or "")
    assert Tenant.objects.filter(pk=tenant.pk).exists()
    workos.faults.answers = None
    tasks.resume_erasures()
    made.refresh_from_db()
    assert (made.organization, made.trouble, bool(made.signature)) == ("deleted", None, True)
    assert list(workos.world.organizations) == [globex["id"]]


def test_the_organization_is_kept_otherwise(workos: WorkOSEmulator, tenant: Tenant, acme: Thing):
    tenant.refresh_from_db()
    made = erasure.request(tenant=tenant, export=closed(tenant), reason="x", organization="kept", actor=WORKER)
    tasks.erase(str(made.pk))
    assert acme["id"] in workos.world.organizations
    assert DeletionCertificate.objects.get(pk=made.pk).organization == "kept"


def test_what_only_a_new_tenants_form_asks_opens_no_way_around_the_check(as_staff: Client, tenant: Tenant):
    known = {"name": tenant.name, "slug": tenant.slug, "region": "eu", "time_zone": "UTC", "organization": "create"}
    address = f"/admin/tenants/tenant/{tenant.pk}/change/"
    said = as_staff.post(address, {**known, "workos_organization_id": "org_internal"}).content.decode()
    assert "the organization of sv0" in said
    tenant.refresh_from_db()
    assert tenant.workos_organization_id != "org_internal"
