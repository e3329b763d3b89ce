"""Does every source keep what connectors.source promises of all of them, each read from its stand-in?"""

from __future__ import annotations

import io
import logging
import re
import socket
import threading
import time
from collections import defaultdict
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, cast

import pytest

from connectors import registry, sources, stream
from connectors.http import client
from connectors.inventory.records import Alert, EdgeRecord, ObjectRecord, Record, ScopeEnded, ScopeStarted, ScopeState
from connectors.source import Check, Pull, Source, SourceError
from tests.connectors.sources.jira.conftest import Clock
from tests.connectors.sources.standing import STAND_INS, Asked, StandIn

NOW = datetime(2027, 1, 15, 12, tzinfo=UTC)
TOKEN = r"login/[^/]+/oauth2/v2\.0/token"
# What is a POST and only reads all the same. A batch's own requests are in the log by themselves.
READS = {
    "aws": r"sts:(AssumeRole|GetCallerIdentity)|[\w-]+:(List|Describe|Get|BatchGet)\w+"
    r"|iam:GenerateServiceLastAccessedDetails",
    "entra": rf"{TOKEN}|graph/(v1\.0|beta)/\$batch",
    "azure": rf"{TOKEN}|arm/providers/Microsoft\.ResourceGraph/resources",
    "foundry": TOKEN,
    "copilot_studio": TOKEN,
    "servicenow": r"oauth_token\.do",
    "jira": r"auth\.atlassian\.com/oauth/token|.+/rest/api/3/permissions/check",
}
# Scopes of what the others name, and of regions that the settings leave out: nothing is asked for them.
UNASKED = {"referenced", "owners", "people", "region"}
SECRETIVE = re.compile(r"secret|password|token|certificate|(^|_)key$")
UNCERTAIN = re.compile(r"not certain|may not be whole")  # what is said where another scope is missed
BEARER = re.compile(r"eyJ[\w-]{10,}\.[\w-]+")  # a token of Microsoft's


@dataclass(frozen=True)
class Reading:
    """A whole scan of an unspoilt stand-in, then "Test connection": what was told, asked, and logged by anybody.

    Of what was `asked`, the first `calls` were the scan's.
    """

    records: list[Record]
    checks: list[Check]
    asked: list[Asked]
    calls: int
    log: str


@pytest.fixture(scope="module", params=registry.KINDS)
def source(request: pytest.FixtureRequest) -> Source:
    return registry.source(request.param)


@pytest.fixture(scope="module")
def running(source: Source) -> Iterator[StandIn]:
    """The source's stand-in, led to; no time is lost by waiting for it."""
    clock = Clock()
    with STAND_INS[source.kind]() as stand_in, pytest.MonkeyPatch.context() as patch:
        lead(patch, stand_in.environment)
        patch.setattr(client, "sleep", clock.sleep)
        patch.setattr(client, "monotonic", clock.monotonic)
        yield stand_in


@pytest.fixture(scope="module")
def reading(source: Source, running: StandIn) -> Reading:
    running.restore()
    with logged() as log:
        records, calls = pulled(source, running.settings), len(running.asked())
        checks = source.check(settings=running.settings)
    return Reading(records, checks, running.asked(), calls, log.getvalue())


@pytest.fixture
def stand_in(running: StandIn) -> StandIn:
    running.restore()
    return running


def lead(patch: pytest.MonkeyPatch, environment: Mapping[str, str]) -> None:
    for name, value in environment.items():
        patch.setenv(name, value)


@contextmanager
def logged() -> Iterator[io.StringIO]:
    """What is logged from the debugging level up, as far as sv0.logs lets libraries log at all."""
    root, text = logging.getLogger(), io.StringIO()
    handler, level = logging.StreamHandler(text), root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield text
    finally:
        root.setLevel(level)
        root.removeHandler(handler)


def pulled(source: Source, settings: Mapping[str, Any]) -> list[Record]:
    return list(source.pull(Pull(settings=settings, now=NOW)))


def ends(records: list[Record]) -> dict[str, ScopeEnded]:
    return {each.scope: each for each in records if isinstance(each, ScopeEnded)}


def begun(records: list[Record]) -> dict[str, ScopeStarted]:
    return {each.scope: each for each in records if isinstance(each, ScopeStarted)}


def told(records: list[Record]) -> set[Record]:
    return {each for each in records if isinstance(each, ObjectRecord | EdgeRecord | Alert)}


def secrets(source: Source, settings: Mapping[str, Any]) -> list[str]:
    """The values of the settings that nobody may see."""
    return [str(settings[each.name]) for each in source.settings if each.secret and settings.get(each.name)]


def leaks(text: str, source: Source, settings: Mapping[str, Any]) -> list[str]:
    """What of it nobody may see, and where."""
    found = [text.find(each) for each in ("CANARY", *secrets(source, settings))]
    found += [match.start() for match in BEARER.finditer(text)]
    return [text[max(0, at - 200) : at + 60] for at in found if at >= 0]


def outcome(source: Source, settings: Mapping[str, Any]) -> tuple[dict[str, ScopeState], list[str], set[str | None]]:
    """How a reading ends where little or nothing can be read: each scope's state, what is said to be wrong, and whose
    turn it is."""
    try:
        found = ends(pulled(source, settings))
    except SourceError as error:
        return {}, [error.message], {error.kind.value}
    unwell = [end for end in found.values() if end.state is not ScopeState.COMPLETE]
    states = {scope: end.state for scope, end in found.items()}
    return states, [end.error or "" for end in unwell], {end.error_kind for end in unwell}


def exceptions(base: type[BaseException] = Exception) -> set[str]:
    """The name of every class of them there is."""
    return {base.__name__}.union(*(exceptions(each) for each in base.__subclasses__()))


def badly_said(sentence: str) -> bool:
    words = set(re.findall(r"\w+", sentence))
    return not re.fullmatch(r"\S.*\w.*\.", sentence) or bool(words & exceptions())


# ── What is asked ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_it_only_reads(source: Source, reading: Reading):
    posted = {each for each in reading.asked if each.method not in ("GET", "HEAD")}
    assert {each for each in posted if not re.fullmatch(READS[source.kind], each.what)} == set()


def test_it_asks_when_it_is_asked_and_ends_when_nobody_listens(
    source: Source, stand_in: StandIn, reading: Reading, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(stream, "WAITING", 1)
    stand_in.restore()
    before = threads()
    records = source.pull(Pull(settings=stand_in.settings, now=NOW))
    assert isinstance(records, Iterator)
    assert stand_in.asked() == []
    assert len(list(islice(records, 3))) == 3
    cast(Generator[Record, None, None], records).close()
    assert threads() - before == set()
    assert 0 < len(stand_in.asked()) < reading.calls


def threads() -> set[threading.Thread]:
    """Those that run, without the stand-ins' own, one a connection."""
    return {each for each in threading.enumerate() if "process_request_thread" not in each.name}


# ── What is told ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_unchanged_system_is_told_the_same_again(source: Source, stand_in: StandIn, reading: Reading):
    again = pulled(source, stand_in.settings)
    assert told(again) == told(reading.records) != set()
    states = {scope: end.state for scope, end in ends(again).items()}
    assert states == {scope: end.state for scope, end in ends(reading.records).items()}


def test_an_id_is_one_things_own_within_a_scope(reading: Reading):
    contents: dict[tuple[str, type, str], set[Record]] = defaultdict(set)
    for each in reading.records:
        if isinstance(each, ObjectRecord | Alert):
            contents[each.scope, type(each), each.id].add(each)
    assert {key: found for key, found in contents.items() if len(found) > 1} == {}


def test_every_record_lies_within_its_scope_which_starts_and_ends_once(reading: Reading):
    open_, ended = set[str](), set[str]()
    for each in reading.records:
        if isinstance(each, ScopeStarted):
            assert each.scope not in open_ | ended
            open_.add(each.scope)
            continue
        assert each.scope in open_, each
        if isinstance(each, ScopeEnded):
            open_.remove(each.scope)
            ended.add(each.scope)
    assert open_ == set()
    assert len(ended) > 1


def test_a_scope_is_listed_by_one_that_is_there(reading: Reading):
    scopes = begun(reading.records)
    assert {each.within for each in scopes.values()} <= {None, *scopes}
    assert [key for key, each in scopes.items() if each.within == key] == []


def test_no_secret_is_told_or_logged(source: Source, running: StandIn, reading: Reading):
    assert secrets(source, running.settings) != []
    for text in (repr(reading.records), repr(reading.checks), reading.log):
        assert leaks(text, source, running.settings) == []


# ── What goes wrong ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("how", ["wrong secret", "disowned"])
def test_a_refused_sign_in_is_a_sentence_for_the_customer(how: str, source: Source, stand_in: StandIn):
    settings = dict(stand_in.settings)
    if how == "disowned":
        stand_in.disown()
    else:
        settings |= {each.name: "CANARY-wrong" for each in source.settings if each.secret and settings.get(each.name)}
    with logged() as log:
        said = [each.detail for each in source.check(settings=settings) if each.ok is False]
        states, told_by_scan, turns = outcome(source, settings)
    assert said != []
    assert ScopeState.COMPLETE not in states.values()
    assert turns == {"config"}
    said += told_by_scan
    assert [each for each in said if badly_said(each)] == []
    assert leaks(f"{said} {log.getvalue()}", source, settings) == []


def test_a_missing_permission_costs_what_it_is_for_and_no_more(source: Source, stand_in: StandIn, reading: Reading):
    missed = stand_in.refuse()
    blind = {kind for each in source.permissions if each.name == missed for kind in each.scope_kinds}
    records = pulled(source, stand_in.settings)
    before, kinds = ends(reading.records), begun(records)
    unwell = {key: end for key, end in ends(records).items() if end.state is not before[key].state}
    denied = {key: end for key, end in unwell.items() if end.missing}
    assert {end.state for end in denied.values()} == {ScopeState.DENIED}
    assert {end.missing for end in denied.values()} == {(missed,)}
    assert {kinds[key].kind for key in denied} <= blind
    assert [end for key, end in unwell.items() if key not in denied and not UNCERTAIN.search(end.error or "")] == []
    assert len(kinds) > len(unwell)
    assert [end.error for end in unwell.values() if badly_said(end.error or "")] == []


def test_a_system_that_is_not_there_is_soon_told(source: Source, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(time, "sleep", lambda _: None)
    monkeypatch.setattr(client, "TRIES", 2)
    with nowhere() as address:
        lead(monkeypatch, {name: address for name in stand_in.environment if "ENDPOINT" in name})
        checks = source.check(settings=stand_in.settings)
        states, said, turns = outcome(source, stand_in.settings)
    assert [each.label for each in checks if each.ok] == []
    assert ScopeState.COMPLETE not in states.values()
    assert turns == {"transient"}
    assert [each for each in (*said, *(each.detail for each in checks)) if badly_said(each)] == []
    assert stand_in.asked() == []


@contextmanager
def nowhere() -> Iterator[str]:
    """The address of a port at which nobody answers."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"https://127.0.0.1:{taken.getsockname()[1]}"


# ── What is declared ────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_permission_is_declared_once_with_its_use_and_asked_for_on_the_setup_page(source: Source):
    setup = (Path(sources.__path__[0]) / source.kind / "SETUP.md").read_text(encoding="utf-8")
    names = [each.name for each in source.permissions]
    assert len(set(names)) == len(names) > 0
    assert [each.name for each in source.permissions if not each.why] == []
    assert [name for name in names if not is_printed(name, setup)] == []


def is_printed(name: str, setup: str) -> bool:
    """Whether it stands there by itself; of ServiceNow's tables, all of which are read, the table's name is enough."""
    return re.search(rf"(?<![\w./]){re.escape(name.removesuffix(':read'))}(?![\w/]|\.\w)", setup) is not None


def test_every_scope_is_of_a_kind_that_a_permission_is_for(source: Source, reading: Reading):
    named = {kind for each in source.permissions for kind in each.scope_kinds}
    assert {each.kind for each in begun(reading.records).values()} - named <= UNASKED


def test_whatever_is_secret_among_the_settings_says_so(source: Source):
    assert [each.name for each in source.settings if SECRETIVE.search(each.name) and not each.secret] == []
    assert all(each.label and each.help for each in source.settings)


def test_it_says_what_it_is_and_what_nobody_tells(source: Source):
    assert registry.KINDS.count(source.kind) == 1
    assert source.label
    assert len(source.groups) == 2
    assert [each for each in source.blind_spots if badly_said(each)] == []
