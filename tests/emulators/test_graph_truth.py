"""Does Entra's source come to what is true of Acme Media's directory, with no more calls than it declares?"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from connectors.inventory.records import (
    Grade,
    Identity,
    Link,
    Owner,
    Permission,
    Record,
    Relation,
    ScopeEnded,
    ScopeState,
)
from connectors.source import Pull
from connectors.sources.entra import source
from connectors.sources.entra.permissions import CALLS
from tests.emulators.microsoft import graph_truth as truth
from tests.emulators.microsoft.graph import Graph, serve
from tests.emulators.microsoft.graph_acme import REGISTRATIONS, SYNC, directory
from tests.emulators.microsoft.graph_permissions import READER
from tests.emulators.microsoft.login import CLIENT, SECRET, Client, Login
from tests.emulators.microsoft.server import MicrosoftEmulator

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
AGENT_USER = "agent user"


@pytest.fixture(scope="module")
def microsoft() -> Iterator[MicrosoftEmulator]:
    with MicrosoftEmulator(Login(Client(roles=READER))) as emulator:
        yield emulator


@pytest.fixture(scope="module")
def graph(microsoft: MicrosoftEmulator) -> Graph:
    found = serve(microsoft, directory())
    found.page = 4
    return found


@pytest.fixture(scope="module")
def told(microsoft: MicrosoftEmulator, graph: Graph) -> list[Record]:
    """One reading of all of it."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in microsoft.environment().items():
            patch.setenv(name, value)
        settings = {"tenant": microsoft.login.tenant, "client_id": CLIENT, "client_secret": SECRET}
        return list(source.pull(Pull(settings=settings, now=NOW)))


def identities(told: list[Record]) -> dict[str, Identity]:
    """By name; an agent's user has the name of its agent, and is another thing."""
    return {each.name: each for each in told if isinstance(each, Identity) and each.type != AGENT_USER}


def held(told: list[Record], fits: Callable[[str], bool]) -> dict[str, frozenset[str]]:
    """What each holds by a way that fits."""
    found: dict[str, set[str]] = defaultdict(set)
    for each in told:
        if isinstance(each, Permission) and fits(each.via or ""):
            found[each.source.name].add(each.target.name)
    return {name: frozenset(names) for name, names in found.items()}


def linked(told: list[Record], via: str) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for each in told:
        if isinstance(each, Link) and each.relation is Relation.OWNS and (each.via or "").startswith(via):
            found[each.target.name].add(each.source.name)
    return {name: frozenset(names) for name, names in found.items()}


def test_everything_was_read(told):
    ended = [each for each in told if isinstance(each, ScopeEnded)]
    assert {each.state for each in ended} == {ScopeState.COMPLETE}


def test_app_roles(told):
    found = held(told, lambda via: via.startswith("app role"))
    found["GitHub Deploy"] -= {name for name in found["GitHub Deploy"] if name.startswith("app role ")}
    assert found == {**truth.APP_ROLES, "Care Agent": frozenset({"Sign-in to Payroll API"})}


def test_delegated_permissions(told):
    assert held(told, lambda via: via.startswith("delegated") and "inherited" not in via) == truth.DELEGATED


def test_what_agents_inherit(told):
    assert held(told, lambda via: "inherited" in via) == truth.INHERITED


def anywhere(roles: dict[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """Without the part of the tenant that a role is held over."""
    return {name: frozenset(each.split(" over ")[0] for each in names) for name, names in roles.items()}


def test_directory_roles(told):
    assert anywhere(held(told, lambda via: via.startswith("role assignment"))) == truth.DIRECTORY_ROLES


def test_eligible_roles(told):
    assert anywhere(held(told, lambda via: via.startswith("eligible"))) == truth.ELIGIBLE
    eligible = [each for each in told if isinstance(each, Permission) and "eligible" in (each.via or "")]
    assert {each.grade for each in eligible} == {Grade.CONDITIONAL}


def test_owners_and_sponsors(told):
    sponsors = linked(told, "sponsor")
    assert sponsors == truth.SPONSORS
    assert linked(told, "owner") == truth.OWNERS
    people = {each.name: each for each in told if isinstance(each, Owner)}
    assert {name for name, each in people.items() if each.active is False} == truth.LEFT
    assert {name for name, each in people.items() if each.type == "guest user"} == truth.GUESTS


def test_credentials(told):
    found = {}
    for name, each in identities(told).items():
        own = [one for one in each.credentials if one.kind != "federated"]
        if own:
            found[name] = (len(own), sum(one.expires_at is not None and one.expires_at < NOW for one in own))
    assert found == truth.CREDENTIALS


def test_whose_each_is_and_whether_it_is_switched_on(told):
    found = identities(told)
    assert {name for name, each in found.items() if each.external} == truth.OF_OTHERS
    assert {name for name, each in found.items() if each.provider_managed} == truth.OF_MICROSOFT
    assert {name for name, each in found.items() if each.enabled is False} == truth.SWITCHED_OFF
    assert {name for name, each in found.items() if each.last_used_at} == truth.SIGNED_IN
    assert sum(each.type == "managed identity" for each in found.values()) == truth.MANAGED


def test_agents_and_their_users(told):
    runs = {each.source.name for each in told if isinstance(each, Link) and each.relation is Relation.RUNS_AS}
    assert runs == set(truth.AGENTS)
    users = {each.name for each in told if isinstance(each, Identity) and each.type == AGENT_USER}
    assert users == set(truth.AGENT_USERS)


def test_nothing_that_must_not_be_kept_is_told(told):
    assert "CANARY" not in repr(told)


def test_no_call_is_made_that_is_not_declared(microsoft, told):
    declared = {(each.version, re.sub(r"\{\w+\}", "*", each.path)) for each in CALLS} | {("v1.0", "/$batch")}
    made = set()
    for entry in microsoft.log.entries:
        if entry.part == "graph":
            version, _, path = entry.path.lstrip("/").partition("/")
            made.add((version, re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "*", f"/{path}")))
    assert made <= declared
    assert {
        entry.method for entry in microsoft.log.entries if entry.path.rpartition("/")[2] not in {"$batch", "token"}
    } == {"GET"}


def test_the_second_reading_tells_only_what_changed(microsoft, graph, told, monkeypatch):
    for name, value in microsoft.environment().items():
        monkeypatch.setenv(name, value)
    settings = {"tenant": microsoft.login.tenant, "client_id": CLIENT, "client_secret": SECRET}
    bookmarks = {each.scope: each.bookmark for each in told if isinstance(each, ScopeEnded) and each.bookmark}
    assert bookmarks
    graph.directory.change("servicePrincipals", SYNC["id"], displayName="Legacy Sync 2")
    graph.directory.change("applications", REGISTRATIONS["Decommissioned Reporter"]["id"], notes="another")
    names = set(identities(list(source.pull(Pull(settings=settings, now=NOW, bookmarks=bookmarks)))))
    assert names >= {"Legacy Sync 2", "Decommissioned Reporter"}
    assert names.isdisjoint({"Hooli Campaigns", "Microsoft Graph", "func-invoices"})
