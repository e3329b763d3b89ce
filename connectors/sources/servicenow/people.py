"""Who is named by what was read: whose account runs it, who made it, and are they still there?

Only people who are named are looked up, each once: an instance knows far more of them than its automations do.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from connectors.inventory.records import Link, Owner, Ref, Relation
from connectors.sources.servicenow import accounts
from connectors.sources.servicenow.instance import linked
from connectors.sources.servicenow.permissions import USERS
from connectors.sources.servicenow.place import Place
from connectors.sources.servicenow.values import Row, flag, short, text

# Accounts of the vendor's, in whose name everything that it ships was made: they answer for nothing.
SHIPPING = {"admin", "system", "maint", "glide.maint", "guest", "nobody"}
SYSTEM_ACCOUNT = "system"  # what runs in nobody's name
Named = Iterable[str | None]


@dataclass(slots=True)
class People:
    """The accounts and owners that other scopes name, told in a scope of their own. Many threads share it."""

    place: Place = field(init=False)  # the scope that tells of them
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _by_id: dict[str, Row | None] = field(default_factory=dict)  # None: the instance knows nobody of that id
    _by_name: dict[str, Row | None] = field(default_factory=dict)
    _owners: set[str] = field(default_factory=set)
    _accounts: set[str] = field(default_factory=set)

    def meet(self, *, ids: Named = (), names: Named = ()) -> None:
        """Looks up those that are new."""
        with self._lock:
            self._look_up("sys_id", ids, self._by_id)
            self._look_up("user_name", [name for name in names if name not in SHIPPING], self._by_name)

    def is_gone(self, id_: str | None) -> bool:
        """Whether the instance has no such account any more, for sure: everybody asked for was shown."""
        return bool(id_) and id_ in self._by_id and self._by_id[id_] is None and not self.place.scope.troubles

    def named(self, name: str | None) -> str | None:
        """The id of the account with that user id, once met."""
        row = self._by_name.get(name or "")
        return row["sys_id"] if row else None

    def account(self, id_: str) -> Ref:
        """The account, told with what it may do unless the scope of accounts does that."""
        with self._lock:
            row, new = self._by_id.get(id_), id_ not in self._accounts
            self._accounts.add(id_)
            if new and id_ == SYSTEM_ACCOUNT:
                self.place.put(accounts.system(self.place))
            elif new and row and not accounts.is_machine(row):
                self.place.put(accounts.told(self.place, [row]))
        name = accounts.name_of(row) if row else "System" if id_ == SYSTEM_ACCOUNT else f"account {short(id_)}"
        return Ref(kind="identity", id=self.place.instance.address(USERS.name, id_), name=name)

    def owns(self, id_: str | None, what: Ref, scope: str, *, via: str) -> Iterator[Link]:
        """The link from the owner, who is told; nothing where nobody is known."""
        yield from self._owning(self._by_id.get(id_ or ""), what, scope, via)

    def made(self, name: str | None, what: Ref, scope: str) -> Iterator[Link]:
        """The same for whoever has that user id and made it."""
        yield from self._owning(self._by_name.get(name or ""), what, scope, "created by")

    def tell(self, *, makers: Iterable[str], actors: Iterable[str]) -> None:
        """Tells of those who own or run something that is not told again this time."""
        self.meet(names=makers, ids=[each for each in actors if each != SYSTEM_ACCOUNT])
        for row in filter(None, map(self._by_name.get, makers)):
            self._owner(row)
        for each in actors:
            self.account(each)

    def _owning(self, row: Row | None, what: Ref, scope: str, via: str) -> Iterator[Link]:
        if row:
            yield linked(Relation.OWNS, self._owner(row), what, scope, via=via)

    def _owner(self, row: Row) -> Ref:
        id_ = self.place.instance.address("owner", row["sys_id"])
        name = text(row, "name") or text(row, "user_name") or "person without a name"
        with self._lock:
            new = id_ not in self._owners
            self._owners.add(id_)
        if new:
            email = text(row, "email")
            owner = Owner(
                id=id_,
                provider_id=row["sys_id"],
                name=name,
                type="person",
                email=email.lower() if email else None,
                active=flag(row, "active"),
                **self.place.of(),
            )
            self.place.put([owner])
        return Ref(kind="owner", id=id_, name=name)

    def _look_up(self, column: str, wanted: Named, known: dict[str, Row | None]) -> None:
        new = {each for each in wanted if each and each not in known}
        for each, rows in self.place.tables.by(USERS, column, new).items():
            known[each] = rows[0] if rows else None
        known |= dict.fromkeys(new - known.keys())
        for row in [row for each in new if (row := known[each])]:
            self._by_id[row["sys_id"]] = row
            self._by_name[row.get("user_name", "")] = row
