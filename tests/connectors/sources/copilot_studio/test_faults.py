"""What is said, and what is still read, when Microsoft refuses, slows down, breaks off or hides?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from connectors.inventory.records import Grade, Identity, Link, Owner, Permission, Relation, ScopeState, Workload
from connectors.source import ErrorKind, SourceError
from connectors.sources.copilot_studio.permissions import APPLICATION_USER, MANAGEMENT
from tests.connectors.sources.copilot_studio.conftest import HOME, SETTINGS, Clock, Running, end, read, states
from tests.emulators.microsoft.acme import TENANT, guid
from tests.emulators.microsoft.powerplatform_acme import CARE, CARE_HOST, DEFAULT_HOST

BAP = "*Microsoft.BusinessAppPlatform*"
INCOMPLETE = {ScopeState.DENIED, ScopeState.FAILED, ScopeState.THROTTLED}


def incomplete(records: list[Any], environment: str = HOME) -> dict[str, ScopeState]:
    return {kind: state for kind, state in states(records, environment).items() if state in INCOMPLETE}


# ── One environment, or one table of it ─────────────────────────────────────────────────────────────────────────────


def test_an_environment_that_doesnt_know_us_costs_no_other(running: Running):
    running.weather.strangers.add(CARE_HOST)
    found = read()
    ended = end(found, "environment", CARE)
    assert (ended.state, ended.missing) == (ScopeState.DENIED, (APPLICATION_USER,))
    assert ended.error == "sv0's application is no user of the environment, reading Access to Customer Care."
    assert set(states(found, CARE)) == {"environment"}
    assert incomplete(found) == {}


@pytest.mark.parametrize(
    ("privilege", "refused", "doubted"),
    [
        ("prvReadbot", {"agents"}, {"parts", "sharing"}),
        ("prvReadbotcomponent", {"parts"}, set()),
        ("prvReadconnectionreference", {"connections"}, {"flows", "parts"}),
        ("prvReadconnector", {"connectors"}, {"flows", "parts"}),
        ("prvReadWorkflow", {"flows"}, set()),
        ("prvReadTeam", {"referenced"}, {"agents", "sharing"}),
        ("prvReadRole", {"application-users"}, set()),
        (
            "prvReadUser",
            {"application-users", "referenced"},
            {"connectors", "connections", "flows", "agents", "sharing"},
        ),
    ],
)
def test_a_missing_privilege_ends_its_part_and_what_is_told_by_it_proves_nothing_gone(
    running: Running, privilege: str, refused: set[str], doubted: set[str]
):
    running.weather.lacking[DEFAULT_HOST] = {privilege}
    found = read()
    assert {kind for kind in states(found) if privilege in end(found, kind).missing} == refused
    assert {kind for kind, state in incomplete(found).items() if state is ScopeState.DENIED} == refused
    assert set(incomplete(found)) == refused | doubted | {"referenced"}
    assert incomplete(found, CARE) == {}
    assert "CANARY" not in repr(found)


def test_without_its_parts_an_agent_is_told_and_says_what_is_missing(running: Running):
    running.weather.lacking[DEFAULT_HOST] = {"prvReadbotcomponent"}
    (agent,) = (each for each in read() if isinstance(each, Workload) and each.name == "HR helper")
    told = dict(agent.facts)
    assert told["Tools and topics"] == "not read to the end"
    assert (told["Sign-in"], "Knows from" in told) == ("none", False)


def test_without_users_nobody_is_told_by_a_bare_id(running: Running):
    """What is known of them from before is better; that they own, is told."""
    running.weather.lacking[DEFAULT_HOST] = {"prvReadUser"}
    found = read()
    here = {each.name: each.active for each in found if isinstance(each, Owner) and each.account_id == HOME}
    assert here == {"Alice": None, "Bob": None, "Data Platform": None}  # the first two as Power Apps names them
    owns = {each.source.id for each in found if isinstance(each, Link) and each.relation is Relation.OWNS}
    assert f"dataverse/{HOME}/user/{guid('systemuser', 'alice')}" in owns


def test_without_power_apps_connections_are_told_with_their_references_owner(running: Running):
    running.microsoft.faults.add(do="refuse", path="*Microsoft.PowerApps*")
    found = read()
    assert (end(found, "connections").state, end(found, "connections").missing) == (ScopeState.DENIED, (MANAGEMENT,))
    told = {each.name: each for each in found if isinstance(each, Identity) and each.type == "stored connection"}
    assert "SharePoint connection of Bob" in told
    assert told["SharePoint connection of Bob"].enabled is None
    runs_as = {each.target.name for each in found if isinstance(each, Link) and each.relation is Relation.RUNS_AS}
    assert "SharePoint connection of Bob" in runs_as


def test_an_environment_without_copilot_studio_has_no_agents(running: Running):
    running.weather.bare.add(DEFAULT_HOST)
    found = read()
    assert incomplete(found) == {}
    agents = {each.account_id for each in found if isinstance(each, Workload) and "agent" in each.type}
    assert agents == {CARE}


def test_an_environment_in_administration_mode_may_be_read_later(running: Running):
    running.weather.shut.add(CARE_HOST)
    ended = end(read(), "environment", CARE)
    assert (ended.state, ended.error_kind) == (ScopeState.FAILED, "transient")


def test_pages_that_lead_in_a_circle_are_left(running: Running, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tests.emulators.microsoft.powerplatform_wire.MOST", 1)
    running.weather.looping.add(DEFAULT_HOST)
    found = read()
    assert end(found, "agents").state is ScopeState.FAILED
    assert "cut short or unreadable" in (end(found, "agents").error or "")


@pytest.mark.parametrize("rows", [1, 3])
def test_pages_of_any_size_tell_the_same(running: Running, monkeypatch: pytest.MonkeyPatch, rows: int):
    whole = {repr(each) for each in read() if not hasattr(each, "retries")}
    monkeypatch.setattr("tests.emulators.microsoft.powerplatform_wire.MOST", rows)
    assert {repr(each) for each in read() if not hasattr(each, "retries")} == whole


# ── The tenant ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_without_the_management_application_there_is_no_list(running: Running):
    running.weather.manages = False
    found = read()
    assert states(found, TENANT) == {"environments": ScopeState.DENIED, "policies": ScopeState.DENIED}
    assert {each.missing for each in found if hasattr(each, "missing")} == {(MANAGEMENT,)}


def test_an_empty_list_is_not_taken_for_an_empty_tenant(running: Running):
    running.weather.manages, running.weather.hides = False, True
    ended = end(read(), "environments", TENANT)
    assert (ended.state, ended.missing) == (ScopeState.DENIED, (MANAGEMENT,))
    assert "default environment" in (ended.error or "")


def test_environments_that_are_named_are_read_without_the_list(running: Running):
    running.weather.manages = False
    found = read({**SETTINGS, "environments": [f"https://{DEFAULT_HOST}"]})
    assert end(found, "environments", TENANT).state is ScopeState.COMPLETE
    assert set(incomplete(found)) == {"connections", "referenced"}
    assert "HR helper" in {each.name for each in found if isinstance(each, Workload)}
    assert states(found, CARE) == {}


def test_an_environment_that_is_named_and_keeps_us_out_is_told(running: Running):
    running.weather.strangers.add(CARE_HOST)
    named = [f"https://{DEFAULT_HOST}/", f"https://{CARE_HOST}"]
    found = read({**SETTINGS, "environments": named})
    assert end(found, "environments", TENANT).missing == (APPLICATION_USER,)
    assert incomplete(found) == {}


def test_without_policies_nothing_is_said_of_them(running: Running):
    running.microsoft.faults.add(do="refuse", path="*Governance*")
    found = read()
    assert end(found, "policies", TENANT).state is ScopeState.DENIED
    (agent,) = (each for each in found if isinstance(each, Workload) and each.name == "HR helper")
    assert "Data policies" not in dict(agent.facts)


# ── Transport ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_throttling_is_waited_for_and_told(running: Running, clock: Clock):
    running.weather.busy[DEFAULT_HOST] = 2
    found = read()
    assert incomplete(found) == {}
    ended = end(found, "environment")
    assert (ended.retries, ended.waited >= 2) == (2, True)
    assert clock.slept >= 4


def test_a_storm_ends_the_environment_as_throttled(running: Running):
    running.weather.busy[DEFAULT_HOST] = 1_000_000
    assert end(read(), "environment").state is ScopeState.THROTTLED


# Tokens end more seldom: what is read at once must not meet a second end before its second try.
@pytest.mark.parametrize(("do", "every"), [("cut", 7), ("reset", 7), ("html", 7), ("break", 7), ("expire", 15)])
def test_what_comes_right_when_tried_again_costs_nothing(running: Running, do: str, every: int):
    running.microsoft.faults.add(do=do, part="powerplatform", every=every)
    found = read()
    assert len(running.asked()) > every
    assert incomplete(found) == incomplete(found, CARE) == {}


def test_an_address_elsewhere_is_not_followed(running: Running, monkeypatch: pytest.MonkeyPatch):
    row = next(each for each in running.platform.estate.environments if each["name"] == CARE)
    metadata = row["properties"]["linkedEnvironmentMetadata"]
    monkeypatch.setitem(metadata, "instanceUrl", "https://acmecare.crm4.dynamics.com.mallory.example/")
    monkeypatch.setitem(metadata, "instanceApiUrl", "https://acmecare.crm4.dynamics.com.mallory.example")
    found = read()
    ended = end(found, "environment", CARE)
    assert (ended.state, ended.error_kind) == (ScopeState.FAILED, "system")
    assert "named an address elsewhere" in (ended.error or "")
    assert not [path for path in running.asked() if "mallory" in path]


def _wrong(**change: Any) -> Callable[[], dict[str, Any]]:
    return lambda: {**SETTINGS, **change}


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (_wrong(client_secret="wrong"), "doesn't accept the client secret"),
        (_wrong(client_secret=None), "needs a certificate or a client secret"),
        (_wrong(environments=["https://mallory.example"]), "isn't the address of an environment"),
        (_wrong(environments=["https://x.crm4.dynamics.com.mallory.example"]), "isn't the address of an environment"),
    ],
)
def test_what_cannot_be_read_at_all_says_why(running: Running, settings: Callable[[], Any], sentence: str):
    with pytest.raises(SourceError) as raised:
        read(settings())
    assert sentence in raised.value.message
    assert raised.value.kind is ErrorKind.CONFIG
    assert "CANARY" not in raised.value.message


def test_a_tool_whose_reference_cannot_be_read_is_told_with_its_connector_and_acts_as_nobody_known(running: Running):
    running.weather.lacking[DEFAULT_HOST] = {"prvReadconnectionreference"}
    found = read()
    (tool,) = (
        each
        for each in found
        if isinstance(each, Permission) and each.source.name == "HR helper" and "SharePoint" in each.target.name
    )
    assert tool.grade is Grade.GRANTED
    assert not [each for each in found if isinstance(each, Link) and each.relation is Relation.RUNS_AS]
