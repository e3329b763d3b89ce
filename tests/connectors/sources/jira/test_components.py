"""To where does a rule send, whatever its parts look like?"""

from __future__ import annotations

from typing import Any

import pytest

from connectors.inventory.records import Grade
from connectors.sources.jira.components import destinations, host_of
from connectors.sources.jira.rules import moment
from tests.emulators.jira.small_estate import action, inside, web_request


def hosts(*components: Any) -> dict[str, Grade]:
    return {each.host: each.grade for each in destinations(components, rule="Export")}


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("https://hooks.example/in?key=secret", "hooks.example"),
        ("https://user:secret@hooks.example/in", "hooks.example"),
        ("HTTPS://Hooks.Example:8443", "hooks.example"),
        ("https://hooks.example/{{issue.key}}", "hooks.example"),
        ("  https://hooks.example/in  ", "hooks.example"),
        ("https://10.0.0.7/in", "10.0.0.7"),
        ("{{address}}", None),
        ("https://{{host}}/in", None),
        ("https://{{team}}.example/in", None),
        ("https://hooks.example:{{port}}/in", None),
        ("hooks.example/in", None),
        ("https://[broken", None),
        ("", None),
    ],
)
def test_of_an_address_the_host_is_kept(address: str, host: str | None):
    assert host_of(address) == host


def test_parts_within_parts_are_found():
    assert hosts(inside(inside(web_request("https://a.example/x"))), web_request("https://b.example/")) == {
        "a.example": Grade.GRANTED,
        "b.example": Grade.GRANTED,
    }


def test_a_part_that_hangs_in_the_conditions_is_found():
    part = {**inside(), "conditions": [web_request("https://a.example/x")]}
    assert hosts(part) == {"a.example": Grade.GRANTED}


def test_an_address_put_together_later_may_be_anywhere():
    assert hosts(web_request("{{secret.address}}")) == {"internet": Grade.UNKNOWN}
    assert hosts(action("jira.issue.outgoing.webhook")) == {"internet": Grade.UNKNOWN}


def test_services_are_known_by_the_action():
    assert hosts(action("slack.send.message")) == {"slack.com": Grade.GRANTED}
    told = destinations([action("jira.msteams.message", webhookUrl="https://acme.webhook.office.com/x")], rule="Export")
    assert [each.evidence for each in told] == [
        "An action of Export sends a message to Microsoft Teams at acme.webhook.office.com."
    ]


def test_what_comes_in_goes_nowhere():
    trigger = {"component": "TRIGGER", "type": "jira.incoming.webhook", "value": {"url": "https://secret.example/"}}
    assert hosts(trigger, action("jira.issue.transition"), action("jira.issue.comment", url=None)) == {}


def test_parts_of_unknown_shape_are_borne():
    assert hosts({}, {"component": "ACTION", "type": None, "value": "text"}, {"children": None}) == {}


@pytest.mark.parametrize(
    "told", [1743568964.174, 1743568964174, "2025-04-02T04:42:44.174+0000", "2025-04-02T04:42:44.174Z"]
)
def test_a_moment_is_told_in_four_ways(told: float | str):
    found = moment(told)
    assert found is not None
    assert found.isoformat() == "2025-04-02T04:42:44.174000+00:00"
