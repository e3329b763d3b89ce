"""What sv0 asks of Jira, and what our emulator answers, as Prism judges both by Atlassian's own description."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from connectors.inventory.records import ScopeEnded, ScopeState
from connectors.sources.jira.permissions import CALLS
from tests.connectors.sources.jira.conftest import Clock, basic, read
from tests.emulators.jira import Fault, JiraEmulator, description
from tests.emulators.jira.prism import Judged


@pytest.fixture(scope="module")
def judging(running: JiraEmulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judged]:
    with Judged(running, tmp_path_factory.mktemp("prism")) as judged:
        yield judged


@pytest.fixture
def judged(judging: Judged, jira: JiraEmulator, monkeypatch: pytest.MonkeyPatch) -> Judged:
    judging.heard.clear()
    judging.violations.clear()
    monkeypatch.setenv("SV0_ENDPOINT_JIRA", judging.url)
    return judging


def told(jira: JiraEmulator) -> list[str]:
    return sorted(repr(record) for record in read(basic(jira)) if not isinstance(record, ScopeEnded))


def test_a_whole_reading_is_as_described(jira: JiraEmulator, judged: Judged, monkeypatch: pytest.MonkeyPatch):
    through = told(jira)
    assert judged.violations == []
    heard = {description.template("POST" if path.endswith("/check") else "GET", path) for path in judged.heard}
    assert len(heard) == len([call for call in CALLS if call.path.startswith(description.PREFIX)])
    monkeypatch.setenv("SV0_ENDPOINT_JIRA", jira.url)
    assert through == told(jira)


def test_a_storm_of_429_passes_through(jira: JiraEmulator, judged: Judged, clock: Clock):
    jira.faults.add(Fault(do="throttle", path="*users/search", every=2, retry_after="9"))
    ended = [record for record in read(basic(jira)) if isinstance(record, ScopeEnded)]
    assert {end.state for end in ended} == {ScopeState.COMPLETE}
    assert clock.slept > 9


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("users/search?startAt=none", "request.query.startat"),
        ("project/search?maxResults=many", "request.query.maxresults"),
    ],
)
def test_a_wrong_question_is_found_out(jira: JiraEmulator, judged: Judged, path: str, fault: str):
    """The judge isn't satisfied by anything."""
    requests.get(f"{judged.url}/{jira.estate.host}/rest/api/3/{path}", timeout=60)
    assert fault in " ".join(judged.violations).lower()
    jira.violations.clear()


def test_a_wrong_answer_is_found_out(jira: JiraEmulator, judged: Judged, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(jira, "estate", _without_names(jira))
    read(basic(jira))
    assert "response.body.permissionSchemes.0: " in " ".join(judged.violations)
    assert [fault for fault in jira.violations if "'name' is a required property" in fault]
    jira.violations.clear()


def _without_names(jira: JiraEmulator) -> object:
    from dataclasses import replace

    schemes = [{key: value for key, value in row.items() if key != "name"} for row in jira.estate.schemes]
    return replace(jira.estate, schemes=schemes)
