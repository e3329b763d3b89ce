"""Does the queue list, count, page and explain exactly what its address asks for?"""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from connectors.models import Scan
from tenants.models import Tenant
from tests.factories import NOW, make_connection, make_finding, make_scan

QUEUE = "/t/acme/findings/"
HTMX = {"HX-Request": "true"}


def titles(page: Any) -> list[str]:
    return [str(row["subject_name"]) for row in page.context["rows"]]


def option(page: Any, facet: str, value: str) -> Any:
    facets = {found.name: found.options for found in page.context["facets"]}
    return next(found for found in facets[facet] if found.value == value)


def link(page: Any, rel: str) -> str:
    found = re.search(rf'rel="{rel}" href="([^"]+)"', page.content.decode())
    return unescape(found.group(1)) if found else ""


def test_shows_what_needs_attention_worst_first(tenant: Tenant, as_bob: Client):
    for name, status, rank in (("a", "open", 2), ("b", "resolved", 4), ("c", "reopened", 4), ("d", "regressed", 3)):
        make_finding(tenant, subject_name=name, status=status, severity_rank=rank)
    page = as_bob.get(QUEUE)
    assert titles(page) == ["c", "d", "a"]
    assert page.context["count"] == 3
    assert option(page, "status", "resolved").count == 1


def test_shows_no_other_tenants_findings(tenant: Tenant, other_tenant: Tenant, as_bob: Client, as_mallory: Client):
    theirs = make_finding(other_tenant, subject_name="secret-of-globex")
    make_finding(tenant, subject_name="of-acme")
    page = as_bob.get(QUEUE, {"selected": str(theirs.pk), "status": "all"})
    assert titles(page) == ["of-acme"]
    assert b"secret-of-globex" not in page.content
    assert as_mallory.get(QUEUE).status_code == 404


def test_a_facet_counts_with_the_other_facets_applied(tenant: Tenant, as_bob: Client):
    make_finding(tenant, severity="high", rule="dormant_identity", title="Dormant identity", domains=["hr", "finance"])
    make_finding(tenant, severity="low", severity_rank=1, rule="dormant_identity", title="Dormant identity")
    make_finding(tenant, severity="low", severity_rank=1, rule="open_trust", title="Open trust", domains=["hr"])
    page = as_bob.get(QUEUE, {"severity": "low", "rule": "dormant_identity"})
    assert page.context["count"] == len(page.context["rows"]) == 1
    assert option(page, "severity", "high").count == 1
    assert option(page, "rule", "open_trust").count == 1
    assert option(page, "rule", "open_trust").label == "Open trust"
    assert option(page, "domain", "hr").count == 0  # the tenant has it, nothing here does: shown, greyed
    assert {"label": "Rule", "value": "Dormant identity"}.items() <= page.context["filters"][2].items()


def test_finds_mine_and_nobodys(tenant: Tenant, bob: User, as_bob: Client):
    make_finding(tenant, subject_name="mine", assignee_id=bob.pk, assignee="Bob", assignee_initials="B")
    make_finding(tenant, subject_name="nobodys")
    assert titles(as_bob.get(QUEUE, {"assignee": "me"})) == ["mine"]
    assert titles(as_bob.get(QUEUE, {"assignee": "none"})) == ["nobodys"]
    page = as_bob.get(QUEUE, {"assignee": str(bob.pk)})
    assert titles(page) == ["mine"]
    assert option(page, "assignee", "me").selected


def test_a_search_needs_every_word_and_takes_beginnings(tenant: Tenant, as_bob: Client):
    make_finding(tenant, subject_name="a", search=["billing-export", "billing", "export"])
    make_finding(tenant, subject_name="b", search=["billing-admin", "billing", "admin"])
    assert titles(as_bob.get(QUEUE, {"q": "BILL exp"})) == ["a"]
    assert titles(as_bob.get(QUEUE, {"q": ".*"})) == []


@pytest.mark.parametrize("sort", ["severity", "newest", "oldest"])
def test_pages_hold_every_row_once_in_both_directions(tenant: Tenant, as_bob: Client, sort: str):
    for number in range(110):
        seen = NOW - timedelta(days=number % 3)  # many ties: only the id tells them apart
        make_finding(tenant, subject_name=f"n{number}", severity_rank=number % 2, first_seen=seen)
    pages, address = [], f"{QUEUE}?sort={sort}"
    while address:
        page = as_bob.get(address)
        pages.append(titles(page))
        address = link(page, "next")
    assert [len(rows) for rows in pages] == [50, 50, 10]
    assert len({name for rows in pages for name in rows}) == 110
    back = as_bob.get(link(page, "prev"))
    assert titles(back) == pages[1]
    assert titles(as_bob.get(link(back, "prev"))) == pages[0]


def test_a_page_that_emptied_gives_way_to_the_first(tenant: Tenant, as_bob: Client):
    make_finding(tenant, subject_name="left")
    assert titles(as_bob.get(QUEUE, {"after": "0-1-" + "0" * 24})) == ["left"]


@pytest.mark.parametrize(
    "query",
    [
        "status[$gt]=",
        "status=$ne",
        "after=%27",
        "q=" + "x" * 10_000,
        "q=%00%ff",
        "selected=../",
        "assignee=%00",
        "sort=",
    ],
)
def test_a_malformed_address_still_shows_the_queue(tenant: Tenant, as_bob: Client, query: str):
    make_finding(tenant)
    assert as_bob.get(f"{QUEUE}?{query}").status_code == 200


def test_costs_few_queries_whatever_it_lists(tenant: Tenant, as_bob: Client, django_assert_max_num_queries: Any):
    for number in range(60):
        make_finding(tenant, subject_name=f"n{number}", account_id=str(number), rule=f"r{number % 9}")
    with django_assert_max_num_queries(20):
        as_bob.get(QUEUE)


def test_htmx_gets_only_what_a_filter_changes_and_the_address_of_it(tenant: Tenant, as_bob: Client):
    make_finding(tenant, subject_name="x", severity="high")
    answer = as_bob.get(QUEUE, {"status": "all", "severity": "high", "q": ""}, headers=HTMX)
    assert answer["HX-Push-Url"] == f"{QUEUE}?severity=high&status=all"
    assert "HX-Request" in answer["Vary"]
    body = answer.content.decode()
    assert "<html" not in body
    assert {"facets", "preview", "live"} == set(re.findall(r'id="([a-z]+)"[^>]*hx-swap-oob', body))
    assert "1 findings" not in body
    assert "1 finding" in body


def test_the_row_that_the_address_names_is_previewed(tenant: Tenant, as_bob: Client):
    make_finding(tenant, subject_name="first", severity_rank=4)
    second = make_finding(tenant, subject_name="second")
    page = as_bob.get(QUEUE, {"selected": str(second.pk)})
    assert page.context["finding"].pk == second.pk
    assert [row["is_selected"] for row in page.context["rows"]] == [False, True]


def test_names_are_never_markup(tenant: Tenant, as_bob: Client):
    evil = "<script>alert(1)</script>"
    make_finding(tenant, subject_name=evil, path_line=evil, account_name=evil, because=evil, title=evil, domains=[evil])
    assert evil.encode() not in as_bob.get(QUEUE).content


def test_a_viewer_reads_and_sees_no_verbs(tenant: Tenant, as_victor: Client):
    make_finding(tenant)
    page = as_victor.get(QUEUE)
    assert page.context["verbs"] == []
    assert b"/acknowledge/" not in page.content


def says(client: Client, **query: str) -> str:
    return client.get(QUEUE, query).content.decode()


def test_without_a_connection_it_leads_to_one_who_may_make_it(as_alice: Client, as_bob: Client):
    assert "Connect a system" in says(as_alice)
    assert "Nothing is connected yet" in says(as_bob)
    assert "Connect a system" not in says(as_bob)


def test_before_the_first_scan_has_ended_it_says_so(tenant: Tenant, as_bob: Client):
    connection = make_connection(tenant)
    assert "Nothing has been scanned yet" in says(as_bob)
    make_scan(connection, state=Scan.State.RUNNING, live=True, finished_at=None)
    assert "The first scan is running" in says(as_bob)


def test_all_clear_says_so_and_how_to_see_the_rest(tenant: Tenant, as_bob: Client):
    make_scan(make_connection(tenant))
    make_finding(tenant, status="resolved", observation="absent")
    assert "All clear" in says(as_bob)


def test_no_match_offers_other_statuses_or_fewer_filters(tenant: Tenant, as_bob: Client):
    make_finding(tenant, status="resolved", observation="absent", search=["billing"])
    assert "1 finding has another status" in says(as_bob, q="billing")
    assert "Clear filters" in says(as_bob, q="nothing")
