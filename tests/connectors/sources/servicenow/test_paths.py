"""Do the records lead from a script to what it can reach, along the edges that the graph walks?"""

from __future__ import annotations

import pytest

from connectors.inventory.adjacency import RELATIONS, Adjacency
from connectors.inventory.classification import classify
from connectors.inventory.records import Egress, Identity, Link, Owner, Permission, Resource, Workload
from connectors.inventory.shape import edge_document, node_document
from connectors.inventory.walk import Walk
from connectors.source import Pull
from connectors.sources.servicenow import source
from tests.connectors.sources.servicenow.conftest import BY_CLIENT
from tests.emulators.servicenow import ServiceNowEmulator, World, small_estate
from tests.emulators.servicenow.ids import EXPORT_HOST, JIRA_SITE
from tests.emulators.servicenow.small_estate import HOST

Way = list[tuple[str, str, str]]  # source, relation, target of each hop, by their names


class Acme:
    """The small estate as the graph holds it."""

    def __init__(self, world: World, graph: Adjacency, names: dict[int | None, str]) -> None:
        self._world, self._graph, self._names = world, graph, names

    def ways(self, table: str, name: str) -> dict[str, Way]:
        """What is worth reaching from the object of that table and name, and how."""
        graph = self._graph
        start = graph.number(f"servicenow/{HOST}/{table}/{self._world.id_of(table, name=name)}")
        assert start is not None
        found: dict[str, Way] = {}
        for steps in Walk(graph).reach(start):
            relations = [RELATIONS[graph.relation[step.edge]] for step in steps]
            hops = [
                (self._names[step.source], relation, self._names[step.target])
                for step, relation in zip(steps, relations, strict=True)
            ]
            found.setdefault(hops[-1][2], hops)
        return found


@pytest.fixture(scope="module")
def acme() -> Acme:
    world, graph = small_estate.world(), Adjacency()
    with ServiceNowEmulator(world) as emulator, pytest.MonkeyPatch.context() as patch:
        patch.setenv("SV0_ENDPOINT_SERVICENOW", emulator.url)
        records = list(source.pull(Pull(settings=BY_CLIENT, now=world.now)))
    for record in records:
        if isinstance(record, Link | Permission | Egress):
            graph.add_edge(edge_document(record))
    names: dict[int | None, str] = {}
    for record in records:
        if isinstance(record, Identity | Workload | Resource | Owner):
            graph.describe(node_document(classify(record) if isinstance(record, Resource) else record))
            names[graph.number(record.id)] = record.name
        elif isinstance(record, Egress):
            names[graph.number(record.destination)] = record.destination
    return Acme(world, graph, names)


def test_a_job_reaches_the_cases_that_its_accounts_roles_open_and_sends_them_out(acme: Acme):
    found = acme.ways("sysauto_script", "Nightly HR export")
    assert found["sn_hr_core_case"][0] == ("Nightly HR export", "runs_as", "svc.hr.export")
    assert found["sn_hr_core_case"][-1][1:] == ("contains", "sn_hr_core_case")
    assert found[EXPORT_HOST] == [("Nightly HR export", "egress", EXPORT_HOST)]
    assert "customer_account" not in found


def test_a_client_reaches_what_its_user_reaches(acme: Acme):
    found = acme.ways("oauth_entity", "Reporting gateway")
    assert found["sn_hr_core_case"][0] == ("Reporting gateway", "can_assume", "svc.hr.export")


def test_what_runs_as_the_system_holds_the_instance_and_what_is_in_it(acme: Acme):
    found = acme.ways("sysauto_script", "Clean up")
    assert found[HOST] == [("Clean up", "runs_as", "System"), ("System", "permission", HOST)]
    assert {"customer_account", "sn_hr_core_case"} <= set(found)


def test_a_flow_leads_out_through_its_spokes_connection(acme: Acme):
    assert acme.ways("sys_hub_flow", "Sync incidents to Jira")[JIRA_SITE] == [
        ("Sync incidents to Jira", "egress", JIRA_SITE)
    ]
