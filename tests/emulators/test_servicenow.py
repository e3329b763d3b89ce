"""Is the emulated ServiceNow as strict as the real one, and does it misbehave as told?"""

import json
import urllib.error
import urllib.parse
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from http.client import IncompleteRead
from typing import Any

import pytest

from tests.emulators.servicenow import ServiceNowEmulator, World, small_estate
from tests.emulators.servicenow.large_estate import large
from tests.emulators.servicenow.query import parse
from tests.emulators.servicenow.small_estate import CLIENT, HOST, PASSWORD, SECRET, USER

COLUMNS = ("name", "active", "count")
ROWS = [
    {"name": "one", "active": "true", "count": "1"},
    {"name": "two", "active": "false", "count": "2"},
    {"name": "", "active": "true", "count": "3"},
]


@pytest.mark.parametrize(
    ("query", "counts"),
    [
        ("", "123"),
        ("name=one", "1"),
        ("name!=one", "23"),
        ("nameINone,two", "12"),
        ("name=one^ORname=two", "12"),
        ("active=true^name=one^ORname=two", "1"),
        ("active=true^nameISEMPTY^NQname=two", "23"),
        ("count>1^count<=2", "2"),
        ("nameLIKEw", "2"),
        ("nameSTARTSWITHo", "1"),
        ("nameISNOTEMPTY^ORDERBYDESCcount", "12"),
        ("nonsense=1", "123"),
        ("nonsense=1^name=one", "1"),
    ],
)
def test_encoded_queries_mean_what_they_mean_on_an_instance(query: str, counts: str):
    found = parse(query, COLUMNS)
    assert "".join(row["count"] for row in ROWS if found.holds(row)) == counts


@pytest.fixture
def world() -> World:
    return small_estate.world()


@pytest.fixture
def emulator(world: World) -> Iterator[ServiceNowEmulator]:
    with ServiceNowEmulator(world) as running:
        yield running


def ask(emulator: ServiceNowEmulator, path: str, *, token: str | None = None, **asked: str) -> tuple[Any, Any]:
    """The decoded body and the headers. urllib.error.HTTPError for a refusal."""
    request = urllib.request.Request(f"{emulator.url}/{HOST}/{path}?{urllib.parse.urlencode(asked)}")
    request.add_header("Authorization", f"Bearer {token or signed_in(emulator)}")
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read()), answer.headers


def signed_in(emulator: ServiceNowEmulator, secret: str = SECRET) -> str:
    asked = {"grant_type": "client_credentials", "client_id": CLIENT, "client_secret": secret}
    body = urllib.parse.urlencode(asked).encode()
    with urllib.request.urlopen(f"{emulator.url}/{HOST}/oauth_token.do", body) as answer:
        return str(json.loads(answer.read())["access_token"])


def test_rows_are_counted_before_access_control_takes_some_out(emulator: ServiceNowEmulator, world: World):
    world.hidden_rows["sys_user"] = {world.id_of("sys_user", user_name="alice")}
    body, headers = ask(emulator, "api/now/table/sys_user", sysparm_query="identity_type=human^ORDERBYuser_name")
    assert [row["user_name"] for row in body["result"]] == ["bob", "mallory"]
    assert headers["X-Total-Count"] == "3"


def test_pages_name_their_neighbours(emulator: ServiceNowEmulator):
    _, headers = ask(emulator, "api/now/table/sys_user", sysparm_limit="2", sysparm_offset="2")
    assert [part.partition(";")[2] for part in headers["Link"].split(",")] == [
        'rel="first"',
        'rel="prev"',
        'rel="next"',
        'rel="last"',
    ]
    _, headers = ask(emulator, "api/now/table/sys_user", sysparm_limit="20")
    assert "Link" not in headers


def test_hidden_and_unknown_columns_are_left_out_without_a_word(emulator: ServiceNowEmulator, world: World):
    world.hidden_columns["sys_user"] = {"email"}
    body, _ = ask(emulator, "api/now/table/sys_user", sysparm_fields="user_name,email,nonsense", sysparm_limit="1")
    assert list(body["result"][0]) == ["user_name"]


def test_references_are_links_unless_asked_otherwise(emulator: ServiceNowEmulator):
    asked = {"sysparm_query": "name=Reporting gateway", "sysparm_fields": "user"}
    body, _ = ask(emulator, "api/now/table/oauth_entity", **asked)
    assert set(body["result"][0]["user"]) == {"link", "value"}
    body, _ = ask(emulator, "api/now/table/oauth_entity", **asked, sysparm_exclude_reference_link="true")
    assert len(body["result"][0]["user"]) == 32


def test_who_asks_for_all_columns_gets_what_nobody_may_keep(emulator: ServiceNowEmulator):
    body, _ = ask(emulator, "api/now/table/oauth_entity")
    assert all(row["client_secret"].startswith("CANARY") for row in body["result"])


def test_the_aggregate_api_groups_and_refuses_whoever_may_not_see_every_row(emulator: ServiceNowEmulator, world: World):
    asked = {"sysparm_count": "true", "sysparm_group_by": "peer", "sysparm_max_fields": "expires"}
    body, _ = ask(emulator, "api/now/stats/oauth_credential", **asked)
    (group,) = body["result"]
    assert group["groupby_fields"][0]["field"] == "peer"
    assert group["stats"]["count"] == "2"
    world.hidden_rows["oauth_credential"] = set(list(world.tables["oauth_credential"].by_id)[:1])
    assert refusal(emulator, "api/now/stats/oauth_credential", **asked)[0] == 403


def refusal(emulator: ServiceNowEmulator, path: str, **asked: str) -> tuple[int, Any]:
    with pytest.raises(urllib.error.HTTPError) as refused:
        ask(emulator, path, **asked)
    return refused.value.code, json.loads(refused.value.read())


def test_refusals_are_spelled_as_an_instance_spells_them(emulator: ServiceNowEmulator, world: World):
    world.refused = {"sys_script"}
    status, body = refusal(emulator, "api/now/table/sys_script")
    assert (status, body["error"]["detail"]) == (403, "Failed API level ACL Validation")
    status, body = refusal(emulator, "api/now/table/sn_nothing")
    assert (status, body["error"]["message"]) == (400, "Invalid table sn_nothing")
    status, body = refusal(emulator, "api/now/table/sys_user", token="nobody's")
    assert (status, body["error"]["message"]) == (401, "User is not authenticated")


def test_only_the_right_secret_signs_in(emulator: ServiceNowEmulator):
    with pytest.raises(urllib.error.HTTPError) as refused:
        signed_in(emulator, secret="wrong")
    assert refused.value.code == 401


def test_a_token_ends_by_the_instances_own_clock(emulator: ServiceNowEmulator, world: World):
    token = signed_in(emulator)
    ask(emulator, "api/now/table/sys_user", token=token)
    world.tick(1_800)
    assert refusal(emulator, "api/now/table/sys_user", token=token)[0] == 401


def test_nothing_can_be_written(emulator: ServiceNowEmulator):
    request = urllib.request.Request(f"{emulator.url}/{HOST}/api/now/table/sys_user", data=b"{}", method="POST")
    request.add_header("Authorization", f"Bearer {signed_in(emulator)}")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)
    assert refused.value.code == 403


def test_throttling_says_when_to_come_back(emulator: ServiceNowEmulator):
    emulator.rate = (100, 3_600)
    emulator.faults.add(do="throttle", table="sys_user", every=2, after="7")
    _, headers = ask(emulator, "api/now/table/sys_user")
    assert headers["X-RateLimit-Limit"] == "100"
    with pytest.raises(urllib.error.HTTPError) as refused:
        ask(emulator, "api/now/table/sys_user")
    assert (refused.value.code, refused.value.headers["Retry-After"]) == (429, "7")
    ask(emulator, "api/now/table/sys_user")


def test_a_sleeping_instance_answers_with_a_page(emulator: ServiceNowEmulator):
    emulator.faults.add(do="hibernate", table="sys_user", times=1)
    with pytest.raises(json.JSONDecodeError):
        ask(emulator, "api/now/table/sys_user")
    ask(emulator, "api/now/table/sys_user")


def test_an_answer_may_end_in_an_error_or_amid_itself(emulator: ServiceNowEmulator):
    emulator.faults.add(do="embed", table="sys_user", above=4)
    body, _ = ask(emulator, "api/now/table/sys_user", sysparm_limit="8")
    assert (len(body["result"]), body["status"]) == (4, "failure")
    body, _ = ask(emulator, "api/now/table/sys_user", sysparm_limit="4")
    assert "error" not in body
    emulator.faults.clear()
    emulator.faults.add(do="cut", table="sys_user")
    with pytest.raises(IncompleteRead):
        ask(emulator, "api/now/table/sys_user")


def test_the_log_tells_what_was_asked_for(emulator: ServiceNowEmulator):
    ask(emulator, "api/now/table/sys_user", sysparm_fields="sys_id,name")
    ask(emulator, "api/now/table/sys_script")
    expected = {("sys_user", "sys_id"), ("sys_user", "name"), ("sys_script", "*"), ("oauth_token", "*")}
    assert emulator.log.asked() == expected


def test_a_large_instance_is_the_same_each_time_and_keeps_nothing():
    one, other = large(10_000, seed=3), large(10_000, seed=3)
    query = parse("web_service_access_only=true^sys_id>8^ORDERBYsys_id", one.columns("sys_user"))
    number, rows = one.tables["sys_user"].matching(query)
    again, others = other.tables["sys_user"].matching(query)
    found = list(rows)
    assert number == again == len(found)
    assert found == list(others)
    assert [row["sys_id"] for row in found] == sorted(row["sys_id"] for row in found)
    assert found[0]["sys_id"] > "8"
    assert len(one.tables["sys_user"].by_id) < 20


def test_made_up_rows_point_at_one_another():
    world = large(6_000)
    _, flows = world.tables["sys_hub_flow"].matching(parse("name=Flow 7", world.columns("sys_hub_flow")))
    (flow,) = flows
    asked = parse(f"flowIN{flow['sys_id']},{'0' * 32}", world.columns("sys_hub_action_instance"))
    number, actions = world.tables["sys_hub_action_instance"].matching(asked)
    assert number == 4
    assert {each["flow"] for each in actions} == {flow["sys_id"]}


@pytest.mark.parametrize(("password", "status"), [(PASSWORD, 200), ("wrong", 401)])
def test_a_user_signs_in_with_the_right_password(emulator: ServiceNowEmulator, password: str, status: int):
    request = urllib.request.Request(f"{emulator.url}/{HOST}/api/now/table/sys_user")
    request.add_header("Authorization", "Basic " + b64encode(f"{USER}:{password}".encode()).decode())
    try:
        found = urllib.request.urlopen(request).status
    except urllib.error.HTTPError as refused:
        found = refused.code
    assert found == status
