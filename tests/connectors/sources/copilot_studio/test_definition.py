"""What is read out of a flow's definition?"""

from __future__ import annotations

from typing import Any

import pytest

from connectors.sources.copilot_studio.definition import Definition, definition
from tests.emulators.microsoft.powerplatform_parts import clientdata, http, operation


def told(triggers: Any = (), actions: Any = (), connections: Any = ()) -> Definition:
    found = definition(clientdata(dict(triggers), dict(actions), dict(connections)))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("trigger", "words"),
    [
        ({"type": "Recurrence", "recurrence": {"frequency": "Day", "interval": 1}}, "every day"),
        ({"type": "Recurrence", "recurrence": {"frequency": "Minute", "interval": 15}}, "every 15 minutes"),
        ({"type": "Request", "kind": "Button"}, "a person, by hand"),
        ({"type": "Request", "kind": "Skills"}, "an agent"),
        ({"type": "Request", "kind": "PowerAppV2"}, "an app"),
        ({"type": "Request", "kind": "New"}, "a request"),
        ({"type": "OpenApiConnectionWebhook", "inputs": {"host": {"operationId": "OnNewEmailV3"}}}, "OnNewEmailV3"),
    ],
)
def test_what_starts_it(trigger: dict[str, Any], words: str):
    found = told({"t": trigger})
    assert words in found.starts[0]
    assert found.open is False


@pytest.mark.parametrize(("who", "is_open"), [(None, True), ("All", True), ("Tenant", False)])
def test_a_request_that_anyone_may_send(who: str | None, is_open: bool):  # noqa: FBT001 - what is expected
    inputs = {"triggerAuthenticationType": who} if who else {}
    found = told({"t": {"type": "Request", "kind": "Http", "inputs": inputs}})
    assert found.open is is_open


def test_connections_say_whose_they_are_and_what_for():
    connections = {
        "sp": ("shared_sharepointonline", "cr_sp", "embedded"),
        "mail": ("shared_office365", "cr_m", "invoker"),
    }
    actions = {
        "a": operation("sp", "shared_sharepointonline", "GetItems"),
        "b": operation("mail", "shared_office365", "SendEmailV2"),
        "c": operation("sp", "shared_sql", "GetItems"),
    }
    found = told((), actions, connections).connections
    assert (found["sp"].connector, found["sp"].reference, found["sp"].invoker) == (
        "shared_sharepointonline",
        "cr_sp",
        False,
    )
    assert (found["sp"].operations, found["mail"].invoker) == (["GetItems"], True)


def test_a_connection_that_no_reference_tells_of_is_told_by_its_action():
    found = told((), {"a": operation("other", "shared_sql", "PatchItem_V2")}).connections["other"]
    assert (found.connector, found.reference, found.operations) == ("shared_sql", None, ["PatchItem_V2"])


def test_actions_are_found_however_deep_they_are():
    inner = {"x": http("https://a.example/"), "y": http("@variables('u')")}
    actions = {
        "if": {"type": "If", "actions": {}, "else": {"actions": {"n": {"type": "Scope", "actions": inner}}}},
        "switch": {"type": "Switch", "cases": {"c": {"actions": {"z": http("https://b.example/")}}}, "default": {}},
        "hook": {"type": "HttpWebhook", "inputs": {"subscribe": {"uri": "https://c.example/"}}},
    }
    found = told((), actions)
    assert (sorted(found.hosts), found.hidden) == (["a.example", "b.example", "c.example"], 1)
    assert "CANARY" not in repr(found)


@pytest.mark.parametrize("text", [None, "", "{", "[]", '{"properties": 1}', '{"properties": {"definition": []}}'])
def test_what_isnt_understood_is_none(text: str | None):
    assert definition(text) is None


@pytest.mark.parametrize("broken", [{"a": 1}, {"a": {"type": "Http", "inputs": []}}, {"a": {"inputs": {"host": 3}}}])
def test_a_broken_action_costs_no_other(broken: dict[str, Any]):
    found = told((), {**broken, "b": http("https://b.example/")})
    assert found.hosts == ["b.example"]
