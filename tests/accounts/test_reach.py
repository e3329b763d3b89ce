"""What may be reached while staff acts as somebody: the table over every address there is, and through the door."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import ResolverMatch, URLPattern, URLResolver, get_resolver

from accounts.models import User
from accounts.reach import ALWAYS, WRITABLE, closed
from accounts.roles import Capability
from findings.models import Comment, Finding
from tenants.models import AuditEvent, Tenant
from tests.accounts.acting import QUEUE, begin, confirm, events
from tests.conftest import signed_in
from tests.factories import make_connection, make_finding

HTMX = {"HX-Request": "true"}


@dataclass(frozen=True)
class Address:
    """One URL pattern with the namespaces around it."""

    name: str
    namespaces: tuple[str, ...]
    view: Any

    def closed(self, method: str, *, write: bool) -> str | None:
        match = ResolverMatch(self.view, (), {}, self.name.rpartition(":")[2], namespaces=list(self.namespaces))
        return closed(match, method, write=write)


def addresses(resolver: URLResolver, namespaces: tuple[str, ...] = ()) -> Iterator[Address]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLPattern):
            yield Address(":".join((*namespaces, str(entry.name))), namespaces, entry.callback)
        else:
            yield from addresses(entry, (*namespaces, entry.namespace) if entry.namespace else namespaces)


EVERY = list(addresses(get_resolver()))
OPEN_TO_READ = {address.name for address in EVERY if not address.closed("GET", write=False)}


def open_to_post(*, write: bool) -> set[str]:
    return {address.name for address in EVERY if not address.closed("POST", write=write)}


def test_the_walk_sees_the_door_the_admin_and_the_tenants_pages():
    assert {"account_login", "admin:index", "tenant:queue", "mfa_index", "acting_start"} <= {
        each.name for each in EVERY
    }


def test_nothing_is_posted_but_what_the_table_names():
    assert open_to_post(write=False) == ALWAYS
    assert open_to_post(write=True) == ALWAYS | {f"tenant:{name}" for name in WRITABLE}


def test_only_the_tenants_pages_are_read_and_none_of_credentials_or_members():
    assert {name for name in OPEN_TO_READ - ALWAYS if not name.startswith("tenant:")} == set()
    needed = {each.name: getattr(each.view, "capability", None) for each in EVERY}
    assert {needed[name] for name in OPEN_TO_READ - ALWAYS} & {Capability.CONNECT, Capability.MEMBERS, None} == set()
    assert {"tenant:queue", "tenant:audit", "tenant:connection", "tenant:posture_report_pdf"} <= OPEN_TO_READ
    assert not {"tenant:connection_new", "tenant:connection_edit", "tenant:support_access_choose"} & OPEN_TO_READ


@pytest.mark.parametrize("namespaces", [(), ("tenant",), ("admin",), ("api", "tenant")])
def test_a_page_yet_to_be_written_takes_no_change(namespaces: tuple[str, ...]):
    def view() -> None: ...

    view.capability = Capability.TRIAGE  # type: ignore[attr-defined]
    for method in ("POST", "PUT", "PATCH", "DELETE", "ANYTHING"):
        assert Address("new_page", namespaces, view).closed(method, write=True)


@pytest.fixture
def desk(support: User, alice: User, tenant: Tenant) -> Client:
    """A staff member's browser, acting as alice, who manages Acme."""
    client = signed_in(support)
    begin(client, tenant, alice)
    return client


CLOSED = [
    "/admin/",
    "/admin/accounts/user/",
    "/accounts/login/",
    "/accounts/logout/",
    "/accounts/security/",
    "/acting/",
    "/t/acme/connections/new/",
    "/t/acme/connections/{connection}/edit/",
    "/t/acme/connections/{connection}/delete/",
    "/t/acme/members/",
]
POSTED = [
    "/t/acme/connections/{connection}/test/",
    "/t/acme/connections/{connection}/pause/",
    "/t/acme/members/invite/",
    "/t/acme/members/support-access/",
    "/accounts/logout/",
]


@pytest.mark.parametrize(
    ("method", "path"), [*(("get", path) for path in CLOSED), *(("post", path) for path in POSTED)]
)
def test_closed_pages_are_refused_in_words_even_when_changing_was_confirmed(
    desk: Client, tenant: Tenant, method: str, path: str
):
    confirm(desk)
    answer = getattr(desk, method)(path.format(connection=make_connection(tenant).pk))
    assert answer.status_code == 403
    assert "closed while you act as somebody else" in answer.content.decode()
    (refused,) = events(tenant, "refused")
    assert (refused.actor, refused.acting_as, refused.detail["method"]) == ("Support", "Alice", method.upper())
    assert str(desk.get(QUEUE).wsgi_request.user) == "Alice"


def test_looking_changes_nothing_until_it_is_confirmed(desk: Client, tenant: Tenant):
    finding = make_finding(tenant)
    verb = f"{QUEUE}{finding.pk}/acknowledge/"
    answer = desk.post(verb, {"version": finding.version})
    assert answer.status_code == 403
    assert "You may only look" in answer.content.decode()
    assert Finding.objects.of(tenant).get().decision == finding.decision
    assert events(tenant, "refused")[0].detail["page"] == "tenant:finding_acknowledge"
    confirm(desk)
    assert desk.post(verb, {"version": finding.version}).status_code == 302
    done = AuditEvent.objects.of(tenant).get(action="finding:acknowledged")
    assert (done.actor, done.acting_as) == ("Support", "Alice")
    assert Finding.objects.of(tenant).get().decided_by == "Support acting as Alice"
    desk.post(f"{QUEUE}{finding.pk}/comment/", {"body": "Reopened as asked."})
    assert Comment.objects.of(tenant).get().author == "Support acting as Alice"


def test_a_fragment_is_refused_in_plain_words(desk: Client, tenant: Tenant):
    finding = make_finding(tenant)
    answer = desk.post(f"{QUEUE}{finding.pk}/acknowledge/", {"version": finding.version}, headers=HTMX)
    assert (answer.status_code, answer["Content-Type"]) == (403, "text/plain")
    assert answer.content.decode().startswith("You may only look")


def test_pages_that_look_stay_open(desk: Client, tenant: Tenant):
    finding, connection = make_finding(tenant), make_connection(tenant)
    pages = ["inventory/", "posture/", "audit/", "reports/", f"connections/{connection.pk}/"]
    for path in [*pages, "findings/", f"findings/{finding.pk}/", f"findings/{finding.pk}/evidence.json"]:
        answer = desk.get(f"/t/acme/{path}")
        assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store"), path
    assert events(tenant, "refused") == []
    assert not list(get_messages(desk.get(QUEUE).wsgi_request))
    downloaded = AuditEvent.objects.of(tenant).get(action="evidence:downloaded")
    assert (downloaded.actor, downloaded.acting_as) == ("Support", "Alice")
