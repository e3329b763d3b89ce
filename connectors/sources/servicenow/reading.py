"""In which order is an instance read, and what happens to the rest when a part of it can't be?

First what the other parts are told in terms of: roles and the tables they open, whom one signs in as, the ways out, the
script includes that take them. Then, a few at a time, what runs. People who are named come with whatever names them.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from hashlib import blake2b

from connectors.http import Client
from connectors.inventory.records import Record, ScopeState
from connectors.scope import Scope, Trouble, opened
from connectors.source import Pull
from connectors.sources.servicenow import (
    access,
    accounts,
    agents,
    automation,
    credentials,
    flows,
    includes,
    mid_servers,
    outbound,
    permissions,
    rest_apis,
    roles,
    schedules,
    session,
)
from connectors.sources.servicenow.increments import Course, course
from connectors.sources.servicenow.instance import SYSTEM, Instance
from connectors.sources.servicenow.people import People
from connectors.sources.servicenow.permissions import Table
from connectors.sources.servicenow.place import Known, Place, Reader
from connectors.sources.servicenow.settings import connection
from connectors.sources.servicenow.tables import Tables
from connectors.stream import Abandoned, Cancelled, Stream, streamed

AT_ONCE = 3  # scopes; an instance serves four calls at a time unless its administrator says otherwise


@dataclass(frozen=True, slots=True)
class Unit:
    """What one scope reads; each reader with the table without which it is pointless."""

    kind: str
    label: str
    readers: tuple[tuple[Table, Reader], ...]


FIRST = (
    Unit("roles", "Roles", ((permissions.ROLES, roles.roles), (permissions.CONTAINS, roles.contained))),
    Unit("access", "Tables that roles open", ((permissions.ACLS, access.access),)),
    Unit(
        "credentials",
        "OAuth clients and credentials",
        (
            (permissions.ENTITIES, credentials.clients),
            (permissions.BASIC, credentials.basic_profiles),
            (permissions.STORED, credentials.stored),
        ),
    ),
    Unit(
        "outbound",
        "Messages and connections",
        (
            (permissions.MESSAGES, outbound.rest_messages),
            (permissions.SOAP, outbound.soap_messages),
            (permissions.CONNECTIONS, outbound.connections),
        ),
    ),
    Unit("script_includes", "Script includes", ((permissions.INCLUDES, includes.includes),)),
)
RUNNING = (
    Unit("schedules", "Other scheduled jobs", ((permissions.SCHEDULES, schedules.schedules),)),
    Unit("rest_apis", "Inbound REST APIs", ((permissions.OPERATIONS, rest_apis.rest_apis),)),
    Unit("flows", "Flows", ((permissions.FLOWS, flows.flows),)),
    Unit("mid_servers", "MID servers", ((permissions.MID_SERVERS, mid_servers.mid_servers),)),
    Unit("ai_agents", "AI agents", ((permissions.AGENTS, agents.agents),)),
    Unit("accounts", "Integration accounts", ((permissions.USERS, accounts.accounts),)),
)
SCRIPTS = {
    "scheduled_jobs": ("Scheduled jobs", automation.JOB),
    "business_rules": ("Business rules", automation.RULE),
}


def records(pull: Pull) -> Iterator[Record]:
    """Everything the source says. Threads read; closing the iterator ends them."""
    asked = connection(pull.settings)
    session.sign_in(session.client(asked))

    def read(stream: Stream) -> None:
        Reading(Instance(asked.host), session.client(asked, go_on=stream.go_on), stream, pull).read()

    yield from streamed(read, name="servicenow", cancelled=pull.cancelled)


@dataclass(slots=True)
class Reading:
    """What the threads of one scan share."""

    instance: Instance
    client: Client
    stream: Stream
    pull: Pull
    known: Known = field(default_factory=Known)
    people: People = field(default_factory=People)

    def read(self) -> None:
        others = self._scope("referenced", "People and accounts that others name")
        self.people.place = self._place(others)
        with self._opened(others, "referenced"):
            for unit in FIRST:
                self._unit(unit)
            units = [partial(self._unit, unit) for unit in RUNNING if not self._is_done(unit.kind)]
            units += [partial(self._scripts, kind) for kind in SCRIPTS if not self._is_done(kind)]
            with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="servicenow") as pool:
                for _ in pool.map(lambda unit: unit(), units):
                    pass
            self.stream.go_on()
            for each in self.known.incomplete.values():
                if each.state is not ScopeState.SKIPPED:  # a plugin that isn't there names nobody
                    others.note(_uncertain(each))

    def _unit(self, unit: Unit) -> None:
        scope = self._scope(unit.kind, unit.label)
        with self._opened(scope, unit.kind):
            self._place(scope).read(unit.readers)

    def _scripts(self, kind: str) -> None:
        label, script = SCRIPTS[kind]
        scope = self._scope(kind, label)
        place = self._place(scope)
        try:
            how = self._course(place, script.table, kind)
        except (Cancelled, Abandoned):
            raise
        except Exception as error:
            how = None
            place.tables.note(error, script.table)
        with self._opened(scope, kind, increment=how is not None and how.before is not None):
            if how:
                place.read([(script.table, lambda place: automation.by_themselves(place, script, how))])
                scope.bookmark = how.bookmark()

    def _course(self, place: Place, table: Table, kind: str) -> Course:
        self.stream.go_on()
        bookmark = self.pull.bookmarks.get(self._key(kind))
        return course(place.tables, table, bookmark=bookmark, context=self._context())

    def _context(self) -> str:
        """A mark of all that a script's meaning depends on beside its text."""
        known = self.known
        named = (known.rest, known.soap, known.aliases, known.functions, known.includes, known.credentials)
        said = [repr(item) for each in named for item in sorted(each.items())]
        return blake2b("\n".join(said).encode(), digest_size=12).hexdigest()

    def _scope(self, kind: str, label: str) -> Scope:
        key = self._key(kind)
        return Scope(key=key, label=f"{label} in {self.instance.host}", stream=self.stream, silent=self._is_done(kind))

    def _place(self, scope: Scope) -> Place:
        tables = Tables(self.client.charged(scope.meter), scope)
        return Place(instance=self.instance, scope=scope, tables=tables, known=self.known, people=self.people)

    @contextmanager
    def _opened(self, scope: Scope, kind: str, *, increment: bool = False) -> Iterator[Scope]:
        host = self.instance.host
        with opened(scope, kind=kind, group=host, group_label=host, increment=increment):
            yield scope
        if scope.state is not ScopeState.COMPLETE:
            self.known.incomplete[kind] = scope

    def _is_done(self, kind: str) -> bool:
        return self._key(kind) in self.pull.done

    def _key(self, kind: str) -> str:
        return f"{SYSTEM}:{self.instance.host}:{kind}"


def _uncertain(incomplete: Scope) -> Trouble:
    sentence = "Who else is named is not certain, because other parts of the instance were not read."
    return Trouble(ScopeState.FAILED, sentence, incomplete.kind_of_trouble)
