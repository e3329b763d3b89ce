"""What does a scan say where Azure refuses, stumbles or sends it astray, and what does it still find?"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from itertools import count

import pytest

from connectors.inventory.records import Owner, Record, Resource, ScopeEnded, ScopeStarted, ScopeState, Workload
from connectors.source import ErrorKind, Pull, SourceError
from connectors.sources.foundry import source
from connectors.sources.foundry.permissions import LIST_AGENTS, LIST_CONNECTIONS
from tests.connectors.sources.foundry.conftest import NOW, Emulated, Fault, ends, read
from tests.connectors.sources.foundry.test_small_estate import HR
from tests.emulators.microsoft.acme import TENANT
from tests.emulators.microsoft.arm_acme import PRODUCTION, SANDBOX
from tests.emulators.microsoft.wire import Asked, Reply

ACCOUNTS = f"foundry:{PRODUCTION.id}:accounts"
HR_AGENTS = f"foundry:{HR}:agents"


def at(part: str, reply: Callable[[], Reply], *, times: int | None = None) -> Fault:
    """Answer so whatever is asked for at a path with that part, as often as said."""
    struck = count()
    return lambda asked: reply() if part in asked.path and (times is None or next(struck) < times) else None


def throttled() -> Reply:
    error = {"error": {"code": "TooManyRequests", "message": "CANARY"}}
    return Reply(429, error, {"Retry-After": "0"})


def agents(records: list[Record]) -> set[str]:
    return {each.name for each in records if isinstance(each, Workload)}


def test_without_the_data_action_agents_are_denied_and_the_rest_is_read(azure: Emulated):
    azure.arm.rights.withhold(LIST_AGENTS.needs)
    found = read(azure)
    end = ends(found)[HR_AGENTS]
    assert (end.state, end.missing, end.error_kind) == (ScopeState.DENIED, (LIST_AGENTS.needs,), "config")
    assert LIST_AGENTS.needs in (end.error or "")
    assert ends(found)[ACCOUNTS].state is ScopeState.COMPLETE
    assert agents(found) == set()
    assert [each for each in found if isinstance(each, Resource)]


def test_a_refused_part_is_named_and_agents_are_still_found(azure: Emulated):
    azure.arm.rights.withhold(LIST_CONNECTIONS.needs)
    found = read(azure)
    end = ends(found)[ACCOUNTS]
    assert (end.state, end.missing) == (ScopeState.DENIED, (LIST_CONNECTIONS.needs,))
    assert "hr-bot" in agents(found)
    assert ends(found)[f"foundry:{TENANT}:owners"].state is ScopeState.FAILED


def test_a_refused_subscription_leaves_the_others_alone(azure: Emulated):
    azure.arm.rights.withhold("*", at=SANDBOX.path)
    found = ends(read(azure))
    assert found[f"foundry:{SANDBOX.id}:accounts"].state is ScopeState.DENIED
    assert found[ACCOUNTS].state is ScopeState.COMPLETE


def test_throttling_is_waited_for(azure: Emulated):
    azure.faults.append(at("/projects/hr-assistant/agents", throttled, times=1))
    found = read(azure)
    assert "hr-bot" in agents(found)
    assert ends(found)[HR_AGENTS].retries == 1
    azure.faults.append(at("/projects/hr-assistant/agents", throttled))
    assert ends(read(azure))[HR_AGENTS].state is ScopeState.THROTTLED


def test_an_answer_that_is_no_json_fails_that_scope_alone(azure: Emulated):
    azure.microsoft.faults.add(do="html", path="*/accounts/acme-ai-people/deployments")
    found = read(azure)
    end = ends(found)[ACCOUNTS]
    assert (end.state, end.error_kind) == (ScopeState.FAILED, "transient")
    assert ends(found)[HR_AGENTS].state is ScopeState.COMPLETE
    assert "CANARY" not in repr([dataclasses.asdict(each) for each in found])


def test_an_expired_token_is_asked_for_anew(azure: Emulated):
    azure.microsoft.faults.add(do="expire", path="*/connections", times=1)
    azure.microsoft.faults.add(do="expire", path="*/hr-assistant/agents", times=1)
    found = ends(read(azure))
    assert (found[ACCOUNTS].state, found[HR_AGENTS].state) == (ScopeState.COMPLETE, ScopeState.COMPLETE)


def test_a_page_that_comes_again_never_ends_the_scan_as_complete(azure: Emulated):
    def again(asked: Asked) -> Reply | None:
        if asked.path.endswith("/hr-assistant/agents") and "after" in asked.query:
            return azure.foundry.answer(dataclasses.replace(asked, query={**asked.query, "after": "hr-bot"}))
        return None

    azure.faults.append(again)
    assert ends(read(azure))[HR_AGENTS].state is ScopeState.FAILED


@pytest.mark.parametrize(
    "address", ["https://evil.example/api/projects/hr-assistant", "http://acme-ai-people.services.ai.azure.com/api"]
)
def test_a_project_elsewhere_is_not_asked(azure: Emulated, address: str):
    def astray(asked: Asked) -> Reply | None:
        if not asked.path.endswith("/accounts/acme-ai-people/projects"):
            return None
        found = azure.arm.answer(asked)
        for row in found.body["value"]:
            row["properties"] = {**row["properties"], "endpoints": {"AI Foundry API": address}}
        return found

    rows = azure.arm.estate.contents(PRODUCTION).resources
    kept = {key: row["properties"] for key, row in rows.items()}
    azure.faults.append(astray)
    try:
        end = ends(read(azure))[HR_AGENTS]
    finally:
        for key, properties in kept.items():
            rows[key]["properties"] = properties
    assert (end.state, end.error_kind) == (ScopeState.FAILED, "system")
    assert "elsewhere" in (end.error or "")


def test_a_next_page_on_another_host_is_not_followed(azure: Emulated):
    page = Reply(200, {"value": [], "nextLink": "https://evil.example/more"})
    azure.faults.append(at(f"{PRODUCTION.path}/providers/Microsoft.CognitiveServices/accounts", lambda: page))
    assert ends(read(azure))[ACCOUNTS].state is ScopeState.FAILED


def test_a_next_page_on_a_regions_host_is_asked_for_here(azure: Emulated):
    def regional(asked: Asked) -> Reply | None:
        found = azure.arm.answer(asked)
        if asked.path == "/subscriptions" and "nextLink" in found.body:
            link = found.body["nextLink"].replace(
                f"{azure.microsoft.url}/arm", "https://westeurope.management.azure.com"
            )
            return Reply(200, {**found.body, "nextLink": link})
        return None

    azure.faults.append(regional)
    started = {each.scope for each in read(azure) if isinstance(each, ScopeStarted)}
    assert f"foundry:{SANDBOX.id}:accounts" in started


def test_what_is_missing_from_an_answer_fails_that_scope(azure: Emulated):
    page = Reply(200, {"object": "list", "data": [{"object": "agent", "id": "x", "name": "x"}], "has_more": False})
    azure.faults.append(at("/projects/hr-assistant/agents", lambda: page))
    assert ends(read(azure))[HR_AGENTS].state is ScopeState.FAILED


def test_a_resumed_scan_does_not_ask_again_for_what_was_completed(azure: Emulated):
    whole = read(azure)
    done = frozenset(scope for scope, end in ends(whole).items() if end.state is ScopeState.COMPLETE)
    azure.log.clear()
    rest = read(azure, done=done)
    assert [each for each in rest if isinstance(each, Resource | Workload | Owner)] == []
    assert not any("/hr-assistant/agents" in asked.path for asked, _ in azure.log)
    begun = {HR_AGENTS, f"foundry:{TENANT}:owners"}
    partly = read(azure, done=done - begun)
    of_agents = [each for each in whole if getattr(each, "scope", None) in begun]
    assert sorted(map(repr, partly_of(partly, begun))) == sorted(map(repr, of_agents))


def partly_of(records: list[Record], scopes: set[str]) -> list[Record]:
    return [each for each in records if getattr(each, "scope", None) in scopes]


def test_a_cancelled_scan_ends_its_scopes_as_cancelled(azure: Emulated):
    seen: list[Record] = []
    pull = Pull(settings=azure.settings(), now=NOW, cancelled=lambda: any(isinstance(each, Resource) for each in seen))
    for record in source.pull(pull):
        seen.append(record)  # noqa: PERF402 - `cancelled` looks at it meanwhile
    assert ScopeState.CANCELLED in {each.state for each in seen if isinstance(each, ScopeEnded)}


def test_a_closed_scan_leaves_no_thread_behind(azure: Emulated):
    records = source.pull(Pull(settings=azure.settings(), now=NOW))
    next(iter(records))
    records.close()  # type: ignore[attr-defined]
    asked = len(azure.log)
    assert len(azure.log) == asked


def test_a_sign_in_that_is_refused_is_a_sentence(azure: Emulated):
    with pytest.raises(SourceError, match="doesn't accept the client secret") as raised:
        list(source.pull(Pull(settings={**azure.settings(), "client_secret": "CANARY-wrong"}, now=NOW)))
    assert raised.value.kind is ErrorKind.CONFIG
    assert "CANARY" not in raised.value.message
