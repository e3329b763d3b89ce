"""Are records of one actor in two systems found to be one, told why, walked through, and kept apart on request?"""

from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId
from django.test import Client
from django.urls import reverse

from connectors import correlation
from connectors.inventory import graph
from connectors.inventory.matching import Actor, Claim, matches
from connectors.inventory.models import Change, Correlation, Edge
from connectors.inventory.records import Access, Alias, AliasKind, Identity, Owner
from connectors.models import Connection
from tenants.audit import Actor as Person
from tenants.models import AuditEvent, Tenant
from tests.connectors.scanning import run
from tests.connectors.scripted import bucket, may, role, scope
from tests.factories import make_connection

ALICE = Person(id="1", name="Alice", via="web")
APP = "5c1e9e66-0000-4000-8000-3f2d1c0b9a87"
ENTRA, AWS = "entra:principals", "prod:iam"


# ── Matching, without a database ────────────────────────────────────────────────────────────────────────────────────


def actor(key: str, system: str, kind: str = "identity") -> Actor:
    return Actor(key, key, system, kind)


def claim(kind: AliasKind, value: str, *actors: Actor) -> Claim:
    return Claim(kind, value, tuple((each, f"{each.system} says so") for each in actors))


def found(*claims: Claim) -> list[tuple[str, str, str]]:
    return sorted((match.left.key, match.right.key, match.confidence.value) for match in matches(claims))


def test_a_name_in_two_systems_joins_two_records():
    (match,) = matches([claim(AliasKind.CLIENT_ID, APP, actor("b", "servicenow"), actor("a", "entra"))])
    assert (match.left.key, match.right.key, match.confidence.value) == ("a", "b", "certain")
    assert match.evidence == [{"kind": "client id", "value": APP, "told": "entra says so; servicenow says so"}]


def test_an_address_alone_is_probable_and_with_a_client_id_certain():
    mail = claim(AliasKind.EMAIL, "bot@acme.example", actor("a", "entra"), actor("b", "jira"))
    assert found(mail) == [("a", "b", "probable")]
    assert found(mail, claim(AliasKind.CLIENT_ID, APP, actor("a", "entra"), actor("b", "jira"))) == [
        ("a", "b", "certain")
    ]


def test_a_name_that_two_of_one_system_share_is_ambiguous():
    shared = claim(AliasKind.EMAIL, "x@acme.example", actor("a", "jira"), actor("b", "jira"), actor("c", "entra"))
    assert found(shared) == [("a", "c", "ambiguous"), ("b", "c", "ambiguous")]


def test_records_of_one_system_or_of_two_kinds_are_not_joined():
    assert found(claim(AliasKind.EMAIL, "x", actor("a", "jira"), actor("b", "jira"))) == []
    assert found(claim(AliasKind.EMAIL, "x", actor("a", "jira"), actor("b", "aws", "owner"))) == []


# ── In the inventory ────────────────────────────────────────────────────────────────────────────────────────────────


def principal(name: str, *aliases: tuple[AliasKind, str], system: str = "entra") -> Identity:
    said = tuple(Alias(kind=kind, value=value, because=f"{system} says so") for kind, value in aliases)
    return role(
        name, within=ENTRA, id=f"{system}:{name}", type="service principal", system=system, account_id=None,
        aliases=said,
    )  # fmt: skip


@pytest.fixture
def entra(connection: Connection, tenant: Tenant) -> Connection:
    return make_connection(tenant, kind="scripted", name="Entra", settings={})


BILLING, LOGS = (
    role("billing", aliases=(Alias(kind=AliasKind.CLIENT_ID, value=APP.upper(), because="its trust"),)),
    (bucket("customer-logs")),
)


def both(
    connection: Connection, entra: Connection, *aliases: tuple[AliasKind, str], billing: Identity = BILLING
) -> None:
    """A role that may read the logs in AWS, and a service principal that goes by these names."""
    run(entra, scope(ENTRA, principal("exporter", *aliases)))
    run(connection, scope(AWS, billing, LOGS, may(billing, Access.READ, LOGS)))


def ends(tenant: Tenant) -> set[tuple[str, str]]:
    """What paths from the service principal end at, with the grade of its step to the role."""
    paths = graph.paths_from(tenant, "entra:exporter").paths
    return {(path.hops[-1].target.name, str(path.hops[0].grade)) for path in paths if path.hops[-1].target_domains}


def test_a_path_goes_through_both_sides(connection: Connection, entra: Connection, tenant: Tenant):
    both(connection, entra, (AliasKind.CLIENT_ID, APP))
    pair = Correlation.objects.of(tenant).get()
    assert {pair.left_name, pair.right_name, pair.confidence} == {"exporter", "billing", "certain"}
    assert ends(tenant) == {("customer-logs", "granted")}
    edge = Edge.objects.of(tenant).filter(relation="same_as", source="entra:exporter").get()
    assert f"client id {APP}" in str(edge.via)


def test_no_path_comes_back_to_where_it_began(connection: Connection, entra: Connection, tenant: Tenant):
    both(connection, entra, (AliasKind.CLIENT_ID, APP))
    for key in ("entra:exporter", BILLING.id):
        assert all(path.hops[-1].target.id != key for path in graph.paths_from(tenant, key).paths)


def test_a_match_by_e_mail_makes_the_path_conditional_until_somebody_confirms_it(
    connection: Connection, entra: Connection, tenant: Tenant
):
    mail = (AliasKind.EMAIL, "Bot@acme.example")
    billing = role("billing", aliases=(Alias(kind=mail[0], value="bot@acme.example", because="its tag"),))
    both(connection, entra, mail, billing=billing)
    assert ends(tenant) == {("customer-logs", "conditional")}
    pair = Correlation.objects.of(tenant).get()
    correlation.decide(correlation=pair, decision="confirmed", reason="Same team.", actor=ALICE)
    assert ends(tenant) == {("customer-logs", "granted")}
    event = AuditEvent.objects.of(tenant).get(action="correlation:confirmed")
    assert (event.actor, event.detail["reason"]) == ("Alice", "Same team.")


def test_what_is_split_stays_apart_after_the_next_scan(connection: Connection, entra: Connection, tenant: Tenant):
    both(connection, entra, (AliasKind.CLIENT_ID, APP))
    pair = Correlation.objects.of(tenant).get()
    correlation.decide(correlation=pair, decision="split", reason="A test app.", actor=ALICE)
    assert ends(tenant) == set()
    both(connection, entra, (AliasKind.CLIENT_ID, APP))
    assert (ends(tenant), Correlation.objects.of(tenant).get().decision) == (set(), "split")
    correlation.decide(correlation=pair, decision=None, reason="", actor=ALICE)
    assert ends(tenant) == {("customer-logs", "granted")}


def test_an_address_in_a_configuration_is_evidence(connection: Connection, entra: Connection, tenant: Tenant):
    plain = role("billing")
    both(connection, entra, (AliasKind.ADDRESS, plain.id), billing=plain)
    assert Correlation.objects.of(tenant).get().confidence == "certain"
    assert ends(tenant) == {("customer-logs", "granted")}


def test_evidence_that_is_gone_takes_the_match_with_it(connection: Connection, entra: Connection, tenant: Tenant):
    both(connection, entra, (AliasKind.CLIENT_ID, APP))
    run(entra, scope(ENTRA, principal("exporter")))
    assert not Correlation.objects.of(tenant).exists()
    assert ends(tenant) == set()
    told = Change.objects.of(tenant).filter(subject_name__contains="is the same actor as", after=False)
    assert told.count() == 2


def test_what_a_person_confirmed_outlives_its_evidence(connection: Connection, entra: Connection, tenant: Tenant):
    both(connection, entra, (AliasKind.CLIENT_ID, APP))
    pair = Correlation.objects.of(tenant).get()
    correlation.decide(correlation=pair, decision="confirmed", reason="Ours.", actor=ALICE)
    run(entra, scope(ENTRA, principal("exporter")))
    assert Correlation.objects.of(tenant).get().evidence == []
    assert ends(tenant) == {("customer-logs", "granted")}


def test_an_unchanged_scan_writes_no_change(connection: Connection, entra: Connection, tenant: Tenant):
    both(connection, entra, (AliasKind.CLIENT_ID, APP))
    before = Change.objects.of(tenant).count()
    both(connection, entra, (AliasKind.CLIENT_ID, APP))
    assert Change.objects.of(tenant).count() == before


def test_people_are_matched_by_their_address(connection: Connection, entra: Connection, tenant: Tenant):
    def owner(system: str) -> Owner:
        values: dict[str, Any] = {"id": f"{system}:alice", "provider_id": "x", "name": "Alice", "type": "person"}
        return Owner(**values, system=system, scope=ENTRA if system == "entra" else AWS, email="alice@acme.example")

    run(entra, scope(ENTRA, owner("entra")))
    run(connection, scope(AWS, owner("aws")))
    pair = Correlation.objects.of(tenant).get()
    assert (pair.kind, pair.confidence) == ("owner", "probable")
    assert not Edge.objects.of(tenant).filter(relation="same_as").exists()


def test_another_tenant_is_never_matched(connection: Connection, tenant: Tenant, other_tenant: Tenant):
    theirs = make_connection(other_tenant, kind="scripted", name="Scripted", settings={})
    run(theirs, scope(ENTRA, principal("exporter", (AliasKind.CLIENT_ID, APP))))
    run(connection, scope(AWS, BILLING, LOGS))
    assert not Correlation.objects.across_tenants().exists()


# ── Pages ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def url(name: str, **kwargs: Any) -> str:
    return reverse(f"tenant:{name}", kwargs={"slug": "acme", **kwargs})


def test_an_analyst_splits_a_match_with_a_reason(
    connection: Connection, entra: Connection, tenant: Tenant, as_bob: Client
):
    both(connection, entra, (AliasKind.CLIENT_ID, APP))
    pair = Correlation.objects.of(tenant).get()
    page = as_bob.get(url("matches")).content.decode()
    assert APP in page
    assert "one actor" in page
    without = as_bob.post(url("match_decide", pk=pair.pk), {"decision": "split"}, follow=True).content.decode()
    assert "Say why" in without
    said = {"decision": "split", "reason": "A test app."}
    page = as_bob.post(url("match_decide", pk=pair.pk), said, follow=True).content.decode()
    assert "A test app." in page
    assert Correlation.objects.of(tenant).get().decided_by == "Bob"
    assert as_bob.post(url("match_decide", pk=ObjectId()), said).status_code == 404


def test_a_viewer_sees_matches_and_decides_nothing(
    connection: Connection, entra: Connection, tenant: Tenant, as_victor: Client
):
    assert "No matches" in as_victor.get(url("matches")).content.decode()
    both(connection, entra, (AliasKind.CLIENT_ID, APP))
    pair = Correlation.objects.of(tenant).get()
    assert "Confirm" not in as_victor.get(url("matches")).content.decode()
    assert as_victor.post(url("match_decide", pk=pair.pk), {"decision": "split"}).status_code == 403
