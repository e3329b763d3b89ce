"""Does the connection work, and which permission is missing? One row for each thing that can be wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.scope import Scope
from connectors.source import Check, Keep, SourceError
from connectors.sources.jira import overall
from connectors.sources.jira import site as sites
from connectors.sources.jira.permissions import CALLS, LABELS, MY_PERMISSIONS, Call
from connectors.sources.jira.place import ERRORS, Place, judged
from connectors.sources.jira.reading import CLOSED, titled
from connectors.sources.jira.settings import connection
from connectors.sources.jira.shelf import Shelf
from connectors.sources.jira.site import Site
from connectors.stream import Stream


def check(settings: Mapping[str, Any], keep: Keep) -> list[Check]:
    """Rows from the settings to the single parts. Behind a row that failed, those that need it are untried."""
    try:
        connected = connection(settings)
    except SourceError as error:
        return [Check("Settings", False, error.message)]
    try:
        found = sites.opened(connected, keep=keep)
    except SourceError as error:
        return [
            Check("Sign-in", False, error.message, error.missing),
            Check("Permissions", None, "Not tried: the sign-in comes first."),
        ]
    return list(_tried(found))


def _tried(found: Site) -> Iterator[Check]:
    name = found.myself.get("displayName") or found.myself["accountId"]
    yield Check("Sign-in", True, f"sv0 acts as {name} on {found.host}.")
    with Shelf() as shelf:
        place = Place(found, Scope(key="check", label="the test", stream=Stream()), shelf, found.host)
        yield _own_permissions(place)
        for kind in LABELS:
            calls = [call for call in CALLS if call.kinds[0] == kind and call.probe is not None and call.door != "site"]
            calls += [call for call in CALLS if call.kinds == ("webhooks",) and kind == "webhooks"]
            if calls:
                yield _part(place, kind, calls)


def _own_permissions(place: Place) -> Check:
    """What the account itself is permitted."""
    label = "Permissions of the account"
    try:
        missing = overall.lacking(place)
    except ERRORS as error:
        found = judged(error, MY_PERMISSIONS, where="the account's permissions")
        return Check(label, False, found.sentence, found.missing)
    if missing:
        return Check(label, False, f"Missing: {', '.join(missing)}.", missing)
    return Check(label, True, f"It has {' and '.join(overall.OURS.values())}.")


def _part(place: Place, kind: str, calls: list[Call]) -> Check:
    label = titled(kind)
    closed = [call.door for call in calls if call.door not in place.site.doors]
    if closed:
        return Check(label, None, CLOSED[closed[0]])
    troubles = []
    for call in calls:
        try:
            place.get(call, params=call.probe)
        except ERRORS as error:
            troubles.append(judged(error, call, where=LABELS[kind]))
    missing = tuple(sorted({name for each in troubles for name in each.missing}))
    if troubles:
        return Check(label, False, f"Missing: {', '.join(missing)}." if missing else troubles[0].sentence, missing)
    return Check(label, True, "Every call that was tried is permitted.")
