"""A query on tenants' data must name its tenant, and a stranger finds nothing."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from accounts.models import Membership, User
from tenants.models import NoTenant, Tenant


def test_a_query_without_a_tenant_raises(alice: User):
    for ask in (
        lambda: list(Membership.objects.all()),
        Membership.objects.count,
        lambda: Membership.objects.filter(user=alice).exists(),
        Membership.objects.first,
        lambda: Membership.objects.update(role="viewer"),
        lambda: Membership.objects.all().delete(),
        lambda: list(Membership.objects.all().iterator()),
        lambda: list(Membership.objects.exclude(tenant=None)),
        lambda: list(Membership.objects.values_list("pk")),
    ):
        with pytest.raises(NoTenant):
            ask()


def test_a_tenants_query_sees_its_own_only(tenant: Tenant, alice: User, mallory: User):
    assert [membership.user_id for membership in Membership.objects.of(tenant)] == [alice.pk]
    assert Membership.objects.across_tenants().count() == 2


def test_a_stranger_gets_404_and_no_hint(as_mallory: Client, tenant: Tenant):
    there = as_mallory.get("/t/acme/findings/")
    nowhere = as_mallory.get("/t/nosuch/findings/")
    assert there.status_code == nowhere.status_code == 404
    assert "Acme" not in there.content.decode()


def test_a_tenant_named_by_header_form_or_cookie_is_ignored(as_mallory: Client, tenant: Tenant):
    as_mallory.cookies["tenant"] = "acme"
    for answer in (
        as_mallory.get("/t/globex/audit/?tenant=acme&slug=acme", headers={"X-Tenant": "acme"}),
        as_mallory.get("/t/globex/audit/", {"slug": "acme"}),
    ):
        assert answer.status_code == 200
        assert answer.wsgi_request.tenant.slug == "globex"  # type: ignore[attr-defined]


def test_anonymous_is_sent_to_sign_in(client: Client, tenant: Tenant):
    answer = client.get("/t/acme/audit/")
    assert answer.status_code == 302
    assert answer["Location"] == "/accounts/login/?next=/t/acme/audit/"


@pytest.mark.parametrize("zone", ["Madrid", "../etc", "Europe/Madrid\n"])
def test_a_time_zone_that_nobody_knows_is_refused(zone: str):
    with pytest.raises(ValidationError, match="no time zone"):
        Tenant(slug="acme", name="Acme", time_zone=zone).clean_fields()


def test_a_known_time_zone_is_taken():
    Tenant(slug="acme", name="Acme", time_zone="Europe/Madrid").clean_fields()
