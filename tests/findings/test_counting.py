"""Are counts those of the rows, for every filter, whatever happens to the findings meanwhile?"""

from __future__ import annotations

import random
from collections import Counter
from itertools import chain, combinations
from typing import Any
from uuid import UUID

import pytest
from django.http import QueryDict

from accounts.models import User
from findings import counting, queue, tally, triage
from findings.counting import count
from findings.facets import FACETS, NARROW, traits, wide
from findings.filter import ME, Filter, parse
from findings.models import Finding, Tally
from tenants.models import Tenant
from tests.factories import make_finding
from tests.findings.estate import administers, hop
from tests.findings.evaluators.test_administrative_workload import ADMIN, EXPORT
from tests.findings.world import ALICE, World, busy, watch, watched

CHOICES = {
    "severity": ["high"],
    "status": ["open", "accepted"],
    "rule": ["dormant_identity"],
    "system": ["aws"],
    "account": ["1", "2"],
    "domain": ["hr"],
    "assignee": [ME],
    "observation": ["present"],
}
COMBINATIONS = list(chain.from_iterable(combinations(CHOICES, size) for size in (0, 1, 2, 3, len(CHOICES))))


@pytest.fixture
def many(tenant: Tenant, other_tenant: Tenant, bob: User) -> list[Finding]:
    return make_many(tenant, other_tenant, bob)


def make_many(tenant: Tenant, other_tenant: Tenant, bob: User) -> list[Finding]:
    """Findings of every kind, and one of another tenant."""
    chance = random.Random(7)

    def made(number: int) -> Finding:
        return make_finding(
            tenant,
            severity=(severity := chance.choice(["high", "low"])),
            severity_rank={"high": 3, "low": 1}[severity],
            status=chance.choice(["open", "open", "accepted", "resolved"]),
            rule=chance.choice(["dormant_identity", "administrative_workload"]),
            system=chance.choice(["aws", "entra"]),
            account_id=chance.choice(["1", "2", "3", None]),
            domains=chance.sample(["hr", "finance", "mail"], chance.choice([0, 1, 2])),
            assignee_id=chance.choice([None, None, bob.pk]),
            assignee="Bob",
            observation=chance.choice(["present", "not_rechecked"]),
            subject_name=f"role-{number}",
            search=["role", f"role-{number % 4}"],
        )

    make_finding(other_tenant, domains=["hr"])
    return [made(number) for number in range(70)]


def asked(names: tuple[str, ...], **more: str) -> Filter:
    query = QueryDict(mutable=True)
    query.setlist("status", ["all"])
    for name in names:
        query.setlist(name, CHOICES[name])
    query.update(more)
    return parse(query, me=UUID(int=0))[0]


def fits(finding: Finding, chosen: dict[str, tuple[str, ...]], *, but: str = "") -> bool:
    row = tally.fields(finding)
    held = {name: [row[FACETS[name]]] if name in NARROW else wide(row, name) for name in chosen}
    return all({*values} & {*held[name]} for name, values in chosen.items() if name != but)


@pytest.mark.parametrize("words", ["", "role", "role-1 role"])
def test_they_are_what_counting_one_by_one_gives(tenant: Tenant, many: list[Finding], bob: User, words: str):
    found = [each for each in many if {*words.split()} <= {*each.search}]
    for names in COMBINATIONS:
        filter_ = asked(names, **({"q": words} if words else {}))
        chosen = filter_.spelled(bob.pk)
        counts = count(tenant=tenant, asked=filter_, me=bob.pk)
        assert counts.matching == sum(fits(each, chosen) for each in found), names
        assert counts.any_status == sum(fits(each, chosen, but="status") for each in found), names
        for facet in counts.facets:
            rest = [tally.fields(each) for each in found if fits(each, chosen, but=facet.name)]
            expected = Counter(
                value
                for row in rest
                for value in ([row[FACETS[facet.name]]] if facet.name in NARROW else wide(row, facet.name))
                if (facet.name, value) != ("acceptance", "none")  # asks nothing of anybody: not to be chosen
            )
            shown = {bob.pk.hex if each.value == ME else each.value: each.count for each in facet.options}
            assert {value: n for value, n in shown.items() if n} == dict(expected), (names, facet.name)


@pytest.mark.parametrize("sort", ["severity", "newest", "oldest"])
@pytest.mark.parametrize("words", ["", "role"])
def test_every_row_is_shown_once_page_by_page_and_back(
    tenant: Tenant, many: list[Finding], bob: User, sort: str, words: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(queue, "ROWS_PER_PAGE", 4)
    monkeypatch.setattr(queue, "FIRST_KEYS", 20)
    for names in COMBINATIONS[:: 3 if words else 1]:
        filter_ = asked(names, sort=sort, **({"q": words} if words else {}))
        expected = {each.pk for each in many if fits(each, filter_.spelled(bob.pk))}
        pages, page = [], queue.read(tenant=tenant, asked=filter_, me=bob.pk)
        while True:
            pages.append([row["id"] for row in page.rows])
            if page.following is None:
                break
            page = queue.read(tenant=tenant, asked=filter_.from_start(after=page.following), me=bob.pk)
        assert sorted(chain.from_iterable(pages)) == sorted(expected), names
        if page.preceding and len(pages) > 1:
            back = queue.read(tenant=tenant, asked=filter_.from_start(before=page.preceding), me=bob.pk)
            assert [row["id"] for row in back.rows] == pages[-2], names


def recounted(tenant: Tenant) -> list[tuple[Any, ...]]:
    rows = Tally.objects.of(tenant).filter(n__gt=0)
    return sorted(rows.values_list("facet", "value", "narrow", "n"))


def test_evaluation_and_verbs_keep_them(world: World, bob: User):
    """After each step the tallies are those of a count from nothing, and the traits those of the fields."""
    world.estate.path(hop("runs_as", EXPORT, ADMIN), administers(ADMIN))

    def holds() -> None:
        kept = recounted(world.tenant)
        tally.recount(world.tenant)
        assert kept == recounted(world.tenant)
        for finding in Finding.objects.of(world.tenant):
            assert finding.traits == traits(tally.fields(finding))

    world.put(watch(), watch("Other"), EXPORT)
    world.run(watched, busy)
    holds()
    for verb in (triage.acknowledge, triage.close, triage.reopen):
        for finding in Finding.objects.of(world.tenant).filter(rule="watched"):
            verb(finding=finding, version=finding.version, actor=ALICE)
        holds()
    for finding in Finding.objects.of(world.tenant):
        triage.assign(finding=finding, version=finding.version, actor=ALICE, assignee=bob)
    holds()
    world.put(watch("Other", severity="critical"))
    world.run(watched, busy)
    holds()
    world.estate.objects.clear()
    world.run(watched)
    holds()


def test_nothing_is_counted_where_nothing_is_held(tenant: Tenant, many: list[Finding], alice: User):
    counts = count(tenant=tenant, asked=asked(("assignee",)), me=alice.pk)
    assert (counts.matching, counts.any_status, counts.whole) == (0, 0, True)


def test_where_too_many_are_held_the_counts_say_at_least(
    tenant: Tenant, many: list[Finding], bob: User, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(counting, "MOST_COUNTED", 5)
    counts = count(tenant=tenant, asked=asked(("account", "domain")), me=bob.pk)
    assert not counts.whole
    assert counting.words(counts).startswith("at least ")
    assert count(tenant=tenant, asked=asked(("account",)), me=bob.pk).whole is False
    assert count(tenant=tenant, asked=asked(("status", "severity")), me=bob.pk).whole


def test_a_search_that_finds_too_much_says_at_least(
    tenant: Tenant, many: list[Finding], bob: User, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(queue, "MOST_FOUND", 20)
    assert not count(tenant=tenant, asked=asked((), q="role"), me=bob.pk).whole
    assert count(tenant=tenant, asked=asked((), q="role role-1"), me=bob.pk).whole
    monkeypatch.setattr(queue, "MOST_FOUND", 10)
    assert not count(tenant=tenant, asked=asked((), q="role role-1"), me=bob.pk).whole
