"""How does Microsoft Graph answer a read of a directory?

    graph = serve(microsoft, directory)   # below /graph of a MicrosoftEmulator
    graph.limits = Limits(units=100)      # throttles, from now on
    graph.page = 3                        # never more rows on a page, whatever is asked for

Only what is selected is told; whoever lacks the permission for a collection is refused, and sees no more than the id of
an object that another leads to. `directory` may be changed while it is read.
"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from tests.emulators.microsoft import graph_delta
from tests.emulators.microsoft.graph_batch import batch
from tests.emulators.microsoft.graph_directory import TYPES, Directory, Row, Table
from tests.emulators.microsoft.graph_limits import Limits
from tests.emulators.microsoft.graph_model import is_described, kinds
from tests.emulators.microsoft.graph_permissions import NEEDS, SEEN, needed
from tests.emulators.microsoft.graph_query import MOST, Question, Wrong, matching, teller, token, understood
from tests.emulators.microsoft.server import MicrosoftEmulator
from tests.emulators.microsoft.wire import Asked, Reply, refused

AUDIENCE = "https://graph.microsoft.com"
VERSIONS = ("v1.0", "beta")
PREFIXES = ("roleManagement/directory/", "reports/")
ONLY_BETA = frozenset({"servicePrincipalSignInActivities", "appCredentialSignInActivities"})
MOST_AGENTS = 100
EXPANDED = 20  # related objects that are told with one
TOLD = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
OBJECT = "directoryObject"
# What is related → of which type it is.
RELATIONS = {
    **dict.fromkeys(("owners", "sponsors", "members", "transitiveMembers", "memberOf", "transitiveMemberOf"), OBJECT),
    "ownedObjects": OBJECT,
    "appRoleAssignedTo": "appRoleAssignment",
    "appRoleAssignments": "appRoleAssignment",
    "federatedIdentityCredentials": "federatedIdentityCredential",
    "inheritablePermissions": "inheritablePermission",
    "oauth2PermissionGrants": "oAuth2PermissionGrant",
}


@dataclass(frozen=True)
class Listing:
    """A collection, or what is related to one object. `kind` is what is listed of it, `name` the collection's."""

    table: Table
    kind: str
    name: str
    within: range
    most: int = MOST


class Graph:
    """Graph in front of a directory. `again` answers a request of a batch as if it came by itself."""

    def __init__(self, directory: Directory, *, again: Callable[[Asked], Reply] | None = None) -> None:
        self.directory = directory
        self.limits: Limits | None = None
        self.page: int | None = None
        self.too_old = 400  # how a delta token that is too old is refused: 400 or 410
        self._again = again or self.answer

    def answer(self, asked: Asked) -> Reply:
        version, _, path = asked.path.lstrip("/").partition("/")
        if version not in VERSIONS:
            return _failed(400, "BadRequest", f"Invalid version: {version}.")
        try:
            found = self._answered(asked, version, path)
        except Wrong as mistake:
            return _failed(400, mistake.code, mistake.message)
        ours = {"request-id": str(uuid.uuid4()), "OData-Version": "4.0", "Content-Type": TOLD}
        return replace(found, headers={**ours, **found.headers})

    def _answered(self, asked: Asked, version: str, path: str) -> Reply:
        if path == "$batch":
            return batch(asked, f"/{version}", self._again)
        for prefix in PREFIXES:
            path = path.removeprefix(prefix)
        segments = path.strip("/").split("/")
        if segments[0] not in NEEDS or (segments[0] in ONLY_BETA and version != "beta"):
            raise Wrong(f"Resource not found for the segment '{segments[0]}'.", code="BadRequest")
        if not needed(segments) & set(asked.claims.get("roles", ())):
            return _failed(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
        spent = self.limits.spent(segments, asked.query, who=f"{asked.claims.get('appid')}") if self.limits else {}
        if isinstance(spent, Reply):
            return spent
        found = self._read(asked, version, segments)
        return replace(found, headers={**found.headers, **spent})

    def _read(self, asked: Asked, version: str, segments: list[str]) -> Reply:
        context = f"{asked.base}/{version}/$metadata#"
        if asked.method == "POST" and segments == ["directoryObjects", "getByIds"]:
            return self._by_ids(asked.body or {}, context)
        if asked.method != "GET":
            return _failed(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
        if segments[1:] == ["delta"] and segments[0] in graph_delta.TOLD:
            return graph_delta.answer(self.directory, asked, segments[0], page=self.page, too_old=self.too_old)
        counting = segments[-1] == "$count"
        found = self._listing(segments[:-1] if counting else segments)
        if isinstance(found, Reply):
            return found
        if isinstance(found, dict):
            return self._one(found, TYPES.get(segments[0], OBJECT), asked, context)
        eventual = asked.headers.get("consistencylevel", "").lower() == "eventual"
        question = understood(asked.query, found.kind, eventual=eventual, most=found.most)
        if counting:
            return self._counted(found, question, eventual=eventual)
        return self._page(found, question, asked, context)

    # Where a path leads

    def _listing(self, segments: list[str]) -> Listing | Row | Reply:
        name, *rest = segments
        if name == "directoryObjects":
            return self._object(rest[0]) if rest else _no_segment(name)
        table = self.directory.tables[name]
        if not rest:
            return Listing(table, table.kind, name, range(len(table)))
        if rest[0].startswith("microsoft.graph."):
            return self._cast(Listing(table, table.kind, name, range(len(table))), rest[0])
        row = table.find(rest[0])
        if row is None:
            return _no_object(rest[0])
        return self._related(row, rest[1:])

    def _related(self, row: Row, rest: list[str]) -> Listing | Row | Reply:
        if rest and rest[0].startswith("microsoft.graph."):  # the object itself, as one of a subtype
            if row.get("@odata.type", "").removeprefix("#") != rest[0]:
                return _no_object(row["id"])
            rest = rest[1:]
        if not rest:
            return row
        if rest[0] not in RELATIONS:
            return _no_segment(rest[0])
        kind = RELATIONS[rest[0]]
        rows = self.directory.related(row["id"], rest[0])
        found = Listing(Table(kind, rows), kind, "", range(len(rows)))
        return self._cast(found, rest[1]) if len(rest) > 1 else found

    def _cast(self, listing: Listing, said: str) -> Listing | Reply:
        """Only those of a subtype."""
        kind = said.removeprefix("microsoft.graph.")
        if not is_described(kind):
            return _no_segment(said)
        most = MOST_AGENTS if kind.startswith("agentIdentity") else MOST
        if kind in listing.table.casts:
            return replace(listing, kind=kind, within=listing.table.casts[kind], most=most)
        if listing.name:
            rows = [row for _, row in listing.table.between(0, len(listing.table)) if kind in _kinds(row, listing.kind)]
        else:
            rows = [row for row in _all(listing.table) if kind in _kinds(row, OBJECT)]
        return Listing(Table(kind, rows), kind, "", range(len(rows)), most)

    def _object(self, key: str) -> Row | Reply:
        return self.directory.object(key) or _no_object(key)

    # What is told

    def _page(self, listing: Listing, question: Question, asked: Asked, context: str) -> Reply:
        if "stale" in asked.spoilt:
            return _failed(400, "Directory_ExpiredPageToken", "The specified page token value has expired.")
        question = self._spoilt(question, asked)
        size = 0 if "empty" in asked.spoilt else min(question.top, self.page or question.top)
        rows = matching(question, self.directory, listing.name, listing.table, listing.within)
        found = list(itertools.islice(rows, size))
        told = self._teller(listing, question, asked)
        what = listing.name or f"{listing.kind}s"
        body: dict[str, Any] = {"@odata.context": f"{context}{what}" + _shown(question.select)}
        if question.counted and not question.start:
            body["@odata.count"] = self._number(listing, question)
        following = found[-1][0] + 1 if found else question.start
        if len(found) == size and following < listing.within.stop:
            body["@odata.nextLink"] = _next(asked, following)
        body["value"] = [told(row) for _, row in found]
        return Reply(200, body)

    def _spoilt(self, question: Question, asked: Asked) -> Question:
        """A page that begins with the row that the one before it ended with."""
        again = "repeat" in asked.spoilt and question.start
        return replace(question, start=question.start - 1) if again else question

    def _teller(self, listing: Listing, question: Question, asked: Asked) -> Callable[[Row], Row]:
        """How a row is told: what is selected, with its type where that isn't plain, and what is expanded."""
        usual = f"#microsoft.graph.{listing.kind}"
        told_of = teller(listing.kind, question.select)
        roles = set(asked.claims.get("roles", ()))

        def told(row: Row) -> Row:
            type_ = row.get("@odata.type", usual)
            kind = type_.removeprefix("#microsoft.graph.")
            pairs = told_of(kind)
            if listing.kind == OBJECT and not _is_seen(kind, roles):
                return {"@odata.type": type_, **{name: row["id"] if name == "id" else None for name, _ in pairs}}
            found = {name: row.get(name, empty) for name, empty in pairs}
            if question.select is None and "keyCredentials" in found:
                found["keyCredentials"] = None  # told only where selected
            for relation, select in question.expand.items():
                found[relation] = self._expanded(row, relation, select)
            return found if type_ == usual else {"@odata.type": type_, **found}

        return told

    def _expanded(self, row: Row, relation: str, select: tuple[str, ...] | None) -> Any:
        if relation == "principal":
            return self.directory.object(row["principalId"])
        if relation == "roleDefinition":
            return self.directory.tables["roleDefinitions"].find(row["roleDefinitionId"])
        if relation not in RELATIONS:
            raise Wrong(f"Could not find a property named '{relation}'.", code="BadRequest")
        found = self.directory.related(row["id"], relation)[:EXPANDED]
        names = [*(("@odata.type",) if RELATIONS[relation] == OBJECT else ()), *(select or ())]
        return [{name: each.get(name) for name in names} if select else each for each in found]

    def _one(self, row: Row, kind: str, asked: Asked, context: str) -> Reply:
        question = understood(asked.query, kind, eventual=False)
        listing = Listing(Table(kind, [row]), kind, "", range(1))
        told = self._teller(listing, question, asked)(row)
        return Reply(200, {"@odata.context": f"{context}{kind}s{_shown(question.select)}/$entity", **told})

    def _counted(self, listing: Listing, question: Question, *, eventual: bool) -> Reply:
        if not eventual:
            raise Wrong("$count is not currently supported.", code="Request_BadRequest")
        return Reply(200, str(self._number(listing, question)).encode(), {"Content-Type": "text/plain"})

    def _number(self, listing: Listing, question: Question) -> int:
        if not question.filter.keeps:
            return listing.table.number(listing.within)
        return sum(1 for _ in matching(question, self.directory, listing.name, listing.table, listing.within))

    def _by_ids(self, body: Mapping[str, Any], context: str) -> Reply:
        if len(body["ids"]) > 1000:
            raise Wrong("Too many ids; 1000 are allowed.")
        wanted = {each.lower() for each in body.get("types", ())}
        found = [row for each in body["ids"] if (row := self.directory.object(each)) is not None]
        kept = [row for row in found if not wanted or {each.lower() for each in _kinds(row, OBJECT)} & wanted]
        return Reply(200, {"@odata.context": f"{context}directoryObjects", "value": kept})


def serve(microsoft: MicrosoftEmulator, directory: Directory) -> Graph:
    """Have an emulator answer for the directory, below /graph."""
    graph = Graph(directory, again=lambda asked: microsoft.ask("graph", asked)[0])
    microsoft.mount("graph", graph.answer, takes=(AUDIENCE,))
    return graph


def _next(asked: Asked, place: int) -> str:
    """The address of what follows; or, if that is asked for, one that leads astray."""
    query = {key: value for key, value in asked.query.items() if key != "$skiptoken"}
    query["$skiptoken"] = asked.query.get("$skiptoken", token(0)) if "loop" in asked.spoilt else token(place)
    base = "https://graph.elsewhere.example" if "elsewhere" in asked.spoilt else asked.base
    said = "&".join(f"{key}={quote(value, safe='(),$/')}" for key, value in query.items())
    return f"{base}{asked.path}?{said}"


def _shown(select: tuple[str, ...] | None) -> str:
    return f"({','.join(select)})" if select else ""


def _kinds(row: Row, usual: str) -> frozenset[str]:
    return kinds(row.get("@odata.type", usual).removeprefix("#microsoft.graph."))


def _all(table: Table) -> list[Row]:
    return [row for _, row in table.between(0, len(table))]


def _is_seen(kind: str, roles: set[str]) -> bool:
    needs = next((SEEN[each] for each in kinds(kind) if each in SEEN), None)
    return needs is None or bool(needs & roles)


def _no_segment(name: str) -> Reply:
    return _failed(400, "BadRequest", f"Resource not found for the segment '{name}'.")


def _no_object(key: str) -> Reply:
    words = f"Resource '{key}' does not exist or one of its queried reference-property objects are not present."
    return _failed(404, "Request_ResourceNotFound", words)


def _failed(status: int, code: str, message: str) -> Reply:
    key = str(uuid.uuid4())
    inner = {"date": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}", "request-id": key, "client-request-id": key}
    found = refused(status, code, message)
    return replace(found, body={"error": {**found.body["error"], "innerError": inner}})
