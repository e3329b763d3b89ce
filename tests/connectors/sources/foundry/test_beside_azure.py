"""Do the Foundry and the Azure source mean the same things by the same addresses, and tell nothing twice?"""

from __future__ import annotations

from typing import Any

import pytest

from connectors.inventory.records import Identity, Link, Owner, Record, Relation, Resource, Workload
from connectors.source import Pull
from connectors.sources.azure import source as azure_source
from tests.connectors.sources.foundry.conftest import NOW, Emulated, point, read
from tests.emulators.microsoft import arm_truth as truth


@pytest.fixture(scope="module")
def both(running: Emulated) -> tuple[list[Record], list[Record]]:
    """What the two sources say of one tenant: Foundry's, Azure's."""
    running.restore()
    with pytest.MonkeyPatch.context() as patch:
        point(patch, running)
        return read(running), list(azure_source.pull(Pull(settings=running.settings(), now=NOW)))


def addresses(records: list[Record], *kinds: Any) -> set[str]:
    return {record.id for record in records if isinstance(record, kinds)}


def test_the_identities_of_projects_are_told_by_azure(both: tuple[list[Record], list[Record]]):
    foundry, azure = both
    runs_as = {
        link.target.id
        for link in foundry
        if isinstance(link, Link) and link.relation is Relation.RUNS_AS and link.target.id.endswith("#system-assigned")
    }
    assert len(runs_as) == len({each for each in truth.AGENT_RUNS_AS.values() if "/" in each})
    assert runs_as <= addresses(azure, Identity)


def test_what_contains_an_account_and_what_a_connection_leads_to_are_told_by_azure(
    both: tuple[list[Record], list[Record]],
):
    foundry, azure = both
    contains = [link for link in foundry if isinstance(link, Link) and link.relation is Relation.CONTAINS]
    ours = addresses(foundry, Resource)
    elsewhere = {ref.id for link in contains for ref in (link.source, link.target)} - ours
    assert elsewhere
    assert elsewhere <= addresses(azure, Resource)


def test_azures_rights_reach_accounts_that_are_told_here(both: tuple[list[Record], list[Record]]):
    foundry, azure = both
    reached = {
        link.target.id
        for link in azure
        if isinstance(link, Link) and "microsoft.cognitiveservices/accounts" in link.target.id.partition("#")[0]
        if link.relation is Relation.CONTAINS
    }
    assert reached
    assert reached <= addresses(foundry, Resource)


def test_nothing_is_told_by_both(both: tuple[list[Record], list[Record]]):
    kinds = (Identity, Owner, Resource, Workload)
    foundry, azure = both
    assert addresses(foundry, *kinds) & addresses(azure, *kinds) == set()
