"""Every tenant page, known or yet to be written: who is let in, by which method, and to whose objects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from bson import ObjectId
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.models import Invitation, Membership, User
from accounts.roles import Capability, Role, allows
from connectors.inventory.models import Correlation, DomainVerdict, Node
from findings.models import Comment, Ticket
from tenants.models import Tenant
from tests.conftest import signed_in
from tests.factories import NOW, make_connection, make_finding, make_member, make_scan
from tests.ticketing.desk import make_system

SPARE = ObjectId("0" * 24)


@dataclass(frozen=True)
class Page:
    """A URL of the tenant namespace."""

    name: str
    arguments: tuple[str, ...]
    view: Any

    def address(self, slug: str, pk: ObjectId = SPARE) -> str:
        values = dict.fromkeys(self.arguments, "x") | {name: pk for name in self.arguments if name.endswith("pk")}
        return reverse(f"tenant:{self.name}", kwargs={**values, "slug": slug})


def tenant_pages() -> list[Page]:
    resolver = next(
        entry for entry in get_resolver().url_patterns if isinstance(entry, URLResolver) and entry.namespace == "tenant"
    )
    return [
        Page(str(pattern.name), tuple(name for name in pattern.pattern.converters), pattern.callback)
        for pattern in patterns_of(resolver)
    ]


def patterns_of(resolver: URLResolver) -> Iterator[URLPattern]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from patterns_of(entry)
        else:
            yield entry


PAGES = tenant_pages()
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
METHODS = ("get", "post")


def statuses(client: Client, address: str) -> set[int]:
    return {getattr(client, method)(address).status_code for method in METHODS}


def test_the_walk_sees_the_pages():
    assert {"queue", "finding", "inventory", "connections", "audit"} <= {page.name for page in PAGES}


@each_page
def test_a_page_names_the_capability_it_needs(page: Page):
    assert page.name == "front" or isinstance(getattr(page.view, "capability", None), Capability)


@each_page
def test_anonymous_is_sent_to_sign_in(page: Page, client: Client, tenant: Tenant):
    for method in METHODS:
        answer = getattr(client, method)(page.address("acme"))
        assert answer.status_code == 302
        assert answer["Location"].startswith("/accounts/login/")


@each_page
def test_a_stranger_gets_404(page: Page, as_mallory: Client, tenant: Tenant):
    assert statuses(as_mallory, page.address("acme")) == {404}


@each_page
def test_a_role_without_the_capability_is_refused(page: Page, tenant: Tenant):
    for role in Role:
        if page.name != "front" and not allows(role, page.view.capability):
            client = signed_in(make_member(tenant, f"some-{role}", role=role))
            assert statuses(client, page.address("acme")) <= {403, 405}


@each_page
def test_a_page_takes_get_or_post_and_nothing_else(page: Page, as_alice: Client, tenant: Tenant):
    for method in ("put", "patch", "delete", "options"):
        assert getattr(as_alice, method)(page.address("acme")).status_code == 405


@each_page
def test_another_tenants_object_is_not_there(page: Page, as_alice: Client, tenant: Tenant, theirs: list[ObjectId]):
    if "pk" in page.arguments:
        for pk in theirs:
            assert statuses(as_alice, page.address("acme", pk)) <= {404, 405}


@pytest.fixture
def theirs(other_tenant: Tenant, mallory: User) -> list[ObjectId]:
    """One object of each kind that belongs to Globex."""
    connection = make_connection(other_tenant)
    scan = make_scan(connection)
    finding = make_finding(other_tenant)
    comment = Comment.objects.create(tenant=other_tenant, finding=finding, author="Mallory", body="ours", at=NOW)
    node = Node.objects.create(
        tenant=other_tenant, connection=connection, kind="identity", key="arn:x", provider_id="X", name="ours",
        type="IAM role", system="aws", scope="aws:x:iam", hash="", first_seen=NOW, last_seen=NOW, changed_at=NOW,
        seen_scan=scan.pk,
    )  # fmt: skip
    verdict = DomainVerdict.objects.create(
        tenant=other_tenant, domain="hr", holds=True, name="ours*", reason="ours", author="Mallory", at=NOW
    )
    match = Correlation.objects.create(
        tenant=other_tenant, left="a", left_name="ours", left_system="aws", right="b", right_name="ours too",
        right_system="entra", kind="identity", confidence="certain", found_at=NOW,
    )  # fmt: skip
    member = Membership.objects.of(other_tenant).get(user=mallory)
    invitation = Invitation.objects.create(
        tenant=other_tenant, email="eve@globex.example", role=Role.VIEWER, invited_by="Mallory", expires_at=NOW
    )
    system = make_system(other_tenant)
    ticket = Ticket.objects.create(
        tenant=other_tenant,
        finding=finding,
        system_id=system.pk,
        system_name="ours",
        requested_by="M",
        requested_at=NOW,
    )
    things = (connection, scan, finding, comment, node, match, verdict, member, invitation, system, ticket)
    return [thing.pk for thing in things]
