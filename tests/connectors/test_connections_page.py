"""Can a manager connect a system, see how it is doing and change it, and nobody else; and does no secret come back?"""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from connectors import connect, secrets
from connectors.inventory.models import Node
from connectors.models import Connection, Scan
from connectors.registry import source
from connectors.source import Check
from tenants.models import AuditEvent, Tenant
from tests.conftest import signed_in
from tests.connectors.stored import covered, role, store
from tests.factories import NOW, make_connection, make_scan

NEW = "/t/acme/connections/new/?kind=aws"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
FILLED = {
    "name": "AWS production",
    "every_hours": "24",
    "setting_role_arn": "arn:aws:iam::111122223333:role/sv0-hub",
    "setting_external_id": "acme-external-id",
    "setting_regions": "eu-west-1\r\n\r\nus-east-1\r\neu-west-1",
    "setting_access_key_id": "AKIAIOSFODNN7EXAMPLE",
    "setting_secret_access_key": SECRET,
}


def url(name: str, connection: Connection | None = None) -> str:
    pk = {"pk": connection.pk} if connection else {}
    return reverse(f"tenant:{name}", kwargs={"slug": "acme", **pk})


def text(response: Any) -> str:
    return str(response.content.decode())


def events(tenant: Tenant) -> list[str]:
    return list(AuditEvent.objects.of(tenant).order_by("number").values_list("action", flat=True))


@pytest.fixture
def connection(tenant: Tenant) -> Connection:
    return make_connection(tenant, sealed=secrets.seal(tenant, {"secret_access_key": SECRET}))


@pytest.fixture
def works(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The source's test answers without AWS; what it was asked with is kept."""
    asked: list[Any] = []

    def check(*, settings: Any) -> list[Check]:
        asked.append(dict(settings))
        refused = Check(
            "List the accounts", ok=False, detail="Attach the policy.", missing=("organizations:ListAccounts",)
        )
        return [Check("Assume the role", ok=True, detail=""), refused, Check("Read members", ok=None, detail="")]

    monkeypatch.setattr(type(source("aws")), "check", lambda _self, *, settings, keep: check(settings=settings))
    return asked


class TestList:
    def test_it_says_what_to_do_when_nothing_is_connected(self, as_alice: Client, tenant: Tenant):
        assert url("connection_new") in text(as_alice.get(url("connections")))

    def test_who_may_not_connect_is_told_who_may(self, as_bob: Client, tenant: Tenant):
        answer = text(as_bob.get(url("connections")))
        assert "A manager of your organization" in answer
        assert url("connection_new") not in answer

    def test_each_row_has_its_last_scan_and_open_problems(self, as_bob: Client, connection: Connection):
        scan = make_scan(connection, state="partial", error="1 of 2 accounts was not read completely.")
        covered(scan, "billing-prod", iam="complete")
        covered(scan, "sandbox", iam="complete", glue="denied")
        answer = text(as_bob.get(url("connections")))
        assert "1 of 2 accounts" in answer
        assert "1 account not read completely" in answer
        assert "Scan now" in answer

    def test_a_viewer_sees_no_buttons(self, victor: User, connection: Connection):
        answer = text(signed_in(victor).get(url("connections")))
        assert "Scan now" not in answer
        assert "New connection" not in answer


class TestCreate:
    def test_a_manager_connects_a_system(self, as_alice: Client, tenant: Tenant):
        answer = as_alice.post(NEW, FILLED)
        made = Connection.objects.of(tenant).get()
        assert answer.status_code == 302
        assert answer["Location"] == url("connection", made)
        assert made.settings == {
            "role_arn": "arn:aws:iam::111122223333:role/sv0-hub",
            "external_id": "acme-external-id",
            "regions": ["eu-west-1", "us-east-1"],
            "access_key_id": "AKIAIOSFODNN7EXAMPLE",
        }
        assert secrets.opened(made)["secret_access_key"] == SECRET
        assert SECRET not in str(made.sealed)
        assert made.next_scan_at is not None

    def test_it_leaves_an_event_without_values(self, as_alice: Client, tenant: Tenant):
        as_alice.post(NEW, FILLED)
        event = AuditEvent.objects.of(tenant).get(action="connection:created")
        assert event.actor == "Alice"
        assert "secret_access_key" in event.detail["settings"]
        assert SECRET not in str(event.detail)
        assert "acme-external-id" not in str(event.detail)

    @pytest.mark.parametrize(
        ("field", "value", "says"),
        [
            ("name", "", "required"),
            ("name", "x" * 121, "at most 120"),
            ("name", "a\x00b", "Null characters"),
            ("every_hours", "-1", "valid choice"),
            ("setting_role_arn", "sv0-hub", "The ARN of a role"),
            ("setting_role_arn", "arn:aws:iam::111122223333:role/sv0-hub\nx", "The ARN of a role"),
            ("setting_regions", "eu-west-1\nmars-1-", "“mars-1-”"),
            ("setting_regions", "\n".join(f"eu-west-{n}" for n in range(501)), "At most 500"),
        ],
    )
    def test_bad_input_is_said_beside_its_field(
        self, as_alice: Client, tenant: Tenant, field: str, value: str, says: str
    ):
        answer = as_alice.post(NEW, {**FILLED, field: value})
        assert answer.status_code == 422
        assert says in " ".join(answer.context["form"].errors[field])
        assert not Connection.objects.of(tenant).exists()

    def test_what_was_typed_stays_but_not_the_secret(self, as_alice: Client, tenant: Tenant):
        answer = text(as_alice.post(NEW, {**FILLED, "setting_role_arn": "<b>nope</b>"}))
        assert "&lt;b&gt;nope&lt;/b&gt;" in answer
        assert "acme-external-id" in answer
        assert SECRET not in answer

    def test_a_name_is_taken_once(self, as_alice: Client, connection: Connection):
        answer = as_alice.post(NEW, {**FILLED, "name": connection.name})
        assert answer.status_code == 422
        assert answer.context["form"].errors["name"] == ["There is a connection of this name already."]

    def test_an_unknown_source_leads_to_the_choice(self, as_alice: Client, tenant: Tenant):
        answer = as_alice.get(url("connection_new") + "?kind=aix")
        assert answer.status_code == 200
        assert "?kind=aws" in text(answer)


class TestEdit:
    def test_a_secret_left_empty_stays(self, as_alice: Client, connection: Connection):
        as_alice.post(url("connection_edit", connection), {**FILLED, "setting_secret_access_key": ""})
        connection.refresh_from_db()
        assert connection.name == "AWS production"
        assert secrets.opened(connection)["secret_access_key"] == SECRET

    def test_a_new_secret_replaces_it_with_an_event_of_its_own(self, as_alice: Client, connection: Connection):
        as_alice.post(url("connection_edit", connection), {**FILLED, "setting_secret_access_key": "another"})
        connection.refresh_from_db()
        assert secrets.opened(connection)["secret_access_key"] == "another"
        changed = AuditEvent.objects.of(connection.tenant).get(action="connection:changed")
        rotated = AuditEvent.objects.of(connection.tenant).get(action="connection:credential:rotated")
        assert changed.detail == {"changed": ["access_key_id", "name", "regions", "role_arn"]}
        assert rotated.detail == {"changed": ["secret_access_key"]}

    def test_an_optional_secret_can_be_forgotten(self, as_alice: Client, connection: Connection):
        filled = {**FILLED, "setting_secret_access_key": "", "forget_secret_access_key": "on"}
        as_alice.post(url("connection_edit", connection), filled)
        connection.refresh_from_db()
        assert connection.sealed == {}

    def test_the_page_says_set_and_shows_no_secret(self, as_alice: Client, connection: Connection):
        answer = text(as_alice.get(url("connection_edit", connection)))
        assert "Set – leave empty to keep." in answer
        assert SECRET not in answer
        assert connection.sealed["secret_access_key"] not in answer

    def test_saving_what_is_there_changes_nothing(self, as_alice: Client, connection: Connection):
        same = {"name": connection.name, "every_hours": "24", "setting_role_arn": connection.settings["role_arn"]}
        as_alice.post(url("connection_edit", connection), {**same, "setting_external_id": "acme-external-id"})
        assert events(connection.tenant) == []


class TestVerbs:
    @pytest.mark.parametrize(
        "verb", ["connection_edit", "connection_test", "connection_pause", "connection_resume", "connection_delete"]
    )
    def test_only_a_manager_changes_a_connection(self, as_bob: Client, connection: Connection, verb: str):
        assert as_bob.post(url(verb, connection)).status_code == 403

    def test_testing_keeps_the_answers(self, as_alice: Client, connection: Connection, works: list[Any]):
        answer = as_alice.post(url("connection_test", connection), HTTP_HX_REQUEST="true")
        connection.refresh_from_db()
        assert works == [{**connection.settings, "secret_access_key": SECRET}]
        assert [row["ok"] for row in connection.checks] == [True, False, None]
        assert connection.checked_at is not None
        page = text(answer)
        assert "<html" not in page
        assert "works" in page
        assert "missing" in page
        assert "not tried" in page
        assert "organizations:ListAccounts" in page
        assert SECRET not in page
        assert AuditEvent.objects.of(connection.tenant).get(action="connection:tested").detail["failing"] == [
            "List the accounts"
        ]

    def test_a_source_that_fails_is_told_without_what_it_said(self, connection: Connection, caplog: Any):
        class Broken:
            def check(self, *, settings: Any, **_kept: Any) -> list[Check]:
                raise RuntimeError(f"cannot sign with {settings['secret_access_key']}")

        rows = connect.check(Broken(), {"secret_access_key": SECRET})  # type: ignore[arg-type]
        assert [row.ok for row in rows] == [False]
        assert SECRET not in str(rows) + caplog.text

    def test_a_source_that_never_answers_is_not_waited_for(self):
        from threading import Event

        class Slow:
            def check(self, *, settings: Any, **_kept: Any) -> list[Check]:
                Event().wait(5)
                return []

        rows = connect.check(Slow(), {}, seconds=0.05)  # type: ignore[arg-type]
        assert "No answer" in rows[0].detail

    def test_pause_and_resume(self, as_alice: Client, connection: Connection):
        as_alice.post(url("connection_pause", connection))
        connection.refresh_from_db()
        assert (connection.state, connection.next_scan_at) == ("paused", None)
        as_alice.post(url("connection_resume", connection))
        connection.refresh_from_db()
        assert connection.state == "active"
        assert connection.next_scan_at is not None
        assert events(connection.tenant) == ["connection:paused", "connection:resumed"]

    def test_an_analyst_scans(self, as_bob: Client, connection: Connection):
        answer = as_bob.post(url("connection_scan", connection), HTTP_HX_REQUEST="true")
        scan = Scan.objects.of(connection.tenant).get()
        assert (scan.state, scan.requested_by) == ("queued", "Bob")
        assert 'hx-trigger="every 2s"' in text(answer)

    def test_a_second_scan_is_refused_in_words(self, as_bob: Client, connection: Connection):
        as_bob.post(url("connection_scan", connection))
        answer = as_bob.post(url("connection_scan", connection), follow=True)
        assert "under way already" in text(answer)
        assert Scan.objects.of(connection.tenant).count() == 1

    def test_without_htmx_a_verb_leads_back_to_the_page(self, as_alice: Client, connection: Connection):
        answer = as_alice.post(url("connection_pause", connection), follow=True)
        assert answer.redirect_chain == [(url("connection", connection), 302)]
        assert "is paused" in text(answer)


class TestDelete:
    def test_another_name_deletes_nothing(self, as_alice: Client, connection: Connection):
        answer = as_alice.post(url("connection_delete", connection), {"name": "aws"})
        assert answer.status_code == 422
        assert "nothing was deleted" in text(answer)
        assert Connection.objects.of(connection.tenant).exists()

    def test_not_while_it_is_being_read(self, as_alice: Client, connection: Connection):
        make_scan(connection, state="running", live=True, finished_at=None)
        answer = as_alice.post(url("connection_delete", connection), {"name": connection.name})
        assert answer.status_code == 422
        assert "Cancel it first" in text(answer)

    def test_its_name_deletes_it(self, as_alice: Client, connection: Connection):
        as_alice.post(url("connection_delete", connection), {"name": connection.name})
        assert not Connection.objects.of(connection.tenant).exists()
        assert events(connection.tenant) == ["connection:deleted"]

    def test_what_was_read_through_it_goes_and_nothing_else(self, tenant: Tenant, settings: Any):
        evaluated: list[Any] = []
        settings.AFTER_SCAN = f"{__name__}.note"
        globals()["note"] = lambda *, tenant, scan: evaluated.append(scan)
        mine, other = make_connection(tenant), make_connection(tenant, name="Other")
        scans = [make_scan(mine), make_scan(other)]
        for scan in scans:
            store(scan, role("billing", id=f"arn:{scan.pk}"))
        connect.purge(str(tenant.pk), str(mine.pk))
        connect.purge(str(tenant.pk), str(mine.pk))
        assert [node.connection_id for node in Node.objects.of(tenant)] == [other.pk]
        assert [scan.connection_id for scan in Scan.objects.of(tenant)] == [other.pk]
        assert evaluated == [scans[1], scans[1]]


class TestPage:
    def test_it_shows_settings_checks_blind_spots_and_history(self, as_bob: Client, connection: Connection):
        scan = make_scan(connection, state="partial", error="<i>1</i> account is missing.", error_kind="config")
        covered(scan, "sandbox", iam="complete", glue="denied")
        answer = text(as_bob.get(url("connection", connection)))
        assert "set, sealed" in answer
        assert "glue:List" in answer
        assert "&lt;i&gt;1&lt;/i&gt; account is missing." in answer
        assert "changed on your side" in answer

    def test_a_live_scan_is_asked_about_until_it_ends(self, as_bob: Client, connection: Connection):
        scan = make_scan(connection, state="running", live=True, finished_at=None)
        live = text(as_bob.get(url("connection", connection), HTTP_HX_REQUEST="true"))
        assert 'hx-trigger="every 2s"' in live
        assert "<html" not in live
        Scan.objects.of(connection.tenant).filter(pk=scan.pk).update(state="complete", live=None, finished_at=NOW)
        assert "every 2s" not in text(as_bob.get(url("connection", connection), HTTP_HX_REQUEST="true"))

    def test_history_goes_on(self, as_bob: Client, connection: Connection):
        for _ in range(12):
            make_scan(connection)
        first = as_bob.get(url("connection", connection))
        older = as_bob.get(f"{url('connection', connection)}?before={first.context['older_than']}")
        assert len(first.context["scans"]) == 10
        assert older.status_code == 200

    def test_nonsense_in_the_address_is_ignored(self, as_bob: Client, connection: Connection):
        assert as_bob.get(url("connection", connection) + "?before=%00").status_code == 200
