"""Does the stand-in for Azure Resource Manager page, refuse and lose rows as Azure does, at any size?"""

import json
from typing import Any

import pytest

from tests.emulators.microsoft import arm_scale
from tests.emulators.microsoft.acme import guid
from tests.emulators.microsoft.arm import Arm
from tests.emulators.microsoft.arm_acme import ARCHIVE, ESTATE, PLATFORM, PRODUCTION, SANDBOX
from tests.emulators.microsoft.arm_kql import Misunderstood, understood
from tests.emulators.microsoft.arm_wire import Asked, Reply

GRAPH = "/providers/Microsoft.ResourceGraph/resources"
STORES = (
    "resources | where type =~ 'microsoft.storage/storageaccounts'"
    " | project id, open=properties.allowBlobPublicAccess | order by id asc"
)
FINANCE = f"{PRODUCTION.path}/resourceGroups/rg-finance"


@pytest.fixture
def arm() -> Arm:
    return Arm(ESTATE, page=3)


def get(arm: Arm, path: str, version: str, **query: str) -> Reply:
    return arm.answer(Asked("GET", path, {"api-version": version, **query}, base="https://arm.example"))


def listed(arm: Arm, path: str, version: str, **query: str) -> list[dict[str, Any]]:
    """Every row of a listing, its pages followed."""
    rows: list[dict[str, Any]] = []
    page = get(arm, path, version, **query)
    while True:
        assert page.status == 200, page.body
        assert len(page.body["value"]) <= arm.page
        rows += page.body["value"]
        if "nextLink" not in page.body:
            return rows
        path_, _, token = page.body["nextLink"].removeprefix("https://arm.example").partition("%24skipToken=")
        page = get(arm, path_.partition("?")[0], version, **query, **{"$skipToken": token.replace("%3D", "=")})


def ask(arm: Arm, query: str, **options: Any) -> Reply:
    subscriptions = options.pop("subscriptions", None)
    body = {"query": query, "options": {f"${key}": value for key, value in options.items()}}
    if subscriptions is not None:
        body["subscriptions"] = subscriptions
    return arm.answer(Asked("POST", GRAPH, {"api-version": "2022-10-01"}, body))


def asked_through(arm: Arm, query: str, *, top: int, **options: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    page = ask(arm, query, top=top, **options)
    while True:
        rows += page.body["data"]
        if "$skipToken" not in page.body:
            return rows
        page = ask(arm, query, top=top, skipToken=page.body["$skipToken"], **options)


def test_a_listing_ends_after_its_last_page(arm):
    assert [row["displayName"] for row in listed(arm, "/subscriptions", "2022-12-01")] == [
        "acme-production",
        "acme-platform",
        "acme-sandbox",
        "acme-archive",
    ]


def test_inherited_assignments_are_repeated_in_each_subscription(arm):
    held = [
        listed(arm, f"{each.path}/providers/Microsoft.Authorization/roleAssignments", "2022-04-01")
        for each in (PLATFORM, ARCHIVE)
    ]
    scopes = [{row["properties"]["scope"] for row in rows} for rows in held]
    assert scopes[0] & scopes[1] == {each.id for each in ESTATE.groups[:2]}
    above = listed(
        arm,
        f"{PLATFORM.path}/providers/Microsoft.Authorization/roleAssignments",
        "2022-04-01",
        **{"$filter": "atScope()"},
    )
    assert len(above) < len(held[0])
    assert f"{PLATFORM.path}/resourceGroups/rg-deploy" not in {row["properties"]["scope"] for row in above}


def test_what_is_withheld_is_refused_by_its_name(arm):
    arm.rights.withhold("Microsoft.Web/sites/functions/*", at=FINANCE)
    sites = f"{FINANCE}/providers/Microsoft.Web/sites"
    refused = get(arm, f"{sites}/func-invoices/functions", "2024-04-01")
    assert (refused.status, refused.body["error"]["code"]) == (403, "AuthorizationFailed")
    assert "microsoft.web/sites/functions/read" in refused.body["error"]["message"]
    assert listed(arm, sites, "2024-04-01")
    own = get(arm, f"{FINANCE}/providers/Microsoft.Authorization/permissions", "2022-04-01").body["value"]
    assert own[0]["notActions"] == ["Microsoft.Web/sites/functions/*"]


def test_resource_graph_leaves_out_silently_what_is_withheld(arm):
    arm.rights.withhold("*", at=SANDBOX.path)
    assert {row["id"].split("/")[2] for row in asked_through(arm, STORES, top=2)} == {PRODUCTION.id}
    assert get(arm, f"{SANDBOX.path}/resourceGroups", "2022-09-01").status == 403


def test_pages_of_resource_graph_are_in_the_order_of_ids_and_whole(arm):
    first = ask(arm, STORES, top=2)
    rows = asked_through(arm, STORES, top=2)
    ids = [row["id"].lower() for row in rows]
    assert ids == sorted(set(ids))
    assert first.body["totalRecords"] == len(rows) == 4
    assert first.body["resultTruncated"] == "false"


def test_a_token_is_of_one_question(arm):
    token = ask(arm, STORES, top=2).body["$skipToken"]
    assert ask(arm, STORES.replace("open=", "shut="), top=2, skipToken=token).status == 400


def test_rows_are_lost_without_an_id_to_go_on_by(arm):
    page = ask(arm, "resources | project name", top=2).body
    assert (page["resultTruncated"], page["count"], "$skipToken" in page) == ("true", 2, False)
    arm.graph.truncates = True
    cut = ask(arm, STORES, top=2).body
    assert (cut["resultTruncated"], "$skipToken" in cut) == ("true", False)


def test_a_question_that_is_not_understood_is_refused(arm):
    for query in (
        "resources | summarize n=count() by type",
        "healthresources",
        "resources | where f(x)",
        "resources | where",
    ):
        with pytest.raises(Misunderstood):
            understood(query)
        assert ask(arm, query).status == 400


def test_questions_compare_as_kusto_does():
    rows: list[dict[str, Any]] = [
        {"id": "1", "type": "A/b", "tags": None, "properties": {"x": [{"y": True}]}},
        {"id": "2", "type": "c", "tags": {"e": "P"}},
    ]

    def found(text: str) -> list[Any]:
        question = understood(f"resources | {text}")
        return [told for row in rows if (told := question.answer(row)) is not None]

    assert found("where type =~ 'a/B' | project id") == [{"id": "1"}]
    assert found("where type == 'a/B'") == []
    assert found("where type in~ ('a/B', 'C') and isnotnull(tags) | project e=tags['e']") == [{"e": "P"}]
    assert found("where (isnull(tags) or type =~ 'x') | project properties.x") == [{"properties_x": [{"y": True}]}]
    assert found("extend y=tostring(properties.x[0].y) | where y =~ 'true' | project id, y") == [
        {"id": "1", "y": "true"}
    ]
    assert found("where type !~ 'c' | project none=properties.a.b.c") == [{"none": None}]


def test_only_reads_are_answered(arm):
    keys = (
        f"{PRODUCTION.path}/resourceGroups/rg-ai/providers/Microsoft.CognitiveServices/accounts/acme-ai-people/listKeys"
    )
    for method in ("POST", "PUT", "DELETE"):
        assert arm.answer(Asked(method, keys, {"api-version": "2025-09-01"})).status == 403


def test_versions_that_do_not_exist_are_refused_with_those_that_do(arm):
    wrong = get(arm, f"{FINANCE}/providers/Microsoft.Web/sites", "2019-01-01")
    assert wrong.status == 400
    assert "2024-04-01" in wrong.body["error"]["message"]
    assert arm.answer(Asked("GET", "/subscriptions", {})).body["error"]["code"] == "MissingApiVersionParameter"
    assert (
        get(arm, "/subscriptions/5b0/providers/Microsoft.Web/sites", "2024-04-01").body["error"]["code"]
        == "SubscriptionNotFound"
    )


def test_everything_that_must_be_dropped_is_marked():
    text = json.dumps([ESTATE.contents(each).__dict__ for each in ESTATE.subscriptions])
    for secret in (
        "body",
        "header",
        "query",
        "env",
        "variable",
        "account-key",
        "instructions-hr-bot",
        "connection-metadata",
    ):
        assert f"CANARY-{secret}" in text


def test_a_tenant_of_any_size_is_the_same_each_time_and_kept_nowhere():
    one, other = (Arm(arm_scale.estate(subscriptions=2000)) for _ in range(2))
    last = one.estate.subscriptions[-1]
    rows = asked_through(one, STORES, top=1000, subscriptions=[last.id])
    assert rows == asked_through(other, STORES, top=1000, subscriptions=[last.id])
    assert len(rows) == 8 * arm_scale.GROUPS
    changed = arm_scale.estate(subscriptions=2000, seed=7).subscriptions[-1]
    assert changed.id != last.id


def test_ids_of_principals_are_told_by_what_holds_them():
    machine = ESTATE.contents(SANDBOX).resources[
        f"{SANDBOX.path}/resourceGroups/rg-bob/providers/Microsoft.Compute/virtualMachines/vm-bob".lower()
    ]
    assert machine["identity"]["principalId"] == guid("service principal", "vm-bob")
