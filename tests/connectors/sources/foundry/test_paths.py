"""Do the records lead from an agent to what it can reach, by its own keys and by what Azure says of its identity?"""

from __future__ import annotations

import pytest

from connectors.inventory.adjacency import RELATIONS, Adjacency
from connectors.inventory.classification import classify
from connectors.inventory.records import Egress, Identity, Link, Owner, Permission, Resource, Workload
from connectors.inventory.shape import edge_document, node_document
from connectors.inventory.walk import Walk
from connectors.source import Pull
from connectors.sources.azure import source as azure_source
from tests.connectors.sources.foundry.conftest import NOW, Emulated, point, read
from tests.connectors.sources.foundry.test_small_estate import HR

Way = list[tuple[str, str, str]]  # source, relation, target of each hop, by their names


class Acme:
    """Acme's Azure and Foundry as the graph holds them."""

    def __init__(self, running: Emulated) -> None:
        self.graph, self.names = Adjacency(), dict[int | None, str]()
        records = [*read(running), *azure_source.pull(Pull(settings=running.settings(), now=NOW))]
        for record in records:
            if isinstance(record, Link | Permission | Egress):
                self.graph.add_edge(edge_document(record))
        for record in records:
            if isinstance(record, Identity | Workload | Resource | Owner):
                self.graph.describe(node_document(classify(record) if isinstance(record, Resource) else record))
                self.names[self.graph.number(record.id)] = record.name
            elif isinstance(record, Link | Permission):
                self.names.setdefault(self.graph.number(record.source.id), record.source.name)
            elif isinstance(record, Egress):
                self.names[self.graph.number(record.destination)] = record.destination

    def ways(self, agent: str) -> dict[str, Way]:
        """What is worth reaching from an agent of the project hr-assistant, and how."""
        start = self.graph.number(f"{HR}/agents/{agent}")
        assert start is not None
        found: dict[str, Way] = {}
        for steps in Walk(self.graph).reach(start):
            hops = [
                (self.names[step.source], RELATIONS[self.graph.relation[step.edge]], self.names[step.target])
                for step in steps
            ]
            found.setdefault(hops[-1][2], hops)
        return found


@pytest.fixture(scope="module")
def acme(running: Emulated) -> Acme:
    running.restore()
    with pytest.MonkeyPatch.context() as patch:
        point(patch, running)
        return Acme(running)


def test_an_agent_reaches_what_its_projects_identity_may_read(acme: Acme):
    assert acme.ways("offer-writer")["sthrfiles"] == [
        ("offer-writer", "runs_as", "hr-assistant"),
        ("hr-assistant", "permission", "Storage accounts in resource group rg-people"),
        ("Storage accounts in resource group rg-people", "contains", "sthrfiles"),
    ]


def test_an_agent_reaches_what_the_keys_of_its_connections_open(acme: Acme):
    found = acme.ways("hr-bot")
    handbook = "handbook (acmemedia.sharepoint.example/sites/hr-handbook)"
    keys = "OAuth client of connection handbook"
    assert found[handbook] == [("hr-bot", "runs_as", keys), (keys, "permission", handbook)]
    assert found["mcp.people-tools.example"] == [("hr-bot", "egress", "mcp.people-tools.example")]
    assert "sthrfiles" not in found  # it has an identity of its own
