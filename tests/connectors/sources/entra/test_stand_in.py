"""Does the stand-in for Microsoft, which others wrote, make the source say the same of the same tenant?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from connectors.http import client
from connectors.inventory.records import Record, ScopeEnded
from connectors.source import Pull
from connectors.sources.entra import batch, source
from connectors.sources.entra.permissions import GRANTS
from tests.connectors.sources.entra import small_tenant as tenant
from tests.connectors.sources.entra.conftest import NOW, ends, told, unwell
from tests.connectors.sources.entra.small_tenant import LISTS, ROLES, group, sp
from tests.emulators.microsoft.acme import TENANT
from tests.emulators.microsoft.graph import Graph, serve
from tests.emulators.microsoft.graph_directory import Written
from tests.emulators.microsoft.login import CLIENT, SECRET, Client, Login
from tests.emulators.microsoft.server import MicrosoftEmulator

SETTINGS = {"tenant": TENANT, "client_id": CLIENT, "client_secret": SECRET}
BLUEPRINT = {"@odata.type": "#microsoft.graph.agentIdentityBlueprint"}


def directory() -> Written:
    """The small tenant, as the stand-in keeps one."""
    blueprint = {row["id"]: BLUEPRINT for row in LISTS["/applications/microsoft.graph.agentIdentityBlueprint"]}
    agent_user = {"@odata.type": "#microsoft.graph.agentUser", **tenant.AGENT_USER}
    found = Written(
        {
            "servicePrincipals": list(tenant.PRINCIPALS),
            "applications": [{**row, **blueprint.get(row["id"], {})} for row in tenant.APPLICATIONS],
            "users": [tenant.person("Alice"), tenant.person("Bob", enabled=False), agent_user],
            "groups": [
                {"id": group("Automation"), "displayName": "Automation", "isAssignableToRole": True},
                {"id": group("Mail readers"), "displayName": "Mail readers", "isAssignableToRole": False},
            ],
            "organization": LISTS["/organization"],
            "oauth2PermissionGrants": _numbered(LISTS["/oauth2PermissionGrants"]),
            **{name: _numbered(LISTS[f"{ROLES}/{name}"]) for name in ("roleDefinitions", "roleAssignments")},
            "roleEligibilityScheduleInstances": _numbered(LISTS[f"{ROLES}/roleEligibilityScheduleInstances"]),
            "servicePrincipalSignInActivities": _numbered(LISTS["/reports/servicePrincipalSignInActivities"]),
        }
    )
    for path, rows in LISTS.items():
        _, collection, *rest = path.split("/")
        relation = next((each for each in rest[1:] if not each.startswith("microsoft.graph.")), "")
        if relation in ("appRoleAssignedTo", "federatedIdentityCredentials", "inheritablePermissions"):
            found.parts[rest[0], relation] = rows
        elif relation and collection != "roleManagement":
            found.links[rest[0], relation] = [row["id"] for row in rows]
    return found


def _numbered(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"id": f"row-{number}", **row} for number, row in enumerate(rows)]


@pytest.fixture
def microsoft(monkeypatch: pytest.MonkeyPatch) -> Iterator[MicrosoftEmulator]:
    for module in (client, batch):
        monkeypatch.setattr(module, "TRIES", 3)
        monkeypatch.setattr(module, "FIRST_WAIT", 0.01)
    roles = frozenset(grant.name for grant in GRANTS)
    with MicrosoftEmulator(Login(Client(roles=roles))) as microsoft:
        yield microsoft


@pytest.fixture
def graph(microsoft: MicrosoftEmulator, monkeypatch: pytest.MonkeyPatch) -> Graph:
    found = serve(microsoft, directory())
    found.page = 3
    for name, value in microsoft.environment().items():
        monkeypatch.setenv(name, value)
    return found


def pull(**more: Any) -> list[Record]:
    return list(source.pull(Pull(**{"settings": SETTINGS, "now": NOW, **more})))


def test_it_says_the_same(graph: Graph, everything: list[Record]):
    records = pull()
    assert unwell(records) == {}
    for kind in ends(everything):
        assert set(told(records, kind)) == set(told(everything, kind)), kind


def test_the_connection_is_right(graph: Graph):
    assert {check.label: check.detail for check in source.check(settings=SETTINGS) if check.ok is not True} == {}


def test_what_changes_is_told_the_next_time(graph: Graph):
    bookmarks = {end.scope: end.bookmark for end in pull() if isinstance(end, ScopeEnded) and end.bookmark}
    graph.directory.change("servicePrincipals", sp("func-invoices"), displayName="func-invoices-2")
    graph.directory.remove("servicePrincipals", sp("Hooli Sync"))
    records = pull(bookmarks=bookmarks)
    assert unwell(records) == {}
    names = {getattr(each, "name", each) for each in told(records, "service-principals")}
    assert "func-invoices-2" in names
    assert len(names) == 2  # and who is removed


@pytest.mark.parametrize("status", [400, 410])
def test_a_token_that_is_too_old_means_everything(status: int, graph: Graph):
    bookmarks = {end.scope: end.bookmark for end in pull() if isinstance(end, ScopeEnded) and end.bookmark}
    graph.directory.forget()
    graph.too_old = status
    records = pull(bookmarks=bookmarks)
    assert (unwell(records), len(told(records, "service-principals"))) == ({}, 8)


def test_a_sign_in_that_ends_meanwhile_is_made_anew(graph: Graph, microsoft: MicrosoftEmulator):
    microsoft.faults.add(do="expire", part="graph", path="/v1.0/oauth2PermissionGrants*", times=1)
    assert unwell(pull()) == {}


def test_without_a_permission_its_scopes_end_denied(graph: Graph, microsoft: MicrosoftEmulator):
    held = frozenset(grant.name for grant in GRANTS) - {"User.Read.All"}
    microsoft.login.clients[CLIENT].roles = held
    found = {kind: end.missing for kind, end in ends(pull()).items() if end.missing}
    assert found == {"agents": ("User.Read.All",), "owners": ("User.Read.All",)}


@pytest.mark.parametrize("do", ["loop", "elsewhere"])
def test_pages_that_lead_astray_end_their_scope(do: str, graph: Graph, microsoft: MicrosoftEmulator):
    microsoft.faults.add(do=do, part="graph", path="/v1.0/roleManagement/directory/roleAssignments")
    graph.page = 1
    assert unwell(pull()) == dict.fromkeys(("directory-roles", "groups", "agents"), "failed")


@pytest.mark.parametrize("do", ["empty", "repeat", "html", "cut", "reset", "break"])
def test_a_page_that_goes_wrong_once_costs_nothing(
    do: str, graph: Graph, microsoft: MicrosoftEmulator, everything: list[Record]
):
    microsoft.faults.add(do=do, part="graph", path="/v1.0/servicePrincipals", times=1, after="0")
    records = pull()
    assert unwell(records) == {}
    assert set(told(records, "service-principals")) == set(told(everything, "service-principals"))
