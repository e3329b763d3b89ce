"""Does the inventory list what was asked for, and does an object's page say what is known of it and what is not?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from connectors.inventory import browse, counts, graph
from connectors.inventory.models import Change, Node
from connectors.inventory.records import (
    Access,
    Credential,
    Domain,
    Egress,
    Grade,
    Identity,
    Owner,
    Relation,
    Usage,
)
from connectors.models import Scan
from tenants.models import Tenant
from tests.connectors.stored import SCOPE, bucket, function, link, permission, place, ref, role, store
from tests.factories import NOW, make_connection, make_scan

URL = reverse("tenant:inventory", kwargs={"slug": "acme"})


def text(response: Any) -> str:
    return str(response.content.decode())


def names(response: Any) -> list[str]:
    return [row["name"] for row in response.context["rows"]]


@pytest.fixture
def scan(tenant: Tenant) -> Scan:
    return make_scan(make_connection(tenant))


@pytest.fixture
def estate(scan: Scan) -> Scan:
    customer = (Domain(name="customer", because="its name says customer"),)
    store(
        scan,
        function("billing-export", last_active_at=NOW - timedelta(hours=1)),
        function("audit-trail", tags=(("owner", "alice"),)),
        role("Billing-Admin", usage=Usage.NEVER),
        bucket("customer-data", domains=customer),
        bucket("logs", account_id="222222222222", account_name="sandbox"),
    )
    store(scan, role("Old-Role"), gone_at=NOW)
    return scan


class TestList:
    def test_by_name_over_all_kinds(self, as_bob: Client, estate: Scan):
        answer = as_bob.get(URL)
        assert names(answer) == ["Billing-Admin", "audit-trail", "billing-export", "customer-data", "logs"]
        assert answer.context["count"] == 5

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("kind=identity", ["Billing-Admin"]),
            ("kind=identity&kind=resource", ["Billing-Admin", "customer-data", "logs"]),
            ("type=Lambda+function", ["audit-trail", "billing-export"]),
            ("account=222222222222", ["logs"]),
            ("domain=customer", ["customer-data"]),
            ("region=eu-west-1&kind=workload", ["audit-trail", "billing-export"]),
            ("system=aws&account=222222222222", ["logs"]),
            ("q=BILL", ["Billing-Admin", "billing-export"]),
            ("q=bill+export", ["billing-export"]),
            ("q=export+bill", ["billing-export"]),
            ("q=illing", []),
            ("q=owner:alice", ["audit-trail"]),
            ("q=111111111111:audit", ["audit-trail"]),
            ("q=bill&kind=workload", ["billing-export"]),
            ("q=arn:aws:lambda", ["audit-trail", "billing-export"]),
            ("q=.*", []),
            ("q=%00&kind=$ne", []),
            ("gone=1", ["Old-Role"]),
        ],
    )
    def test_filters(self, as_bob: Client, estate: Scan, query: str, found: list[str]):
        assert names(as_bob.get(f"{URL}?{query}")) == found

    def test_a_facet_counts_with_the_choices_of_the_others(self, as_bob: Client, estate: Scan):
        facets = {facet.name: facet for facet in as_bob.get(f"{URL}?kind=resource&domain=customer").context["facets"]}
        counts = {name: {option.value: option.count for option in facet.options} for name, facet in facets.items()}
        assert counts["kind"] == {"resource": 1, "workload": 0, "identity": 0}
        assert counts["domain"] == {"customer": 1}
        assert counts["account"] == {"111111111111": 1, "222222222222": 0}
        assert [option.label for option in facets["account"].options] == ["billing-prod", "sandbox"]

    def test_usage_is_never_unknown_or_a_time(self, as_bob: Client, estate: Scan):
        answer = text(as_bob.get(URL))
        assert ">never<" in answer.replace("\n", "").replace(" ", "")
        assert "unknown</span>" in answer
        assert "not tracked" in answer

    def test_what_is_gone_comes_latest_first(self, as_bob: Client, scan: Scan):
        for days in (3, 1, 2):
            store(scan, role(f"gone-{days}"), gone_at=NOW - timedelta(days=days))
        assert names(as_bob.get(f"{URL}?gone=1")) == ["gone-1", "gone-2", "gone-3"]

    def test_a_search_can_be_paged_through(self, as_bob: Client, scan: Scan):
        store(scan, *[function(f"export-{number:03}") for number in range(70)], function("other"))
        first = as_bob.get(f"{URL}?q=export")
        second = as_bob.get(first.context["next_url"])
        assert names(first) + names(second) == [f"export-{number:03}" for number in range(70)]
        assert names(as_bob.get(second.context["previous_url"])) == names(first)

    def test_counts_of_a_large_inventory_are_those_of_the_last_scan(
        self, as_bob: Client, tenant: Tenant, estate: Scan, monkeypatch: pytest.MonkeyPatch
    ):
        counts.refresh(tenant)
        live = as_bob.get(f"{URL}?kind=resource").context
        monkeypatch.setattr(counts, "MOST_COUNTED", 3)
        store(estate, bucket("fresh"))
        kept = as_bob.get(f"{URL}?kind=resource")
        assert [facet.options for facet in kept.context["facets"]] == [facet.options for facet in live["facets"]]
        assert kept.context["count"] == 2
        assert "when a scan ended" in text(kept)
        assert as_bob.get(f"{URL}?gone=1").context["count"] == 1

    def test_counting_what_a_search_finds_stops_and_says_so(
        self, as_bob: Client, estate: Scan, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(counts, "MOST_COUNTED", 2)
        assert ">2+</span>" in text(as_bob.get(f"{URL}?q=arn"))

    def test_pages_follow_each_other_without_gaps(self, as_bob: Client, scan: Scan):
        store(scan, *[function(f"same-name-{number % 3}", id=f"arn:{number}") for number in range(120)])
        seen, address = [], URL
        while address:
            answer = as_bob.get(address)
            seen += [row["id"] for row in answer.context["rows"]]
            address = answer.context["next_url"]
        assert len(seen) == len(set(seen)) == 120
        back = as_bob.get(answer.context["previous_url"])
        assert [row["id"] for row in back.context["rows"]] == seen[50:100]
        first = as_bob.get(back.context["previous_url"])
        assert [row["id"] for row in first.context["rows"]] == seen[:50]
        assert first.context["previous_url"] is None

    def test_htmx_gets_the_list_and_the_facets(self, as_bob: Client, estate: Scan):
        answer = as_bob.get(f"{URL}?kind=identity&gone=", HTTP_HX_REQUEST="true")
        assert "<html" not in text(answer)
        assert 'id="facets" hx-swap-oob' in text(answer)
        assert answer["HX-Push-Url"] == f"{URL}?kind=identity"

    def test_an_empty_inventory_says_the_next_step(self, as_bob: Client, tenant: Tenant):
        assert "Connect a system" in text(as_bob.get(URL))

    def test_nothing_matching_offers_the_way_back(self, as_bob: Client, estate: Scan):
        assert "Clear the filters" in text(as_bob.get(f"{URL}?q=nothing-like-it"))

    def test_another_tenants_objects_are_not_listed(self, as_mallory: Client, other_tenant: Tenant, estate: Scan):
        answer = as_mallory.get(reverse("tenant:inventory", kwargs={"slug": "globex"}))
        assert names(answer) == []

    def test_an_address_reads_back_as_it_was_written(self):
        query = "kind=identity&domain=hr&domain=%26&q=a+b&gone=1"
        assert browse.parse(QueryDict(query)).query() == query

    @pytest.mark.parametrize("query", ["after=zz", "before=" + "0" * 24, "q=" + "x" * 5000, "kind=" + "x" * 5000])
    def test_nonsense_is_left_out(self, as_bob: Client, estate: Scan, query: str):
        assert as_bob.get(f"{URL}?{query}").status_code == 200


class TestObject:
    def page(self, client: Client, tenant: Tenant, name: str, query: str = "") -> str:
        node = Node.objects.of(tenant).get(name=name)
        return text(client.get(reverse("tenant:inventory_object", kwargs={"slug": "acme", "pk": node.pk}) + query))

    @pytest.fixture
    def reaching(self, scan: Scan) -> Scan:
        """billing-export runs as Exporter, becomes Billing-Admin, reads customer-data, and sends data out."""
        workload, exporter, admin = function("billing-export"), role("Exporter"), role("Billing-Admin")
        data = bucket("customer-data", domains=(Domain(name="customer", because="its name says customer"),))
        actions = [f"s3:Get{number}" for number in range(6)]
        store(
            scan,
            workload,
            exporter,
            admin,
            data,
            link(Relation.RUNS_AS, workload, exporter, via="execution role"),
            link(Relation.CAN_ASSUME, exporter, admin, via="trust policy of Billing-Admin"),
            permission(exporter, admin, "sts:AssumeRole", access=Access.ASSUME),
            permission(admin, data, *actions, grade=Grade.CONDITIONAL, conditions=("aws:SourceIp",)),
            Egress(source=ref(workload), destination="api.stripe.example", scope=SCOPE, evidence="variable STRIPE_URL"),
        )
        return scan

    def test_a_workload_shows_what_it_can_reach(self, as_bob: Client, tenant: Tenant, reaching: Scan):
        answer = self.page(as_bob, tenant, "billing-export")
        assert "What it can reach" in answer
        assert '<svg class="diagram"' in answer
        assert "runs as Exporter" in answer
        assert "api.stripe.example" in answer
        assert "execution role" in answer

    def test_a_resource_shows_who_can_reach_it(self, as_bob: Client, tenant: Tenant, reaching: Scan):
        answer = self.page(as_bob, tenant, "customer-data")
        assert "Who can reach it" in answer
        assert "billing-export" in answer
        assert "its name says customer" in answer

    def test_an_identity_shows_permissions_and_trust(self, as_bob: Client, tenant: Tenant, reaching: Scan):
        answer = self.page(as_bob, tenant, "Billing-Admin")
        assert "s3:Get0" in answer
        assert "2 more" in answer
        assert "only if aws:SourceIp" in answer
        assert "trust policy of Billing-Admin" in answer

    def test_objects_lead_to_each_other(self, as_bob: Client, tenant: Tenant, reaching: Scan):
        exporter = Node.objects.of(tenant).get(name="Exporter")
        address = reverse("tenant:inventory_object", kwargs={"slug": "acme", "pk": exporter.pk})
        assert self.page(as_bob, tenant, "billing-export").count(f'href="{address}"') >= 2  # in picture and table

    def test_what_is_not_known_is_said(self, as_bob: Client, tenant: Tenant, scan: Scan):
        store(scan, role("Lonely"))
        answer = self.page(as_bob, tenant, "Lonely")
        assert "No owner known" in answer
        assert 'class="unknown"' in answer
        assert "that isn’t proof" in answer

    def test_credentials_show_age_use_and_expiry(self, as_bob: Client, tenant: Tenant, scan: Scan):
        key = Credential(kind="access key", id="AKIAEXAMPLE", created_at=NOW - timedelta(days=800), enabled=True)
        used = Credential(kind="access key", id="AKIAUNUSED", usage=Usage.NEVER, enabled=False)
        store(scan, Identity(credentials=(key, used), **place("ci", "IAM user", "iam")))
        answer = self.page(as_bob, tenant, "ci")
        assert "AKIAEXAMPLE" in answer
        assert "never" in answer
        assert "no expiry told" in answer

    def test_owners_are_named(self, as_bob: Client, tenant: Tenant, scan: Scan):
        workload = function("billing-export")
        carol = Owner(email="carol@acme.example", **place("Carol", "person", "owner"))
        store(scan, workload, carol, link(Relation.OWNS, carol, workload, via="tag owner"))
        answer = self.page(as_bob, tenant, "billing-export")
        assert "Carol" in answer
        assert "tag owner" in answer

    def test_changes_are_told_with_before_and_after(self, as_bob: Client, tenant: Tenant, scan: Scan):
        workload = function("billing-export")
        store(scan, workload)
        for field, before, after in (("exists", False, True), ("runtime", "python3.9", "python3.12")):
            Change.objects.create(
                tenant=tenant, connection=scan.connection, scan=scan.pk, subject=workload.id, subject_name="x",
                subject_kind="workload", field=field, before=before, after=after, at=NOW,
            )  # fmt: skip
        answer = self.page(as_bob, tenant, "billing-export")
        assert "appeared" in answer
        assert "python3.9" in answer
        assert "python3.12" in answer

    def test_the_first_fifty_rows_then_more(self, as_bob: Client, tenant: Tenant, scan: Scan):
        admin, buckets = role("Admin"), [bucket(f"bucket-{number:03}") for number in range(60)]
        store(scan, admin, *buckets, *[permission(admin, each, "s3:Get*") for each in buckets])
        assert "Show 10 more" in self.page(as_bob, tenant, "Admin")
        assert "Show 10 more" not in self.page(as_bob, tenant, "Admin", "?all=permissions")

    def test_a_hub_is_told_page_by_page(
        self, as_bob: Client, tenant: Tenant, scan: Scan, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(graph, "MOST_LISTED", 20)
        admin, buckets = role("Admin"), [bucket(f"bucket-{number:03}") for number in range(60)]
        twice = [permission(admin, each, "s3:Get*", via=f"policy {name}") for each in buckets for name in "ab"]
        store(scan, admin, *buckets, *twice, link(Relation.CAN_ASSUME, admin, role("Z")))
        node, seen, query = Node.objects.of(tenant).get(name="Admin"), [], ""
        while query is not None:
            answer = as_bob.get(reverse("tenant:inventory_object", kwargs={"slug": "acme", "pk": node.pk}) + query)
            [section] = [each for each in answer.context["sections"] if each["name"] == "permissions"]
            seen += [(row["end"].name, row["hop"].via) for row in section["rows"]]
            assert f"of {section['total']}" in text(answer)
            query = section["next_url"]
        assert section["total"] == 120
        assert len(seen) == len(set(seen)) == 120
        assert "Whom it can become" in text(answer)

    @pytest.mark.parametrize(
        "name",
        [
            "<script>alert(1)</script>",
            "\u202egnp.exe",
            "x" * 10_000,
            "نظام الفواتير",
            "{{ 7*7 }}{% x %}",
            '"><svg/onload=x>',
        ],
    )
    def test_hostile_names_are_text(self, as_bob: Client, tenant: Tenant, scan: Scan, name: str):
        workload, exporter = function(name, id="arn:evil"), role("Exporter")
        data = bucket("data", domains=(Domain(name="hr", because=name),))
        store(
            scan,
            workload,
            exporter,
            data,
            link(Relation.RUNS_AS, workload, exporter, via=name),
            permission(exporter, data, name),
        )
        answer = self.page(as_bob, tenant, name)
        assert "<script>alert" not in answer
        assert "<svg/onload" not in answer
        assert "\u202e" not in answer
        assert as_bob.get(URL).status_code == 200

    def test_gone_is_said(self, as_bob: Client, tenant: Tenant, scan: Scan):
        store(scan, role("Old"), gone_at=NOW)
        assert "Gone since" in self.page(as_bob, tenant, "Old")
