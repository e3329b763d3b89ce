"""Which issues are there, who may write them, and which ways lead from status to status?

As Jira answers of issues; a search by label finds what `index` has been told of, which lags behind as Jira's does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

Answer = tuple[int, Any]
Row = dict[str, Any]
STATUSES = {
    "1": ("To Do", "new"),
    "3": ("In Progress", "indeterminate"),
    "5": ("Done", "done"),
    "6": ("Won't do", "done"),
}
WAYS = {"11": "1", "21": "3", "31": "5", "41": "6"}  # way → status that it leads to
JQL = re.compile(r'labels = "([\w-]+)"')


class Issues:
    """The issues of one site. `ways` are those that the workflow has from everywhere; `on_create` is called with each
    issue once it is there: to lose the answer."""

    def __init__(self, host: str, *, project: str = "SEC", issue_type: str = "Task") -> None:
        self.host, self.project, self.issue_type = host, project, issue_type
        self.rows: dict[str, Row] = {}
        self.ways = dict(WAYS)
        self.unindexed: set[str] = set()  # ids that a search doesn't find yet

    def add(self, summary: str, *, labels: tuple[str, ...] = ()) -> Row:
        """An issue that is to be done."""
        number = len(self.rows) + 1
        row = {"id": str(10_000 + number), "key": f"{self.project}-{number}", "status": "1", "summary": summary}
        self.rows[row["id"]] = row | {"labels": list(labels)}
        return self.rows[row["id"]]

    def answer(self, method: str, path: str, query: Mapping[str, str], content: Any) -> Answer | None:
        """Status and JSON; None where the question isn't about issues."""
        if path == "/rest/api/3/issue" and method == "POST":
            return self._create(content["fields"])
        if path == "/rest/api/3/issue/bulkfetch":
            found = [row for key in content["issueIdsOrKeys"] if (row := self._named(key))]
            return 200, {"issues": [self._shown(row) for row in found], "issueErrors": []}
        if path == "/rest/api/3/search/jql":
            return self._search(query)
        if path == f"/rest/api/3/project/{self.project}":
            return 200, {"key": self.project}
        named = re.fullmatch(r"/rest/api/3/issue/([^/]+)(/transitions)?", path)
        if not named:
            return None
        row = self._named(named[1])
        if row is None:
            return 404, {
                "errorMessages": ["Issue does not exist or you do not have permission to see it."],
                "errors": {},
            }
        return self._move(row, method, content) if named[2] else (200, self._shown(row))

    def _create(self, fields: Row) -> Answer:
        if fields["project"] != {"key": self.project} or fields["issuetype"] != {"name": self.issue_type}:
            return 400, {"errorMessages": [], "errors": {"project": "valid project is required"}}
        if not fields["summary"] or len(fields["summary"]) > 254 or "\n" in fields["summary"]:
            return 400, {"errorMessages": [], "errors": {"summary": "The summary is invalid."}}
        row = self.add(fields["summary"], labels=tuple(fields["labels"]))
        row["description"] = fields["description"]
        return 201, {"id": row["id"], "key": row["key"], "self": self._address(row)}

    def _search(self, query: Mapping[str, str]) -> Answer:
        asked = JQL.fullmatch(query["jql"])
        if not asked:
            return 400, {"errorMessages": ["Error in the JQL Query."], "errors": {}}
        found = [row for row in self.rows.values() if asked[1] in row["labels"] and row["id"] not in self.unindexed]
        return 200, {"issues": [self._shown(row) for row in found], "isLast": True}

    def _move(self, row: Row, method: str, content: Any) -> Answer:
        if method == "GET":
            return 200, {"expand": "transitions", "transitions": [self._way(*each) for each in self.ways.items()]}
        way = content["transition"]["id"]
        if way not in self.ways:
            return 400, {
                "errorMessages": ["It seems that you have tried to perform an illegal operation."],
                "errors": {},
            }
        row["status"] = self.ways[way]
        return 204, None

    def _way(self, way: str, status: str) -> Row:
        return {"id": way, "name": STATUSES[status][0], "to": self._status(status), "isAvailable": True}

    def _named(self, name: str) -> Row | None:
        return self.rows.get(name) or next((row for row in self.rows.values() if row["key"] == name.upper()), None)

    def _shown(self, row: Row) -> Row:
        fields = {"summary": row["summary"], "labels": row["labels"], "status": self._status(row["status"])}
        return {"id": row["id"], "key": row["key"], "self": self._address(row), "fields": fields}

    def _status(self, status: str) -> Row:
        name, category = STATUSES[status]
        return {"id": status, "name": name, "statusCategory": {"id": int(status), "key": category, "name": name}}

    def _address(self, row: Row) -> str:
        return f"https://{self.host}/rest/api/3/issue/{row['id']}"
