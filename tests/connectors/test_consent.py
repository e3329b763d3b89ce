"""Can a manager grant access at the vendor, and nobody else; is what was granted sealed, renewed and told?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from connectors import connect, secrets
from connectors.inventory.models import Node
from connectors.models import Connection, Scan
from connectors.scan import run
from tenants.models import AuditEvent, Tenant
from tests.emulators.jira import JiraEmulator
from tests.emulators.jira.small_estate import ESTATE
from tests.factories import make_connection, make_scan
from tests.findings.world import ALICE


@pytest.fixture
def jira(monkeypatch: pytest.MonkeyPatch) -> Iterator[JiraEmulator]:
    with JiraEmulator(ESTATE) as running:
        monkeypatch.setenv("SV0_ENDPOINT_JIRA", running.url)
        yield running


@pytest.fixture
def app(tenant: Tenant) -> Connection:
    """An OAuth 2.0 (3LO) app of the customer's, to which nobody has consented yet."""
    sealed = secrets.seal(tenant, {"client_secret": ESTATE.client_secret})
    settings = {"address": f"https://{ESTATE.host}", "client_id": ESTATE.client_id}
    return make_connection(tenant, kind="jira", name="Jira", settings=settings, sealed=sealed)


def at(name: str, **kwargs: Any) -> str:
    return reverse(f"tenant:{name}", kwargs={"slug": "acme", **kwargs})


def consented(client: Client, jira: JiraEmulator, app: Connection, **kwargs: Any) -> Any:
    """The page after somebody went to Atlassian, said yes, and came back."""
    asked = client.get(at("consent", pk=app.pk))
    return client.get(jira.consent(asked["Location"]), follow=True, **kwargs)


def token(app: Connection) -> str | None:
    found: str | None = secrets.opened(Connection.objects.of(app.tenant).get(pk=app.pk)).get("refresh_token")
    return found


def test_it_asks_for_what_the_source_reads_and_seals_what_it_gets(as_alice: Client, jira: JiraEmulator, app: Any):
    asked = as_alice.get(at("consent", pk=app.pk))["Location"]
    query = dict(parse_qsl(urlsplit(asked).query))
    assert urlsplit(asked).path == "/auth.atlassian.com/authorize"
    assert query["redirect_uri"] == f"http://testserver{at('consented')}"
    assert {"read:user:jira", "offline_access"} <= {*query["scope"].split()}
    assert not [
        scope for scope in query["scope"].split() if not scope.startswith("read:") and scope != "offline_access"
    ]
    page = as_alice.get(jira.consent(asked), follow=True)
    assert "Access is granted." in page.content.decode()
    assert token(app) == jira.refresh_token
    granted = AuditEvent.objects.of(app.tenant).get(action="connection:credential:granted")
    assert granted.detail == {"changed": ["refresh_token"], "at": "Atlassian"}
    assert "CANARY" not in page.content.decode() + str(granted.detail)


def test_each_use_keeps_the_token_that_it_gives(as_alice: Client, jira: JiraEmulator, app: Connection):
    consented(as_alice, jira, app)
    for _ in range(2):
        before = token(app)
        rows = connect.test(connection=Connection.objects.of(app.tenant).get(pk=app.pk), actor=ALICE)
        assert not [row for row in rows if row.ok is False]
        assert token(app) == jira.refresh_token != before


def test_a_scan_reads_with_it_and_keeps_the_next_one(as_alice: Client, jira: JiraEmulator, app: Connection):
    consented(as_alice, jira, app)
    before = token(app)
    scan = make_scan(Connection.objects.of(app.tenant).get(pk=app.pk), state=Scan.State.QUEUED, live=True)
    run(scan)
    assert Scan.objects.of(app.tenant).get(pk=scan.pk).state == Scan.State.COMPLETE
    assert Node.objects.of(app.tenant).filter(system="jira").exists()
    assert token(app) == jira.refresh_token != before


def test_access_that_was_taken_back_says_so(as_alice: Client, jira: JiraEmulator, app: Connection):
    consented(as_alice, jira, app)
    jira.tokens_given += 1  # another token is the good one now
    rows = connect.test(connection=Connection.objects.of(app.tenant).get(pk=app.pk), actor=ALICE)
    assert rows[0].ok is False
    assert "grant it again" in rows[0].detail


def test_another_site_is_refused_by_name(as_alice: Client, jira: JiraEmulator, app: Connection):
    jira.opens = ("other-site.atlassian.net",)
    page = consented(as_alice, jira, app).content.decode()
    assert f"Access was granted to https://other-site.atlassian.net, not to {ESTATE.host}." in page
    assert token(app) is None


@pytest.mark.parametrize("change", ["state", "twice", "late", "declined"])
def test_an_answer_to_no_question_grants_nothing(as_alice: Client, jira: JiraEmulator, app: Connection, change: str):
    back = jira.consent(as_alice.get(at("consent", pk=app.pk))["Location"])
    if change == "state":
        back = back.replace("state=", "state=x")
    elif change == "twice":
        as_alice.get(at("consented") + "?state=x&code=y")
    elif change == "late":
        session = as_alice.session
        asked = timezone.now() - timedelta(minutes=16)
        session["consent"] = session["consent"] | {"at": asked.isoformat()}
        session.save()
    else:
        back = back.split("&code")[0] + "&error=access_denied"
    page = as_alice.get(back, follow=True)
    assert "Nothing was granted" in page.content.decode()
    assert token(app) is None


def test_only_who_may_connect_may_grant(as_bob: Client, as_mallory: Client, jira: JiraEmulator, app: Connection):
    for client, status in ((as_bob, 403), (as_mallory, 404)):
        assert client.get(at("consent", pk=app.pk)).status_code == status
        assert client.get(at("consented")).status_code == status


def test_a_system_without_consent_has_none(as_alice: Client, tenant: Tenant):
    assert as_alice.get(at("consent", pk=make_connection(tenant).pk)).status_code == 404


def test_what_was_granted_ends_with_the_app_it_was_granted_to(as_alice: Client, jira: JiraEmulator, app: Connection):
    consented(as_alice, jira, app)
    stored = Connection.objects.of(app.tenant).get(pk=app.pk)
    same: dict[str, Any] = {"name": "Jira of Acme", "every_hours": 24, "secret": {}, "actor": ALICE}
    connect.change(connection=stored, settings=stored.settings, **same)
    assert token(app) is not None
    connect.change(connection=stored, settings=stored.settings | {"client_id": "another"}, **same)
    assert token(app) is None
    assert secrets.opened(Connection.objects.of(app.tenant).get(pk=app.pk))["client_secret"] == ESTATE.client_secret


def test_a_secret_that_was_taken_away_meanwhile_is_not_kept(app: Connection):
    connect.keep(app, "refresh_token", "CANARY")
    assert token(app) is None
