"""How does an AI Foundry project answer: which agents has it, of the new kind and of the older one?

The project's own address, not Resource Manager's: /{host}/api/projects/{project}/{agents, assistants}. Reading takes a
right on content (a data action) that no Reader has. An account without public access answers nobody from outside
(https://learn.microsoft.com/azure/ai-foundry/agents).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.emulators.microsoft.arm_estate import AzureEstate, Row
from tests.emulators.microsoft.arm_rights import Rights
from tests.emulators.microsoft.arm_wire import CALLER, Asked, Reply, refused

AGENTS_READ = "Microsoft.CognitiveServices/accounts/AIServices/agents/read"
HOST = ".services.ai.azure.com"
MOST, USUAL = 100, 20  # agents of a page: at most, and where nothing is asked for
KNOWN = ("agents", "assistants")
VERSION = "v1"


@dataclass
class Foundry:
    """The projects of an estate, each at its own address."""

    estate: AzureEstate
    rights: Rights
    page: int = MOST

    def answer(self, asked: Asked) -> Reply:
        parts = asked.path.strip("/").split("/")
        if len(parts) < 5 or parts[1:3] != ["api", "projects"] or not parts[0].endswith(HOST):
            return refused(404, "NotFound", "The requested resource is not found.")
        if asked.query.get("api-version") != VERSION:
            return refused(400, "UnsupportedApiVersion", "The api-version is not supported.")
        account, project = self._project(parts[0].removesuffix(HOST).lower(), parts[3].lower())
        if project is None or account is None:
            return refused(404, "NotFound", f"Project '{parts[3]}' is not found.")
        return self._shut(account) or self._denied(asked, project) or self._listed(asked, project, parts[4:])

    def _project(self, host: str, name: str) -> tuple[Row | None, Row | None]:
        subscription = self.estate.hosts(host)
        if subscription is None:
            return None, None
        resources = self.estate.contents(subscription).resources
        found = next((row for row in resources.values() if row["properties"].get("customSubDomainName") == host), None)
        return found, resources.get(f"{found['id']}/projects/{name}".lower()) if found else None

    def _shut(self, account: Row) -> Reply | None:
        if account["properties"]["publicNetworkAccess"] == "Enabled":
            return None
        return refused(403, "403", "Public access is disabled. Please configure private endpoint.")

    def _denied(self, asked: Asked, project: Row) -> Reply | None:
        if asked.method == "GET" and self.rights.allow(AGENTS_READ, at=project["id"], data=True):
            return None
        action = AGENTS_READ if asked.method == "GET" else AGENTS_READ.replace("/read", "/write")
        message = (
            f"The principal `{CALLER}` lacks the required data action `{action}` to perform "
            f"`{asked.method} {asked.path}` operation."
        )
        return refused(403, "PermissionDenied", message)

    def _listed(self, asked: Asked, project: Row, rest: Sequence[str]) -> Reply:
        word, *names = rest
        subscription = self.estate.subscription(project["id"].split("/")[2])
        if word not in KNOWN or subscription is None:
            return refused(404, "NotFound", f"'{word}' is not known here.")
        rows = self.estate.contents(subscription).listed.get(f"{project['id']}/{word}".lower(), [])
        if not names:
            return self._page(asked, rows)
        found = next((row for row in rows if row["id"] == names[0]), None)
        if found is None:
            return refused(404, "not_found", f"'{names[0]}' is not found.")
        if names[1:] == ["versions"] and word == "agents":
            return self._page(asked, [found["versions"]["latest"]])
        return Reply(200, found) if len(names) == 1 else refused(404, "NotFound", "Not known here.")

    def _page(self, asked: Asked, rows: Sequence[Row]) -> Reply:
        """A page of OpenAI's form. The last one names no last id: Microsoft's client goes on while one is named."""
        limit = int(asked.query.get("limit", USUAL))
        if not 1 <= limit <= MOST:
            return refused(400, "invalid_request_error", f"limit must be between 1 and {MOST}.")
        ordered = list(rows) if asked.query.get("order", "desc") == "asc" else list(rows)[::-1]
        after = asked.query.get("after")
        ids = [row["id"] for row in ordered]
        if after is not None and after not in ids:
            return refused(400, "invalid_request_error", f"No object with id '{after}'.")
        start = ids.index(after) + 1 if after is not None else 0
        page = ordered[start : start + min(limit, self.page)]
        more = start + len(page) < len(ordered)
        told: dict[str, Any] = {"object": "list", "data": page, "first_id": page[0]["id"] if page else None}
        return Reply(200, {**told, "last_id": page[-1]["id"] if more else None, "has_more": more})
