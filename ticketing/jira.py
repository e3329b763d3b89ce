"""How are issues of a Jira Cloud site created, found, followed and moved?

https://developer.atlassian.com/cloud/jira/platform/rest/v3. The wish's key is a label: entity properties can be
searched only where an app declares an index of them, labels always.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from connectors.http import Client, HttpError, NotFound
from connectors.source import SourceError, forget
from connectors.sources.jira.settings import ADDRESS, connection
from connectors.sources.jira.site import opened
from ticketing.answers import trouble
from ticketing.system import Absent, Category, Draft, Field, Issue, Kind, Settings, TicketError, Unreached

API = "/rest/api/3"
CATEGORIES = {"new": Category.NEW, "indeterminate": Category.DOING, "done": Category.DONE}
FIELDS = ("summary", "status")
LONGEST_SUMMARY = 254  # https://support.atlassian.com/jira/kb/summary-must-be-less-than-255-characters
KIND = Kind(
    label="Jira",
    number=r"[A-Z][A-Z0-9_]{1,9}-[1-9][0-9]{0,9}",
    rights="A service account of its own that may browse, create and transition issues in that project, and no more: "
    "an API token with read:jira-work and write:jira-work.",
    fields=(
        Field("address", "Address of the site", "Like https://acme.atlassian.net.", address=True, pattern=ADDRESS),
        Field("email", "E-mail address of the service account", "Not the account that the connection reads with."),
        Field("api_token", "API token", "It may write, unlike the one of the connection.", secret=True),
        Field("project", "Project key", "Where issues are created.", pattern=r"[A-Z][A-Z0-9_]{1,9}"),
        Field("issue_type", "Issue type", "By its name there.", default="Task", pattern=r"[^\n]{1,60}"),
    ),
)


class Jira:
    """A site. Nothing is sent before the first call."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._address = str(settings["address"]).rstrip("/")

    def check(self) -> str:
        """As whom, and into which project."""
        self._ask("GET", f"/project/{self._settings['project']}")
        return f"Signed in; issues go to the project {self._settings['project']}."

    def find(self, key: str) -> Issue | None:
        """By its label."""
        label = _label(key)
        asked = {"jql": f'labels = "{label}"', "fields": ",".join((*FIELDS, "labels")), "maxResults": 2}
        found = self._ask("GET", "/search/jql", params=asked)["issues"]
        return next((self._issue(row) for row in found if label in row["fields"]["labels"]), None)

    def create(self, draft: Draft) -> Issue:
        """With the label, and a link back in its text."""
        fields = {
            "project": {"key": self._settings["project"]},
            "issuetype": {"name": self._settings["issue_type"]},
            "summary": draft.title[:LONGEST_SUMMARY],
            "description": _document(draft),
            "labels": ["sv0", _label(draft.key)],
        }
        made = self._ask("POST", "/issue", json={"fields": fields})
        return self._one(made["id"])

    def read(self, ids: Sequence[str]) -> dict[str, Issue]:
        """In one call."""
        asked = {"issueIdsOrKeys": list(ids), "fields": list(FIELDS)}
        found = self._ask("POST", "/issue/bulkfetch", json=asked).get("issues", [])
        return {issue.id: issue for issue in map(self._issue, found)}

    def look_up(self, number: str) -> Issue:
        """By its key."""
        return self._one(number)

    def move(self, issue: Issue, category: Category, *, why: str) -> Issue:
        """By the first of the workflow's ways that leads there. `why` isn't told: a screen may lack the comment."""
        where = f"/issue/{issue.id}/transitions"
        for way in self._ask("GET", where)["transitions"]:
            if CATEGORIES.get(way["to"]["statusCategory"]["key"]) is category:
                self._ask("POST", where, json={"transition": {"id": way["id"]}})
                return self._one(issue.id)
        raise TicketError(f"The workflow of {issue.number} has no way from {issue.status} to {category}.")

    def _one(self, key: str) -> Issue:
        return self._issue(self._ask("GET", f"/issue/{key}", params={"fields": ",".join(FIELDS)}))

    def _issue(self, row: dict[str, Any]) -> Issue:
        status = row["fields"]["status"]
        return Issue(
            id=row["id"],
            number=row["key"],
            title=row["fields"]["summary"],
            url=f"{self._address}/browse/{row['key']}",
            status=status["name"],
            category=CATEGORIES.get(status["statusCategory"]["key"], Category.NEW),
        )

    @cached_property
    def _client(self) -> Client:
        given = {name: self._settings[name] for name in ("address", "email", "api_token")}
        return opened(connection(given), keep=forget).doors["jira"].once()

    def _ask(self, method: str, path: str, **asked: Any) -> Any:
        try:
            return self._client.ask(method, API + path, **asked).json
        except NotFound as error:
            raise Absent("Jira has no such issue or project, or the account may not see it.") from error
        except SourceError as error:
            raise Unreached(error.message) from error
        except HttpError as error:
            raise trouble("Jira", error) from error


def _label(key: str) -> str:
    return f"sv0-{key}"


def _document(draft: Draft) -> dict[str, Any]:
    """The text in Atlassian's Document Format: a paragraph a line, and the link back."""
    lines = [line for line in draft.text.splitlines() if line.strip()]
    paragraphs = [{"type": "paragraph", "content": [{"type": "text", "text": line}]} for line in lines]
    link = {"type": "text", "text": draft.url, "marks": [{"type": "link", "attrs": {"href": draft.url}}]}
    return {"type": "doc", "version": 1, "content": [*paragraphs, {"type": "paragraph", "content": [link]}]}
