"""How are incidents of a ServiceNow instance created, found, followed and moved?

https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html. The wish's key is the record's
correlation_id.
An instance leaves out a condition on a column that we may not read: what it answers is held against what was asked.
The states are those of the base system's incident table; others that a customer added count as being worked on.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from connectors.http import Client, HttpError, NotFound, SignInFailed
from connectors.source import SourceError
from connectors.sources.servicenow.session import client
from connectors.sources.servicenow.settings import ADDRESS, connection
from ticketing.answers import trouble
from ticketing.system import Absent, Category, Draft, Field, Issue, Kind, Settings, TicketError, Unreached

TABLE = "/api/now/table/incident"
FIELDS = "sys_id,number,short_description,state,correlation_id"
STATES = {"1": "New", "2": "In Progress", "3": "On Hold", "6": "Resolved", "7": "Closed", "8": "Canceled"}
CATEGORIES = {"1": Category.NEW, "6": Category.DONE, "7": Category.DONE, "8": Category.DONE}
LONGEST_TITLE = 160  # of short_description in the base system
KIND = Kind(
    label="ServiceNow",
    number=r"INC[0-9]{4,12}",
    rights="A user of its own with the role itil, or rights to read, create and write incidents, and no more.",
    fields=(
        Field(
            "address", "Address of the instance", "Like https://acme.service-now.com.", address=True, pattern=ADDRESS
        ),
        Field("user_name", "User name", "Not the user that the connection reads with.", pattern=r"[^\s:^,]{1,100}"),
        Field("password", "Password", "Belongs to the user name.", secret=True),
        Field(
            "assignment_group",
            "Assignment group",
            "Its sys_id; leave it empty to have incidents routed by your own rules.",
            required=False,
            pattern=r"[0-9a-f]{32}",
        ),
        Field(
            "close_code",
            "Resolution code",
            "With which sv0 resolves an incident, as your instance spells it.",
            default="Solution provided",
            pattern=r"[^\n]{1,60}",
        ),
    ),
)


class ServiceNow:
    """An instance. Nothing is sent before the first call."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._address = str(settings["address"]).rstrip("/")

    def check(self) -> str:
        """That incidents can be read; whether they can be written shows with the first one."""
        self._ask("GET", TABLE, params={"sysparm_limit": 1, "sysparm_fields": "sys_id"})
        return "Signed in; incidents can be read. Whether they can be written shows with the first one."

    def find(self, key: str) -> Issue | None:
        """By its correlation_id."""
        found = self._rows(f"correlation_id={key}", limit=1)
        if any("correlation_id" not in row for row in found):
            raise TicketError("The account may not read correlation_id, without which an incident could be made twice.")
        return next((self._issue(row) for row in found if row["correlation_id"] == key), None)

    def create(self, draft: Draft) -> Issue:
        """With a link back in its text."""
        row = {
            "short_description": draft.title[:LONGEST_TITLE],
            "description": f"{draft.text}\n\n{draft.url}",
            "correlation_id": draft.key,
            "correlation_display": "sv0",
        }
        if group := self._settings.get("assignment_group"):
            row["assignment_group"] = group
        return self._issue(self._ask("POST", TABLE, json=row)["result"])

    def read(self, ids: Sequence[str]) -> dict[str, Issue]:
        """In one call."""
        rows = self._rows(f"sys_idIN{','.join(ids)}", limit=len(ids))
        return {issue.id: issue for issue in map(self._issue, rows)}

    def look_up(self, number: str) -> Issue:
        """By its number."""
        for row in self._rows(f"number={number}", limit=1):
            if row.get("number") == number:
                return self._issue(row)
        raise Absent(f"ServiceNow has no incident {number}, or the account may not see it.")

    def move(self, issue: Issue, category: Category, *, why: str) -> Issue:
        """To resolved, or back to work: an incident that was resolved is never new again."""
        to: dict[str, str] = {"state": "2", "work_notes": why}
        if category is Category.DONE:
            to = {"state": "6", "close_code": self._settings["close_code"], "close_notes": why}
        elif category is Category.NEW and issue.category is not Category.DONE:
            to = {"state": "1", "work_notes": why}
        return self._issue(self._ask("PATCH", f"{TABLE}/{issue.id}", json=to)["result"])

    def _rows(self, query: str, *, limit: int) -> list[dict[str, Any]]:
        asked = {"sysparm_query": query, "sysparm_fields": FIELDS, "sysparm_limit": limit}
        rows: list[dict[str, Any]] = self._ask("GET", TABLE, params=asked)["result"]
        return rows

    def _issue(self, row: dict[str, Any]) -> Issue:
        return Issue(
            id=row["sys_id"],
            number=row["number"],
            title=row["short_description"],
            url=f"{self._address}/nav_to.do?uri=incident.do?sys_id={row['sys_id']}",
            status=STATES.get(row["state"], f"state {row['state']}"),
            category=CATEGORIES.get(row["state"], Category.DOING),
        )

    @cached_property
    def _client(self) -> Client:
        return client(connection(self._settings)).once()

    def _ask(self, method: str, path: str, **asked: Any) -> Any:
        try:
            return self._client.ask(method, path, **asked).json
        except NotFound as error:
            raise Absent("ServiceNow has no such incident, or the account may not see it.") from error
        except SourceError as error:
            raise Unreached(error.message) from error
        except SignInFailed as error:
            raise Unreached(error.sentence) from error
        except HttpError as error:
            raise trouble("ServiceNow", error) from error
