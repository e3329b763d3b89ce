"""Which part of a tenant's graph does one page need, and how is it fetched, level by level?

Two looks at an edge: what a walk has to know of it for every edge around, all else only for those that are told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC
from typing import Any

from bson import ObjectId

from connectors.inventory.adjacency import EDGE_FIELDS, EVIDENCE_FIELDS, NODE_FIELDS, NONE, Adjacency, Said
from connectors.inventory.becoming import ACCOUNT_PRINCIPAL, Step, is_provider, principals_of
from connectors.inventory.documents import NODE_KEY, Document, by_key, collection
from connectors.inventory.federation import covers
from connectors.inventory.models import Edge, Node
from connectors.inventory.things import Traits
from connectors.inventory.walk import MOST_HOPS
from tenants.models import Tenant

WALKED = ("runs_as", "same_as", "can_assume", "calls", "contains", "permission", "egress")
AHEAD = (*WALKED, "barred")
INDEX = {"source": "edge_forward", "target": "edge_backward"}
MOST_EDGES = 2_000  # fetched for one page; what lies behind more of them isn't walked
MOST_TARGETS = 2_000  # resources of a domain from which one page looks back
LEVELS = MOST_HOPS + 2  # an identity provider, or a set of roles, is passed through on the way
Level = Callable[[list[str]], list[str]]
_WALKING, _PROVING = dict.fromkeys(EDGE_FIELDS, 1), dict.fromkeys(EVIDENCE_FIELDS, 1)
_DESCRIBING = dict.fromkeys(NODE_FIELDS, 1)
_LAST = "\U0010ffff"


class Surroundings(Adjacency):
    """The part of a tenant's graph around some objects, as far as one page needs it. `whole` is False where there was
    more than MOST_EDGES."""

    def __init__(self, tenant: Tenant) -> None:
        super().__init__()
        self.whole = True
        self._tenant = tenant
        self._ids: list[ObjectId] = []
        self._taken: set[ObjectId] = set()
        self._described = 0
        self._assumable: set[str] = set()  # of identities, and sets of them that a pattern names
        self._said: dict[int, Said] = {}

    def explore_ahead(self, start: str) -> None:
        """Fetch what lies within MOST_HOPS, with the trust that becoming someone needs."""
        self._explore([start], self._ahead)

    def holding(self, domain: str) -> list[str]:
        """The addresses of what holds data of the domain, a page's worth at most."""
        asked = {"tenant_id": self._tenant.pk, "kind": "resource", "domains": domain, "gone_at": None}
        found = collection(Node).find(asked, {"key": 1, "_id": 0}, hint="node_domain").limit(MOST_TARGETS + 1)
        keys = [row["key"] for row in found]
        self.whole = self.whole and len(keys) <= MOST_TARGETS
        return keys[:MOST_TARGETS]

    def explore_behind(self, targets: Sequence[str]) -> None:
        """Fetch from where the targets lie within MOST_HOPS, with the trust that becoming someone needs."""
        self._explore(targets, self._behind)

    def _explore(self, starts: Sequence[str], level: Level) -> None:
        seen, frontier = set(starts), list(starts)
        for _ in range(LEVELS):
            if not frontier or not self.whole:
                break
            frontier = [each for each in dict.fromkeys(level(frontier)) if each not in seen]
            seen.update(frontier)
        self.describe_new()

    def take(self, side: str, keys: Iterable[str], *, most: int | None = None, **wanted: Any) -> list[Document]:
        """Fetch the live edges that have one of the keys at that side; those that were not there yet."""
        return self._take(side, {"$in": list(dict.fromkeys(keys))}, wanted, most)

    def _take(self, side: str, keys: Document, wanted: Document, most: int | None = None) -> list[Document]:
        left = MOST_EDGES - len(self._taken) if most is None else most
        if left <= 0 or keys.get("$in") == []:
            self.whole = self.whole and keys.get("$in") == []
            return []
        asked = {"tenant_id": self._tenant.pk, side: keys, "gone_at": None, **wanted}
        found = list(collection(Edge).find(asked, _WALKING, hint=INDEX[side], batch_size=left + 1).limit(left + 1))
        self.whole = self.whole and len(found) <= left
        rows = [row for row in found[:left] if row["_id"] not in self._taken]
        for row in rows:
            self._taken.add(row["_id"])
            self._ids.append(row["_id"])
            self.add_edge(row)
            if row["access"] == "assume" or row["relation"] == "barred":
                self._assumable.add(row["target"])
        return rows

    def describe_new(self) -> None:
        """Fetch what a walk has to know of the objects that came with the last edges: of most resources, that they
        hold no data of a domain, which an index tells."""
        things, since = self.things, self._described
        new = [(things.key(number), things[number].kind) for number in range(since, len(things))]
        self._described = len(things)
        self._describe(key for key, kind in new if kind != "resource" or key in self._assumable)
        plain = [key for key, kind in new if kind == "resource"]
        if plain:
            asked = {"tenant_id": self._tenant.pk, "kind": "resource", "domains": {"$gt": ""}, "gone_at": None}
            asked["key"] = {"$in": plain}
            for row in collection(Node).find(asked, _DESCRIBING, hint="node_domain", batch_size=10_000):
                self.describe(row)

    def _describe(self, keys: Iterable[str]) -> None:
        wanted = list(keys)
        named = by_key(self._tenant.pk, wanted)
        asked = {**named, "gone_at": None}
        for row in collection(Node).find(asked, _DESCRIBING, hint=NODE_KEY, batch_size=10_000) if wanted else ():
            self.describe(row)

    # ── Evidence ────────────────────────────────────────────────────────────────────────────────────────────────────

    def said(self, edge: int) -> Said:
        """The evidence of an edge that `prove` fetched."""
        return self._said[edge]

    def prove(self, steps: Iterable[Step]) -> None:
        """Fetch the evidence of these steps, and what there is to say of their ends."""
        steps = list(steps)
        ends = dict.fromkeys(end for step in steps for end in (step.source, step.target))
        self._describe(self.things.key(end) for end in ends if not self.things[end].known)
        wanted = dict.fromkeys(edge for step in steps for edge in (step.edge, step.proof) if edge != NONE)
        numbers = {self._ids[edge]: edge for edge in wanted if edge not in self._said}
        asked = {"_id": {"$in": list(numbers)}, "tenant_id": self._tenant.pk}
        for row in collection(Edge).find(asked, _PROVING, hint="_id_", batch_size=10_000):
            edge = numbers[row["_id"]]
            self.things.call(self.source[edge], row["source_name"])
            self.things.call(self.target[edge], row["target_name"])
            seen = (row["first_seen"].replace(tzinfo=UTC), row["last_seen"].replace(tzinfo=UTC))
            conditions, scan = tuple(row["conditions"]), str(row["seen_scan"])
            self._said[edge] = Said(tuple(row["actions"]), row["via"], conditions, row["scope"], scan, *seen)

    # ── One level ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _ahead(self, frontier: list[str]) -> list[str]:
        rows = self.take("source", frontier, relation={"$in": AHEAD})
        self.describe_new()
        named = [row["target"] for row in rows if _becomes(row) and not self._vouches(row["target"])]
        roles = named + self._trusting(rows) + self._matching(rows)
        self.take("target", roles, relation="can_assume")
        self.describe_new()
        return [row["target"] for row in rows if _leads(row)] + roles

    def _trusting(self, rows: Iterable[Document]) -> list[str]:
        """The roles behind the providers that vouch for someone."""
        providers = [row["target"] for row in rows if row["relation"] == "can_assume" and self._vouches(row["target"])]
        return [row["target"] for row in self.take("source", providers, relation="can_assume")]

    def _matching(self, rows: Iterable[Document]) -> list[str]:
        """The roles that someone may become by a pattern, whose trust says its account or anyone."""
        found: list[str] = []
        for row in rows:
            caller, pattern = self._traits(row["source"]), self._traits(row["target"]).pattern
            if row["access"] == "assume" and pattern:
                self.take("source", principals_of(caller.account_id), relation="can_assume")
                named = (self.number(key) for key in (row["source"], *principals_of(caller.account_id)))
                roles = [self.target[edge] for number in named if number is not None for edge in self.leaving(number)]
                keys = (self.things.key(role) for role in roles)
                found += [key for key in keys if covers(pattern, key)]
        return found

    def _behind(self, frontier: list[str]) -> list[str]:
        rows = self.take("target", frontier, relation={"$in": WALKED})
        self.describe_new()
        rows += self._take_claims(frontier)
        becoming = [row["source"] for row in rows if _becomes(row)]
        rows += self._take_patterns(becoming)
        callers = [row["source"] for row in rows if _becomes(row)]
        bars_and_patterns = {"$or": [{"relation": "barred"}, {"access": "assume"}]}
        self._take("source", {"$in": list(dict.fromkeys(callers))}, bars_and_patterns)
        self.describe_new()
        return [row["source"] for row in rows if not _only_access(row)]

    def _take_claims(self, roles: Iterable[str]) -> list[Document]:
        """Who gets the word of the providers that these roles trust."""
        numbers = (self.number(role) for role in roles)
        trusts = (edge for number in numbers if number is not None for edge in self.arriving(number))
        principals = (self.source[edge] for edge in trusts)
        providers = [self.things.key(principal) for principal in principals if is_provider(self.things[principal])]
        return self.take("target", providers, relation="can_assume")

    def _take_patterns(self, principals: Iterable[str]) -> list[Document]:
        """The permissions to become whatever a pattern matches, of all in the accounts that these principals stand for.

        A set's address begins with its account, and what follows with its pattern.
        """
        rows: list[Document] = []
        for principal in dict.fromkeys(principals):
            if account := ACCOUNT_PRINCIPAL.fullmatch(principal):
                begins = f"aws:{account[1]}:set:arn:"
                rows += self._take("target", {"$gte": begins, "$lt": begins + _LAST}, {"access": "assume"})
        return rows

    def _traits(self, key: str) -> Traits:
        """Of an object that an edge named."""
        number = self.number(key)
        return self.things[number] if number is not None else Traits("")

    def _vouches(self, key: str) -> bool:
        return is_provider(self._traits(key))


def _becomes(row: Document) -> bool:
    return bool(row["relation"] == "can_assume" or row["access"] == "assume")


def _leads(row: Document) -> bool:
    return row["target_kind"] != "egress" and row["relation"] != "barred" and not _only_access(row)


def _only_access(row: Document) -> bool:
    """Access to an identity that isn't becoming it."""
    kind, relation, access = row["target_kind"], row["relation"], row["access"]
    return bool(kind == "identity" and relation in ("permission", "contains") and access != "assume")
