"""Does the stand-in for Microsoft Graph page, select, filter, batch, refuse and throttle as Graph does?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest

from tests.emulators.microsoft import graph_acme as acme
from tests.emulators.microsoft.acme import OTHER_TENANT
from tests.emulators.microsoft.graph import Graph
from tests.emulators.microsoft.graph_acme_agents import CARE, CARE_BLUEPRINT
from tests.emulators.microsoft.graph_acme_apis import GRAPH
from tests.emulators.microsoft.graph_limits import Bucket, Limits
from tests.emulators.microsoft.graph_permissions import READER
from tests.emulators.microsoft.wire import Asked, Reply

BASE = "https://graph.example"
EVENTUAL = {"consistencylevel": "eventual"}
TOOL = acme.REGISTRATIONS["Everybody's Tool"]["id"]


@pytest.fixture
def graph() -> Graph:
    return Graph(acme.directory())


def ask(graph: Graph, url: str, *, roles: frozenset[str] = READER, method: str = "GET", **more: Any) -> Reply:
    parts = urlsplit(url.removeprefix(BASE))
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    claims = {"roles": sorted(roles), "appid": "reader"}
    return graph.answer(Asked(method, unquote(parts.path), query, base=BASE, claims=claims, **more))


def pages(graph: Graph, url: str, **more: Any) -> Iterator[list[dict[str, Any]]]:
    while url:
        found = ask(graph, url, **more)
        assert found.status == 200, found.body
        yield found.body["value"]
        url = found.body.get("@odata.nextLink", "")


def rows(graph: Graph, url: str, **more: Any) -> list[dict[str, Any]]:
    return [row for page in pages(graph, url, **more) for row in page]


def code(found: Reply) -> tuple[int, str]:
    return found.status, found.body["error"]["code"]


def test_every_row_is_on_one_page(graph):
    graph.page = 3
    found = list(pages(graph, "/v1.0/users?$select=id&$top=999"))
    ids = [row["id"] for page in found for row in page]
    assert all(len(page) <= 3 for page in found)
    assert len(ids) == len(set(ids)) == len(graph.directory.tables["users"])


@pytest.mark.parametrize("top", ["0", "1000", "many"])
def test_a_page_has_at_most_999_rows(graph, top):
    assert code(ask(graph, f"/v1.0/servicePrincipals?$top={top}")) == (400, "Request_UnsupportedQuery")


def test_only_what_is_selected_is_told(graph):
    (row, *_) = rows(graph, "/v1.0/servicePrincipals?$select=displayName,appRoles")
    assert row == {"displayName": "Microsoft Graph", "appRoles": GRAPH["appRoles"]}


def test_certificates_are_told_only_where_selected(graph):
    one = f"/v1.0/servicePrincipals/{acme.EXPENSES['id']}"
    assert ask(graph, one).body["keyCredentials"] is None
    assert len(ask(graph, f"{one}?$select=keyCredentials").body["keyCredentials"]) == 2


def test_a_property_that_is_not_there_is_refused(graph):
    found = ask(graph, "/v1.0/servicePrincipals?$select=id,createdDateTime")
    assert code(found) == (400, "BadRequest")
    assert ask(graph, "/v1.0/applications?$select=id,createdDateTime").status == 200


def test_agents_are_told_apart_among_the_others(graph):
    types = {row["id"]: row.get("@odata.type") for row in rows(graph, "/v1.0/servicePrincipals?$select=id")}
    assert types[CARE["id"]] == "#microsoft.graph.agentIdentity"
    assert types[GRAPH["id"]] is None


def test_a_subtype_is_listed_by_itself_in_pages_of_a_hundred(graph):
    path = "/v1.0/servicePrincipals/microsoft.graph.agentIdentity"
    names = {row["displayName"] for row in rows(graph, f"{path}?$select=displayName,agentIdentityBlueprintId&$top=100")}
    assert names == {"Care Agent", "Night Agent", "Lost Agent", "hr-bot"}
    assert ask(graph, f"{path}?$top=101").status == 400


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        (f"id in ('{acme.ROBOT['id']}','{acme.HOOLI['id']}')", {"Invoice Robot", "Hooli Campaigns"}),
        (f"appId eq '{acme.ROBOT['appId']}'", {"Invoice Robot"}),
        ("id in ('nobody')", set()),
        ("servicePrincipalType eq 'Legacy'", {None}),
        (f"appOwnerOrganizationId eq {OTHER_TENANT}", {"Hooli Campaigns", "Microsoft Teams Sync", "Mass Mailer"}),
        ("startswith(displayName,'everybody''s')", {"Everybody's Tool"}),
        ("tags/any(t:t eq 'HideApp')", set()),
        ("accountEnabled eq false and displayName eq 'Decommissioned Reporter'", {"Decommissioned Reporter"}),
    ],
)
def test_rows_are_filtered(graph, asked, names):
    found = rows(graph, f"/v1.0/servicePrincipals?$filter={asked}&$select=displayName")
    assert {row["displayName"] for row in found} == names


@pytest.mark.parametrize("asked", ["owners/$count eq 0", "owners/$count ne 0", "displayName ne 'x'"])
def test_what_must_be_counted_takes_a_header(graph, asked):
    url = f"/v1.0/applications?$filter={asked}"
    assert code(ask(graph, f"{url}&$count=true")) == (400, "Request_UnsupportedQuery")
    assert code(ask(graph, url, headers=EVENTUAL)) == (400, "Request_UnsupportedQuery")
    assert ask(graph, f"{url}&$count=true", headers=EVENTUAL).status == 200


def test_applications_without_owners_are_found_by_counting(graph):
    url = "/v1.0/applications?$filter=owners/$count eq 0&$count=true&$select=displayName"
    found = ask(graph, url, headers=EVENTUAL).body
    names = {row["displayName"] for row in found["value"]}
    assert {"Landing Zone Pipeline", "Expenses", "sv0"} <= names
    assert not names & {"Invoice Robot", "GitHub Deploy", "Legacy Sync"}
    assert found["@odata.count"] == len(names)


def test_a_count_is_a_number_in_plain_text(graph):
    found = ask(graph, "/v1.0/users/$count", headers=EVENTUAL)
    assert (found.body, found.headers["Content-Type"]) == (b"30", "text/plain")


def test_more_values_than_fifteen_are_refused(graph):
    many = ",".join(f"'{number}'" for number in range(16))
    assert ask(graph, f"/v1.0/servicePrincipals?$filter=id in ({many})").status == 400


def test_what_is_expanded_ends_at_twenty(graph):
    whole = rows(graph, f"/v1.0/applications/{TOOL}/owners?$select=id&$top=999")
    (row,) = rows(graph, f"/v1.0/applications?$filter=id eq '{TOOL}'&$expand=owners($select=id)&$select=id")
    assert (len(whole), len(row["owners"])) == (25, 20)


def test_a_deleted_owner_is_not_told(graph):
    graph.directory.remove("users", acme.ALICE["id"])
    assert rows(graph, f"/v1.0/applications/{acme.REGISTRATIONS['Invoice Robot']['id']}/owners?$select=id") == []


def test_of_what_may_not_be_read_only_the_id_is_told(graph):
    path = (
        f"/v1.0/applications/{acme.REGISTRATIONS['Invoice Robot']['id']}/owners?$select=id,displayName,accountEnabled"
    )
    (row,) = rows(graph, path, roles=READER - {"User.Read.All"})
    assert row == {
        "@odata.type": "#microsoft.graph.user",
        "id": acme.ALICE["id"],
        "displayName": None,
        "accountEnabled": None,
    }


@pytest.mark.parametrize(
    ("path", "needs"),
    [
        ("/v1.0/applications", "Application.Read.All"),
        ("/v1.0/oauth2PermissionGrants", "DelegatedPermissionGrant.Read.All"),
        ("/v1.0/roleManagement/directory/roleAssignments", "RoleManagement.Read.Directory"),
        ("/v1.0/groups", "GroupMember.Read.All"),
        ("/v1.0/users", "User.Read.All"),
        ("/beta/reports/servicePrincipalSignInActivities", "AuditLog.Read.All"),
        ("/v1.0/servicePrincipals/microsoft.graph.agentIdentity", "AgentIdentity.Read.All"),
        ("/v1.0/applications/microsoft.graph.agentIdentityBlueprint", "AgentIdentityBlueprint.Read.All"),
        ("/v1.0/organization", "Organization.Read.All"),
    ],
)
def test_each_collection_takes_its_permission(graph, path, needs):
    assert ask(graph, path, roles=frozenset({needs})).status == 200
    assert code(ask(graph, path, roles=READER - {needs})) == (403, "Authorization_RequestDenied")


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_nothing_is_written(graph, method):
    assert ask(graph, f"/v1.0/applications/{TOOL}", method=method).status == 403


def test_reports_are_not_in_v1(graph):
    assert ask(graph, "/v1.0/reports/servicePrincipalSignInActivities").status == 400


def test_groups_members_are_told_through_groups(graph):
    path = f"/v1.0/groups/{acme.DATA['id']}"
    direct = {row["id"] for row in rows(graph, f"{path}/members?$select=id")}
    through = {row["id"] for row in rows(graph, f"{path}/transitiveMembers?$select=id")}
    assert through - direct == {acme.ROBOT["id"], acme.BOB["id"]}
    only = rows(graph, f"{path}/transitiveMembers/microsoft.graph.servicePrincipal?$select=displayName")
    assert {row["displayName"] for row in only} == {"GitHub Deploy", "Invoice Robot"}


def test_sponsors_are_told_of_agents_only(graph):
    path = "/v1.0/servicePrincipals/{}/microsoft.graph.agentIdentity/sponsors?$select=displayName"
    assert [row["displayName"] for row in rows(graph, path.format(CARE["id"]))] == ["Alice"]
    assert ask(graph, path.format(acme.ROBOT["id"])).status == 404


def test_a_blueprint_says_what_it_hands_down(graph):
    path = f"/v1.0/applications/{CARE_BLUEPRINT['id']}/microsoft.graph.agentIdentityBlueprint/inheritablePermissions"
    kinds = {row["inheritableScopes"]["kind"] for row in rows(graph, path)}
    assert kinds == {"enumerated", "none"}


def test_objects_are_found_by_their_ids_whatever_they_are(graph):
    body = {"ids": [acme.ALICE["id"], acme.ROBOT["id"], "nobody"], "types": ["user"]}
    found = ask(graph, "/v1.0/directoryObjects/getByIds", method="POST", body=body).body["value"]
    assert [(row["@odata.type"], row["displayName"]) for row in found] == [("#microsoft.graph.user", "Alice")]


def batch(graph: Graph, *urls: str, **more: Any) -> dict[str, Any]:
    requests = [{"id": str(number), "method": "GET", "url": url, **more} for number, url in enumerate(urls)]
    found = ask(graph, "/v1.0/$batch", method="POST", body={"requests": requests})
    assert found.status == 200, found.body
    return {each["id"]: each for each in found.body["responses"]}


def test_a_batch_answers_each_by_itself(graph):
    good, gone, denied = f"/applications/{TOOL}?$select=id", "/applications/nobody", "/directory/deletedItems"
    found = batch(graph, good, gone, denied)
    assert [found[each]["status"] for each in "012"] == [200, 404, 400]
    assert found["0"]["body"]["id"] == TOOL


def test_headers_go_with_each_request_of_a_batch(graph):
    url = "/applications?$filter=owners/$count eq 0&$count=true"
    assert batch(graph, url)["0"]["status"] == 400
    assert batch(graph, url, headers={"ConsistencyLevel": "eventual"})["0"]["status"] == 200


def test_a_batch_has_at_most_twenty_requests_each_with_an_id_of_its_own(graph):
    many = [{"id": str(number), "method": "GET", "url": "/users"} for number in range(21)]
    assert ask(graph, "/v1.0/$batch", method="POST", body={"requests": many}).status == 400
    twice = [{"id": "1", "method": "GET", "url": "/users"}] * 2
    assert ask(graph, "/v1.0/$batch", method="POST", body={"requests": twice}).status == 400


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_units_that_are_used_up_come_back(graph):
    clock = Clock()
    graph.limits = Limits(units=10, clock=clock)
    answers = [ask(graph, "/v1.0/applications") for _ in range(6)]  # two units each
    assert [each.status for each in answers] == [200] * 5 + [429]
    assert answers[0].headers["x-ms-resource-unit"] == "2"
    assert answers[4].headers["x-ms-throttle-limit-percentage"] == "1.00"
    refused = answers[5].headers
    assert (refused["Retry-After"], refused["x-ms-throttle-information"]) == ("2", "ResourceUnitLimitExceeded")
    clock.now += float(refused["Retry-After"])
    assert ask(graph, "/v1.0/applications").status == 200


def test_a_batch_is_throttled_request_by_request(graph):
    graph.limits = Limits(units=3, clock=Clock())
    found = batch(graph, *["/users?$select=id"] * 5)
    statuses = [each["status"] for each in found.values()]
    assert (statuses.count(200), statuses.count(429)) == (3, 2)
    assert all("Retry-After" in each["headers"] for each in found.values() if each["status"] == 429)


def test_reads_of_certificates_and_reports_have_limits_of_their_own(graph):
    graph.limits = Limits(keys=2, reports=1, clock=Clock())
    keys = [ask(graph, "/v1.0/applications?$select=id,keyCredentials").status for _ in range(3)]
    reports = [ask(graph, "/beta/reports/servicePrincipalSignInActivities").status for _ in range(2)]
    assert (keys, reports) == ([200, 200, 429], [200, 429])
    assert ask(graph, "/v1.0/applications?$select=id").status == 200


def test_a_bucket_never_has_more_than_its_size():
    clock = Clock()
    bucket = Bucket(10, 10, clock)
    clock.now = 1000.0
    assert (bucket.take(10), bucket.take(1)) == (0.0, 1.0)


SINCE = "/v1.0/servicePrincipals/delta?$select=id,displayName"


def test_everything_is_told_once_and_then_what_changed(graph):
    graph.page = 5
    found, link = told_since(graph, SINCE)
    assert len(found) == len(graph.directory.tables["servicePrincipals"])
    graph.directory.change("servicePrincipals", acme.ROBOT["id"], displayName="Robot")
    graph.directory.change("servicePrincipals", acme.ROBOT["id"], displayName="Robot 2")
    graph.directory.remove("servicePrincipals", acme.HOOLI["id"])
    graph.directory.change("applications", TOOL, notes="another collection's")
    found, link = told_since(graph, link)
    assert found == [
        {"id": acme.ROBOT["id"], "displayName": "Robot 2"},
        {"id": acme.HOOLI["id"], "@removed": {"reason": "changed"}},
    ]
    assert told_since(graph, link)[0] == []


def told_since(graph: Graph, url: str) -> tuple[list[dict[str, Any]], str]:
    found: list[dict[str, Any]] = []
    while True:
        page = ask(graph, url)
        assert page.status == 200, page.body
        found += page.body["value"]
        if "@odata.deltaLink" in page.body:
            return found, page.body["@odata.deltaLink"]
        url = page.body["@odata.nextLink"]


def test_a_change_amid_the_pages_is_told_the_next_time(graph):
    graph.page = 5
    first = ask(graph, SINCE).body
    graph.directory.change("servicePrincipals", GRAPH["id"], displayName="told before")
    _, link = told_since(graph, first["@odata.nextLink"])
    assert [row["displayName"] for row in told_since(graph, link)[0]] == ["told before"]


def test_the_latest_token_tells_nothing_that_was(graph):
    found, link = told_since(graph, f"{SINCE}&$deltatoken=latest")
    graph.directory.add("servicePrincipals", {**acme.ROBOT, "id": "new", "displayName": "New"})
    assert (found, told_since(graph, link)[0]) == ([], [{"id": "new", "displayName": "New"}])


@pytest.mark.parametrize(("status", "word"), [(400, "syncStateNotFound"), (410, "resyncRequired")])
def test_a_token_that_is_too_old_is_refused(graph, status, word):
    _, link = told_since(graph, f"{SINCE}&$deltatoken=latest")
    graph.too_old = status
    graph.directory.forget()
    found = ask(graph, link)
    assert (code(found), "Location" in found.headers) == ((status, word), status == 410)
    assert told_since(graph, SINCE)[0]


def test_a_delta_takes_no_page_size(graph):
    assert ask(graph, f"{SINCE}&$top=10").status == 400


def test_a_token_made_up_is_refused(graph):
    assert code(ask(graph, "/v1.0/users?$skiptoken=nonsense")) == (400, "Directory_ExpiredPageToken")
