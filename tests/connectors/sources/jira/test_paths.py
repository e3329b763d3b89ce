"""Do the records lead from a rule to what it can reach, along the edges that the graph walks?"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from connectors.inventory.adjacency import RELATIONS, Adjacency
from connectors.inventory.classification import classify
from connectors.inventory.records import Egress, Identity, Link, Owner, Permission, Resource, Workload
from connectors.inventory.shape import edge_document, node_document
from connectors.inventory.walk import Walk
from tests.connectors.sources.jira.conftest import basic, key, read
from tests.emulators.jira import JiraEmulator
from tests.emulators.jira.small_estate import AGENT, LAMBDA, TIMESHEETS

Way = list[tuple[str, str, str]]  # source, relation, target of each hop, by their names


@dataclass
class Site:
    """The small estate as the graph holds it, and what its objects are called."""

    graph: Adjacency
    names: dict[int | None, str]


@pytest.fixture(scope="module")
def site(running: JiraEmulator) -> Site:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SV0_ENDPOINT_JIRA", running.url)
        records = read(basic(running))
    found = Site(Adjacency(), {})
    for record in records:
        if isinstance(record, Link | Permission | Egress):
            found.graph.add_edge(edge_document(record))
            if isinstance(record, Egress):
                found.names[found.graph.number(record.destination)] = record.destination
    for record in records:
        if isinstance(record, Identity | Workload | Resource | Owner):
            found.graph.describe(node_document(classify(record) if isinstance(record, Resource) else record))
            found.names[found.graph.number(record.id)] = record.name
    return found


def ways(site: Site, start: str) -> dict[str, Way]:
    """What is worth reaching from there, and how."""
    graph, names = site.graph, site.names
    number = graph.number(start)
    assert number is not None
    found: dict[str, Way] = {}
    for steps in Walk(graph).reach(number):
        hops = [(names[step.source], RELATIONS[graph.relation[step.edge]], names[step.target]) for step in steps]
        found.setdefault(hops[-1][2], hops)
    return found


def test_a_rule_reaches_customer_data_through_its_actors_group_and_sends_it_out(site: Site):
    found = ways(site, key("automation-rule", "0194-export"))
    assert found["Customer Support (CUST)"] == [
        ("Export customer tickets", "runs_as", "exporter"),
        ("exporter", "can_assume", "exporters"),
        ("exporters", "permission", "Support"),
        ("Support", "contains", "Customer Support (CUST)"),
    ]
    assert found[LAMBDA] == [("Export customer tickets", "egress", LAMBDA)]
    assert "Payroll (PAY)" not in found


def test_an_app_that_administers_reaches_every_project(site: Site):
    found = ways(site, key("app", TIMESHEETS))
    assert {"Payroll (PAY)", "Customer Support (CUST)", "acme-media.atlassian.net"} <= set(found)


def test_an_agent_reaches_what_its_role_opens(site: Site):
    assert set(ways(site, key("agent", AGENT))) == {"Customer Support (CUST)"}


def test_a_webhook_reaches_the_site_by_itself(site: Site):
    found = ways(site, key("webhook", "2"))
    assert {"Payroll (PAY)", "collect.mallory.example"} <= set(found)
