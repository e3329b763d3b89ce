"""Are connectors, data policies, settings and an agent's openness told in the right words?"""

from __future__ import annotations

import pytest

from connectors.inventory.records import Access
from connectors.source import SourceError
from connectors.sources.copilot_studio.connector import access, api, title
from connectors.sources.copilot_studio.custom_connectors import hosts
from connectors.sources.copilot_studio.facts import facts
from connectors.sources.copilot_studio.policies import Policies, policy
from connectors.sources.copilot_studio.settings import addresses
from tests.emulators.microsoft.powerplatform_estate import policy as made


@pytest.mark.parametrize(
    ("operation", "strength"),
    [
        ("GetItems", Access.READ),
        ("ListRecordsWithOrganization", Access.READ),
        ("SearchUserV2", Access.READ),
        ("get_rows", Access.READ),
        ("SendEmailV2", Access.WRITE),
        ("CreateRecord", Access.WRITE),
        ("Getaway", Access.WRITE),
        ("InvokeMCP", Access.WRITE),
        (None, Access.WRITE),
    ],
)
def test_whatever_doesnt_say_that_it_reads_writes(operation: str | None, strength: Access):
    assert access(operation) is strength


def test_connectors_are_called_as_people_do():
    assert api("/providers/Microsoft.PowerApps/apis/shared_sharepointonline") == "shared_sharepointonline"
    assert (api(None), api("")) == (None, None)
    assert title("shared_sharepointonline") == "SharePoint"
    assert title("shared_acme-20payroll-5f9f1743201ee220d8") == "acme payroll"
    assert title("shared_unheardof") == "unheardof"


@pytest.mark.parametrize(
    ("definition", "found"),
    [
        ('{"swagger": "2.0", "host": "Api.Example.net"}', ("api.example.net",)),
        (
            '{"openapi": "3.0.0", "servers": [{"url": "https://a.example/v1"}, {"url": "/v1"}]}',
            ("a.example", "internet"),
        ),
        ('{"swagger": "2.0"}', ("internet",)),
        ("{broken", ("internet",)),
        (None, ("internet",)),
    ],
)
def test_the_hosts_of_a_custom_connector(definition: str | None, found: tuple[str, ...]):
    assert hosts(definition) == found


def test_a_policy_holds_where_it_says():
    everywhere = policy(made("a", blocked=["shared_x"]))
    only = policy(made("b", blocked=["shared_y"], holds="OnlyEnvironments", only=["One"]))
    others = policy({"policyDefinition": made("c", blocked=["shared_z"], holds="ExceptEnvironments", only=["One"])})
    policies = Policies((everywhere, only, others))
    assert [each.name for each in policies.holding("one") or ()] == ["a", "b"]
    assert [each.name for each in policies.holding("two") or ()] == ["a", "c"]
    assert policies.barring("one", "shared_y") == "b"
    assert policies.barring("two", "shared_y") is None


def test_a_policy_that_blocks_by_default_bars_what_it_doesnt_name():
    strict = policy({**made("strict", blocked=[]), "defaultConnectorsClassification": "Blocked"})
    assert strict.bars("shared_anything")


def test_unread_policies_bar_nothing_and_are_not_none():
    assert Policies().holding("one") is None
    assert Policies().barring("one", "shared_x") is None
    assert Policies(()).holding("one") == []


@pytest.mark.parametrize("wrong", ["http://a.crm.dynamics.com", "https://a.crm.dynamics.com/x", "a.crm.dynamics.com"])
def test_an_address_that_isnt_dataverses_is_refused(wrong: str):
    with pytest.raises(SourceError):
        addresses({"environments": [wrong]})


def test_addresses_are_told_once():
    given = ["https://a.crm4.dynamics.com/", "https://a.crm4.dynamics.com", "https://b.api.crm.dynamics.com"]
    assert addresses({"environments": given}) == ("https://a.crm4.dynamics.com", "https://b.api.crm.dynamics.com")
    assert addresses({}) == addresses({"environments": None}) == ()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"authenticationmode": 1}, "anyone who has its address, without sign-in"),
        ({"authenticationmode": 1, "publishedon": None}, "nobody yet"),
        ({"authenticationmode": 0}, "unknown, as its sign-in is"),
        ({"accesscontrolpolicy": 0}, "anyone who signs in"),
        ({"accesscontrolpolicy": 1}, "those it is shared with"),
        ({"accesscontrolpolicy": 2, "authorizedsecuritygroupids": "a, b"}, "members of 2 security groups"),
        ({"accesscontrolpolicy": 3}, "anyone who signs in, from any tenant"),
        ({"accesscontrolpolicy": 9}, "unknown: policy 9"),
    ],
)
def test_who_may_talk_to_an_agent(change: dict[str, object], words: str):
    row = {"authenticationmode": 2, "accesscontrolpolicy": 0, "publishedon": "2026-01-01T00:00:00Z", **change}
    assert words in dict(facts(row))["Open to"]


@pytest.mark.parametrize("text", [None, "", "{broken", "[]", '{"channels": 7, "recognizer": [], "agentSettings": 1}'])
def test_a_configuration_of_any_form_is_borne(text: str | None):
    row = {"authenticationmode": 2, "accesscontrolpolicy": 0, "configuration": text, "synchronizationstatus": text}
    assert dict(facts(row))["Published"] == "never"
