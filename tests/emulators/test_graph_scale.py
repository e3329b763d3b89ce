"""Is a directory of any size the same each time, found again by its ids, and alike from whichever side it is asked?"""

from __future__ import annotations

import pytest

from tests.emulators.microsoft.graph import Graph
from tests.emulators.microsoft.graph_older import OlderGraph
from tests.emulators.microsoft.graph_scale import Scaled, estate
from tests.emulators.microsoft.wire import Asked
from tests.emulators.test_graph import EVENTUAL, ask, rows

SIZE = 1200


@pytest.fixture
def directory() -> Scaled:
    return estate(SIZE)


def test_the_same_seed_makes_the_same(directory):
    again, other = estate(SIZE), estate(SIZE, seed=2)
    for name, table in directory.tables.items():
        assert list(table.between(0, len(table))) == list(again.tables[name].between(0, len(table)))
    assert directory.tables["users"].at(0) != other.tables["users"].at(0)


def test_every_kind_is_there(directory):
    found = rows(Graph(directory), "/v1.0/servicePrincipals?$top=999")
    assert len(found) == len({row["id"] for row in found}) == SIZE
    assert {row["servicePrincipalType"] for row in found} == {"Application", "ManagedIdentity", "ServiceIdentity"}
    assert len({row["appOwnerOrganizationId"] for row in found}) == 4  # ours, theirs, Microsoft's, nobody's


@pytest.mark.parametrize("name", ["servicePrincipals", "applications", "users", "groups"])
def test_an_object_is_found_again_by_its_ids(directory, name):
    table = directory.tables[name]
    for place in (0, len(table) // 2, len(table) - 1):
        row = table.at(place)
        assert row
        assert table.place(row["id"]) == place
        if "appId" in row:
            assert table.place(row["appId"], "appId") == place
    assert table.place("00000000-0000-0000-0000-000000000000") is None


def test_every_application_has_its_service_principal(directory):
    graph = Graph(directory)
    clients = {
        row["appId"]: row["displayName"] for row in rows(graph, "/v1.0/servicePrincipals?$select=appId,displayName")
    }
    for row in rows(graph, "/v1.0/applications?$select=appId,displayName"):
        assert clients[row["appId"]] == row["displayName"]


def test_app_roles_are_alike_from_both_sides(directory):
    graph = Graph(directory)
    ids = [row["id"] for row in rows(graph, "/v1.0/servicePrincipals?$select=id&$top=999")]
    sides = [
        sorted(row["id"] for each in ids for row in directory.related(each, relation))
        for relation in ("appRoleAssignedTo", "appRoleAssignments")
    ]
    assert sides[0] == sides[1]
    assert len(sides[0]) == directory.assigned()
    assert len(set(sides[0])) == len(sides[0])


@pytest.mark.parametrize(
    ("name", "relation"),
    [
        ("applications", "owners"),
        ("applications", "federatedIdentityCredentials"),
        ("servicePrincipals", "owners"),
    ],
)
def test_what_is_counted_is_what_is_listed(directory, name, relation):
    graph = Graph(directory)
    url = f"/v1.0/{name}?$filter={relation}/$count ne 0&$count=true&$select=id"
    counted = {row["id"] for row in rows(graph, url, headers=EVENTUAL)}
    every = [row["id"] for row in rows(graph, f"/v1.0/{name}?$select=id")]
    assert counted == {each for each in every if rows(graph, f"/v1.0/{name}/{each}/{relation}?$select=id")}
    assert counted


def test_what_changes_is_told_at_any_size(directory):
    graph = Graph(directory)
    link = ask(graph, "/v1.0/applications/delta?$deltatoken=latest&$select=displayName").body["@odata.deltaLink"]
    (one, other) = (directory.tables["applications"].at(place) for place in (3, 4))
    assert one
    assert other
    directory.change("applications", one["id"], displayName="Changed")
    directory.remove("applications", other["id"])
    found = ask(graph, link).body["value"]
    assert [row.get("displayName") for row in found] == ["Changed", None]
    assert found[1]["@removed"]
    names = {row["displayName"] for row in rows(graph, "/v1.0/applications?$select=displayName&$top=7")}
    assert "Changed" in names
    assert other["displayName"] not in names


def test_a_large_one_is_there_at_once_and_read_from_its_end():
    graph = Graph(estate(500_000))
    table = graph.directory.tables["servicePrincipals"]
    last = table.at(len(table) - 1)
    assert last
    (row,) = rows(graph, f"/v1.0/servicePrincipals?$filter=id eq '{last['id']}'&$select=displayName")
    assert row["displayName"] == last["displayName"]
    assert ask(graph, "/v1.0/servicePrincipals/$count", headers=EVENTUAL).body == b"500000"


def test_the_older_api_tells_of_the_same_directory(directory):
    older = OlderGraph(directory)
    found, query = [], {"api-version": "1.61-internal"}
    while True:
        page = older.answer(Asked("GET", "/acme/servicePrincipals", query)).body
        found += page["value"]
        if "odata.nextLink" not in page:
            break
        query = dict([page["odata.nextLink"].partition("?")[2].split("=")])
    assert {row["objectId"] for row in found} == {
        row["id"] for row in rows(Graph(directory), "/v1.0/servicePrincipals")
    }
    api = directory.id(1, 0)
    held = older.answer(Asked("GET", f"/acme/servicePrincipals/{api}/appRoleAssignedTo", {})).body["value"]
    assert len(held) == len(directory.related(api, "appRoleAssignedTo"))
