"""Who can act as whom, and reach what? Whole-tenant and one-page answers are the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from itertools import pairwise

import pytest

from connectors.inventory import graph, surroundings
from connectors.inventory.graph import Path
from connectors.inventory.read import Inventory
from connectors.inventory.records import Access, Domain, Egress, Grade, Identity, Record, Relation, Workload
from connectors.models import Connection, Scan
from tests.connectors.scanning import run
from tests.connectors.scripted import bucket, function, link, may, ref, role, scope
from tests.factories import NOW

CUSTOMER = Domain(name="customer", because="its name says so")
EXPORT = function("export")
ADMIN = role("Admin", within="111111111111:iam")
CALLER = role("Caller", within="111111111111:iam")
NEAR = role("Near", within="111111111111:iam")
FAR = role("Far", within="222222222222:iam")
DATA = bucket("customer-data", domains=(CUSTOMER,))
ALL = bucket("every bucket")
PLAIN = bucket("logs")
ANYONE = role("Anyone", id="aws:anyone", type="anyone", account_id=None, account_name=None, external=True)


def account(number: str, **fields) -> Identity:
    arn = f"arn:aws:iam::{number}:root"
    return role("account", id=arn, type="AWS account principal", account_id=number, **fields)


def trust(principal: Identity, target: Identity, **fields):
    return link(Relation.CAN_ASSUME, principal, target, via=f"trust policy of {target.name}", **fields)


def told(paths: list[Path]) -> dict[str, Grade]:
    return {path.line: path.grade for path in paths}


def scan(connection: Connection, *records) -> Scan:
    """Exactly these records are there afterwards."""
    return run(connection, scope("prod:iam", *(replace(record, scope="prod:iam") for record in records)))


def reach(connection: Connection, start: Identity | Workload, *records) -> dict[str, Grade]:
    """What can be reached, by both ways of walking."""
    scan(connection, start, *records)
    page = graph.paths_from(connection.tenant, start.id).paths
    assert Inventory(connection.tenant, now=NOW).paths_from(start.id) == page
    return told(page)


def becomes(connection: Connection, caller: Identity, target: Identity, *halves) -> Grade | None:
    """How surely the caller becomes the target, which may read customer data; backwards and forwards."""
    grade = reach(connection, caller, target, DATA, may(target, Access.READ, DATA), *halves).get(
        f"{caller.name} → {target.name} → customer-data"
    )
    back = told(graph.paths_to(connection.tenant, DATA.id).paths)
    assert back.get(f"{caller.name} → {target.name} → customer-data") == grade
    return grade


def test_a_workload_reaches_what_its_identity_may(connection: Connection):
    records = [ADMIN, DATA, PLAIN, link(Relation.RUNS_AS, EXPORT, ADMIN), may(ADMIN, Access.READ, DATA)]
    found = reach(connection, EXPORT, *records, may(ADMIN, Access.WRITE, PLAIN))
    assert found == {"export → Admin → customer-data": Grade.GRANTED}


def test_authority_and_egress_are_worth_reaching(connection: Connection):
    out = Egress(source=ref(EXPORT), destination="internet", scope="prod:iam", evidence="no VPC")
    found = reach(
        connection, EXPORT, ADMIN, PLAIN, out, link(Relation.RUNS_AS, EXPORT, ADMIN), may(ADMIN, Access.ADMIN, PLAIN)
    )
    assert found == {"export → internet": Grade.GRANTED, "export → Admin → logs": Grade.GRANTED}


def test_a_permission_on_a_set_is_one_on_what_it_contains(connection: Connection):
    contains = link(Relation.CONTAINS, ALL, DATA)
    found = reach(connection, ADMIN, DATA, ALL, contains, may(ADMIN, Access.READ, ALL, grade=Grade.CONDITIONAL))
    assert found == {"Admin → every bucket → customer-data": Grade.CONDITIONAL}


def test_authority_over_an_identity_is_not_becoming_it(connection: Connection):
    found = reach(connection, CALLER, ADMIN, DATA, may(CALLER, Access.ADMIN, ADMIN), may(ADMIN, Access.READ, DATA))
    assert found == {"Caller → Admin": Grade.GRANTED}


def test_the_surest_way_is_told_even_when_it_is_longer(connection: Connection):
    short = may(CALLER, Access.READ, DATA, grade=Grade.UNKNOWN)
    found = reach(connection, CALLER, NEAR, DATA, short, trust(CALLER, NEAR), may(NEAR, Access.READ, DATA))
    assert found == {"Caller → Near → customer-data": Grade.GRANTED}


def test_circles_end_and_far_things_are_out_of_reach(connection: Connection):
    chain = [role(f"r{number}", within="111111111111:iam") for number in range(10)]
    hops = [trust(one, other) for one, other in pairwise(chain)]
    records = [*chain[1:], DATA, *hops, trust(chain[3], chain[0]), may(chain[7], Access.READ, DATA)]
    assert list(reach(connection, chain[0], *records)) == [
        "r0 → r1 → r2 → r3 → r4 → r5 → r6 → r7 → customer-data",
    ]
    scan(connection, *chain, DATA, *hops, may(chain[8], Access.READ, DATA))
    assert graph.paths_from(connection.tenant, chain[0].id).paths == []


# ── Becoming somebody ───────────────────────────────────────────────────────────────────────────────────────────────


def test_within_an_account_trust_that_names_the_caller_suffices(connection: Connection):
    assert becomes(connection, CALLER, NEAR, trust(CALLER, NEAR)) is Grade.GRANTED


@pytest.mark.parametrize("target", [NEAR, FAR], ids=["same account", "another account"])
def test_its_own_half_alone_is_unknown(connection: Connection, target: Identity):
    assert becomes(connection, CALLER, target, may(CALLER, Access.ASSUME, target)) is Grade.UNKNOWN


@pytest.mark.parametrize("target", [NEAR, FAR], ids=["same account", "another account"])
def test_trust_in_the_account_needs_the_callers_permission(connection: Connection, target: Identity):
    principal = account("111111111111")
    trusted = [principal, trust(principal, target)]
    assert becomes(connection, CALLER, target, *trusted) is None
    assert becomes(connection, CALLER, target, *trusted, may(CALLER, Access.ASSUME, target)) is Grade.GRANTED


def test_trust_in_another_account_is_not_trust_in_this_one(connection: Connection):
    principal = account("333333333333")
    halves = [principal, trust(principal, FAR), may(CALLER, Access.ASSUME, FAR)]
    assert becomes(connection, CALLER, FAR, *halves) is None


def test_across_accounts_both_halves_are_needed(connection: Connection):
    assert becomes(connection, CALLER, FAR, trust(CALLER, FAR)) is None
    both = [trust(CALLER, FAR), may(CALLER, Access.ASSUME, FAR)]
    assert becomes(connection, CALLER, FAR, *both) is Grade.GRANTED


def test_a_condition_on_either_half_is_a_condition(connection: Connection):
    guarded = {"grade": Grade.CONDITIONAL, "conditions": ("sts:ExternalId",)}
    for halves in (
        [trust(CALLER, FAR, **guarded), may(CALLER, Access.ASSUME, FAR)],
        [trust(CALLER, FAR), may(CALLER, Access.ASSUME, FAR, **guarded)],
    ):
        assert becomes(connection, CALLER, FAR, *halves) is Grade.CONDITIONAL


def test_anyone_may_walk_in_where_anyone_is_trusted(connection: Connection):
    assert becomes(connection, ANYONE, FAR, trust(ANYONE, FAR)) is Grade.GRANTED
    halves = [ANYONE, trust(ANYONE, FAR), may(CALLER, Access.ASSUME, FAR)]
    assert becomes(connection, CALLER, FAR, *halves) is Grade.GRANTED
    assert becomes(connection, CALLER, FAR, ANYONE, trust(ANYONE, FAR)) is None


def test_an_outsiders_own_half_is_unknown(connection: Connection):
    outsider = account("999999999999", external=True)
    assert becomes(connection, outsider, FAR, trust(outsider, FAR)) is Grade.UNKNOWN


def test_a_federated_subject_needs_no_permission(connection: Connection):
    provider = replace(role("token.actions.example"), type="OIDC provider", account_id=FAR.account_id)
    told = trust(provider, FAR, grade=Grade.CONDITIONAL, conditions=("sub = repo:acme/app",))
    assert becomes(connection, provider, FAR, told) is Grade.CONDITIONAL


def test_becoming_by_two_halves_is_one_hop_with_the_evidence_of_both(connection: Connection):
    guarded = trust(CALLER, FAR, grade=Grade.CONDITIONAL, conditions=("sts:ExternalId",))
    becomes(connection, CALLER, FAR, guarded, may(CALLER, Access.ASSUME, FAR, actions=("sts:AssumeRole",)))
    (path,) = graph.paths_from(connection.tenant, CALLER.id).paths
    hop = path.hops[0]
    assert (hop.relation, hop.access, hop.actions) == ("can_assume", Access.ASSUME, ("sts:AssumeRole",))
    assert hop.via == "policy export; trust policy of Far"
    assert hop.sentence == "IAM role Caller can assume Far if the request carries sts:ExternalId."


# ── Edges, sentences, bounds ────────────────────────────────────────────────────────────────────────────────────────


def test_who_reaches_an_object_is_told_from_every_actor(connection: Connection):
    records = [EXPORT, ADMIN, DATA, ALL, link(Relation.RUNS_AS, EXPORT, ADMIN), link(Relation.CONTAINS, ALL, DATA)]
    scan(connection, *records, may(ADMIN, Access.READ, ALL))
    assert [path.line for path in graph.paths_to(connection.tenant, DATA.id).paths] == [
        "Admin → every bucket → customer-data",
        "export → Admin → every bucket → customer-data",
    ]


def test_edges_carry_their_evidence(connection: Connection):
    done = scan(connection, EXPORT, ADMIN, DATA, may(ADMIN, Access.READ, DATA))
    (hop,) = graph.edges_from(connection.tenant, ADMIN.id)
    assert Inventory(connection.tenant, now=NOW).edges_from(ADMIN.id, "permission") == [hop]
    assert graph.edges_to(connection.tenant, DATA.id, "permission") == [hop]
    assert graph.edges_to(connection.tenant, DATA.id, "owns") == []
    assert (hop.scan, hop.first_seen, hop.last_seen) == (str(done.pk), done.started_at, done.started_at)
    assert hop.first_seen.tzinfo is UTC
    assert (hop.target_domains, hop.target_account, hop.scope) == (("customer",), "prod", "prod:iam")
    assert hop.sentence == "IAM role Admin can read S3 bucket customer-data."


def test_what_is_gone_is_walked_no_more(connection: Connection):
    assert reach(connection, ADMIN, DATA, may(ADMIN, Access.READ, DATA))
    assert reach(connection, ADMIN, DATA) == {}


def test_another_tenants_edges_are_not_walked(connection: Connection, other_tenant):
    reach(connection, ADMIN, DATA, may(ADMIN, Access.READ, DATA))
    assert graph.paths_from(other_tenant, ADMIN.id).paths == graph.paths_to(other_tenant, DATA.id).paths == []
    assert Inventory(other_tenant, now=NOW).paths_from(ADMIN.id) == []


def test_a_page_fetches_no_more_edges_than_it_may(connection: Connection, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(surroundings, "MOST_EDGES", 3)
    buckets = [bucket(f"customer-{number}", domains=(CUSTOMER,)) for number in range(5)]
    scan(connection, ADMIN, *buckets, *(may(ADMIN, Access.READ, each) for each in buckets))
    found = graph.paths_from(connection.tenant, ADMIN.id)
    assert (len(found.paths), found.whole) == (3, False)
    assert len(Inventory(connection.tenant, now=NOW).paths_from(ADMIN.id)) == 5


# ── Several systems ─────────────────────────────────────────────────────────────────────────────────────────────────

ISSUER = "token.actions.githubusercontent.com"
PROVIDER = role(
    ISSUER, within="111111111111:iam", id=f"arn:aws:iam::111111111111:oidc-provider/{ISSUER}", type="OIDC provider"
)
PIPELINE = function("acme/app", id="github:acme/app", type="GitHub workflow", system="github", account_id="acme")
SUBJECT = role("acme/app on main", id="github:acme/app:main", type="GitHub subject", system="github", account_id="acme")
FLOW = function("Joiner flow", id="servicenow:flow", type="Flow", system="servicenow", account_id="acme-snow")
APP = role("joiner-app", id="entra:joiner", type="Service principal", system="entra", account_id="entra-tenant")


def vouched(*claims: str):
    return link(Relation.CAN_ASSUME, SUBJECT, PROVIDER, conditions=claims)


def asked(*conditions: str):
    narrowed = {"grade": Grade.CONDITIONAL, "conditions": conditions} if conditions else {}
    return trust(PROVIDER, NEAR, **narrowed)


@pytest.mark.parametrize(
    ("claims", "conditions", "grade"),
    [
        (("sub = repo:acme/app:ref:refs/heads/main",), (f"{ISSUER}:sub = repo:acme/app:*",), Grade.GRANTED),
        (("sub = repo:acme/app:ref:refs/heads/main",), (f"{ISSUER}:sub = repo:acme/other:*",), None),
        (("sub = repo:acme/app:*",), (f"{ISSUER}:sub = repo:acme/app:ref:refs/heads/main",), Grade.CONDITIONAL),
        (("sub = repo:acme/app:*",), (f"{ISSUER}:sub = repo:acme/other",), None),
        (("sub = a",), (f"{ISSUER}:sub = a", f"{ISSUER}:aud = sts.amazonaws.com"), Grade.CONDITIONAL),
        (("sub = a", "aud = sts"), (f"{ISSUER}:sub = a", f"{ISSUER}:aud = sts"), Grade.GRANTED),
        (("sub = a",), (f"{ISSUER}:sub = a", f"{ISSUER}:sub = b"), Grade.CONDITIONAL),
        (("sub = a",), (f"{ISSUER}:sub is not b",), Grade.CONDITIONAL),
        (("sub = a",), (f"{ISSUER}:sub = a", "aws:SourceIp"), Grade.CONDITIONAL),
        (("sub = a",), (), Grade.GRANTED),
        ((), (f"{ISSUER}:sub = a",), Grade.CONDITIONAL),
    ],
)
def test_a_provider_lets_in_whom_it_vouches_for(
    connection: Connection, claims: tuple[str, ...], conditions: tuple[str, ...], grade: Grade | None
):
    assert becomes(connection, SUBJECT, NEAR, PROVIDER, vouched(*claims), asked(*conditions)) is grade


def test_a_pipeline_reaches_a_cloud_through_one_hop_of_federation(connection: Connection):
    edges = [vouched("sub = repo:acme/app"), asked(f"{ISSUER}:sub = repo:acme/*"), may(NEAR, Access.READ, DATA)]
    scan(connection, PIPELINE, SUBJECT, PROVIDER, NEAR, DATA, link(Relation.RUNS_AS, PIPELINE, SUBJECT), *edges)
    found = graph.paths_from(connection.tenant, PIPELINE.id).paths
    assert [path.line for path in found] == [
        "acme/app → acme/app on main → Near",
        "acme/app → acme/app on main → Near → customer-data",
    ]
    hop = found[0].hops[-1]
    assert (hop.relation, hop.source.id) == ("can_assume", SUBJECT.id)
    assert (hop.source_system, hop.target_system) == ("github", "aws")
    assert hop.via == "trust policy of Near"
    assert hop.conditions == (f"{ISSUER}:sub = repo:acme/*", "sub = repo:acme/app")


def test_another_systems_identity_needs_nothing_but_trust_that_names_it(connection: Connection):
    assert becomes(connection, APP, FAR, trust(APP, FAR)) is Grade.GRANTED
    assert becomes(connection, NEAR, replace(APP, name="App"), trust(NEAR, APP)) is Grade.GRANTED


def test_a_call_leads_on_only_under_conditions_and_not_for_rules(connection: Connection):
    caller = role("integration", id="snow:user", system="servicenow", account_id="acme-snow")
    records = [caller, EXPORT, APP, FAR, DATA, link(Relation.RUNS_AS, FLOW, caller), link(Relation.CALLS, FLOW, EXPORT)]
    records += [link(Relation.RUNS_AS, EXPORT, APP), trust(APP, FAR), may(FAR, Access.READ, DATA)]
    scan(connection, FLOW, *records)
    (path,) = [each for each in graph.paths_from(connection.tenant, FLOW.id).paths if each.hops[-1].target_domains]
    assert (path.line, path.grade) == ("Joiner flow → export → joiner-app → Far → customer-data", Grade.CONDITIONAL)
    called = "Joiner flow calls Lambda function export"
    assert path.hops[0].sentence == f"{called} (only as far as the called one does it for whoever calls)."
    assert Inventory(connection.tenant, now=NOW).paths_from(FLOW.id) == []


# ── Forbidden, and allowed by a pattern ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("bar", "grade"), [(Grade.GRANTED, None), (Grade.CONDITIONAL, Grade.CONDITIONAL)])
def test_what_its_own_policies_forbid_it_does_not_become(connection: Connection, bar: Grade, grade: Grade | None):
    any_role = bucket("any role", id="aws:111111111111:set:arn:*", pattern="arn:111111111111:role/*")
    for target in (NEAR, any_role):
        barred = link(Relation.BARRED, CALLER, target, grade=bar)
        assert becomes(connection, CALLER, NEAR, any_role, trust(CALLER, NEAR), barred) is grade
    elsewhere = replace(any_role, pattern="arn:222222222222:role/*")
    barred = link(Relation.BARRED, CALLER, elsewhere, grade=bar)
    assert becomes(connection, CALLER, NEAR, elsewhere, trust(CALLER, NEAR), barred) is Grade.GRANTED


@pytest.mark.parametrize("trusted", ["caller", "account"])
def test_a_pattern_allows_what_it_matches_in_any_account(connection: Connection, trusted: str):
    caller = role("Caller", id="arn:aws:iam::111111111111:role/Caller", account_id="111111111111")
    far = role("Deploy-far", id="arn:aws:iam::222222222222:role/Deploy-far", account_id="222222222222")
    principal = caller if trusted == "caller" else account("111111111111")
    for pattern, grade in (("arn:aws:iam::*:role/Deploy-*", Grade.GRANTED), ("arn:aws:iam::*:role/Read-*", None)):
        matching = bucket("roles", id=f"aws:111111111111:set:{pattern}", pattern=pattern)
        halves: list[Record] = [principal] if principal != caller else []
        halves += [matching, trust(principal, far), may(caller, Access.ASSUME, matching)]
        assert becomes(connection, caller, far, *halves) is grade
