"""Does the page of paths answer what it is asked, with numbers that lead to their rows and without scripts?"""

from __future__ import annotations

from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from connectors.inventory import surroundings
from connectors.inventory.models import Node
from connectors.inventory.records import Access, Credential, Domain, Egress, Grade, Relation
from connectors.models import Scan
from tenants.models import Tenant
from tests.connectors.stored import SCOPE, bucket, covered, function, link, permission, ref, role, store
from tests.factories import make_connection, make_scan

URL = reverse("tenant:paths", kwargs={"slug": "acme"})
CUSTOMER = (Domain(name="customer", because="its name says customer"),)
EXPORT, HUB, SIDE = function("export"), role("Hub"), role("Side")
KEY = Credential(kind="access key", id="AKIAEXAMPLE")
DATA = [bucket(f"customer-{number:02}", domains=CUSTOMER) for number in range(12)]
STORES = [role(f"Store-{number:02}") for number in range(12)]


def text(response: Any) -> str:
    return unescape(str(response.content.decode()))


def pk(name: str) -> str:
    acme = Tenant.objects.get(slug="acme")
    return str(Node.objects.of(acme).get(name=name).pk)


@pytest.fixture
def scan(tenant: Tenant) -> Scan:
    return make_scan(make_connection(tenant))


@pytest.fixture
def estate(scan: Scan) -> Scan:
    """export runs as Hub, through which it becomes twelve roles, one to each bucket; Side reaches one of them, too."""
    store(scan, EXPORT, HUB, role("Side", credentials=(KEY,)), *STORES, *DATA)
    store(scan, link(Relation.RUNS_AS, EXPORT, HUB))
    for one, held in zip(STORES, DATA, strict=True):
        store(scan, link(Relation.CAN_ASSUME, HUB, one), permission(one, held, "s3:GetObject"))
    store(scan, permission(SIDE, DATA[0], "s3:*", access=Access.ADMIN, grade=Grade.CONDITIONAL))
    store(scan, Egress(source=ref(EXPORT), destination="internet", scope=SCOPE, evidence="no VPC"))
    return scan


class TestFrom:
    def test_what_it_reaches_is_counted_by_class(self, as_bob: Client, estate: Scan):
        answer = as_bob.get(f"{URL}?of={pk('export')}")
        parts = {row["part"].key: (row["part"].ends, row["part"].paths) for row in answer.context["parts"]}
        assert parts == {"domain:customer": (12, 12), "egress": (1, 1)}
        assert answer.context["answer"].ends == 13
        assert "13 identities, 12 resources, 1 destination outside" in text(answer)

    def test_each_number_leads_to_its_rows(self, as_bob: Client, estate: Scan):
        answer = as_bob.get(f"{URL}?of={pk('export')}")
        for row in [*answer.context["parts"], *answer.context["chokes"]]:
            rows = as_bob.get(f"{URL}{row['url']}").context["answer"].paths
            assert len(rows) == (row["part"].paths if "part" in row else row["choke"].cut)

    def test_choke_points_are_told_with_what_they_cut_off(self, as_bob: Client, estate: Scan):
        answer = as_bob.get(f"{URL}?of={pk('export')}")
        assert [(row["choke"].ref.name, row["choke"].cut) for row in answer.context["chokes"]] == [("Hub", 12)]

    def test_all_equally_short_ways_are_told(self, as_bob: Client, estate: Scan):
        store(estate, permission(STORES[1], DATA[0], "s3:GetObject"))
        answer = as_bob.get(f"{URL}?of={pk('export')}&only=domain:customer")
        assert sorted(path.line for path in answer.context["answer"].paths)[:2] == [
            "export → Hub → Store-00 → customer-00",
            "export → Hub → Store-01 → customer-00",
        ]

    def test_a_credentials_blast_radius_is_its_identitys(self, as_bob: Client, estate: Scan):
        answer = text(as_bob.get(f"{URL}?of={pk('Side')}"))
        assert "access key <code>AKIAEXAMPLE</code>" in answer
        assert "Administrative authority" in answer

    def test_siblings_fold_and_open_without_scripts(self, as_bob: Client, estate: Scan):
        answer = as_bob.get(f"{URL}?of={pk('export')}")
        (fold,) = [box for box in answer.context["diagram"].boxes if box.role == "more" and "roles" in box.title]
        assert fold.name == "7 more"
        assert f'href="{fold.url}"' in text(answer)
        opened = as_bob.get(f"{URL}{fold.url}").context["diagram"].boxes
        assert len([box for box in opened if box.kind == "identity" and box.role != "more"]) == 13

    def test_the_picture_has_its_equal_in_sentences(self, as_bob: Client, estate: Scan):
        first = text(as_bob.get(f"{URL}?of={pk('export')}"))
        assert "Show 3 more paths in words" in first
        answer = text(as_bob.get(f"{URL}?of={pk('export')}&all=1"))
        for sentence in ("Lambda function export runs as Hub.", "IAM role Store-11 can read S3 bucket customer-11."):
            assert sentence in answer

    def test_htmx_gets_the_answer_alone(self, as_bob: Client, estate: Scan):
        answer = text(as_bob.get(f"{URL}?of={pk('export')}", HTTP_HX_REQUEST="true"))
        assert "<html" not in answer
        assert "What <bdi>export</bdi> can reach" in answer


class TestTo:
    def test_who_reaches_a_domain_is_counted_by_type(self, as_bob: Client, estate: Scan):
        answer = as_bob.get(f"{URL}?domain=customer")
        assert [(row["part"].label, row["part"].ends) for row in answer.context["parts"]] == [
            ("IAM role", 14),
            ("Lambda function", 1),
        ]
        assert len(as_bob.get(f"{URL}{answer.context['parts'][1]['url']}").context["answer"].paths) == 1

    def test_choke_points_on_the_way_to_it(self, as_bob: Client, estate: Scan):
        for number in range(3):
            store(estate, function(f"job-{number}"), link(Relation.RUNS_AS, function(f"job-{number}"), SIDE))
        chokes = as_bob.get(f"{URL}?domain=customer").context["chokes"]
        assert [(row["choke"].ref.name, row["choke"].cut) for row in chokes] == [("Side", 3)]

    def test_who_reaches_one_resource(self, as_bob: Client, estate: Scan):
        answer = as_bob.get(f"{URL}?of={pk('customer-00')}")
        assert "Who can reach" in text(answer)
        assert answer.context["answer"].ends == 4


class TestWords:
    def test_the_front_offers_the_domains(self, as_bob: Client, estate: Scan):
        answer = text(as_bob.get(URL))
        assert "Who reaches customer data?" in answer
        assert 'href="?domain=customer"' in answer

    def test_an_object_is_found_by_name(self, as_bob: Client, estate: Scan):
        found = as_bob.get(f"{URL}?q=expo").context["found"]
        assert [row["name"] for row in found] == ["export"]
        assert "has a name, id or tag that begins with it" in text(as_bob.get(f"{URL}?q=zzz"))

    def test_nothing_found_says_what_was_not_read(self, as_bob: Client, scan: Scan):
        store(scan, role("Lonely"))
        covered(scan, "billing-prod", iam="complete")
        covered(scan, "sandbox", iam="denied")
        answer = " ".join(text(as_bob.get(f"{URL}?of={pk('Lonely')}")).split())
        assert "No path found in what was read" in answer
        assert "1 account wasn’t read completely (sandbox): a path through it may be missing" in answer

    def test_more_than_one_page_follows_is_said(self, as_bob: Client, estate: Scan, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(surroundings, "MOST_EDGES", 5)
        assert "More than shown" in text(as_bob.get(f"{URL}?of={pk('export')}"))

    @pytest.mark.parametrize("query", ["of=nothing", "of=%00", f"of={'0' * 24}", "domain=%00", "domain=none"])
    def test_what_makes_no_sense_is_answered_calmly(self, as_bob: Client, estate: Scan, query: str):
        assert as_bob.get(f"{URL}?{query}").status_code == 200

    def test_another_tenants_object_is_not_asked_about(self, as_mallory: Client, estate: Scan, other_tenant: Tenant):
        theirs = reverse("tenant:paths", kwargs={"slug": "globex"})
        answer = as_mallory.get(f"{theirs}?of={pk('export')}")
        assert "answer" not in answer.context
        assert "export" not in text(answer)
