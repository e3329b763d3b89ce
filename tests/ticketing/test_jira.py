"""Does a Jira site do what is asked of it, once, and is each of its refusals told in words?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.emulators.jira.faults import Fault
from tests.emulators.jira.issues import Issues
from tests.emulators.jira.server import JiraEmulator
from tests.ticketing.desk import JIRA, JIRA_TOKEN
from ticketing.jira import Jira
from ticketing.system import Absent, Category, Draft, TicketError, Unreached

DRAFT = Draft(key="0" * 23 + "a", title="Dormant identity: x", text="Because.\n\nPath.", url="https://sv0.example/f")


@pytest.fixture
def jira(site: JiraEmulator) -> Jira:
    return Jira({**JIRA, "api_token": JIRA_TOKEN})


def test_creates_finds_and_reads_an_issue(jira: Jira, issues: Issues):
    assert jira.find(DRAFT.key) is None
    made = jira.create(DRAFT)
    assert (made.number, made.status, made.category) == ("SEC-1", "To Do", Category.NEW)
    assert made.url == "https://acme-media.atlassian.net/browse/SEC-1"
    assert jira.find(DRAFT.key) == jira.look_up("SEC-1") == made
    assert jira.read([made.id, "99"]) == {made.id: made}
    (row,) = issues.rows.values()
    assert "https://sv0.example/f" in str(row["description"])
    assert jira.find("0" * 24) is None


def test_a_title_that_is_too_long_is_cut(jira: Jira):
    assert len(jira.create(replace(DRAFT, title="x" * 400)).title) == 254


def test_moves_by_category_whatever_the_status_is_called(jira: Jira, issues: Issues):
    made = jira.create(DRAFT)
    for category, status in ((Category.DOING, "In Progress"), (Category.DONE, "Done"), (Category.NEW, "To Do")):
        moved = jira.move(made, category, why="Because.")
        assert (moved.category, moved.status) == (category, status)
    del issues.ways["31"]
    assert jira.move(made, Category.DONE, why="").status == "Won't do"


def test_where_no_way_leads_it_says_so(jira: Jira, issues: Issues):
    made = jira.create(DRAFT)
    issues.ways.clear()
    with pytest.raises(TicketError, match="no way from To Do to done"):
        jira.move(made, Category.DONE, why="")


def test_a_creation_whose_answer_is_lost_is_not_asked_again(jira: Jira, site: JiraEmulator, issues: Issues):
    jira.check()
    site.faults.add(Fault(do="cut", path="POST *rest/api/3/issue"))
    with pytest.raises(Unreached):
        jira.create(DRAFT)
    assert len(issues.rows) == 1
    found = jira.find(DRAFT.key)
    assert found is not None
    assert found.number == "SEC-1"


@pytest.mark.parametrize(
    ("do", "words"),
    [
        ("unavailable", "couldn't be reached"),
        ("throttle", "asked less often"),
        ("forbid", "doesn't allow"),
        ("html", "couldn't be reached"),
    ],
)
def test_trouble_is_told_and_may_pass(jira: Jira, site: JiraEmulator, do: str, words: str):
    jira.check()
    site.faults.add(Fault(do=do, path="GET *issue/SEC-1"))  # type: ignore[arg-type]
    with pytest.raises(Unreached, match=words):
        jira.look_up("SEC-1")


def test_what_is_not_there_and_what_is_refused_is_told(jira: Jira, site: JiraEmulator):
    with pytest.raises(Absent):
        jira.look_up("SEC-9")
    with pytest.raises(TicketError, match="400"):
        Jira({**JIRA, "issue_type": "Bogus", "api_token": JIRA_TOKEN}).create(DRAFT)
    with pytest.raises(Unreached, match="doesn't accept"):
        Jira({**JIRA, "api_token": "wrong"}).check()
