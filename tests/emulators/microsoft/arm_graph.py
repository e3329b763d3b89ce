"""How does Azure Resource Graph answer a question: which rows, in which order, on which page?

It leaves out silently what the caller may not read. A page without `$skipToken` is the last one; without `id` among its
columns an answer can't be paged and is cut short instead, which it says by the text "true"
(https://learn.microsoft.com/azure/governance/resource-graph/concepts/work-with-data).
"""

import base64
import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import orjson

from tests.emulators.microsoft.arm_estate import AzureEstate, Contents, ManagementGroup, Row, Subscription
from tests.emulators.microsoft.arm_kql import Misunderstood, Question, understood
from tests.emulators.microsoft.arm_rights import Rights
from tests.emulators.microsoft.arm_roles import built_in
from tests.emulators.microsoft.arm_wire import Asked, Reply, forbidden, refused

MOST = 1000  # rows of a page
OPTIONS = {"$top", "$skipToken", "resultFormat", "allowPartialScopes", "authorizationScopeFilter"}
QUOTA = {"x-ms-user-quota-remaining": "14", "x-ms-user-quota-resets-after": "00:00:05"}
Block = Callable[[], list[Row]]


class ResourceGraph:
    """Resource Graph in front of an estate. `truncates`: it loses rows behind the first page, and says so.

    `quota` is the number of questions that the answers say are left, in turn; then as many as at first.
    """

    def __init__(self, estate: AzureEstate, rights: Rights) -> None:
        self._estate, self._rights = estate, rights
        self._totals: dict[str, int] = {}
        self.truncates = False
        self.quota: list[int] = []

    def answer(self, asked: Asked) -> Reply:
        if not self._rights.allow("Microsoft.ResourceGraph/resources/read", at="/"):
            return forbidden("Microsoft.ResourceGraph/resources/read", "/")
        wrong = _wrong(asked.body)
        if wrong:
            return refused(400, "BadRequest", wrong)
        try:
            question = understood(asked.body["query"])
        except Misunderstood as error:
            return refused(400, "InvalidQuery", f"Query is invalid. {error}")
        left = {"x-ms-user-quota-remaining": str(self.quota.pop(0))} if self.quota else {}
        found = self._page(question, asked.body)
        return Reply(found.status, found.body, {**QUOTA, **left})

    def _page(self, question: Question, body: Row) -> Reply:
        options = body.get("options") or {}
        most = min(int(options.get("$top", 100)), MOST)
        signature = hashlib.sha256(orjson.dumps([body["query"], body.get("subscriptions")])).hexdigest()[:12]
        start = _place(options.get("$skipToken"), signature)
        if start is None:
            return refused(400, "BadRequest", "The skip token doesn't belong to this question.")
        blocks = self._blocks(question, body.get("subscriptions"))
        rows: list[Row] = []
        token = None
        for place, row in _from(blocks, start):
            if len(rows) == most:
                token = _token(place, signature)
                break
            told = question.answer(row) if self._readable(row) else None
            if told is not None:
                rows.append(told)
        cut = token is not None and (self.truncates or not question.pages)
        page: Row = {
            "totalRecords": self._total(question, blocks, signature),
            "count": len(rows),
            "resultTruncated": "true" if cut else "false",
            "data": rows,
            "facets": [],
        }
        if token is not None and not cut:
            page["$skipToken"] = token
        return Reply(200, page)

    def _total(self, question: Question, blocks: Sequence[Block], signature: str) -> int:
        if signature not in self._totals:
            found = (question.answer(row) for _, row in _from(blocks, (0, 0)) if self._readable(row))
            self._totals[signature] = sum(1 for row in found if row is not None)
        return self._totals[signature]

    def _readable(self, row: Row) -> bool:
        action = READING.get(row["type"], row["type"])
        return self._rights.allow(f"{action}/read", at=row["id"])

    def _blocks(self, question: Question, subscriptions: Sequence[str] | None) -> list[Block]:
        """The table in the order of its ids, cut where its parts can be made one by one."""
        chosen = None if subscriptions is None else {each.lower() for each in subscriptions}
        held = sorted(self._estate.subscriptions, key=lambda each: each.id)
        table = {
            "resources": self._resources,
            "resourcecontainers": self._containers,
            "authorizationresources": self._authorization,
        }
        make = table[question.table]
        first: list[Block] = [] if question.table == "resources" else [lambda: make(None)]
        if chosen is not None and question.table == "resourcecontainers":
            first = []
        rest = [_making(make, each) for each in held if chosen is None or each.id in chosen]
        return [*first, *rest]

    def _resources(self, subscription: Subscription | None) -> list[Row]:
        return [self._row(row, subscription) for row in self._contents(subscription).ordered()]

    def _containers(self, subscription: Subscription | None) -> list[Row]:
        if subscription is None:
            rows = [self._management_group(each) for each in self._estate.groups]
            return sorted(rows, key=lambda row: str(row["id"]).lower())
        groups = self._contents(subscription).groups
        rows = [
            self._row(groups[key], subscription, kind="microsoft.resources/subscriptions/resourcegroups")
            for key in sorted(groups)
        ]
        return [self._subscription(subscription), *rows]

    def _authorization(self, subscription: Subscription | None) -> list[Row]:
        contents = self._contents(subscription)
        definitions = [*contents.definitions, *(built_in() if subscription is None else ())]
        rows = [*map(_tenant_wide, contents.assignments), *definitions]
        told = [{**row, "type": row["type"].lower(), "tenantId": self._estate.tenant} for row in rows]
        return sorted(told, key=lambda row: str(row["id"]).lower())

    def _contents(self, subscription: Subscription | None) -> Contents:
        return self._estate.above if subscription is None else self._estate.contents(subscription)

    def _row(self, row: Row, subscription: Subscription | None, *, kind: str | None = None) -> Row:
        parts = row["id"].lower().split("/")
        return {
            **row,
            "name": row["id"].rpartition("/")[2],
            "type": kind or row["type"].lower(),
            "subscriptionId": subscription.id if subscription else None,
            "resourceGroup": parts[4] if len(parts) > 4 else "",
            "tenantId": self._estate.tenant,
        }

    def _subscription(self, subscription: Subscription) -> Row:
        return {
            "id": subscription.path,
            "name": subscription.name,
            "type": "microsoft.resources/subscriptions",
            "subscriptionId": subscription.id,
            "tenantId": self._estate.tenant,
            "tags": {},
            "properties": {
                "state": subscription.state,
                "managementGroupAncestorsChain": self._chain(subscription.group),
            },
        }

    def _management_group(self, group: ManagementGroup) -> Row:
        details = {
            "parent": {"name": group.parent},
            "managementGroupAncestorsChain": self._chain(group.parent) if group.parent else [],
        }
        return {
            "id": group.id,
            "name": group.name,
            "type": "microsoft.management/managementgroups",
            "tenantId": self._estate.tenant,
            "subscriptionId": "",
            "tags": None,
            "properties": {"displayName": group.display_name, "tenantId": self._estate.tenant, "details": details},
        }

    def _chain(self, name: str) -> list[Row]:
        return [{"name": each.name, "displayName": each.display_name} for each in self._estate.ancestors(name)]


READING = {"microsoft.resources/subscriptions/resourcegroups": "Microsoft.Resources/subscriptions/resourceGroups"}


def _wrong(body: Any) -> str | None:
    """What is wrong with a question's form."""
    if not isinstance(body, dict) or not isinstance(body.get("query"), str):
        return "The request has no query."
    options = body.get("options") or {}
    unknown = sorted(set(options) - OPTIONS)
    if unknown:
        return f"The option '{unknown[0]}' is not known here."
    if options.get("resultFormat", "objectArray") != "objectArray":
        return "Only the result format objectArray is known here."
    return None if 1 <= int(options.get("$top", 100)) <= MOST else "$top must be between 1 and 1000."


def _making(make: Callable[[Subscription | None], list[Row]], subscription: Subscription) -> Block:
    return lambda: make(subscription)


def _from(blocks: Sequence[Block], start: tuple[int, int]) -> Iterator[tuple[tuple[int, int], Row]]:
    first, offset = start
    for number in range(first, len(blocks)):
        rows = blocks[number]()
        for at in range(offset, len(rows)):
            yield (number, at), rows[at]
        offset = 0


def _tenant_wide(row: Row) -> Row:
    """Resource Graph tells a built-in role's id as one of the tenant's, and spells it its own way."""
    properties = row["properties"]
    role = properties["roleDefinitionId"]
    if "/managementgroups/" not in role.lower():
        role = f"/providers/Microsoft.Authorization/RoleDefinitions/{role.rpartition('/')[2]}"
    return {**row, "properties": {**properties, "roleDefinitionId": role}}


def _token(place: tuple[int, int], signature: str) -> str:
    return base64.urlsafe_b64encode(f"{signature} {place[0]} {place[1]}".encode()).decode()


def _place(token: str | None, signature: str) -> tuple[int, int] | None:
    """Where a page begins; None for a token that isn't of this question."""
    if token is None:
        return 0, 0
    try:
        of, block, at = base64.urlsafe_b64decode(token).decode().split()
    except ValueError:
        return None
    return (int(block), int(at)) if of == signature else None
