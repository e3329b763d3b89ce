"""Does the connection work, and what is missing where? One row for each thing that can be wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from connectors.http.microsoft import Microsoft
from connectors.inventory.records import ScopeState
from connectors.scope import Scope
from connectors.source import Check, SourceError
from connectors.sources.copilot_studio import tenant
from connectors.sources.copilot_studio.application_users import ADMINISTRATORS
from connectors.sources.copilot_studio.doors import Door, administration, dataverse
from connectors.sources.copilot_studio.environments import Environment
from connectors.sources.copilot_studio.permissions import (
    APPLICATION_USERS,
    CONNECTIONS,
    ENVIRONMENTS,
    ORGANIZATION,
    POLICIES,
    ROLES_OF,
    TRIED,
    Call,
)
from connectors.sources.copilot_studio.reading import sign_in
from connectors.sources.copilot_studio.settings import addresses
from connectors.sources.copilot_studio.trouble import noted
from connectors.stream import Stream

SAMPLE = 5  # environments that are tried


def check(settings: Mapping[str, Any]) -> list[Check]:
    """Rows from the settings to the single privileges. Behind a row that failed, those that need it are untried."""
    try:
        microsoft, named = Microsoft(settings), addresses(settings)
    except SourceError as error:
        return [Check("Settings", False, error.message)]
    try:
        sign_in(microsoft)
    except SourceError as error:
        return [
            Check("Sign-in", False, error.message),
            Check("Environments", None, "Not tried: the sign-in comes first."),
        ]
    return [Check("Sign-in", True, f"sv0 acts as application {microsoft.client_id}."), *_tried(microsoft, named)]


def _tried(microsoft: Microsoft, named: tuple[str, ...]) -> Iterator[Check]:
    bap, powerapps = administration(microsoft, "bap"), administration(microsoft, "powerapps")
    scope = _scope("the list of environments")
    found: list[Environment] = []
    if named:
        found = tenant.named(named, lambda address, audience: dataverse(microsoft, address, audience), scope)
    else:
        with noted(scope, ENVIRONMENTS):
            found = list(tenant.listed(bap, scope.meter))
        tenant.doubt(found, microsoft.tenant, scope)
    yield _row("Environments", scope, f"{len(found):,} can be seen.")
    yield _once("Data policies", bap, POLICIES, "They can be read.")
    usable = [each for each in found if each.address and each.shut() is None]
    for each in islice(usable, SAMPLE):
        yield from _environment(microsoft, powerapps, each)
    if len(usable) > SAMPLE:
        words = f"Tried: {SAMPLE} of {len(usable):,}. A scan tells of each environment by itself."
        yield Check("The other environments", None, words)


def _environment(microsoft: Microsoft, powerapps: Door, here: Environment) -> Iterator[Check]:
    scope = _scope(here.name)
    with noted(scope, ORGANIZATION):
        door = dataverse(microsoft, here.address or "", here.audience or "")
        door.get(ORGANIZATION, scope.meter)
    yield _row(f"Access to {here.name}", scope, "sv0's application is a user of the environment.")
    if scope.troubles:
        return
    yield _once(f"Stored connections in {here.name}", powerapps, CONNECTIONS, "They can be read.", here.spelled)
    yield _privileges(door, here)
    yield _nothing_that_writes(microsoft, door, here)


def _privileges(door: Door, here: Environment) -> Check:
    """One row for all tables: the privileges that are missing."""
    scope = _scope(here.name)
    for call in TRIED:
        if call is not ROLES_OF:
            with noted(scope, call):
                next(door.pages(call, scope.meter), None)
    return _row(f"Privileges in {here.name}", scope, "Every table that sv0 needs can be read.")


def _nothing_that_writes(microsoft: Microsoft, door: Door, here: Environment) -> Check:
    """sv0 only reads: a role that administers is a risk without a use."""
    scope, held = _scope(here.name), []
    with noted(scope, ROLES_OF):
        users = (row for page in door.pages(APPLICATION_USERS, scope.meter) for row in page)
        own = [row["systemuserid"] for row in users if row["applicationid"].lower() == microsoft.client_id]
        held = [role for each in own for page in door.pages(ROLES_OF, scope.meter, id=each) for role in page]
    too_much = [row["name"] for row in held if (row.get("_roletemplateid_value") or "").lower() in ADMINISTRATORS]
    label = f"Nothing that writes in {here.name}"
    if too_much:
        return Check(label, False, f"Take away what sv0 never uses, because it changes: {', '.join(too_much)}.")
    return _row(label, scope, "None of its security roles administers the environment.")


def _once(label: str, door: Door, call: Call, well: str, environment: str = "") -> Check:
    scope = _scope(label)
    with noted(scope, call):
        next(door.pages(call, scope.meter, environment=environment), None)
    return _row(label, scope, well)


def _row(label: str, scope: Scope, well: str) -> Check:
    if not scope.troubles:
        return Check(label, True, well)
    told = scope.ended()
    ok = False if told.state is not ScopeState.SKIPPED else None
    missing = f"Missing: {', '.join(told.missing)}." if told.missing else told.error
    return Check(label, ok, missing or "", told.missing)


def _scope(label: str) -> Scope:
    return Scope(key="check", label=label, stream=Stream())
