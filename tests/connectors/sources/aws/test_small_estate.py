"""Does the source find what the small estate's author says is true of it?"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable
from typing import Any

import pytest

from connectors import stream
from connectors.inventory.classification import classify
from connectors.inventory.records import (
    Access,
    AliasKind,
    Grade,
    Identity,
    Link,
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
from connectors.source import Pull
from connectors.sources.aws import source
from connectors.sources.aws.permissions import CALLS
from tests.connectors.sources.aws.conftest import NOW, ends, whole
from tests.emulators.aws import AwsEmulator, small_estate
from tests.emulators.aws.small_estate import ANALYTICS, ESTATE, MANAGEMENT, ORDERS, RETIRED

__all__ = ["ESTATE"]
TOOL = "tool of the agent"
TRUTH = small_estate.GROUND_TRUTH
KINDS = {
    "Lambda function": "function",
    "ECS service": "ecs-service",
    "ECS task": "ecs-task",
    "EventBridge schedule": "schedule",
    "EventBridge rule": "rule",
    "CodeBuild project": "build-project",
    "Glue job": "glue-job",
    "Step Functions state machine": "state-machine",
    "EC2 instance": "instance",
    "Bedrock agent": "agent",
    "IAM role": "role",
    "IAM user": "user",
}


@pytest.fixture(scope="module")
def records(running: AwsEmulator) -> list[Record]:
    """One scan of everything, shared by the tests that only look."""
    return whole(running, regions=list(ESTATE.regions))


def place(record: Workload | Identity) -> str:
    """The estate's word for an object: "orders/function/order-api"."""
    return f"{record.account_name}/{KINDS[record.type]}/{record.name}"


def of(records: Iterable[Record], kind: type) -> list[Any]:
    return [record for record in records if isinstance(record, kind)]


def named(records: list[Record]) -> dict[str, str]:
    objects = (*of(records, Workload), *of(records, Identity))
    return {each.id: place(each) for each in objects if each.type in KINDS}


def test_every_workload_is_found_with_the_role_it_runs_as(records):
    places = named(records)
    links = [link for link in of(records, Link) if link.relation is Relation.RUNS_AS and link.via != "execution role"]
    execution = [link for link in of(records, Link) if link.via == "execution role" and ":ecs:" not in link.source.id]
    assert {places[link.source.id]: places[link.target.id] for link in (*links, *execution)} == TRUTH.runs_as
    assert {places[each.id] for each in of(records, Workload)} == set(TRUTH.runs_as)


def test_administrators_are_who_the_author_says(records):
    places = named(records)
    admins = {
        places[edge.source.id]
        for edge in of(records, Permission)
        if edge.access is Access.ADMIN and edge.target.id.startswith("aws:account:") and edge.grade is Grade.GRANTED
    }
    assert admins == TRUTH.administrators


def test_every_scope_is_started_once_ended_once_and_holds_its_records(records):
    open_: set[str] = set()
    closed: set[str] = set()
    for record in records:
        if isinstance(record, ScopeStarted):
            assert record.scope not in open_ | closed
            open_.add(record.scope)
        elif isinstance(record, ScopeEnded):
            open_.remove(record.scope)
            closed.add(record.scope)
        else:
            assert record.scope in open_
    assert open_ == set()


def test_every_object_has_one_scope_and_every_edge_is_told_once(records):
    objects = Counter(each.id for each in of(records, (Workload, Identity, Resource)))  # type: ignore[arg-type]
    assert [id_ for id_, times in objects.items() if times > 1] == []
    edges = Counter(
        (type(edge).__name__, getattr(edge, "relation", None) or edge.access, edge.source.id, edge.target.id)
        for edge in (*of(records, Link), *of(records, Permission))
    )
    assert [edge for edge, times in edges.items() if times > 1] == []


def test_a_closed_account_is_named_and_passed_over(records):
    end = ends(records)[f"aws:{RETIRED}:account"]
    assert end.state is ScopeState.SKIPPED
    assert end.error == f"retired ({RETIRED}) is suspended and was not read."
    assert not any(end.state not in {ScopeState.COMPLETE, ScopeState.SKIPPED} for end in ends(records).values())


def test_an_account_says_where_in_the_organization_it_stands(records):
    orders = next(each for each in of(records, Resource) if each.id == f"aws:account:{ORDERS}")
    assert dict(orders.tags)["organizational unit"] == "Root/Workloads/Production"


def test_whom_roles_trust_and_on_which_condition(records):
    doors = {
        link.target.name: (link.source.name, link.grade, link.conditions)
        for link in of(records, Link)
        if link.relation is Relation.CAN_ASSUME
        and link.scope == f"aws:{ORDERS}:iam"
        and link.target.name != "sv0-reader"
    }
    outside = f"AWS account {small_estate.STRANGER} (outside the organization)"
    assert doors["partner-sync"] == (outside, Grade.GRANTED, ())
    assert doors["partner-billing"] == (outside, Grade.CONDITIONAL, ("sts:ExternalId",))
    assert doors["public-status"] == ("Anyone", Grade.GRANTED, ())
    assert doors["org-wide-read"] == ("Anyone", Grade.CONDITIONAL, ("aws:PrincipalOrgID",))
    assert doors["analytics-read"] == ("any identity in analytics", Grade.GRANTED, ())
    strangers = {each.id for each in of(records, Identity) if each.external}
    assert f"arn:aws:iam::{small_estate.STRANGER}:root" in strangers
    assert f"arn:aws:iam::{ANALYTICS}:root" not in strangers


def test_keys_tell_their_age_and_whether_anyone_uses_them(records):
    users = {each.name: each for each in of(records, Identity) if each.type == "IAM user" and not each.external}
    (alice,) = users["alice-laptop"].credentials
    assert (alice.kind, alice.usage, alice.last_used_at, alice.enabled) == ("access key", Usage.NEVER, None, True)
    assert users["alice-laptop"].usage is Usage.UNKNOWN  # she may sign in with a password
    assert users["locked-bot"].credentials[0].enabled is False
    assert users["ci-bot"].usage is Usage.USED
    assert users["ci-bot"].last_used_at == users["ci-bot"].credentials[0].last_used_at


def test_roles_tell_when_they_were_used_and_whose_they_are(records):
    roles = {each.name: each for each in of(records, Identity) if each.type == "IAM role"}
    assert roles["archive-export"].usage is Usage.NEVER
    assert roles["order-api"].usage is Usage.USED
    assert roles["AWSServiceRoleForECS"].provider_managed
    assert roles["AWSReservedSSO_Administrator_5d0c3f8a1b2e4c6d"].human
    assert roles["order-api"].provider_id.startswith("AROA")
    assert ("Trusted services", "lambda.amazonaws.com") in roles["order-api"].facts


def test_what_is_granted_and_never_used_is_told_of_identities_that_are_in_use(records):
    never = {each.name: dict(each.facts).get("Granted and never used") for each in of(records, Identity)}
    assert never["nightly-export"] == "s3"
    assert never["order-api"] is None
    assert never["archive-export"] is None  # never used at all, which is told of it already


def test_data_explains_its_domain_and_what_reaches_it(records):
    (staff,) = [each for each in of(records, Resource) if each.name == "acme-people-data"]
    assert [(each.name, each.because) for each in classify(staff).domains] == [("hr", "tag data-domain = hr")]
    readers = {edge.source.name for edge in of(records, Permission) if edge.target.id == staff.id}
    assert {"hr-report", "people-assistant"} <= readers
    base = next(each for each in of(records, Resource) if each.type == "Bedrock knowledge base")
    assert any(link.source.id == base.id and link.target.id == staff.id for link in of(records, Link))


def test_an_agent_s_tools_are_named_and_the_functions_behind_them_called(records):
    (agent,) = [each for each in of(records, Workload) if each.type == "Bedrock agent"]
    assert dict(agent.facts)["Tools"] == "answers (by a function)"
    called = {link.target.name for link in of(records, Link) if link.source.id == agent.id and link.via == TOOL}
    assert called == {"people-answers"}


def test_whom_identity_center_lets_become_a_permission_set_s_role(records):
    role = "AWSReservedSSO_Administrator_5d0c3f8a1b2e4c6d"
    into = [
        link for link in of(records, Link) if link.target.name == role and link.via == "permission set Administrator"
    ]
    assert {(link.source.name, link.grade, link.scope) for link in into} == {
        ("platform-team", Grade.GRANTED, f"aws:{ORDERS}:sign-ins"),
        ("alice", Grade.GRANTED, f"aws:{ORDERS}:sign-ins"),
    }
    people = {each.name: each for each in of(records, Identity) if each.type.startswith("Identity Center")}
    assert people["platform-team"].type == "Identity Center group"
    assert [(each.kind, each.value) for each in people["alice"].aliases] == [(AliasKind.EMAIL, small_estate.ALICE)]
    assert people["alice"].account_id is None  # a role's trust in it suffices, in whichever account


def test_times_are_utc(records):
    moments = [each.created_at for each in of(records, (Workload, Identity, Resource)) if each.created_at]  # type: ignore[arg-type]
    assert moments
    assert {str(each.tzinfo) for each in moments} == {"UTC"}


def test_nothing_that_is_content_comes_along(records):
    assert "CANARY" not in repr(records)


def test_a_second_scan_says_the_same(records, pull):
    again = pull(regions=list(ESTATE.regions))
    assert {repr(each) for each in again} == {repr(each) for each in records}


def test_the_calls_are_exactly_those_that_are_declared(aws, pull, settings):
    pull()
    read = set(aws.log.iam_actions())
    source.check(settings=settings)
    declared = {call.action for call in CALLS}
    assert read <= declared
    assert aws.log.iam_actions() == declared
    assert {permission.name for permission in source.permissions} == declared


# ── While it runs ───────────────────────────────────────────────────────────────────────────────────────────────────


def readers() -> list[str]:
    return [
        thread.name
        for thread in threading.enumerate()
        if thread.name.startswith("aws-") and "emulator" not in thread.name
    ]


def test_records_come_before_the_last_page_and_closing_ends_the_threads(aws, settings, monkeypatch):
    monkeypatch.setattr(stream, "WAITING", 5)
    pulling = source.pull(Pull(settings=settings, now=NOW))
    for _ in range(20):
        next(pulling)
    whole = 200  # calls that the whole scan takes, at the least
    assert len(aws.log.entries) < whole / 2
    assert readers()
    pulling.close()  # type: ignore[attr-defined]
    assert readers() == []


def test_a_cancelled_scan_says_so_in_every_scope_that_was_left(aws, settings):
    found = list(source.pull(Pull(settings=settings, now=NOW, cancelled=lambda: True)))
    states = {end.state for end in ends(found).values()}
    assert ScopeState.CANCELLED in states
    assert ends(found)[f"aws:{MANAGEMENT}:referenced"].state is ScopeState.CANCELLED
    started = [each.scope for each in found if isinstance(each, ScopeStarted)]
    assert sorted(started) == sorted(ends(found))


def test_a_resumed_scan_leaves_out_what_is_done_and_still_knows_it(pull):
    whole = pull()
    done = frozenset(
        {f"aws:{ORDERS}:iam", f"aws:{ORDERS}:data", f"aws:{ANALYTICS}:iam", f"aws:{MANAGEMENT}:organization"}
    )
    rest = pull(done=done)
    assert {each.scope for each in rest}.isdisjoint(done)
    assert {repr(each) for each in rest} == {repr(each) for each in whole if each.scope not in done}


def test_a_resumed_scan_does_not_call_for_accounts_that_are_done(aws, pull):
    whole = pull()
    done = frozenset(scope for scope, end in ends(whole).items() if end.state is ScopeState.COMPLETE)
    aws.log.clear()
    rest = pull(done=done)
    assert "lambda:ListFunctions" not in aws.log.iam_actions()
    assert {each.scope for each in rest} == set(ends(whole)) - done
