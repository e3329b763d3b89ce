"""Who is who in every test: alice manages Acme, bob is her analyst, victor only looks, mallory must see nothing."""

from __future__ import annotations

import pytest
from allauth.account.internal.flows.login import record_authentication
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest
from django.test import Client

from accounts.limits import COLLECTION
from accounts.models import User
from accounts.roles import Role
from tenants.models import Tenant
from tests.factories import make_member


@pytest.fixture(autouse=True)
def nothing_counted(request: pytest.FixtureRequest) -> None:
    """No attempt has been made yet: limits and what the cache holds would go on from test to test."""
    if "_django_db_helper" in request.fixturenames:  # what pytest-django's `db` and its relatives all use
        request.getfixturevalue("_django_db_helper")
        cache.clear()
        connection.get_collection(COLLECTION).delete_many({})  # type: ignore[attr-defined]


@pytest.fixture
def tenant(db: None) -> Tenant:
    """Acme Media, the tenant under test."""
    return Tenant.objects.create(slug="acme", name="Acme Media", time_zone="Europe/Madrid")


@pytest.fixture
def other_tenant(db: None) -> Tenant:
    """Globex, whose data Acme must not see, and the other way round."""
    return Tenant.objects.create(slug="globex", name="Globex")


@pytest.fixture
def alice(tenant: Tenant) -> User:
    """Acme's manager."""
    return make_member(tenant, "alice", role=Role.MANAGER)


@pytest.fixture
def bob(tenant: Tenant) -> User:
    """An analyst of Acme."""
    return make_member(tenant, "bob", role=Role.ANALYST)


@pytest.fixture
def victor(tenant: Tenant) -> User:
    """A viewer of Acme."""
    return make_member(tenant, "victor", role=Role.VIEWER)


@pytest.fixture
def audrey(tenant: Tenant) -> User:
    """An auditor of Acme."""
    return make_member(tenant, "audrey", role=Role.AUDITOR)


@pytest.fixture
def mallory(other_tenant: Tenant) -> User:
    """Globex' manager, a stranger to Acme."""
    return make_member(other_tenant, "mallory", role=Role.MANAGER)


@pytest.fixture
def staff(db: None) -> User:
    """An owner of sv0: internal staff with every right in the admin, and no membership."""
    return User.objects.create_superuser("staff@sv0.example", name="Staff")


@pytest.fixture
def support(db: None) -> User:
    """Internal staff who reads and provisions, and no more."""
    return User.objects.create_user("support@sv0.example", name="Support", is_staff=True)


def signed_in(user: User) -> Client:
    """A client with a session of that user, who came by a mailed code; internal staff by a second factor as well."""
    client = Client()
    client.force_login(user)
    request = HttpRequest()
    request.session = client.session
    record_authentication(request, user, "code")
    if user.is_staff:
        record_authentication(request, user, "mfa", type="totp")
    request.session.save()
    return client


@pytest.fixture
def as_alice(alice: User) -> Client:
    """Alice's browser."""
    return signed_in(alice)


@pytest.fixture
def as_bob(bob: User) -> Client:
    """Bob's browser."""
    return signed_in(bob)


@pytest.fixture
def as_victor(victor: User) -> Client:
    """Victor's browser."""
    return signed_in(victor)


@pytest.fixture
def as_audrey(audrey: User) -> Client:
    """Audrey's browser."""
    return signed_in(audrey)


@pytest.fixture
def as_mallory(mallory: User) -> Client:
    """Mallory's browser."""
    return signed_in(mallory)
