"""What does the source tell of a tenant that has one of everything?"""

from __future__ import annotations

import re
from typing import Any

from connectors.inventory.records import (
    Access,
    Grade,
    Identity,
    Link,
    Owner,
    Permission,
    Record,
    Relation,
    Resource,
    ScopeStarted,
    Usage,
    Workload,
)
from connectors.sources.entra.permissions import CALLS
from connectors.sources.entra.tenant import LABELS
from tests.connectors.sources.entra.conftest import Pulling, ends, told, unwell
from tests.connectors.sources.entra.directory import Directory
from tests.connectors.sources.entra.small_tenant import client, group, secret, sp, user
from tests.emulators.microsoft.acme import OTHER_TENANT, TENANT


def identity(records: list[Record], name: str) -> Identity:
    (found,) = (each for each in records if isinstance(each, Identity) and each.name == name)
    return found


def links(records: list[Record], relation: Relation) -> set[tuple[str, str, str | None]]:
    found = (each for each in records if isinstance(each, Link) and each.relation is relation)
    return {(each.source.name, each.target.name, each.via) for each in found}


def permissions(records: list[Record], kind: str) -> dict[tuple[str, str, str | None], Permission]:
    found = (each for each in told(records, kind) if isinstance(each, Permission))
    return {(each.source.name, each.target.name, each.via): each for each in found}


def test_every_scope_is_read_to_its_end(everything: list[Record]):
    assert unwell(everything) == {}
    assert ends(everything).keys() == LABELS.keys()


def test_the_tenant_is_called_by_its_name(everything: list[Record]):
    started = [each for each in everything if isinstance(each, ScopeStarted)]
    assert {(each.group, each.group_label) for each in started} == {(TENANT, f"Acme Media ({TENANT})")}
    assert {each.increment for each in started} == {False}


def test_no_object_is_told_twice_and_every_edge_begins_at_one(everything: list[Record]):
    objects = [each for each in everything if isinstance(each, Identity | Workload | Resource | Owner)]
    keys = [each.id for each in objects]
    assert sorted(keys) == sorted(set(keys))
    edges = [each for each in everything if isinstance(each, Link | Permission)]
    assert {each.source.id for each in edges} | {each.target.id for each in edges} <= set(keys)
    assert all(key == key.lower() for key in keys)


def test_the_canary_is_nowhere(everything: list[Record]):
    assert [each for each in everything if "CANARY" in repr(each)] == []


def test_service_principals_of_every_type(everything: list[Record]):
    found = {each.name: each.type for each in told(everything, "service-principals") if isinstance(each, Identity)}
    assert found == {
        "Microsoft Graph": "service principal",
        "Orders API": "service principal",
        "Invoice Robot": "service principal",
        "CI deployer": "service principal",
        "Hooli Sync": "service principal",
        "func-invoices": "managed identity",
        "Support blueprint": "agent blueprint principal",
        "Support agent": "agent identity",
    }


def test_credentials_of_the_application_are_told_on_the_service_principal(everything: list[Record]):
    robot = identity(everything, "Invoice Robot")
    kinds = [each.kind for each in robot.credentials]
    assert kinds == ["certificate", "client secret", "client secret"]
    assert {str(each.expires_at) for each in robot.credentials} == {
        "2027-06-01 00:00:00+00:00",
        "2026-12-31 00:00:00+00:00",
    }
    assert {each.id for each in robot.credentials} >= {secret("beside")["keyId"], secret("main")["keyId"]}
    assert dict(robot.facts)["Service management reference"] == "CHG-7"
    assert str(robot.created_at) == "2025-02-03 04:05:06+00:00"


def test_last_sign_ins_and_their_absence(everything: list[Record]):
    robot, deployer = identity(everything, "Invoice Robot"), identity(everything, "CI deployer")
    assert (robot.usage, str(robot.last_used_at)) == (Usage.USED, "2026-12-01 08:00:00+00:00")
    assert (deployer.usage, deployer.last_used_at) == (Usage.UNKNOWN, None)
    assert dict(deployer.facts)["Last sign-in"].startswith("unknown: Entra has no record")


def test_whose_each_application_is(everything: list[Record]):
    vendor, graph = identity(everything, "Hooli Sync"), identity(everything, "Microsoft Graph")
    assert (vendor.external, dict(vendor.facts)["Home tenant"]) == (True, OTHER_TENANT)
    assert dict(vendor.facts)["Verified publisher"] == "Hooli Inc"
    assert (graph.provider_managed, graph.external) == (True, False)


def test_an_agent_acts_as_its_identity_and_others_act_as_it(everything: list[Record]):
    assert links(everything, Relation.RUNS_AS) == {("Support agent", "Support agent", "agent identity")}
    found = links(everything, Relation.CAN_ASSUME)
    assert ("Support blueprint", "Support agent", "its blueprint") in found
    assert ("Support agent", "Support agent (user)", "its agent user") in found
    assert dict(identity(everything, "Support agent").facts)["Blueprint"] == client("Support blueprint")


def test_whom_federated_credentials_let_in(everything: list[Record]):
    found = {each for each in links(everything, Relation.CAN_ASSUME) if (each[2] or "").startswith("federated")}
    assert found == {
        ("token.actions.githubusercontent.com", "CI deployer", "federated credential main"),
        ("func-invoices", "CI deployer", "federated credential function"),
    }
    assert identity(everything, "token.actions.githubusercontent.com").type == "OIDC provider"
    kinds = [each.kind for each in identity(everything, "CI deployer").credentials]
    assert kinds == ["federated", "federated"]


def test_application_permissions(everything: list[Record]):
    found = permissions(everything, "app-roles")
    graph, orders = "app role of Microsoft Graph", "app role of Orders API"
    assert {edge: (each.access, each.grade) for edge, each in found.items()} == {
        ("Invoice Robot", "Mail.Read", graph): (Access.READ, Grade.GRANTED),
        ("Invoice Robot", "Sites.Selected", graph): (Access.WRITE, Grade.CONDITIONAL),
        ("CI deployer", "AppRoleAssignment.ReadWrite.All", graph): (Access.ADMIN, Grade.GRANTED),
        ("Invoice Robot", "Unnamed role", orders): (Access.WRITE, Grade.GRANTED),
    }


def test_delegated_permissions_are_conditional(everything: list[Record]):
    found = permissions(everything, "delegated-grants")
    assert {(source, target) for source, target, _ in found} == {
        ("Hooli Sync", "Files.Read"),
        ("Hooli Sync", "Mail.Send"),
        ("Support blueprint", "Mail.Read"),
        ("Support blueprint", "Files.Read"),
    }
    assert {each.grade for each in found.values()} == {Grade.CONDITIONAL}


def test_directory_roles_held_and_to_be_activated(everything: list[Record]):
    held, eligible = (permissions(everything, kind) for kind in ("directory-roles", "eligible-roles"))
    assert [(edge, each.access) for edge, each in held.items()] == [
        (("CI deployer", "Application Administrator", "role assignment"), Access.ADMIN)
    ]
    ((edge, found),) = eligible.items()
    assert edge == ("Invoice Robot", "Reports Reader", "eligible role assignment")
    assert found.conditions == ("eligible: must be activated",)


def test_what_members_hold_through_groups(everything: list[Record]):
    found = permissions(everything, "groups")
    assert {edge: each.grade for edge, each in found.items()} == {
        ("func-invoices", "Reports Reader", "role assignment, as member of Automation"): Grade.GRANTED,
        (
            "func-invoices",
            "Application Administrator",
            "eligible role assignment, as member of Automation",
        ): Grade.CONDITIONAL,
        ("Hooli Sync", "Mail.Read", "app role of Microsoft Graph, as member of Mail readers"): Grade.GRANTED,
    }


def test_what_agents_hold_themselves_by_group_and_by_blueprint(everything: list[Record]):
    assert set(permissions(everything, "agents")) == {
        ("Support agent (user)", "Reports Reader", "role assignment"),
        ("Support agent (user)", "Support.Handle", "app role of Orders API"),
        ("Support agent (user)", "Mail.Read", "app role of Microsoft Graph, as member of Mail readers"),
        (
            "Support agent",
            "Mail.Read",
            "delegated permission, consented for every user, inherited from Support blueprint",
        ),
    }


def test_owners_and_sponsors_with_the_state_of_their_accounts(everything: list[Record]):
    owners = {each.name: each.active for each in everything if isinstance(each, Owner)}
    assert owners == {"Alice": True, "Bob": False}
    assert links(everything, Relation.OWNS) == {
        ("Alice", "Invoice Robot", "owner of the application"),
        ("Bob", "Invoice Robot", "owner of the application"),
        ("Alice", "Invoice Robot", "owner of the service principal"),
        ("CI deployer", "Invoice Robot", "owner of the service principal"),
        ("Bob", "Support agent", "sponsor of the agent"),
    }


def test_nobody_reads_what_a_person_holds(everything: list[Record]):
    edges = [each for each in everything if isinstance(each, Permission)]
    assert not {user("Alice"), group("Mail readers"), group("Automation")} & {each.source.id for each in edges}
    assert sp("Invoice Robot") in {each.source.id for each in edges}


def test_only_declared_reads_are_made(graph: Directory, pull: Pulling):
    pull()
    assert {call.split()[0] for call in graph.calls} == {"GET", "POST"}
    posts = {call for call in graph.calls if call.startswith("POST")}
    assert posts == {"POST /v1.0/$batch"}
    declared = [re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(call.path))) for call in CALLS]
    undeclared = {each.path for each in graph.log if not any(path.fullmatch(each.path) for path in declared)}
    assert undeclared == set()


def test_a_second_reading_says_the_same(everything: list[Record], pull: Pulling):
    def said(records: list[Record]) -> set[Any]:
        return {each for each in records if not hasattr(each, "bookmark")}

    assert said(pull()) == said(everything)
