"""Where is being read: which account, which region, for which scope, and what is already known of the account?"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import botocore.session
from botocore.exceptions import ClientError

from connectors.inventory.records import Identity, Link, Owner, Record, Ref, Relation, Resource, ScopeState
from connectors.scope import Meter, Scope, Trouble
from connectors.source import ErrorKind
from connectors.sources.aws.guardrails import Guardrails
from connectors.sources.aws.network import Network
from connectors.sources.aws.permissions import BY_OPERATION
from connectors.sources.aws.session import Sessions, ask, pages
from connectors.sources.aws.targets import Target
from connectors.sources.aws.trouble import code, is_denied, is_unknown_operation
from connectors.sources.aws.trouble import trouble as judge
from connectors.stream import Abandoned, Cancelled
from connectors.tags import named

SYSTEM = "aws"
Tags = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Account:
    """One account of the organization. `state` is AWS's word: ACTIVE, SUSPENDED, PENDING_CLOSURE …"""

    id: str
    name: str
    state: str = "ACTIVE"
    path: str | None = None  # of organizational units: "Root/Production"
    above: tuple[str, ...] = ()  # ids of root and units, from the root down; empty when they weren't read

    @property
    def label(self) -> str:
        return f"{self.name} ({self.id})"


@dataclass(slots=True)
class Known:
    """What was read of one account so far, as far as other scopes of it need it. ARNs throughout."""

    resources: dict[str, Resource] = field(default_factory=dict)
    buckets_complete: bool = False
    roles: dict[str, str] = field(default_factory=dict)  # ARN → name, service-linked ones left out
    roles_by_name: dict[str, str] = field(default_factory=dict)
    roles_by_profile: dict[str, str] = field(default_factory=dict)  # instance profile → role
    sets: dict[str, Target] = field(default_factory=dict)  # sets that policies of the account name
    networks: dict[str, Network] = field(default_factory=dict)  # by region
    guardrails: Guardrails = field(default_factory=Guardrails)
    incomplete: list[Scope] = field(default_factory=list)  # data scopes that were not read to their end
    iam_complete: bool = False
    usage: Scope | None = None  # where it is noted that what identities used can't be told


class Referenced:
    """Objects that any account may name: owners, other companies' accounts, anyone. Each is told once, in one scope."""

    def __init__(self, scope: Scope, accounts: Mapping[str, Account], *, accounts_complete: bool) -> None:
        self.scope = scope
        self.accounts = accounts
        self.accounts_complete = accounts_complete  # else an unknown account may still be one of ours
        self._lock = threading.Lock()
        self._seen: set[str] = set()

    def put(self, record: Identity | Owner) -> None:
        with self._lock:
            new = record.id not in self._seen
            self._seen.add(record.id)
        if new:
            self.scope.put(record)

    def owners(self, tags: Tags, of: Ref, *, scope: str) -> Iterator[Link]:
        """Puts the owners that the tags name, and yields what links them to the object."""
        for owner in named(tags):
            self.put(
                Owner(
                    id=owner.id,
                    provider_id=owner.id,
                    name=owner.name,
                    type=owner.type,
                    system=SYSTEM,
                    scope=self.scope.key,
                    email=owner.email,
                )
            )
            source = Ref(kind="owner", id=owner.id, name=owner.name)
            yield Link(relation=Relation.OWNS, source=source, target=of, scope=scope, via=f"tag {owner.tag}")


@dataclass(slots=True)
class Place:
    """One scope's access to AWS. `last` is the call being made, for telling what failed."""

    account: Account
    region: str
    scope: Scope
    sessions: Sessions
    session: botocore.session.Session
    known: Known
    referenced: Referenced
    regional: bool = True
    last: tuple[str, str] = ("sts", "GetCallerIdentity")
    _clients: dict[tuple[str, str], Any] = field(default_factory=dict)

    @property
    def partition(self) -> str:
        return self.sessions.connection.partition

    def ask(self, service: str, operation: str, *, region: str | None = None, **request: Any) -> dict[str, Any]:
        self.scope.stream.go_on()
        self.last = (service, operation)
        return ask(self._client(service, region or self.region), operation, **request)

    def optional(
        self, service: str, operation: str, *, absent: Iterable[str] = (), region: str | None = None, **request: Any
    ) -> dict[str, Any] | None:
        """One detail more about one object; None when AWS says there is none, or refuses it (see `tolerate`)."""
        try:
            return self.ask(service, operation, region=region, **request)
        except ClientError as error:
            self.tolerate(error, absent=absent)
            return None

    def tolerate(self, error: ClientError, *, absent: Iterable[str] = ()) -> None:
        """Goes on without a detail: one that isn't there (codes in `absent`) or that the region doesn't know of yet.

        A refused one is noted, so that the scope doesn't count as complete. Raises any other error.
        """
        if is_denied(error):
            self.scope.note(self.judged(error))
        elif code(error) not in absent and not is_unknown_operation(error):
            raise error

    def unresolved(self) -> None:
        """Notes that a role couldn't be looked up because IAM's list wasn't read to its end."""
        if not self.known.iam_complete:
            sentence = f"Some roles are unknown because IAM was not read to its end, reading {self.scope.label}."
            self.scope.note(Trouble(ScopeState.FAILED, sentence, ErrorKind.TRANSIENT))

    def pages(
        self, service: str, operation: str, *, by: str, region: str | None = None, **request: Any
    ) -> Iterator[dict[str, Any]]:
        """Every page; between two of them a cancelled scan stops. Parameters as session.pages."""
        found = pages(self._client(service, region or self.region), operation, by=by, **request)
        while True:
            self.scope.stream.go_on()
            self.last = (service, operation)
            page = next(found, None)
            if page is None:
                return
            yield page

    def read(self, *readers: Callable[[Place], Iterator[Record]]) -> None:
        """Puts what each reader yields. One reader's trouble is noted, and the next one reads all the same.

        A service that isn't there has nothing to read: that is noted only when none of the readers' services is.
        """
        unavailable: list[Trouble] = []
        for reader in readers:
            try:
                self._put_all(reader(self))
            except (Cancelled, Abandoned):
                raise
            except Exception as error:
                noted = unavailable if is_unknown_operation(error) else self.scope.troubles
                noted.append(self.judged(error))
        for trouble in unavailable if len(unavailable) == len(readers) else ():
            self.scope.note(trouble)

    @contextmanager
    def noting(self) -> Iterator[None]:
        """Notes the trouble met within, and goes on behind it."""
        try:
            yield
        except (Cancelled, Abandoned):
            raise
        except Exception as error:
            self.scope.note(self.judged(error))

    def judged(self, error: Exception) -> Trouble:
        action = BY_OPERATION[self.last].action
        return judge(error, where=self.scope.label, action=action, regional=self.regional)

    def close(self) -> None:
        for client in self._clients.values():
            client.close()

    def _put_all(self, records: Iterable[Record]) -> None:
        for record in records:
            self.scope.put(record)

    def of(self, **more: Any) -> dict[str, Any]:
        """The members that every record of this place has in common."""
        return {
            "system": SYSTEM,
            "scope": self.scope.key,
            "account_id": self.account.id,
            "account_name": self.account.name,
            "region": self.region if self.regional else None,
            **more,
        }

    def _client(self, service: str, region: str) -> Any:
        if (service, region) not in self._clients:
            client = self.sessions.client(self.session, service, region)
            client.meta.events.register("after-call", partial(_count_retries, self.scope.meter))
            self._clients[service, region] = client
        return self._clients[service, region]


def _count_retries(meter: Meter, parsed: dict[str, Any], **_: Any) -> None:
    """botocore's "after-call" handler."""
    meter.retries += parsed.get("ResponseMetadata", {}).get("RetryAttempts", 0)
