"""Does every query of the queue use an index, and read no more than twice the findings that it shows?

With every combination of facets and each order, further on and back. A search reads what it finds, and says where that
is too much. MongoDB's profiler keeps the plan that each query was really answered by, and what it cost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from django.db import connection as database

from accounts.models import User
from findings import queue
from findings.counting import count
from findings.filter import Filter
from findings.models import Finding
from tenants.models import Tenant
from tests.findings.test_counting import COMBINATIONS, asked, make_many

Profiled = Callable[[Callable[[], object]], list[dict[str, Any]]]


@pytest.fixture(autouse=True)
def many(tenant: Tenant, other_tenant: Tenant, bob: User) -> list[Finding]:
    return make_many(tenant, other_tenant, bob)


@pytest.fixture
def profiled(tenant: Tenant) -> Iterator[Profiled]:
    """Does something; what the profiler saw of the findings' collections meanwhile."""
    mongo = database.database  # type: ignore[attr-defined]
    mongo.command("profile", 0)

    def watch(work: Callable[[], object]) -> list[dict[str, Any]]:
        mongo.drop_collection("system.profile")
        mongo.command("profile", 2)
        try:
            work()
        finally:
            mongo.command("profile", 0)
        wanted = {"ns": {"$regex": r"\.finding"}, "op": {"$in": ["query", "command"]}}
        return list(mongo["system.profile"].find(wanted))

    yield watch
    mongo.drop_collection("system.profile")


def shown(tenant: Tenant, filter_: Filter, me: User) -> queue.Rows:
    """What the page does."""
    count(tenant=tenant, asked=filter_, me=me.pk)
    return queue.read(tenant=tenant, asked=filter_, me=me.pk)


def assert_frugal(seen: list[dict[str, Any]], about: object) -> None:
    assert seen, about
    for query in seen:
        told = (about, query["command"], query["planSummary"], query["docsExamined"], query["nreturned"])
        assert query["planSummary"].startswith(("IXSCAN", "IDHACK", "EOF", "COUNT_SCAN")), told
        assert query["docsExamined"] <= 2 * query["nreturned"], told


@pytest.mark.parametrize("sort", ["severity", "newest", "oldest"])
def test_every_combination_of_facets(profiled: Profiled, tenant: Tenant, bob: User, sort: str):
    for names in COMBINATIONS:
        filter_ = asked(names, sort=sort)
        seen = profiled(partial(shown, tenant, filter_, bob))
        assert_frugal(seen, (names, sort))
        if sort == "severity":
            assert not [query for query in seen if query.get("hasSortStage")], names


@pytest.mark.parametrize("names", [(), ("status",), ("account",), ("domain", "rule")], ids=str)
def test_the_next_page_and_back(
    profiled: Profiled, tenant: Tenant, bob: User, names: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(queue, "ROWS_PER_PAGE", 4)
    filter_ = asked(names)
    page = queue.read(tenant=tenant, asked=filter_, me=bob.pk)
    for way in ("following", "following", "preceding"):
        place = getattr(page, way)
        if place is None:
            break
        turned = filter_.from_start(**{"after" if way == "following" else "before": place})
        assert_frugal(profiled(partial(shown, tenant, turned, bob)), (names, way))
        page = queue.read(tenant=tenant, asked=turned, me=bob.pk)


def test_a_search_reads_no_more_than_it_says(
    profiled: Profiled, tenant: Tenant, bob: User, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(queue, "MOST_FOUND", 20)
    watched = profiled(partial(shown, tenant, asked((), q="role"), bob))
    seen = [query for query in watched if query["ns"].endswith(".findings")]
    assert max(query["docsExamined"] for query in seen) <= 20
    assert all(query["planSummary"].startswith(("IXSCAN", "COUNT_SCAN", "IDHACK")) for query in seen)


def test_the_neighbours_of_a_finding(profiled: Profiled, tenant: Tenant, bob: User):
    finding = Finding.objects.of(tenant).first()
    assert finding
    around = partial(queue.neighbours, tenant=tenant, asked=asked(("status",)), me=bob.pk, finding=finding)
    assert_frugal(profiled(around), "neighbours")
