"""Does the connection work, and which permission is missing? One row for each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.http import HttpError, Refused, SignInFailed, Unauthorized, endpoint
from connectors.http.microsoft import Microsoft
from connectors.inventory.records import Access
from connectors.source import Check, SourceError
from connectors.sources.entra import strength
from connectors.sources.entra.graph import Graph
from connectors.sources.entra.permissions import CALLS, GRANTS, Call, Grant
from connectors.sources.entra.trouble import is_unlicensed, trouble


def check(settings: Mapping[str, Any]) -> list[Check]:
    """Rows from the sign-in to the single permissions. Behind a row that failed, those that need it are untried."""
    try:
        microsoft = Microsoft(settings)
        granted = microsoft.roles(endpoint("graph"))
    except SourceError as error:
        return [Check("Settings", False, error.message)]
    except SignInFailed as error:
        return [Check("Sign-in", False, error.sentence), *_untried()]
    except HttpError:
        return [Check("Sign-in", False, "Entra's sign-in couldn't be reached. Try again later."), *_untried()]
    graph = Graph(microsoft.authorize(endpoint("graph")))
    signed_in = Check("Sign-in", True, f"sv0 acts as application {microsoft.client_id}.")
    return [signed_in, *(_tried(grant, granted, graph) for grant in GRANTS), _surplus(granted)]


def _untried() -> Iterator[Check]:
    yield Check("Permissions", None, "Not tried: the sign-in comes first.")


def _tried(grant: Grant, granted: frozenset[str], graph: Graph) -> Check:
    """The permission works when Graph answers every call that needs it, be it because of a wider one."""
    for call in CALLS:
        if call.needs == grant.name and (found := _refusal(call, graph)):
            return found if grant.name in granted or grant.name not in found.missing else _missing(grant)
    wider = "" if grant.name in granted else " It isn't granted itself: a wider permission covers it."
    return Check(grant.name, True, f"It {grant.why}.{wider}")


def _missing(grant: Grant) -> Check:
    optional = " sv0 works without it, but can't tell that." if grant.optional else ""
    words = f"Missing: an administrator has not granted it. It {grant.why}.{optional}"
    return Check(grant.name, False, words, (grant.name,))


def _refusal(call: Call, graph: Graph) -> Check | None:
    """Why Graph doesn't let the call through; None where it does. An object that isn't there is an answer, too."""
    try:
        graph.tried(call)
    except HttpError as error:
        if is_unlicensed(error):
            return Check(call.needs, None, "The tenant's licence doesn't include what it reads.")
        found = trouble(error, where=call.path, needs=call.needs)
        if isinstance(error, Refused | Unauthorized):
            return Check(call.needs, False, found.sentence, found.missing)
        answered = error.status is not None and 400 <= error.status < 500 and error.status != 429
        return None if answered else Check(call.needs, None, found.sentence)
    return None


def _surplus(granted: frozenset[str]) -> Check:
    """sv0 only reads: whatever else was granted is a risk without a use."""
    known = {grant.name for grant in GRANTS}
    writing = sorted(each for each in granted - known if strength.of_permission(each) is not Access.READ)
    if writing:
        words = f"Take away what sv0 never uses, because it can change the tenant: {', '.join(writing)}."
        return Check("Nothing that writes", False, words)
    return Check("Nothing that writes", True, "None of the permissions can change anything in the tenant.")
