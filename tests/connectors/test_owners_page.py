"""Does the owners page say who answers for what on whose word, and can a person attest, once and not by accident?"""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId
from django.db import connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from connectors import attestation
from connectors.inventory import answering, owners
from connectors.inventory.answering import Person, State, state
from connectors.inventory.models import Attestation, Node, OwnerLoad, Responsibility
from connectors.inventory.read import Inventory
from connectors.inventory.records import Access, Domain, Identity, Owner, Relation
from connectors.models import Scan
from tenants.audit import Actor
from tenants.models import AuditEvent, Tenant
from tests.connectors.stored import bucket, function, link, permission, place, role, store
from tests.factories import NOW, make_connection, make_scan

CAROL = Owner(
    email="carol@acme.example", active=True, **place("carol@acme.example", "person", "owner", id="owner:carol")
)
DAVE = Owner(email="dave@acme.example", active=False, **place("dave@acme.example", "person", "owner", id="owner:dave"))
EXPORT, BILLING, ADMIN, LONELY = function("billing-export"), role("Billing"), role("Admin"), role("Lonely")
DATA = bucket("customer-data", domains=(Domain(name="customer", because="tag"),))
ACTOR = Actor(id=None, name="Bob", via="web")


def text(response: Any) -> str:
    return str(response.content.decode())


def url(name: str, **kwargs: Any) -> str:
    return reverse(f"tenant:{name}", kwargs={"slug": "acme", **kwargs})


@pytest.fixture
def estate(tenant: Tenant) -> Scan:
    """carol owns billing-export, which reaches customer data; dave, who left, owns Billing; nobody owns the rest."""
    scan = make_scan(make_connection(tenant))
    outside = Identity(external=True, **place("Partner", "AWS account", "iam"))
    store(
        scan, EXPORT, BILLING, ADMIN, LONELY, DATA, CAROL, DAVE, outside,
        link(Relation.OWNS, CAROL, EXPORT, via="tag owner"),
        link(Relation.OWNS, DAVE, BILLING, via="tag owner"),
        link(Relation.RUNS_AS, EXPORT, BILLING),
        permission(BILLING, DATA, "s3:Get*"),
        permission(ADMIN, bucket("logs"), "s3:*", access=Access.ADMIN),
    )  # fmt: skip
    answering.refresh(tenant)
    return scan


def node(tenant: Tenant, name: str) -> Node:
    found: Node = Node.objects.of(tenant).get(name=name)
    return found


def states(tenant: Tenant) -> dict[str, tuple[str, bool]]:
    rows = Responsibility.objects.of(tenant)
    return {row.name: (row.state, row.sensitive) for row in rows}


def attest(client: Client, tenant: Tenant, name: str, *, seen: Any = "", **fields: str) -> Any:
    until = (timezone.now() + timedelta(days=365)).date().isoformat()
    posted = {"email": "carol@acme.example", "until": until, "note": "", "seen": seen, **fields}
    return client.post(url("attest", pk=node(tenant, name).pk), posted)


class TestState:
    here, gone, unknown = Person("a", "A", active=True), Person("b", "B", active=False), Person("c", "C")

    @pytest.mark.parametrize(
        ("named", "attested", "expected"),
        [
            ([], None, State.NOBODY),
            ([here], None, State.INHERITED),
            ([unknown], None, State.INHERITED),
            ([gone], None, State.LEFT),
            ([gone, here], None, State.INHERITED),
            ([], here, State.ATTESTED),
            ([gone], unknown, State.ATTESTED),
            ([], gone, State.LEFT),
            ([here], gone, State.INHERITED),
        ],
    )
    def test_follows_from_who_is_named_and_who_is_there(
        self, named: list[Person], attested: Person | None, expected: State
    ):
        assert state(named, attested) is expected


class TestRefresh:
    def test_says_on_whose_word_and_with_what_reach(self, tenant: Tenant, estate: Scan):
        assert states(tenant) == {
            "billing-export": (State.INHERITED, True),
            "Billing": (State.LEFT, True),
            "Admin": (State.NOBODY, True),
            "Lonely": (State.NOBODY, False),
        }

    def test_twice_changes_nothing_and_what_is_gone_goes(self, tenant: Tenant, estate: Scan):
        before = sorted(Responsibility.objects.of(tenant).values_list("pk", flat=True))
        answering.refresh(tenant)
        assert sorted(Responsibility.objects.of(tenant).values_list("pk", flat=True)) == before
        Node.objects.of(tenant).filter(name="Lonely").update(gone_at=NOW)
        answering.refresh(tenant)
        assert "Lonely" not in states(tenant)

    def test_counts_what_each_owner_answers_for(self, tenant: Tenant, estate: Scan):
        loads = {row.name: (row.workloads, row.identities, row.sensitive) for row in OwnerLoad.objects.of(tenant)}
        assert loads == {"carol@acme.example": (1, 0, 1), "dave@acme.example": (0, 1, 1)}


class TestPage:
    @pytest.mark.parametrize(
        ("which", "names"),
        [
            ("unacknowledged", ["billing-export"]),
            ("left", ["Billing"]),
            ("nobody", ["Admin", "Lonely"]),
            ("lapsed", []),
            ("attested", []),
        ],
    )
    def test_each_list_holds_exactly_its_rows(self, as_victor: Client, estate: Scan, which: str, names: list[str]):
        answer = as_victor.get(url("owners") + f"?list={which}")
        assert [row["name"] for row in answer.context["rows"]] == names
        [tile] = [each for each in answer.context["lists"] if each["current"]]
        assert tile["count"] == str(len(names))

    def test_owners_with_their_loads_lead_to_their_objects(self, as_victor: Client, tenant: Tenant, estate: Scan):
        answer = as_victor.get(url("owners"))
        assert [row["name"] for row in answer.context["rows"]] == ["carol@acme.example", "dave@acme.example"]
        load = OwnerLoad.objects.of(tenant).get(name="carol@acme.example")
        assert "billing-export" in text(as_victor.get(url("owners") + f"?owner={load.pk}"))

    def test_pages_follow_each_other_without_gaps(self, as_bob: Client, tenant: Tenant, estate: Scan):
        store(estate, *[role(f"r-{number % 4}", id=f"arn:r{number}") for number in range(110)])
        answering.refresh(tenant)
        seen, address = [], url("owners") + "?list=nobody"
        while address:
            answer = as_bob.get(address)
            seen += [row["id"] for row in answer.context["rows"]]
            address = answer.context["next_url"] and url("owners") + answer.context["next_url"]
        assert len(seen) == len(set(seen)) == 112
        back = as_bob.get(url("owners") + answer.context["previous_url"])
        assert [row["id"] for row in back.context["rows"]] == seen[50:100]

    def test_nothing_of_another_tenant(self, as_mallory: Client, other_tenant: Tenant, estate: Scan, tenant: Tenant):
        theirs = reverse("tenant:owners", kwargs={"slug": "globex"})
        assert as_mallory.get(theirs).context["rows"] == []
        load = OwnerLoad.objects.of(tenant)[0]
        assert as_mallory.get(f"{theirs}?owner={load.pk}").status_code == 404

    def test_before_a_scan_it_says_where_owners_come_from(self, as_bob: Client, tenant: Tenant):
        assert "No owners are known" in text(as_bob.get(url("owners")))


class TestAttest:
    def test_stands_is_shown_counted_and_audited(self, as_bob: Client, tenant: Tenant, estate: Scan):
        assert attest(as_bob, tenant, "Lonely", note="asked her").status_code == 302
        page = text(as_bob.get(url("inventory_object", pk=node(tenant, "Lonely").pk)))
        assert "attested" in page
        assert "asked her" in page
        assert states(tenant)["Lonely"] == (State.ATTESTED, False)
        assert OwnerLoad.objects.of(tenant).get(key="owner:carol").identities == 1
        event = AuditEvent.objects.of(tenant).get(action="ownership:attested")
        assert (event.actor, event.subject, event.detail["owner"]) == ("Bob", "Lonely", "carol@acme.example")

    def test_somebody_no_source_knows_may_answer(self, as_bob: Client, tenant: Tenant, estate: Scan):
        attest(as_bob, tenant, "Lonely", email="Eve@Acme.example")
        assert OwnerLoad.objects.of(tenant).get(key="mailto:eve@acme.example").identities == 1
        answering.refresh(tenant)
        assert OwnerLoad.objects.of(tenant).get(key="mailto:eve@acme.example").identities == 1

    def test_an_evaluation_counts_the_attested_as_owner(self, as_bob: Client, tenant: Tenant, estate: Scan):
        attest(as_bob, tenant, "Lonely")
        attest(as_bob, tenant, "Admin", email="eve@acme.example")
        inventory = Inventory(tenant, now=timezone.now())
        assert inventory.owners(LONELY.id) == [CAROL]
        assert [owner.email for owner in inventory.owners(ADMIN.id)] == ["eve@acme.example"]
        later = Inventory(tenant, now=timezone.now() + timedelta(days=400))
        assert later.owners(LONELY.id) == []

    def test_one_who_left_answers_for_nothing(self, as_bob: Client, tenant: Tenant, estate: Scan):
        attest(as_bob, tenant, "Lonely", email="dave@acme.example")
        assert states(tenant)["Lonely"][0] == State.LEFT

    def test_lapses_by_its_date(self, as_bob: Client, tenant: Tenant, estate: Scan):
        attest(as_bob, tenant, "Lonely")
        past = timezone.now() - timedelta(days=1)
        Attestation.objects.of(tenant).update(until=past)
        answering.refresh(tenant)
        assert "Lonely" in text(as_bob.get(url("owners") + "?list=lapsed"))
        assert owners.counted(tenant, now=timezone.now())["attested"].all == 0
        assert "lapsed" in text(as_bob.get(url("inventory_object", pk=node(tenant, "Lonely").pk)))

    def test_withdrawn_it_is_as_before(self, as_bob: Client, tenant: Tenant, estate: Scan):
        attest(as_bob, tenant, "Lonely")
        word = Attestation.objects.of(tenant).get()
        answer = as_bob.post(url("attest_withdraw", pk=node(tenant, "Lonely").pk), {"seen": word.pk})
        assert answer.status_code == 302
        assert states(tenant)["Lonely"][0] == State.NOBODY
        assert not OwnerLoad.objects.of(tenant).filter(identities=1, name="carol@acme.example").exists()
        assert AuditEvent.objects.of(tenant).filter(action="ownership:withdrawn").exists()

    @pytest.mark.parametrize(
        ("field", "given", "said"),
        [
            ("email", "not an address", "valid email"),
            ("until", "2020-01-01", "future"),
            ("until", "2999-01-01", "three years"),
        ],
    )
    def test_mistakes_stand_by_their_field(
        self, as_bob: Client, tenant: Tenant, estate: Scan, field: str, given: str, said: str
    ):
        answer = attest(as_bob, tenant, "Lonely", **{field: given, "note": "keep me"})
        assert answer.status_code == 422
        assert said in text(answer)
        assert "keep me" in text(answer)
        assert not Attestation.objects.of(tenant).exists()

    def test_whoever_comes_second_is_told_who_was_first(
        self, as_alice: Client, as_bob: Client, tenant: Tenant, estate: Scan
    ):
        attest(as_alice, tenant, "Lonely")
        answer = attest(as_bob, tenant, "Lonely", email="eve@acme.example")
        assert answer.status_code == 409
        assert "Alice said" in text(answer)
        gone = as_bob.post(url("attest_withdraw", pk=node(tenant, "Lonely").pk), {"seen": ObjectId()})
        assert gone.status_code == 409
        assert Attestation.objects.of(tenant).get(standing=True).owner_email == "carol@acme.example"

    def test_a_second_word_takes_the_place_of_the_one_it_saw(self, as_bob: Client, tenant: Tenant, estate: Scan):
        attest(as_bob, tenant, "Lonely")
        first = Attestation.objects.of(tenant).get()
        assert attest(as_bob, tenant, "Lonely", seen=first.pk, email="eve@acme.example").status_code == 302
        assert Attestation.objects.of(tenant).get(standing=True).owner_email == "eve@acme.example"
        assert [row.ended_by for row in Attestation.objects.of(tenant).filter(pk=first.pk)] == ["Bob"]

    def test_of_two_at_once_one_stands(self, tenant: Tenant, estate: Scan, bob: User):
        outcomes: list[str] = []
        start = threading.Barrier(2)
        subject = node(tenant, "Lonely")

        def say(email: str) -> None:
            until = timezone.now() + timedelta(days=9)
            start.wait()
            try:
                attestation.attest(
                    node=subject, email=email, note=None, until=until, seen=None, actor=ACTOR, author=bob
                )
                outcomes.append("attested")
            except attestation.Conflict:
                outcomes.append("conflict")
            finally:
                connections.close_all()

        both = [threading.Thread(target=say, args=(f"{name}@acme.example",)) for name in ("eve", "carol")]
        for thread in both:
            thread.start()
        for thread in both:
            thread.join()
        assert sorted(outcomes) == ["attested", "conflict"]
        assert Attestation.objects.of(tenant).filter(standing=True).count() == 1

    def test_htmx_gets_the_panel(self, as_bob: Client, tenant: Tenant, estate: Scan):
        until = (timezone.now() + timedelta(days=30)).date().isoformat()
        posted = {"email": "carol@acme.example", "until": until, "seen": ""}
        answer = as_bob.post(url("attest", pk=node(tenant, "Admin").pk), posted, HTTP_HX_REQUEST="true")
        assert answer.status_code == 200
        assert text(answer).lstrip().startswith('<section class="panel" id="ownership"')

    @pytest.mark.parametrize("client", ["as_victor", "as_audrey"])
    def test_who_only_reads_is_refused(self, request: pytest.FixtureRequest, tenant: Tenant, estate: Scan, client: str):
        reader = request.getfixturevalue(client)
        assert attest(reader, tenant, "Lonely").status_code == 403
        assert "Attest" not in text(reader.get(url("inventory_object", pk=node(tenant, "Lonely").pk)))
