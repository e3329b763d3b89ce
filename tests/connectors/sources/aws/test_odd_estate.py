"""Are strange things read as they are, and does each thing that goes wrong end only the scope it concerns?"""

from __future__ import annotations

from typing import Any

import pytest

from connectors.inventory.records import (
    Access,
    Egress,
    Grade,
    Identity,
    Link,
    Owner,
    Permission,
    Record,
    Relation,
    Resource,
    ScopeState,
    Usage,
    Workload,
)
from connectors.source import ErrorKind
from tests.connectors.sources.aws.conftest import ends, whole
from tests.connectors.sources.aws.odd_estate import ESTATE, LAB, LONG, MANAGEMENT, REGION, SHOP, SHOP_NAME, STRANGER
from tests.emulators.aws import AwsEmulator

__all__ = ["ESTATE"]
LAMBDA = f"aws:{SHOP}:lambda:{REGION}"


def of(records: list[Record], kind: type) -> list[Any]:
    return [record for record in records if isinstance(record, kind)]


def links(records: list[Record], relation: Relation) -> set[tuple[str, str, Grade]]:
    found = (link for link in of(records, Link) if link.relation is relation)
    return {(link.source.name, link.target.name, link.grade) for link in found}


@pytest.fixture(scope="module")
def records(running: AwsEmulator) -> list[Record]:
    """One scan of everything, shared by the tests that only look."""
    return whole(running)


# ── Strange things ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_strange_names_arrive_as_they_are(records):
    names = {each.name for each in of(records, Workload)}
    assert {LONG, "rtl-\u202egpj.exe <b>", "box \u202e<i>"} <= names
    assert {each.account_name for each in of(records, Workload)} >= {SHOP_NAME}
    assert {end.state for end in ends(records).values()} == {ScopeState.COMPLETE}


def test_a_map_state_s_calls_are_found_and_its_text_is_not_kept(records):
    assert ("refund", "charge", Grade.GRANTED) in links(records, Relation.CALLS)
    told = {(each.source.name, each.destination) for each in of(records, Egress)}
    assert ("refund", "hooks.partner.example") in told
    assert ("tell-partner", "hooks.partner.example") in told
    assert "CANARY" not in repr(records)


def test_a_function_is_linked_to_the_queue_it_reads(records):
    assert ("charge", "orders", Grade.GRANTED) in links(records, Relation.USES_DATA)
    assert any(each.type == "SQS queue" and each.name == "orders" for each in of(records, Resource))


def test_bare_role_names_and_instance_profiles_are_looked_up(records):
    found = {
        (link.source.name, link.target.id): link.grade
        for link in of(records, Link)
        if link.relation is Relation.RUNS_AS
    }
    assert found["nightly", f"arn:aws:iam::{SHOP}:role/app/worker"] is Grade.GRANTED
    assert found["box \u202e<i>", f"arn:aws:iam::{SHOP}:role/app/machine"] is Grade.GRANTED


def test_a_group_s_policy_reaches_its_members_and_the_set_its_members(records):
    (edge,) = [each for each in of(records, Permission) if each.source.name == "reporting"]
    assert (edge.access, edge.target.name) == (Access.READ, "S3 buckets matching payroll-*")
    assert (edge.via, edge.grade) == ("inline policy inline on group analysts", Grade.GRANTED)
    (member,) = [link for link in of(records, Link) if link.source.id == edge.target.id]
    assert (member.relation, member.target.name, member.scope) == (
        Relation.CONTAINS,
        "payroll-2026",
        f"aws:{SHOP}:reach",
    )


def test_owners_are_told_once_wherever_they_are_named(records):
    (team,) = of(records, Owner)
    assert (team.id, team.name, team.scope) == (
        "team:finance platform",
        "Finance Platform",
        f"aws:{MANAGEMENT}:referenced",
    )
    assert ("Finance Platform", "reporting", Grade.GRANTED) in links(records, Relation.OWNS)


def test_every_kind_of_trust(records):
    found = links(records, Relation.CAN_ASSUME)
    provider = "token.actions.githubusercontent.com"
    assert {
        (provider, "deploy", Grade.CONDITIONAL),
        ("probe", "from-lab", Grade.GRANTED),
        (f"sync in AWS account {STRANGER} (outside the organization)", "partner", Grade.CONDITIONAL),
        ("any identity in lab", "any-of-lab", Grade.GRANTED),
        ("Anyone", "public", Grade.GRANTED),
    } <= found
    (subject,) = [each for each in of(records, Link) if each.target.name == "deploy" and each.source.name == provider]
    assert f"{provider}:sub = repo:acme-media/shop:*" in subject.conditions
    assert {each.name for each in of(records, Identity) if each.external} >= {"Anyone"}
    assert not any(each.external for each in of(records, Identity) if each.type == "OIDC provider")


def test_service_control_policies_take_away_what_they_deny_and_say_so(records):
    reached = {edge.target.name for edge in of(records, Permission) if edge.source.name == "reader"}
    assert reached == {"sqs in lab"}
    (reader,) = [each for each in of(records, Identity) if each.name == "reader"]
    taken = dict(reader.facts)["Taken away by service control policies"]
    assert taken == "inline policy inline, by service control policy no-data"
    (boss,) = [edge for edge in of(records, Permission) if edge.source.name == "boss"]
    assert (boss.access, boss.grade) == (Access.ADMIN, Grade.CONDITIONAL)
    assert "narrowed by a deny in service control policy no-data" in boss.conditions


def test_a_bucket_s_own_policy_lets_outsiders_in(records):
    (bucket,) = [each for each in of(records, Resource) if each.name == "shared-reports"]
    let_in = {
        (edge.source.name, edge.access, edge.grade, edge.conditions)
        for edge in of(records, Permission)
        if edge.target.id == bucket.id and edge.via == "policy of the bucket"
    }
    assert let_in == {
        (f"AWS account {STRANGER} (outside the organization)", Access.READ, Grade.GRANTED, ()),
        ("probe", Access.READ, Grade.CONDITIONAL, ("its own policies must allow it too",)),
    }


def test_a_queue_s_and_a_key_s_usual_policies_let_nobody_in_from_outside(records):
    assert {each.via for each in of(records, Permission) if each.source.name == "Anyone"} == set()


def test_a_function_s_address_is_a_door_that_what_others_send_arrives_at(records):
    (function,) = [each for each in of(records, Workload) if each.name == "webhook"]
    into = {link.via: link for link in of(records, Link) if link.target.id == function.id}
    assert (into["function URL"].source.kind, into["function URL"].grade) == ("egress", Grade.GRANTED)
    host = into["function URL"].source.id
    assert dict(function.facts)["Function URL"] == f"{host}, open to anyone"
    assert into["policy of the function"].source.name == "Anyone"


def test_what_leaves_through_the_network_is_told_with_the_way_it_takes(records):
    out = {(each.source.name, each.destination): each for each in of(records, Egress)}
    inside = out["inside", "internet"]
    assert inside.grade is Grade.GRANTED
    assert "routes to the NAT gateway nat-" in inside.evidence
    assert "lets it out to everywhere" in inside.evidence
    assert out["charge", "internet"].evidence.startswith("charge is not attached to a VPC")
    assert out["export", "internet"].grade is Grade.GRANTED
    assert out["export", "db.partner.example"].evidence == "A connection of the job leads to db.partner.example."
    assert ("nightly", "internet") in out


def test_what_aws_hosts_is_found_with_its_role_its_tools_and_where_it_talks_to(records):
    kinds = {each.name: (each.type, each.role) for each in of(records, Workload)}
    assert (kinds["concierge"], kinds["tools"]) == (("AgentCore runtime", "agent"), ("AgentCore gateway", "service"))
    assert (kinds["explore"], kinds["scores"]) == (("SageMaker notebook", "script"), ("SageMaker endpoint", "service"))
    acting = {source for source, role, _ in links(records, Relation.RUNS_AS) if role == "hosted"}
    assert acting == {"concierge", "clerk", "tools", "explore", "explore-freely", "scores"}
    out = {(each.source.name, each.destination): each for each in of(records, Egress)}
    assert "routes to the NAT gateway" in out["clerk", "internet"].evidence
    assert "routes to the NAT gateway" in out["explore", "internet"].evidence
    assert out["explore-freely", "internet"].evidence == "explore-freely has direct internet access."
    assert out["concierge", "internet"].grade is out["scores", "internet"].grade is Grade.GRANTED
    assert out["tools", "mcp.partner.example"].evidence == "A target of the gateway leads to mcp.partner.example."
    assert ("tools", "charge", Grade.GRANTED) in links(records, Relation.CALLS)
    (door,) = [each for each in of(records, Link) if each.via == "address of the gateway"]
    assert (door.source.kind, door.target.name) == ("egress", "tools")


def test_variables_tell_an_address_by_their_name_only(records):
    (function,) = [each for each in of(records, Workload) if each.name == "inside"]
    assert dict(function.facts)["Addresses in environment variables"] == "PARTNER_API_URL"


# ── What goes wrong ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_account_that_lets_nobody_in_is_told_in_a_sentence_and_the_others_are_read(aws, pull):
    aws.faults.add(do="deny", action="sts:AssumeRole", account=LAB)
    found = pull()
    end = ends(found)[f"aws:{LAB}:account"]
    assert end.state is ScopeState.DENIED
    assert end.missing == ("sts:AssumeRole",)
    assert end.error == (
        f"The role sv0-reader in lab ({LAB}) can't be assumed: it is missing, or its trust or ExternalId doesn't match."
    )
    assert ends(found)[LAMBDA].state is ScopeState.COMPLETE
    assert not any(scope.startswith(f"aws:{LAB}:") and scope != f"aws:{LAB}:account" for scope in ends(found))
    assert ends(found)[f"aws:{MANAGEMENT}:referenced"].state is ScopeState.FAILED


@pytest.mark.parametrize(
    ("fault", "state", "kind", "words"),
    [
        ("deny", ScopeState.DENIED, ErrorKind.CONFIG, "lambda:ListFunctions is refused, reading Lambda in"),
        ("throttle", ScopeState.THROTTLED, ErrorKind.TRANSIENT, "AWS kept slowing down lambda:ListFunctions"),
        ("expire", ScopeState.FAILED, ErrorKind.TRANSIENT, "The session expired"),
        ("break", ScopeState.FAILED, ErrorKind.TRANSIENT, "lambda:ListFunctions"),
        ("unavailable", ScopeState.FAILED, ErrorKind.TRANSIENT, "lambda:ListFunctions"),
        ("cut", ScopeState.FAILED, ErrorKind.TRANSIENT, "cut short"),
    ],
)
def test_trouble_ends_only_the_scope_it_is_met_in(aws, pull, fault, state, kind, words):
    aws.faults.add(do=fault, action="lambda:ListFunctions", account=SHOP)
    found = pull()
    end = ends(found)[LAMBDA]
    assert (end.state, end.error_kind) == (state, kind.value)
    assert words in (end.error or "")
    others = {scope: each.state for scope, each in ends(found).items() if each.state is not ScopeState.COMPLETE}
    assert others == {LAMBDA: state, f"aws:{MANAGEMENT}:referenced": ScopeState.FAILED}
    assert end.missing == (("lambda:ListFunctions",) if fault == "deny" else ())


def test_a_passing_slowdown_is_waited_out_and_counted(aws, pull):
    aws.faults.add(do="throttle", action="lambda:ListFunctions", account=SHOP, times=1)
    end = ends(pull())[LAMBDA]
    assert (end.state, end.retries) == (ScopeState.COMPLETE, 1)


@pytest.mark.parametrize(
    "action", ["iam:GetAccountAuthorizationDetails", "secretsmanager:ListSecrets", "s3:ListAllMyBuckets"]
)
def test_a_page_cut_in_half_never_passes_for_the_last_one(aws, pull, action):
    aws.faults.add(do="cut", action=action, account=SHOP, every=1)
    found = pull()
    scopes = {each.scope for each in ends(found).values() if each.state is ScopeState.FAILED}
    kind = "iam" if action.startswith("iam") else "data"
    assert any(scope.startswith(f"aws:{SHOP}:{kind}") for scope in scopes)
    assert f"aws:{SHOP}:reach" in scopes  # what the patterns mean isn't certain either


def test_without_iam_the_machines_are_read_and_their_roles_are_unknown(aws, pull):
    aws.faults.add(do="deny", action="iam:GetAccountAuthorizationDetails", account=SHOP)
    found = pull()
    assert ends(found)[f"aws:{SHOP}:iam"].missing == ("iam:GetAccountAuthorizationDetails",)
    assert ends(found)[f"aws:{SHOP}:ec2:{REGION}"].state is ScopeState.FAILED
    assert ends(found)[LAMBDA].state is ScopeState.COMPLETE
    (link,) = [each for each in of(found, Link) if each.source.name == "box \u202e<i>"]
    assert (link.grade, link.target.name) == (Grade.UNKNOWN, "differently-named")


def test_without_the_keys_permission_users_are_read_without_keys(aws, pull):
    aws.faults.add(do="deny", action="iam:GetAccessKeyLastUsed", account=SHOP)
    found = pull()
    (user,) = [each for each in of(found, Identity) if each.name == "reporting"]
    assert [each.usage for each in user.credentials] == [Usage.UNKNOWN]
    end = ends(found)[f"aws:{SHOP}:iam"]
    assert (end.state, end.missing) == (ScopeState.DENIED, ("iam:GetAccessKeyLastUsed",))


def test_without_the_networks_nobody_says_whether_they_let_something_out(aws, pull):
    aws.faults.add(do="deny", action="ec2:DescribeNatGateways", account=SHOP)
    found = pull()
    assert ends(found)[f"aws:{SHOP}:network:{REGION}"].missing == ("ec2:DescribeNatGateways",)
    assert ends(found)[LAMBDA].state is ScopeState.COMPLETE
    (inside,) = [each for each in of(found, Egress) if each.source.name == "inside"]
    assert (inside.grade, inside.evidence) == (Grade.UNKNOWN, "The network it is attached to was not read.")


def test_without_what_identities_used_they_are_known_all_the_same(aws, pull):
    aws.faults.add(do="deny", action="iam:GenerateServiceLastAccessedDetails", account=SHOP)
    found = pull()
    others = {scope: each.missing for scope, each in ends(found).items() if each.state is not ScopeState.COMPLETE}
    assert others == {f"aws:{SHOP}:usage": ("iam:GenerateServiceLastAccessedDetails",)}
    asked = [each for each in aws.log.entries if each.account == SHOP and each.operation.startswith("GenerateService")]
    assert len(asked) == 1


def test_without_tags_things_are_read_and_the_scope_says_so(aws, pull):
    aws.faults.add(do="deny", action="tag:GetResources", account=SHOP)
    found = pull()
    assert ends(found)[LAMBDA].missing == ("tag:GetResources",)
    assert "charge" in {each.name for each in of(found, Workload)}


def test_one_bucket_without_tags_does_not_hide_the_others(aws, pull):
    aws.faults.add(do="deny", action="s3:GetBucketTagging", account=SHOP, times=1)
    found = pull()
    assert ends(found)[f"aws:{SHOP}:data"].state is ScopeState.DENIED
    assert {"payroll-2026", "assets"} <= {each.name for each in of(found, Resource)}


def test_without_the_organization_its_own_account_is_read_and_nobody_is_called_a_stranger(aws, pull):
    aws.faults.add(do="deny", action="organizations:ListAccounts")
    found = pull()
    assert ends(found)[f"aws:{MANAGEMENT}:organization"].missing == ("organizations:ListAccounts",)
    assert ends(found)[f"aws:{MANAGEMENT}:iam"].state is ScopeState.COMPLETE
    assert not any(each.external for each in of(found, Identity))


def test_without_the_service_control_policies_every_grant_below_them_says_so(aws, pull):
    aws.faults.add(do="deny", action="organizations:DescribePolicy")
    found = pull()
    assert ends(found)[f"aws:{MANAGEMENT}:guardrails"].missing == ("organizations:DescribePolicy",)
    assert ends(found)[f"aws:{MANAGEMENT}:organization"].state is ScopeState.COMPLETE
    below = [each for each in of(found, Permission) if each.scope == f"aws:{SHOP}:iam"]
    assert below
    assert all("service control policies not read" in each.conditions for each in below)
    assert not any(each.grade is Grade.GRANTED for each in below)
    above = [each for each in of(found, Permission) if each.scope == f"aws:{MANAGEMENT}:iam"]
    assert not any("service control policies not read" in each.conditions for each in above)


def test_without_identity_center_who_signs_in_is_not_certain_and_the_rest_is(aws, pull):
    aws.faults.add(do="deny", action="sso:ListInstances")
    found = pull()
    others = {scope: each.state for scope, each in ends(found).items() if each.state is not ScopeState.COMPLETE}
    assert others.pop(f"aws:{MANAGEMENT}:identity-center") is ScopeState.DENIED
    assert {scope.rsplit(":", 1)[1] for scope in others} == {"sign-ins"}


def test_without_the_units_accounts_are_read_without_their_place(aws, pull):
    aws.faults.add(do="deny", action="organizations:ListRoots")
    found = pull()
    assert ends(found)[f"aws:{MANAGEMENT}:organization"].state is ScopeState.DENIED
    assert ends(found)[LAMBDA].state is ScopeState.COMPLETE


def test_a_region_that_does_not_exist_is_named_and_the_others_are_read(pull):
    found = pull(regions=["eu-wset-1", REGION])
    end = ends(found)[f"aws:{MANAGEMENT}:region:eu-wset-1"]
    assert (end.state, end.error_kind) == (ScopeState.FAILED, "config")
    assert "eu-wset-1" in (end.error or "")
    assert ends(found)[LAMBDA].state is ScopeState.COMPLETE
    assert not any("eu-wset-1" in scope and "region" not in scope for scope in ends(found))


def test_a_region_that_is_switched_off_is_passed_over(pull):
    found = pull(regions=["me-south-1"])
    end = ends(found)[f"aws:{SHOP}:lambda:me-south-1"]
    assert (end.state, end.error) == (ScopeState.SKIPPED, f"The region me-south-1 is switched off in {SHOP_NAME}.")


def test_without_regions_the_enabled_ones_are_read(pull):
    assert ends(pull(regions=[]))[LAMBDA].state is ScopeState.COMPLETE


def test_half_an_answer_to_the_member_role_ends_that_account_only(aws, pull):
    aws.faults.add(do="cut", action="sts:AssumeRole", account=LAB)
    found = pull()
    end = ends(found)[f"aws:{LAB}:account"]
    assert (end.state, end.error_kind) == (ScopeState.FAILED, "transient")
    assert ends(found)[LAMBDA].state is ScopeState.COMPLETE
