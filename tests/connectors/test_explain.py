"""Does every query of a list use an index, and read no more than twice the objects that it shows?

With every combination of facets, searched and not, there and gone, further on and back. MongoDB's profiler keeps the
plan that each query was really answered by, and what it cost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain, combinations
from typing import Any

import pytest
from django.db import connection as database
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from connectors.inventory import answering, counts, owners
from connectors.inventory.browse import ROWS_PER_PAGE, Asked, Listed, listed, parse
from connectors.inventory.documents import Document, collection
from connectors.inventory.models import Node
from connectors.inventory.records import Domain, ObjectRecord
from connectors.inventory.shape import node_document
from connectors.models import Scan
from tenants.models import Tenant
from tests.connectors.stored import bucket, function, role
from tests.factories import NOW, make_connection, make_scan

URL = reverse("tenant:inventory", kwargs={"slug": "acme"})
CHOICES = {
    "kind": ("resource", "identity"),
    "type": ("S3 bucket", "IAM role"),
    "system": ("aws",),
    "account": ("111111111111", "222222222222"),
    "domain": ("hr", "mail"),
    "region": ("eu-west-1",),
}
EVERY_COMBINATION = list(chain.from_iterable(combinations(CHOICES, count) for count in range(len(CHOICES) + 1)))
Profiled = Callable[[Callable[[], object]], list[Document]]


def objects() -> Iterator[ObjectRecord]:
    """Of each kind more than two pages, few of which fit everything."""
    for number in range(150):
        account = ("111111111111", "222222222222", "333333333333")[number % 3]
        held = tuple(
            Domain(name=name, because="tag") for name, every in (("hr", 5), ("mail", 7)) if number % every == 0
        )
        yield bucket(f"billing-{number:03}-prod", domains=held, account_id=account, region=f"eu-west-{number % 2 + 1}")
        yield role(f"prod-billing-{number:03}", account_id=account, tags=(("env", "prod"),))
        yield function(f"fn-{number:03}", account_id=account, tags=(("env", "prod"), ("team", "billing")))


@pytest.fixture
def estate(tenant: Tenant) -> Scan:
    """Every fifth object is gone."""
    scan = make_scan(make_connection(tenant))
    whose = {"tenant_id": tenant.pk, "connection_id": scan.connection.pk, "seen_scan": scan.pk, "hash": ""}
    whose |= {"first_seen": NOW, "last_seen": NOW}
    rows = [
        {**node_document(record), **whose, "gone_at": None if number % 5 else NOW}
        for number, record in enumerate(objects())
    ]
    collection(Node).insert_many(rows)
    return scan


@pytest.fixture
def profiled(tenant: Tenant) -> Iterator[Profiled]:
    """Does something; what the profiler saw of the inventory's collections meanwhile."""
    mongo = database.database  # type: ignore[attr-defined]
    mongo.command("profile", 0)

    def watch(work: Callable[[], object]) -> list[Document]:
        mongo.drop_collection("system.profile")
        mongo.command("profile", 2)
        try:
            work()
        finally:
            mongo.command("profile", 0)
        wanted = {"ns": {"$regex": r"\.(inventory_|responsibilities|owner_loads)"}, "op": {"$in": ["query", "command"]}}
        return list(mongo["system.profile"].find(wanted))

    yield watch
    mongo.drop_collection("system.profile")


def asked(names: tuple[str, ...], **more: str) -> Asked:
    query = QueryDict(mutable=True)
    for name in names:
        query.setlist(name, CHOICES[name])
    query.update(more)
    return parse(query)


def shown(tenant: Tenant, asked: Asked) -> Listed:
    """What the page does."""
    number = counts.counted(tenant=tenant, asked=asked)
    return listed(tenant=tenant, asked=asked, lead=number.lead)


def assert_frugal(seen: list[Document], about: object) -> None:
    assert seen, about
    for query in seen:
        told = (about, query["command"], query["planSummary"], query["docsExamined"], query["nreturned"])
        assert query["planSummary"].startswith(("IXSCAN", "IDHACK", "EOF")), told
        assert not query.get("hasSortStage"), told
        assert query["docsExamined"] <= 2 * query["nreturned"], told


@pytest.mark.parametrize(
    "more", [{}, {"gone": "1"}, {"q": "billing"}, {"q": "env:prod 03"}, {"q": "bill", "gone": "1"}], ids=str
)
def test_every_combination_of_facets(profiled: Profiled, tenant: Tenant, estate: Scan, more: dict[str, str]):
    for names in EVERY_COMBINATION:
        wanted = asked(names, **more)
        assert_frugal(profiled(partial(shown, tenant, wanted)), wanted.query())


@pytest.mark.parametrize("names", [(), ("kind",), ("account",), ("kind", "account"), ("domain", "type")], ids=str)
@pytest.mark.parametrize("more", [{}, {"gone": "1"}, {"q": "prod"}], ids=str)
def test_the_next_page_and_back(
    profiled: Profiled, tenant: Tenant, estate: Scan, names: tuple[str, ...], more: dict[str, str]
):
    page = shown(tenant, asked(names, **more))
    for way in ("following", "following", "preceding"):
        wanted = getattr(page, way)
        if wanted is None:
            break
        assert_frugal(profiled(partial(shown, tenant, wanted)), wanted.query())
        page = shown(tenant, wanted)


def test_the_rarest_choice_leads(profiled: Profiled, tenant: Tenant, estate: Scan):
    seen = profiled(lambda: shown(tenant, asked(("system", "domain"))))
    led = [query for query in seen if "search" in str(query["command"].get("pipeline"))]
    assert led
    assert all(query["keysExamined"] < 2 * ROWS_PER_PAGE for query in led)


def test_counts_kept_since_the_scan_read_no_object(
    as_bob: Client, profiled: Profiled, tenant: Tenant, estate: Scan, monkeypatch: pytest.MonkeyPatch
):
    counts.refresh(tenant)
    monkeypatch.setattr(counts, "MOST_COUNTED", 100)
    seen = profiled(lambda: as_bob.get(URL))
    assert_frugal(seen, URL)
    assert sum(query["docsExamined"] for query in seen) <= ROWS_PER_PAGE + 3


@pytest.mark.parametrize("which", [*owners.LISTS, None])
def test_owners_and_their_lists(profiled: Profiled, tenant: Tenant, estate: Scan, which: str | None):
    answering.refresh(tenant)

    def pages() -> None:
        place: Any = {"after": None, "before": None}
        for _ in range(3):
            page = owners.objects(tenant, which, now=NOW, **place) if which else owners.owners(tenant, **place)
            place = {"after": page.following, "before": None}

    assert_frugal(profiled(pages), which)
