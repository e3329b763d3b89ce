"""Does the connection work, and which table is missing? One row for each thing that can be wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from connectors.http import HttpError, SignInFailed
from connectors.scope import Incomplete, Scope
from connectors.source import Check, SourceError
from connectors.sources.servicenow import session
from connectors.sources.servicenow.permissions import HAS_ROLE, ROLES, TABLES, Table
from connectors.sources.servicenow.reading import AT_ONCE, FIRST, RUNNING, SCRIPTS
from connectors.sources.servicenow.settings import Connection, connection
from connectors.sources.servicenow.tables import NoTable, Tables, judged
from connectors.stream import Stream

TITLES = {unit.kind: unit.label for unit in (*FIRST, *RUNNING)} | {kind: label for kind, (label, _) in SCRIPTS.items()}
TOO_MUCH = {"admin", "security_admin", "impersonator", "maint"}
OWN = "user=javascript:gs.getUserID()"  # the instance puts in whoever asks


def check(settings: Mapping[str, Any]) -> list[Check]:
    """Rows from the address to the single tables. Behind a row that failed, those that need it are untried."""
    try:
        asked = connection(settings)
    except SourceError as error:
        return [Check("Settings", False, error.message)]
    client = session.client(asked)
    try:
        session.sign_in(client)
    except SourceError as error:
        return [
            Check("Sign-in", False, error.message),
            Check("Tables", None, "Not tried: the sign-in comes first."),
        ]
    scope = Scope(key="check", label=asked.host, stream=Stream(), silent=True)
    return [Check("Sign-in", True, _signed_in(asked)), *_tried(Tables(client, scope))]


def _signed_in(asked: Connection) -> str:
    who = f"the OAuth client {asked.client_id}" if asked.client_id else f"the user {asked.user_name}"
    return f"sv0 signs in to {asked.host} as {who}."


def _tried(tables: Tables) -> Iterator[Check]:
    yield _least_privilege(tables)
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="servicenow-check") as pool:
        yield from pool.map(lambda kind: _kind(tables, TITLES[kind], kind), TITLES)


def _least_privilege(tables: Tables) -> Check:
    """Whether sv0's own account could do harm."""
    label = "Least privilege"
    try:
        held = [row["role"] for row in tables.rows(HAS_ROLE, OWN)]
        names = {row["name"] for rows in tables.by(ROLES, "sys_id", held).values() for row in rows}
    except (NoTable, HttpError, Incomplete, KeyError):
        return Check(label, None, "sv0's own roles couldn't be read.")
    if found := sorted(names & TOO_MUCH):
        return Check(label, False, f"sv0's account holds {', '.join(found)}: take it away, reading needs far less.")
    return Check(label, True, "sv0's account holds no administrative role.")


def _kind(tables: Tables, title: str, kind: str) -> Check:
    """One row for the tables of a kind, each asked for a few rows."""
    missing: list[str] = []
    for table in (table for table in TABLES if table.kinds[0] == kind):
        try:
            missing += _hidden(tables, table)
        except (HttpError, SignInFailed, Incomplete, KeyError, NoTable) as error:
            if table.plugin and isinstance(error, NoTable):
                continue
            found = judged(error, table, where=tables.scope.label)
            if not found.missing:
                return Check(title, False, found.sentence)
            missing += found.missing
    if missing:
        return Check(title, False, f"Missing: {', '.join(missing)}.", tuple(missing))
    return Check(title, True, "Every table that was tried can be read.")


def _hidden(tables: Tables, table: Table) -> list[str]:
    """What the table's first row doesn't show."""
    shown, there = tables.first(table)
    if shown is None:
        return [table.permission] if there or table.never_empty else []
    return [table.field_permission(name) for name in table.fields if name not in shown]
