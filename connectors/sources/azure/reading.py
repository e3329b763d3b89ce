"""In which order is a tenant's Azure read?

The tree, the roles, then what is in the subscriptions, some at a time; and when the managed identities of all of them
are known, who holds which rights: on management groups first, as those reach into every subscription below.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial

from connectors.http import SignInFailed, Unavailable, endpoint
from connectors.http.microsoft import Microsoft
from connectors.inventory.records import Record, ScopeState
from connectors.scope import Scope, Trouble, opened
from connectors.source import ErrorKind, Pull, SourceError
from connectors.sources.azure.access import Set
from connectors.sources.azure.arm import Azure
from connectors.sources.azure.permissions import (
    ASSIGNMENTS_AT,
    CONTAINERS,
    GRAPH,
    MANAGEMENT_GROUPS,
    ROLE_DEFINITIONS,
    ROLES,
    SUBSCRIPTIONS,
    TREE,
)
from connectors.sources.azure.place import Reading, noting
from connectors.sources.azure.referenced import Referenced
from connectors.sources.azure.rights import Rights
from connectors.sources.azure.roles import Roles
from connectors.sources.azure.shelf import Shelf
from connectors.sources.azure.subscriptions import Batch
from connectors.sources.azure.tree import Group, Tree, batches
from connectors.stream import Stream, streamed

BATCH = 50  # subscriptions in one question
BATCHES_AT_ONCE = 4
UNSEEN_GROUPS = Trouble(
    ScopeState.DENIED,
    "Subscriptions stand below management groups of which Azure shows none: what is held on those is unknown.",
    ErrorKind.CONFIG,
    (MANAGEMENT_GROUPS,),
)


def records(pull: Pull) -> Iterator[Record]:
    """Everything the source says. Threads read; closing the iterator ends them."""
    microsoft = Microsoft(pull.settings)
    try:
        microsoft.authorize(endpoint("arm"))(fresh=False)
    except SignInFailed as error:
        raise SourceError(error.sentence, kind=ErrorKind.CONFIG) from None
    except Unavailable:
        raise SourceError(f"{endpoint('login')} couldn't be reached to sign in.", kind=ErrorKind.TRANSIENT) from None
    read = partial(_read, microsoft, pull.done)
    yield from streamed(read, name="azure", cancelled=pull.cancelled)


def _read(microsoft: Microsoft, done: frozenset[str], stream: Stream) -> None:
    tenant = microsoft.tenant
    key = f"azure:{tenant}:referenced"
    outside = Scope(key=key, label="Owners and identity providers", stream=stream, silent=key in done)
    azure = Azure(microsoft.authorize(endpoint("arm")), go_on=stream.go_on)
    with Shelf() as shelf:
        reading = Reading(
            azure=azure,
            stream=stream,
            shelf=shelf,
            tree=Tree(tenant),
            roles=Roles(),
            referenced=Referenced(outside),
            done=done,
        )
        Tenant(reading).read()


class Tenant:
    """Reads one tenant."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.tree = reading.tree
        self.group = reading.tree.tenant
        self.key = f"azure:{reading.tree.tenant}:tree"

    def read(self) -> None:
        self._tree()
        outside = self.reading.referenced.scope
        with opened(outside, kind="referenced", group=self.group, group_label=self._label):
            self._roles()
            found = [
                Batch(self.reading, some, self.key, {}) for some in batches(self.tree.subscriptions.values(), BATCH)
            ]
            self._all(Batch.read, found)
            above = self._above()
            self._all(partial(Batch.tell_rights, above=above), [each for each in found if each.places])
            self.reading.stream.go_on()
            for incomplete in self.reading.incomplete:
                outside.note(_uncertain(incomplete))

    @property
    def _label(self) -> str:
        return f"Azure tenant {self.group}"

    def _all(self, work: Callable[[Batch], None], some: Iterable[Batch]) -> None:
        with ThreadPoolExecutor(BATCHES_AT_ONCE, thread_name_prefix="azure-batch") as pool:
            for _ in pool.map(work, some):
                pass

    def _tree(self) -> None:
        scope = self.reading.scope(self.key, "Management groups and subscriptions")
        with opened(scope, kind=TREE, group=self.group, group_label=self._label):
            with noting([scope], needs=SUBSCRIPTIONS.needs):
                for row in self.reading.azure.listed(SUBSCRIPTIONS, scope.meter):
                    self.tree.take_subscription(row)
            with noting([scope], needs=GRAPH):
                for row in self.reading.azure.rows(CONTAINERS, scope.meter):
                    self.tree.take_container(row)
            if self.tree.hidden:
                scope.note(UNSEEN_GROUPS)
            for record in self.tree.records(self.key):
                scope.put(record)
        self._ended(scope)

    def _roles(self) -> None:
        """What roles allow. It tells nothing by itself; without it rights aren't told completely."""
        scope = self.reading.scope(f"azure:{self.group}:roles", "What roles allow")
        with self._open(scope), noting([scope], needs=GRAPH):
            for row in self.reading.azure.rows(ROLE_DEFINITIONS, scope.meter):
                self.reading.roles.take(row)
        self.reading.roles.complete = scope.state is ScopeState.COMPLETE
        self._ended(scope)

    def _above(self) -> dict[str, list[Set]]:
        """Puts the rights on management groups and the tenant's root; the sets that they point at, by scope."""
        found: dict[str, list[Set]] = {}
        with ThreadPoolExecutor(BATCHES_AT_ONCE, thread_name_prefix="azure-group") as pool:
            for each in (each for sets in pool.map(self._held, self.tree.groups.values()) for each in sets):
                found.setdefault(each.scope, []).append(each)
        return found

    def _held(self, group: Group) -> list[Set]:
        """Rights on one management group; on the uppermost one those on the tenant's root are told as well."""
        scope = self.reading.scope(f"azure:{self.group}:{group.key}", f"Roles held on management group {group.label}")
        rights = Rights(self.reading, scope, group.key, also=None if group.above else self.tree.root)
        with self._open(scope), noting([scope], needs=ASSIGNMENTS_AT.needs):
            rights.deny()
            rights.tell(rights.eligible())
            rows = self.reading.azure.listed(ASSIGNMENTS_AT, scope.meter, id=group.key)
            rights.tell({**row["properties"], "id": row["id"]} for row in rows)
        self._ended(scope)
        return list(rights.sets.values())

    @contextmanager
    def _open(self, scope: Scope) -> Iterator[None]:
        with opened(scope, kind=ROLES, group=self.group, group_label=self._label, within=self.key):
            yield

    def _ended(self, scope: Scope) -> None:
        if scope.state is not ScopeState.COMPLETE:
            self.reading.incomplete.append(scope)


def _uncertain(incomplete: Scope) -> Trouble:
    """An unread part may name others still: a part passed over on purpose makes this one passed over, not failed."""
    state = ScopeState.SKIPPED if incomplete.state is ScopeState.SKIPPED else ScopeState.FAILED
    sentence = "Who else is named is not certain, because parts of the tenant were not read."
    return Trouble(state, sentence, incomplete.kind_of_trouble)
