"""Does the source find what is in Acme Media's site, and say it in the inventory's words?"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from connectors.inventory.classification import classify
from connectors.inventory.records import (
    Access,
    AliasKind,
    Egress,
    Grade,
    Identity,
    Link,
    Owner,
    Permission,
    Record,
    Relation,
    Resource,
    ScopeEnded,
    ScopeStarted,
    ScopeState,
    Usage,
    Workload,
)
from connectors.sources.jira.permissions import LABELS
from tests.connectors.sources.jira.conftest import basic, ends, key, read
from tests.emulators.jira import JiraEmulator
from tests.emulators.jira.small_estate import (
    AGENT,
    ALICE,
    AUTOMATION,
    EXPORTER,
    JENKINS,
    LAMBDA,
    MALLORY,
    TIMESHEETS,
)


@pytest.fixture(scope="module")
def records(running: JiraEmulator) -> list[Record]:
    """One reading, shared by the tests that only look."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SV0_ENDPOINT_JIRA", running.url)
        return read(basic(running))


def identities(records: list[Record]) -> dict[str, Identity]:
    return {record.provider_id: record for record in records if isinstance(record, Identity)}


def accounts(records: list[Record]) -> list[Identity]:
    return [each for each in identities(records).values() if "account" in each.type]


def workloads(records: list[Record]) -> dict[str, Workload]:
    return {record.name: record for record in records if isinstance(record, Workload)}


def links(records: list[Record], relation: Relation) -> set[tuple[str, str]]:
    return {
        (each.source.name, each.target.name) for each in records if isinstance(each, Link) and each.relation is relation
    }


def permissions(records: list[Record], holder: str) -> set[tuple[str, str, str]]:
    """Who may do what with what, without how it came."""
    found = (each for each in records if isinstance(each, Permission) and each.source.name == holder)
    return {(each.access.value, each.target.name, " ".join(each.actions)) for each in found}


def egress(records: list[Record], name: str) -> dict[str, Egress]:
    return {each.destination: each for each in records if isinstance(each, Egress) and each.source.name == name}


def test_every_part_is_read_to_its_end(records: list[Record]):
    states = {kind: end.state for kind, end in ends(records).items()}
    assert states == dict.fromkeys(LABELS, ScopeState.COMPLETE)


def test_every_record_lies_within_its_part(records: list[Record]):
    open_now: set[str] = set()
    for record in records:
        if isinstance(record, ScopeStarted):
            open_now.add(record.scope)
        elif isinstance(record, ScopeEnded):
            open_now.remove(record.scope)
        else:
            assert record.scope in open_now
    assert not open_now


def test_no_object_is_told_twice(records: list[Record]):
    ids = [record.id for record in records if isinstance(record, Identity | Workload | Resource | Owner)]
    assert len(ids) == len(set(ids))


def test_every_edge_leads_to_an_object(records: list[Record]):
    """But for rules of projects and scheme holders that Jira no longer has; here it has them all."""
    ids = {record.id for record in records if isinstance(record, Identity | Workload | Resource | Owner)}
    edges = [record for record in records if isinstance(record, Link | Permission)]
    assert {end.id for edge in edges for end in (edge.source, edge.target)} <= ids


def test_accounts_are_told_for_what_they_are(records: list[Record]):
    told = {each.provider_id: (each.type, each.human) for each in accounts(records)}
    assert told == {
        "sv0": ("Atlassian service account", False),
        AUTOMATION: ("Atlassian app account", False),
        AGENT: ("Rovo agent account", False),
        EXPORTER: ("Atlassian service account", False),
        TIMESHEETS: ("Atlassian app account", False),
        JENKINS: ("Atlassian user account", None),
        ALICE: ("Atlassian user account", True),
        MALLORY: ("Atlassian user account", True),
    }


def test_a_guess_says_what_it_is_made_of(records: list[Record]):
    told = identities(records)
    assert told[JENKINS].facts == (("Taken for a bot", "its name or address contains “jenkins”"),)
    assert told[EXPORTER].facts == ()


def test_addresses_shown_are_aliases_but_not_those_that_atlassian_makes_up(records: list[Record]):
    told = {
        each.provider_id: [(alias.kind, alias.value) for alias in each.aliases]
        for each in accounts(records)
        if each.aliases
    }
    assert told == {
        EXPORTER: [(AliasKind.EMAIL, "exporter-1a2b@serviceaccount.atlassian.com")],
        JENKINS: [(AliasKind.EMAIL, "svc-jenkins@acme.example")],
        ALICE: [(AliasKind.EMAIL, "alice@acme.example")],
    }


def test_tokens_are_credentials_of_their_accounts(records: list[Record]):
    jenkins, mallory, exporter = (identities(records)[account] for account in (JENKINS, MALLORY, EXPORTER))
    assert [(each.id, each.enabled) for each in jenkins.credentials] == [("t-jenkins-old", False), ("t-jenkins", True)]
    assert (jenkins.usage, jenkins.last_used_at) == (Usage.USED, datetime(2026, 11, 24, 8, tzinfo=UTC))
    (token,) = mallory.credentials
    assert (token.kind, token.expires_at) == ("API token", datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC))
    assert (exporter.credentials, exporter.usage) == ((), Usage.UNKNOWN)


def test_apps_and_agents_are_workloads_that_act_as_their_accounts(records: list[Record]):
    told = {each.name: (each.type, each.role) for each in workloads(records).values() if "ule" not in each.type}
    assert told["Triage Helper"] == ("Rovo agent", "agent")
    assert told["Timesheets for Jira"] == ("Forge or Connect app", "service")
    runs_as = {(e.source.id, e.target.id) for e in records if isinstance(e, Link) and e.relation is Relation.RUNS_AS}
    assert (key("agent", AGENT), key("account", AGENT)) in runs_as
    assert (key("app", TIMESHEETS), key("account", TIMESHEETS)) in runs_as


def test_rules_run_as_their_actors(records: list[Record]):
    runs_as = links(records, Relation.RUNS_AS)
    assert ("Export customer tickets", "exporter") in runs_as
    assert ("Dispatch", "Alice") in runs_as
    assert "Close stale issues" not in {source for source, _ in runs_as}
    assert ("Acts as", "whoever sets it off") in workloads(records)["Close stale issues"].facts


def test_what_a_rule_says_of_itself(records: list[Record]):
    rule = workloads(records)["Export customer tickets"]
    assert (rule.id, rule.role, rule.enabled) == (key("automation-rule", "0194-export"), "automation", True)
    assert rule.created_at == datetime(2025, 4, 2, 4, 42, 44, 174000, tzinfo=UTC)
    assert rule.modified_at == rule.created_at  # one told in seconds, one in milliseconds
    assert rule.tags == (("label", "nightly"),)
    assert ("Applies to", "1 project") in rule.facts
    assert links(records, Relation.USES_DATA) == {("Export customer tickets", "Customer Support (CUST)")}


def test_rules_say_where_they_send(records: list[Record]):
    assert {host: each.grade for host, each in egress(records, "Export customer tickets").items()} == {
        LAMBDA: Grade.GRANTED
    }
    evidence = egress(records, "Export customer tickets")[LAMBDA].evidence
    assert evidence == f"An action of Export customer tickets sends a web request to {LAMBDA}."
    assert set(egress(records, "Tell the team")) == {"hooks.slack.com", "slack.com"}
    assert {host: each.grade for host, each in egress(records, "Dispatch").items()} == {"internet": Grade.UNKNOWN}
    assert egress(records, "Close stale issues") == {}


def test_webhooks_read_the_site_and_send_it_out(records: list[Record]):
    assert set(egress(records, "Billing sync")) == {"hooks.billing.example"}
    assert set(egress(records, "Everything")) == {"collect.mallory.example"}
    reads = {
        each.source.name: (each.target.id, each.grade)
        for each in records
        if isinstance(each, Permission) and each.source.kind == "workload"
    }
    site = key("site", "11111111-aaaa-bbbb-cccc-222222222222")
    assert reads == {
        "Billing sync": (site, Grade.CONDITIONAL),
        "Everything": (site, Grade.GRANTED),
        "Old one": (site, Grade.GRANTED),
    }
    told = workloads(records)
    assert ("Content", "left out") in told["Everything"].facts
    assert (told["Old one"].enabled, ("Last changed by", "Admin") in told["Old one"].facts) == (False, True)


def test_who_answers_for_what(records: list[Record]):
    owns = links(records, Relation.OWNS)
    assert ("Bob", "Export customer tickets") in owns
    assert ("Alice", "exporter") in owns
    assert ("Alice", "Customer Support (CUST)") in owns
    assert ("Alice", "Everything") in owns
    told = {each.name: (each.type, each.active, each.email) for each in records if isinstance(each, Owner)}
    assert told == {
        "Alice": ("person", True, "alice@acme.example"),
        "Bob": ("person", False, "bob@acme.example"),
        "Jenkins": ("Atlassian account", True, "svc-jenkins@acme.example"),
    }


def test_groups_are_held_by_their_members(records: list[Record]):
    held = {
        (source, target) for source, target in links(records, Relation.CAN_ASSUME) if "anyone signed in" not in target
    }
    assert held == {
        ("exporter", "exporters"),
        ("Jenkins", "developers"),
        ("Mallory", "developers"),
        ("Alice", "jira-administrators"),
        ("Alice", "developers"),
        ("Timesheets for Jira", "jira-administrators"),
        ("developers", "users of Jira"),
        ("anyone signed in to acme-media.atlassian.net", "Anyone"),
    }


def test_schemes_permit_in_every_project_of_theirs(records: list[Record]):
    contained = links(records, Relation.CONTAINS)
    assert ("Support", "Customer Support (CUST)") in contained
    assert ("Open source", "Web Site (WEB)") in contained
    assert ("read", "Restricted", "BROWSE_PROJECTS") in permissions(records, "Alice")
    assert permissions(records, "exporters") == {("read", "Support", "BROWSE_PROJECTS")}
    assert permissions(records, "Anyone") == {("read", "Open source", "BROWSE_PROJECTS")}
    assert permissions(records, "users of Jira") == {("write", "Open source", "EDIT_ISSUES")}
    signed_in = "anyone signed in to acme-media.atlassian.net"
    assert permissions(records, signed_in) == {("write", "Open source", "CREATE_ISSUES")}


def test_roles_permit_in_their_project_alone(records: list[Record]):
    assert permissions(records, "Triage Helper") == {
        ("read", "Customer Support (CUST)", "BROWSE_PROJECTS"),
        ("write", "Customer Support (CUST)", "EDIT_ISSUES"),
    }
    assert ("admin", "Payroll (PAY)", "ADMINISTER_PROJECTS") in permissions(records, "jira-administrators")
    assert ("admin", "Web Site (WEB)", "ADMINISTER_PROJECTS") in permissions(records, "Jenkins")


def test_team_managed_projects_are_told_as_far_as_jira_tells(records: list[Record]):
    team = {
        (each.source.name, each.access, each.grade)
        for each in records
        if isinstance(each, Permission) and each.target.name == "Lab (LAB)"
    }
    assert team == {
        ("Timesheets for Jira", Access.ADMIN, Grade.GRANTED),
        ("developers", Access.READ, Grade.GRANTED),
        ("Jenkins", Access.READ, Grade.UNKNOWN),
    }


def test_global_permissions_of_groups_and_accounts(records: list[Record]):
    site = "acme-media.atlassian.net"
    assert ("admin", site, "ADMINISTER") in permissions(records, "jira-administrators")
    assert ("admin", site, "ADMINISTER") in permissions(records, "site-admins")
    assert ("admin", site, "ADMINISTER") in permissions(records, "Timesheets for Jira")
    assert ("read", "Browse users and groups", "USER_PICKER") in permissions(records, "Jenkins")
    assert (site, "Payroll (PAY)") in links(records, Relation.CONTAINS)


def test_projects_with_what_their_data_is_known_by(records: list[Record]):
    told = {each.name: each for each in records if isinstance(each, Resource) and "project" in each.type.split()}
    assert {name: (each.type, each.public) for name, each in told.items()} == {
        "Customer Support (CUST)": ("Jira service project", False),
        "Payroll (PAY)": ("Jira project", False),
        "Web Site (WEB)": ("Jira project", True),
        "Lab (LAB)": ("Jira project", None),
    }
    domains = {name: {domain.name for domain in classify(each).domains} for name, each in told.items()}
    assert domains == {
        "Customer Support (CUST)": {"customer"},
        "Payroll (PAY)": {"hr", "confidential"},
        "Web Site (WEB)": set(),
        "Lab (LAB)": set(),
    }


def test_a_set_of_projects_holds_no_data_of_its_own(records: list[Record]):
    sets = [each for each in records if isinstance(each, Resource) and each.pattern]
    assert {each.type for each in sets} == {"Jira site", "Jira permission scheme"}
    assert [classify(each).domains for each in sets] == [()] * 4


def test_no_content_no_secret_no_hidden_row(records: list[Record], running: JiraEmulator):
    assert "CANARY" not in repr(records)
    assert any("CANARY" in repr(each) for each in running.estate.rules)
