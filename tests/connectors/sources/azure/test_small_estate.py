"""Does the source find what the small estate's author wrote down?"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Generator, Iterable
from typing import Any

import pytest

from connectors import stream
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
    Workload,
)
from connectors.source import Pull
from connectors.sources.azure import source
from connectors.sources.azure.access import ACTIVATED
from connectors.sources.azure.permissions import custom_role
from tests.connectors.sources.azure.conftest import NOW, SETTINGS, Emulated, Pulling, whole
from tests.emulators.microsoft.acme import TENANT, guid
from tests.emulators.microsoft.arm_acme import ACME, LANDING, PLATFORM, PRODUCTION, ROOT, SANDBOX

FINANCE = f"{PRODUCTION.path}/resourcegroups/rg-finance"
MEDIA = f"{PRODUCTION.path}/resourcegroups/rg-media"
VAULT = f"{FINANCE}/providers/microsoft.keyvault/vaults/kv-finance"


@pytest.fixture(scope="module")
def records(running: Emulated) -> list[Record]:
    """One scan of everything, shared by the tests that only look."""
    running.restore()
    return whole(running)


def of(records: Iterable[Record], kind: Any) -> list[Any]:
    return [record for record in records if isinstance(record, kind)]


def links(records: list[Record], relation: Relation) -> list[Link]:
    return [link for link in of(records, Link) if link.relation is relation]


def held(records: list[Record], name: str) -> dict[tuple[str, str], Permission]:
    """Of one principal: (access, name of what it is held on) → the edge."""
    return {(each.access.value, each.target.name): each for each in of(records, Permission) if each.source.name == name}


# ── Whole ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_scope_is_started_once_ended_complete_and_holds_its_records(records):
    open_: set[str] = set()
    closed: set[str] = set()
    for record in records:
        if isinstance(record, ScopeStarted):
            assert record.scope not in open_ | closed
            open_.add(record.scope)
        elif isinstance(record, ScopeEnded):
            assert record.state is ScopeState.COMPLETE, record
            open_.remove(record.scope)
            closed.add(record.scope)
        else:
            assert record.scope in open_
    assert open_ == set()


def test_every_scope_is_within_the_one_that_lists_it(records):
    within = {each.scope: each.within for each in of(records, ScopeStarted)}
    assert within[f"azure:{TENANT}:tree"] is None
    assert within[f"azure:{PRODUCTION.id}:subscription"] == f"azure:{TENANT}:tree"
    assert within[f"azure:{PRODUCTION.id}:rbac"] == f"azure:{PRODUCTION.id}:subscription"
    assert within[f"azure:{TENANT}:{ACME.id.lower()}"] == f"azure:{TENANT}:tree"


def test_every_object_and_every_edge_is_told_once(records):
    objects = Counter(each.id for each in of(records, (Workload, Identity, Resource, Owner)))
    assert [key for key, times in objects.items() if times > 1] == []
    edges = Counter(
        (getattr(each, "relation", None) or each.access, each.source.id, each.target.id, each.via)
        for each in of(records, (Link, Permission))
    )
    assert [edge for edge, times in edges.items() if times > 1] == []


def test_addresses_are_in_small_letters(records):
    keys = [each.id for each in of(records, (Workload, Identity, Resource)) if each.id.startswith("/")]
    assert [key for key in keys if key != key.lower()] == []


def test_nothing_of_what_must_not_be_kept_is_kept(records, azure, pull, caplog):
    caplog.set_level("DEBUG")
    pull()
    assert "canary" not in repr(records).lower()
    assert "canary" not in caplog.text.lower()


def test_only_reads_are_made(azure, pull):
    pull()
    asked = {(each.method, each.path.rpartition("/")[2]) for each, _ in azure.log if each.method != "GET"}
    assert asked == {("POST", "resources")}
    assert {status for _, status in azure.log} == {200}


def test_the_role_to_deploy_reads_as_much_as_a_reader(azure: Emulated, pull: Pulling, records: list[Record]):
    azure.arm.rights.hold(actions=custom_role("/")["Actions"])
    assert Counter(map(repr, pull())) == Counter(map(repr, records))


# ── Identities and what runs as them ────────────────────────────────────────────────────────────────────────────────


def test_managed_identities_are_known_to_entra_by_their_principal_id(records):
    found = {each.name: each for each in of(records, Identity)}
    deploy = found["id-deploy"]
    aliases = {alias.kind: alias.value for alias in deploy.aliases}
    assert aliases == {
        AliasKind.ADDRESS: guid("service principal", "id-deploy"),
        AliasKind.CLIENT_ID: guid("application", "id-deploy"),
    }
    own = found["func-invoices"]
    assert own.id == f"{FINANCE}/providers/microsoft.web/sites/func-invoices#system-assigned"
    assert [alias.kind for alias in own.aliases] == [AliasKind.ADDRESS]


def test_what_runs_as_whom(records):
    found = {(link.source.name, link.target.name) for link in links(records, Relation.RUNS_AS)}
    assert found == {
        ("la-payments", "la-payments"),
        ("la-payments", "mallory@acme-media.example"),
        ("la-retired", "mallory@acme-media.example"),
        ("func-invoices", "func-invoices"),
        ("ca-recommender", "ca-recommender"),
        ("vm-transcoder", "vm-transcoder"),
        ("vm-bob", "vm-bob"),
        ("aks-media", "aks-media"),
        ("aks-media", "aks-media-agentpool"),
        ("adf-analytics", "adf-analytics"),
        ("adf-analytics", "id-loader"),
        ("aa-people", "id-payroll"),
        ("Sync-Employees", "id-payroll"),
        ("media/thumbnails in aks-media", "id-thumbnails"),
    }
    known = {each.id for each in of(records, Identity)}
    assert {link.target.id for link in links(records, Relation.RUNS_AS)} <= known


def test_workloads_say_what_they_are_and_what_starts_them(records):
    found = {each.name: each for each in of(records, Workload)}
    assert (found["func-invoices"].type, found["func-invoices"].role) == ("Function app", "function")
    functions = "nightly-export: runs at 0 0 2 * * *, lookup: a request with a key"
    assert dict(found["func-invoices"].facts)["Functions"] == functions
    assert dict(found["la-payments"].facts)["Started by"] == "every day"
    assert (found["la-payments"].enabled, found["la-retired"].enabled) == (True, False)
    runbook = dict(found["Sync-Employees"].facts)
    assert runbook["Runs"] == "every day"
    assert runbook["Webhook"] == "from-hr, whoever has its address may start it until 2027-01-01"


def test_tokens_of_elsewhere_that_an_identity_accepts(records):
    (link,) = links(records, Relation.CAN_ASSUME)
    assert (link.source.name, link.target.name, link.grade) == (
        "token.actions.githubusercontent.com",
        "id-deploy",
        Grade.CONDITIONAL,
    )
    assert link.conditions == ("token.actions.githubusercontent.com:sub = repo:acme-media/site:ref:refs/heads/main",)


def test_the_account_behind_an_api_connection_is_told_with_its_address(records):
    (account,) = [each for each in of(records, Identity) if each.type == "API connection account"]
    assert (account.human, [alias.kind for alias in account.aliases]) == (True, [AliasKind.EMAIL])
    (link,) = [each for each in links(records, Relation.OWNS) if each.target.id == account.id]
    assert link.source.name == "mallory@acme-media.example"


def test_ai_services_are_told_by_their_identities_only(records):
    told = [each for each in of(records, (Workload, Resource)) if "cognitiveservices" in each.id]
    assert [each for each in told if "#" not in each.id] == []
    assert any(each.name == "hr-assistant" for each in of(records, Identity))


def test_owners_come_from_tags_of_the_object_or_of_its_resource_group(records):
    found = {(link.source.name, link.target.name): link.via for link in links(records, Relation.OWNS)}
    assert found["alice@acme-media.example", "func-invoices"] == "tag owner"
    assert found["bob@acme-media.example", "ca-recommender"] == "tag owner of the resource group rg-media"
    assert ("alice@acme-media.example", "sthrfiles") not in found


# ── Rights ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_rights_are_held_by_the_managed_identity_or_by_whom_entra_knows(records):
    sources = {each.source.id: each.source for each in of(records, Permission)}
    robot = guid("service principal", "Invoice Robot")
    assert sources[robot].kind == "identity"
    assert sources[guid("group", "Cloud Admins")].kind == "owner"
    principals = {each.aliases[0].value for each in of(records, Identity) if each.aliases}
    assert not principals & set(sources)


def test_administrators_of_scopes(records):
    found = {
        (each.source.name, each.target.id): each.grade
        for each in of(records, Permission)
        if each.access is Access.ADMIN and "#" not in each.target.id and "sql" not in each.target.id
    }
    assert found == {
        (f"group {guid('group', 'Cloud Admins')[:8]}…", ROOT.id.lower()): Grade.GRANTED,
        (
            f"service principal {guid('service principal', 'Landing Zone Pipeline')[:8]}…",
            ACME.id.lower(),
        ): Grade.GRANTED,
        (f"user {guid('user', 'alice')[:8]}…", LANDING.id.lower()): Grade.CONDITIONAL,
        (f"service principal {guid('service principal', 'GitHub Deploy')[:8]}…", PLATFORM.path): Grade.GRANTED,
        (f"user {guid('user', 'mallory')[:8]}…", f"{PLATFORM.path}/resourcegroups/rg-deploy"): Grade.GRANTED,
    }


def test_a_role_that_may_be_activated_is_conditional(records):
    alice = held(records, f"user {guid('user', 'alice')[:8]}…")
    assert alice["admin", "Production"].conditions == (ACTIVATED,)


def test_a_custom_role_is_judged_by_its_actions(records):
    pipeline = held(records, f"service principal {guid('service principal', 'Landing Zone Pipeline')[:8]}…")
    assert pipeline["admin", "Acme Media"].via == "custom role Landing Zone Operator on management group Acme Media"


def test_a_role_on_a_resource_reaches_it(records):
    held_ = held(records, "func-invoices")
    assert set(held_) == {("read", "stinvoices"), ("write", "stinvoices")}  # its vault asks policies, not roles


def test_rights_outside_of_roles(records):
    vias = {(each.source.name, each.target.name): each.via for each in of(records, Permission)}
    assert vias["id-payroll", "kv-finance"] == "access policy of the vault kv-finance"
    assert vias["ca-recommender", "cosmos-catalogue"] == "Cosmos DB role Cosmos DB Built-in Data Reader"
    platform = f"group {guid('group', 'Data Platform')[:8]}…"
    assert vias[platform, "sql-finance"] == "Entra administrator of the server sql-finance"


def test_a_set_contains_what_its_kinds_are_and_nothing_else(records):
    contents: dict[str, set[str]] = {}
    for link in links(records, Relation.CONTAINS):
        contents.setdefault(link.source.name, set()).add(link.target.name)
    assert contents["Storage accounts in subscription acme-production"] == {"stinvoices", "stmaster", "sthrfiles"}
    assert contents["Storage accounts in resource group rg-media"] == {"stmaster"}
    assert contents["Virtual machines in subscription acme-production"] == {"vm-transcoder"}
    # The store without shared keys isn't opened by them.
    assert "sthrfiles" not in contents["7 kinds of resources in subscription acme-production"]


def test_what_a_contributor_changes_runs_as_somebody(records):
    contributor = [
        each for each in of(records, Permission) if each.via == "role Contributor on subscription acme-sandbox"
    ]
    (writes,) = [each.target.id for each in contributor if each.access is Access.WRITE]
    inside = {link.target.name for link in links(records, Relation.CONTAINS) if link.source.id == writes}
    assert inside == {"vm-bob", "stbobexperiments"}


def test_rights_reach_down_the_tree(records):
    inside: dict[str, set[str]] = {}
    for link in links(records, Relation.CONTAINS):
        inside.setdefault(link.source.id, set()).add(link.target.id)
    group = ACME.id.lower()
    assert {PRODUCTION.path, SANDBOX.path, LANDING.id.lower()} <= inside[group]
    assert {FINANCE, VAULT} <= inside[PRODUCTION.path]
    assert VAULT in inside[FINANCE]
    reader = f"{ROOT.id.lower()}#cosmos-keys+logs"
    assert inside[reader] == {f"{PRODUCTION.path}#cosmos-keys+logs"}


def test_a_denial_of_some_operations_is_told(records):
    deleted = held(records, f"service principal {guid('service principal', 'deleted long ago')[:8]}…")
    writes = next(each for (access, _), each in deleted.items() if access == "write")
    assert writes.conditions == ("not what deny assignment Deployment stack denies",)


# ── Data and ways out ───────────────────────────────────────────────────────────────────────────────────────────────


def test_resources_are_classified_by_tag_and_type(records):
    domains = {each.name: {domain.name for domain in classify(each).domains} for each in of(records, Resource)}
    assert "secrets" in domains["kv-finance"]
    assert "finance" in domains["stinvoices"]
    assert "hr" in domains["sthrfiles"]
    assert domains["Storage accounts in subscription acme-production"] == set()


def test_how_far_resources_are_open(records):
    public = {each.name: each.public for each in of(records, Resource)}
    assert public["kv-finance"] is True
    assert public["stinvoices"] is False  # nothing in it without a sign-in
    assert public["stmaster"] is None  # its containers decide


def test_ways_out(records):
    out = {(each.source.name, each.destination): each for each in of(records, Egress)}
    assert set(out) == {
        ("la-payments", "api.payments.example"),
        ("la-retired", "api.payments.example"),
        ("func-invoices", "internet"),
        ("vm-transcoder", "internet"),
        ("ca-recommender", "internet"),
        ("job-purge", "internet"),
        ("adf-analytics", "s3.eu-west-1.amazonaws.com"),
        ("adf-analytics", "acme.my.salesforce.example"),
        ("Sync-Employees", "internet"),
        ("partner", "hooks.partner.example"),
    }
    assert out["vm-transcoder", "internet"].grade is Grade.CONDITIONAL
    assert "to-partners" in out["vm-transcoder", "internet"].evidence
    assert "NAT gateway nat-media" in out["ca-recommender", "internet"].evidence


# ── Laziness ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_reading_is_lazy_and_stops_when_nobody_listens(azure, monkeypatch):
    monkeypatch.setattr(stream, "WAITING", 5)
    pulling = source.pull(Pull(settings=SETTINGS, now=NOW))
    assert azure.log == []
    next(pulling)
    assert isinstance(pulling, Generator)
    pulling.close()
    assert [each.name for each in threading.enumerate() if each.name.startswith("azure")] == []
    assert len(azure.log) < 30
