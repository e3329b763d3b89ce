"""Which accounts are taken for bots, and which are left to people?"""

from __future__ import annotations

import pytest

from connectors.inventory.records import Access
from connectors.sources.jira.bots import bot_of
from connectors.sources.jira.strength import by_access


def row(name: str, email: str | None = None, *, type: str = "atlassian", app: str | None = None) -> dict[str, object]:  # noqa: A002
    return {"name": name, "email": email, "type": type, "app": app}


@pytest.mark.parametrize(
    ("name", "email"),
    [
        ("Jenkins", None),
        ("Build Bot", None),
        ("svc-export", None),
        ("Jira Sync", None),
        ("Alice", "no-reply@acme.example"),
        ("Finance", "svc.finance@acme.example"),
    ],
)
def test_a_name_can_say_it(name: str, email: str | None):
    found = bot_of(row(name, email))
    assert found is not None
    assert found.because is not None


@pytest.mark.parametrize(
    ("name", "email"),
    [("Alice Talbot", None), ("Bob Abbott", None), ("Mallory", "mallory@api.example"), ("Servicea", None)],
)
def test_a_part_of_a_word_says_nothing(name: str, email: str | None):
    assert bot_of(row(name, email)) is None


def test_what_atlassian_says_is_no_guess():
    agent = bot_of(row("Anything", type="app", app="agent"))
    service = bot_of(row("Anything", "x@serviceaccount.atlassian.com", type="app"))
    app = bot_of(row("Anything", "x@connect.atlassian.com", type="app", app="service"))
    assert [each and (each.type, each.role, each.because) for each in (agent, service, app)] == [
        ("Rovo agent account", "agent", None),
        ("Atlassian service account", None, None),
        ("Atlassian app account", "service", None),
    ]


def test_permissions_by_their_strength():
    assert by_access(["EDIT_ISSUES", "BROWSE_PROJECTS", "ADMINISTER_PROJECTS", "com.app__custom", "EDIT_ISSUES"]) == {
        Access.ADMIN: ("ADMINISTER_PROJECTS",),
        Access.READ: ("BROWSE_PROJECTS",),
        Access.WRITE: ("EDIT_ISSUES", "com.app__custom"),
    }
