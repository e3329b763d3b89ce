"""Does a larger site cost calls for what acts in it, and none for each of its people?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from connectors.inventory.records import Egress, Identity, Link, Permission, Relation, Resource, ScopeState, Workload
from connectors.sources.jira.bots import bot_of
from tests.connectors.sources.jira.conftest import Clock, basic, ends, read
from tests.emulators.jira import JiraEmulator
from tests.emulators.jira.large_estate import GROUPS_EACH, large_estate

ACCOUNTS = 3_000


@pytest.fixture(scope="module")
def large() -> Iterator[JiraEmulator]:
    with JiraEmulator(large_estate(ACCOUNTS)) as jira:
        yield jira


def test_it_is_told_whole_within_a_budget_of_calls(large: JiraEmulator, monkeypatch: pytest.MonkeyPatch, clock: Clock):
    monkeypatch.setenv("SV0_ENDPOINT_JIRA", large.url)
    records = read(basic(large))
    estate = large.estate
    assert {end.state for end in ends(records).values()} == {ScopeState.COMPLETE}
    assert large.violations == []
    services, projects, rules = ACCOUNTS // 100, len(estate.projects), len(estate.rules)
    told = Counter(record.type for record in records if isinstance(record, Identity | Workload | Resource))
    assert told["Atlassian service account"] == services
    assert (told["Jira group"], told["Jira project"]) == (len(estate.groups), projects)
    assert (told["Jira automation rule"], told["Jira permission scheme"]) == (rules, len(estate.schemes))
    assert len([each for each in records if isinstance(each, Egress)]) == rules
    members = [each for each in records if isinstance(each, Link) and each.via == "member of the group"]
    assert {each.relation for each in members} == {Relation.CAN_ASSUME}
    assert len(members) == services * GROUPS_EACH
    assert [each for each in records if isinstance(each, Permission)]
    # A page of 1,000 accounts, 100 projects or rules, 50 groups; of each project its scheme, roles and two of these.
    pages = 4 + projects // 100 + 1 + rules // 100 + 1 + len(estate.groups) // 50 + 1
    details = projects * 4 + rules + services * 2 + len(estate.schemes)
    assert len(large.log.entries) <= pages + details + 30


def test_a_large_site_takes_no_memory_until_it_is_looked_at():
    estate = large_estate(500_000)
    assert (len(estate.accounts), len(estate.projects)) == (500_000, 5_000)
    assert [each["accountId"] for each in estate.accounts[499_999:600_000]] == ["5b10499999"]
    assert bot_of({**_kept(estate.accounts[400]), "app": "service"}) is not None


def test_the_same_seed_makes_the_same_site_and_another_seed_another():
    one, same, other = (large_estate(1_000, seed=seed) for seed in (1, 1, 2))
    assert list(one.rules) == list(same.rules) != list(other.rules)
    assert one.actors("3", "10301") == same.actors("3", "10301")


def _kept(row: dict[str, str]) -> dict[str, str]:
    return {"name": row["displayName"], "email": row["emailAddress"], "type": row["accountType"]}
