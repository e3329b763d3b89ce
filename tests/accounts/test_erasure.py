"""Erasing Acme: nothing of it is left but the certificate, and Globex keeps every byte."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from bson import BSON, ObjectId
from django.contrib.admin.models import LogEntry
from django.core.cache import cache
from django.db import connection as database
from django.test import Client
from django_q.models import OrmQ, Schedule
from django_q.tasks import async_task, schedule

from accounts import tasks
from accounts.membership import leave
from accounts.models import Invitation, Membership, User
from accounts.provisioning import activation, certificate, erasure, export
from accounts.provisioning.export import left_out
from accounts.provisioning.holdings import Holding, models_of_tenants
from accounts.roles import Role
from connectors import secrets
from connectors.models import Connection
from tenants import audit
from tenants.audit import WORKER
from tenants.models import AuditEvent, DeletionCertificate, Export, Tenant
from tests.conftest import signed_in
from tests.connectors.stored import covered, function, role, store
from tests.factories import NOW, make_connection, make_finding, make_scan

SECRET = "wJalrXUtnFEMI-of-nobody"
PAGE = "/admin/tenants/tenant/{}/{}/"


def fill(tenant: Tenant, member: User) -> None:
    """A connection with a secret, a scan, an inventory, a finding, an invitation, a session, a task, a log entry."""
    sealed = secrets.seal(tenant, {"secret_access_key": SECRET})
    scan = make_scan(make_connection(tenant, sealed=sealed))
    covered(scan, "alpha", iam="complete")
    store(scan, role("Billing-Admin"), function("billing-export"))
    make_finding(tenant)
    Invitation.objects.create(
        tenant=tenant, email=f"new@{tenant.slug}.example", role=Role.VIEWER, invited_by="Alice", expires_at=NOW
    )
    signed_in(member)
    async_task("connectors.tasks.run", str(scan.pk), task_name=f"scan of {tenant.slug}")
    cache.set(f"members:{tenant.pk}", 1)
    signed_in(User.objects.create_superuser(f"owner-{tenant.slug}@sv0.example")).post(
        f"/admin/tenants/tenant/{tenant.pk}/change/",
        {"name": tenant.name, "slug": tenant.slug, "region": "eu", "time_zone": "Europe/Berlin"},
    )
    tenant.refresh_from_db()
    audit.record(tenant, actor=WORKER, action="scan:requested", subject=tenant.slug)


@pytest.fixture
def acme(tenant: Tenant, alice: User) -> Tenant:
    fill(tenant, alice)
    return tenant


@pytest.fixture
def globex(other_tenant: Tenant, mallory: User) -> Tenant:
    fill(other_tenant, mallory)
    return other_tenant


@pytest.fixture
def as_staff(staff: User) -> Client:
    return signed_in(staff)


def exported(tenant: Tenant) -> tuple[Export, bytes]:
    name, content = export.begin(tenant=tenant, actor=WORKER)
    data = b"".join(content)
    return Export.objects.of(tenant).get(name=name), data


def closed(tenant: Tenant) -> Export:
    activation.deactivate(tenant=tenant, reason="Contract ended", actor=WORKER)
    return exported(tenant)[0]


def erased(tenant: Tenant) -> DeletionCertificate:
    made = erasure.request(
        tenant=tenant, export=closed(tenant), reason="Contract ended", organization="none", actor=WORKER
    )
    tasks.erase(str(made.pk))
    made.refresh_from_db()
    return made


def everything() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every document of the database, whatever wrote it."""
    db: Any = database.database  # type: ignore[attr-defined]
    for collection in db.list_collection_names():
        for document in db[collection].find():
            yield collection, document


def mentions(key: ObjectId) -> set[str]:
    """The collections in which Acme's name, one of its addresses or its id stands anywhere."""
    return {
        collection
        for collection, document in everything()
        if key.binary in (raw := bytes(BSON.encode(document)))
        or str(key).encode() in raw
        or b"Acme Media" in raw
        or b"@acme." in raw
    }


def test_nothing_of_it_is_left_but_the_certificate(acme: Tenant, globex: Tenant):
    key = acme.pk
    before = mentions(key)
    assert {"findings", "cache", "key_vault", "django_admin_log", "users", "inventory_nodes"} <= before
    made = erased(acme)
    assert mentions(key) <= {"deletion_certificates", "audit_events"}
    assert not AuditEvent.objects.filter(tenant_id=key).exists()
    assert made.counts["django_q_ormq"] == {"before": 1, "after": 0}
    assert not any(row["after"] for row in made.counts.values())
    assert made.counts["findings"] == {"before": 1, "after": 0}
    assert made.counts["key_vault"] == {"before": 1, "after": 0}
    assert made.counts["tenants"] == {"before": 1, "after": 0}


def test_globex_keeps_every_byte(acme: Tenant, globex: Tenant, mallory: User):
    def theirs() -> dict[str, bytes]:
        return {
            f"{collection} {document['_id']}": bytes(BSON.encode(document))
            for collection, document in everything()
            if (raw := bytes(BSON.encode(document))) and (globex.pk.binary in raw or b"globex" in raw.lower())
        }

    before = theirs()
    assert len(before) > 10
    erased(acme)
    assert theirs() == before
    assert (
        secrets.opened(make_connection(globex, name="Later", sealed=secrets.seal(globex, {"x": SECRET})))["x"] == SECRET
    )


def test_no_collection_is_forgotten(acme: Tenant):
    assert {model.__name__ for model in models_of_tenants()} >= {
        "AuditEvent",
        "Membership",
        "Finding",
        "Node",
        "Export",
    }
    made = erased(acme)
    assert {model._meta.db_table for model in models_of_tenants()} <= made.counts.keys()


def test_the_credentials_can_never_be_opened_again(acme: Tenant):
    copy = Connection.objects.of(acme).get()
    assert secrets.opened(copy)["secret_access_key"] == SECRET
    erased(acme)
    with pytest.raises(secrets.Unreadable):
        secrets.opened(copy)


def test_people_lose_their_names_unless_they_belong_elsewhere(
    acme: Tenant, globex: Tenant, alice: User, bob: User, staff: User
):
    Membership.objects.create(tenant=globex, user=bob, role=Role.VIEWER)
    Membership.objects.create(tenant=acme, user=staff, role=Role.VIEWER)
    made = erased(acme)
    for person in (alice, bob, staff):
        person.refresh_from_db()
    assert (alice.is_active, alice.name, alice.email) == (False, "", f"{alice.pk.hex}@erased.invalid")
    assert (bob.is_active, bob.name) == (True, "Bob")
    assert (staff.is_active, staff.name) == (True, "Staff")
    assert made.counts[erasure.PEOPLE] == {"before": 1, "after": 0}
    assert signed_in(bob).get("/t/globex/findings/").status_code == 200


def test_who_left_before_and_who_was_only_invited_lose_their_names_too(acme: Tenant, bob: User):
    signed_in(bob).post("/accounts/logout/")
    leave(tenant=acme, user=bob, actor=WORKER, reason="left")
    invited = User.objects.create_user("new@acme.example")
    erased(acme)
    for person in (bob, invited):
        person.refresh_from_db()
        assert (person.is_active, person.name, person.email) == (False, "", f"{person.pk.hex}@erased.invalid")


def test_a_member_whom_staff_removed_before_is_named_nowhere(acme: Tenant, as_staff: Client, bob: User):
    cache.delete(f"members:{acme.pk}")
    page = f"/admin/accounts/membership/{Membership.objects.of(acme).get(user=bob).pk}"
    assert as_staff.post(f"{page}/change/", {"role": "viewer"}).status_code == 302
    assert as_staff.post(f"{page}/delete/", {"post": "yes"}).status_code == 302
    assert not Membership.objects.of(acme).filter(user=bob).exists()
    assert LogEntry.objects.filter(object_repr__startswith="Bob").count() == 2
    erased(acme)
    assert not LogEntry.objects.filter(object_repr__startswith="Bob").exists()


def test_a_mail_that_waits_for_its_next_attempt_goes_along(acme: Tenant, globex: Tenant, alice: User):
    for tenant in (acme, globex):
        schedule("accounts.support_access.mail", str(tenant.pk), alice.email, "title", "body", 2, next_run=NOW)
    erased(acme)
    assert [str(globex.pk) in (left.args or "") for left in Schedule.objects.all()] == [True]


def test_the_certificate_is_signed_and_shows_tampering(acme: Tenant):
    export_ = closed(acme)
    made = erasure.request(tenant=acme, export=export_, reason="Contract ended", organization="none", actor=WORKER)
    tasks.erase(str(made.pk))
    made = DeletionCertificate.objects.get(pk=made.pk)
    assert certificate.is_genuine(made)
    assert (made.export_sha256, made.audit_head) == (export_.sha256, export_.chain_head)
    DeletionCertificate.objects.filter(pk=made.pk).update(requested_by="mallory")
    assert not certificate.is_genuine(DeletionCertificate.objects.get(pk=made.pk))
    told = AuditEvent.objects.filter(tenant=None, subject_kind="certificate").order_by("number")
    assert list(told.values_list("action", flat=True)) == ["tenant:erasure_requested", "tenant:erased"]
    assert audit.verify(None).why is None


def test_a_worker_that_dies_leaves_the_rest_to_the_next(acme: Tenant, monkeypatch: pytest.MonkeyPatch):
    made = erasure.request(tenant=acme, export=closed(acme), reason="x", organization="none", actor=WORKER)
    killed = Holding.delete
    deleted: list[str] = []

    def die_at_the_fourth(holding: Holding) -> None:
        if len(deleted) == 4:
            raise SystemExit
        deleted.append(holding.collection)
        killed(holding)

    monkeypatch.setattr(Holding, "delete", die_at_the_fourth)
    with pytest.raises(SystemExit):
        tasks.erase(str(made.pk))
    monkeypatch.undo()
    assert DeletionCertificate.objects.get(pk=made.pk).signature is None
    tasks.resume_erasures()
    tasks.resume_erasures()
    made.refresh_from_db()
    assert certificate.is_genuine(made)
    assert made.counts["findings"] == {"before": 1, "after": 0}
    assert AuditEvent.objects.filter(tenant=None, action="tenant:erased").count() == 1


def test_what_stands_in_the_way(acme: Tenant):
    assert "Deactivate" in (erasure.obstacle(acme, None) or "")
    activation.deactivate(tenant=acme, reason="x", actor=WORKER)
    assert "Make an export" in (erasure.obstacle(acme, None) or "")
    old, _ = exported(acme)
    activation.reactivate(tenant=acme, reason="x", actor=WORKER)
    activation.deactivate(tenant=acme, reason="x", actor=WORKER)
    assert "younger than the deactivation" in (erasure.obstacle(acme, old) or "")
    new, _ = exported(acme)
    assert erasure.obstacle(acme, new) is None
    audit.record(acme, actor=WORKER, action="membership:created")
    assert "Make another one" in (erasure.obstacle(acme, new) or "")


def test_there_is_no_way_back(acme: Tenant):
    made = erasure.request(tenant=acme, export=closed(acme), reason="x", organization="none", actor=WORKER)
    assert not activation.reactivate(tenant=acme, reason="x", actor=WORKER)
    acme.refresh_from_db()
    assert "being erased already" in (erasure.obstacle(acme, Export.objects.of(acme).get()) or "")
    assert OrmQ.objects.filter(key__isnull=False).exists()
    assert made.signature is None


class TestTheExport:
    def test_holds_everything_without_secrets(self, acme: Tenant, alice: User):
        activation.deactivate(tenant=acme, reason="x", actor=WORKER)
        made, data = exported(acme)
        archive = zipfile.ZipFile(io.BytesIO(data))
        manifest = json.loads(archive.read("manifest.json"))
        assert hashlib.sha256(data).hexdigest() == made.sha256
        assert len(data) == made.size
        for file, said in manifest["files"].items():
            content = archive.read(file)
            assert hashlib.sha256(content).hexdigest() == said["sha256"]
            assert len(content.splitlines()) == said["records"]
        assert {f"{model._meta.db_table}.ndjson" for model in models_of_tenants()} <= manifest["files"].keys()
        last = json.loads(archive.read("audit_events.ndjson").splitlines()[-1])
        assert last["hash"] == manifest["audit_head"] == made.chain_head
        assert alice.email in archive.read("people.ndjson").decode()
        whole = b"".join(archive.read(file) for file in archive.namelist())
        assert SECRET.encode() not in whole
        assert Connection.objects.of(acme).get().sealed["secret_access_key"].encode() not in whole
        assert "sealed of connections" in archive.read("README.txt").decode()

    def test_holds_nothing_of_another(self, acme: Tenant, globex: Tenant):
        activation.deactivate(tenant=acme, reason="x", actor=WORKER)
        _, data = exported(acme)
        archive = zipfile.ZipFile(io.BytesIO(data))
        whole = b"".join(archive.read(file) for file in archive.namelist())
        assert b"globex" not in whole.lower()
        assert str(globex.pk).encode() not in whole

    def test_counts_only_once_it_was_taken(self, acme: Tenant):
        activation.deactivate(tenant=acme, reason="x", actor=WORKER)
        _, content = export.begin(tenant=acme, actor=WORKER)
        next(content)
        content.close()  # type: ignore[attr-defined]
        assert not Export.objects.of(acme).exists()

    def test_waits_for_a_running_scan(self, acme: Tenant):
        activation.deactivate(tenant=acme, reason="x", actor=WORKER)
        make_scan(make_connection(acme, name="Second"), state="running", live=True)
        with pytest.raises(export.CannotExport, match="still stopping"):
            export.begin(tenant=acme, actor=WORKER)

    def test_every_field_that_sounds_like_a_secret_is_left_out(self):
        words = ("sealed", "secret", "token", "password", "private")
        named = {
            (model.__name__, field.name)
            for model in models_of_tenants()
            for field in model._meta.fields
            if any(word in field.name for word in words) and field.name not in left_out(model)
        }
        assert named == set()


class TestInTheAdmin:
    def test_from_export_to_certificate(self, acme: Tenant, as_staff: Client):
        assert as_staff.get(PAGE.format(acme.pk, "erase")).status_code == 404
        activation.deactivate(tenant=acme, reason="x", actor=WORKER)
        answer: Any = as_staff.post(PAGE.format(acme.pk, "export"))
        data = b"".join(answer.streaming_content)
        name = answer["Content-Disposition"].split('"')[1].removesuffix(".zip")
        assert Export.objects.of(acme).get(name=name).sha256 == hashlib.sha256(data).hexdigest()
        page = PAGE.format(acme.pk, "erase")
        assert name in as_staff.get(page).content.decode()
        typed = {"reason": "Contract ended", "slug": "acme", "export": name}
        for wrong in ({"slug": "acm"}, {"export": "other"}, {"reason": ""}):
            assert as_staff.post(page, {**typed, **wrong}).status_code == 200
        assert not DeletionCertificate.objects.exists()
        assert as_staff.post(page, typed).status_code == 302
        assert "being erased" in as_staff.get(f"/admin/tenants/tenant/{acme.pk}/change/").content.decode()
        made = DeletionCertificate.objects.get()
        address = f"/admin/tenants/deletioncertificate/{made.pk}"
        assert as_staff.get(f"{address}/pdf/").status_code == 404
        tasks.erase(str(made.pk))
        shown = as_staff.get(f"{address}/change/").content.decode()
        assert "icon-yes" in shown
        assert made.export_sha256 in shown
        assert as_staff.get(f"{address}/pdf/").content.startswith(b"%PDF")
        told = json.loads(as_staff.get(f"{address}/json/").content)
        assert told["content"]["tenant_slug"] == "acme"
        downloads = AuditEvent.objects.filter(tenant=None, action="certificate:downloaded")
        assert [event.detail["as"] for event in downloads.order_by("number")] == ["pdf", "json"]

    @pytest.mark.parametrize("action", ["export", "erase", "deactivate", "reactivate"])
    def test_support_may_not(self, acme: Tenant, support: User, action: str):
        activation.deactivate(tenant=acme, reason="x", actor=WORKER)
        client = signed_in(support)
        assert client.get(PAGE.format(acme.pk, action)).status_code == 403
        assert client.post(PAGE.format(acme.pk, action), {"reason": "x"}).status_code == 403
        assert not LogEntry.objects.filter(user=support).exists()
