"""Does the connection work, and which permission is missing where? One row for each thing that can be wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from connectors.http import HttpError, SignInFailed, endpoint
from connectors.http.microsoft import Microsoft
from connectors.scope import Incomplete, Meter
from connectors.source import Check, SourceError
from connectors.sources.azure.actions import Operation, Rights, allowed, rights
from connectors.sources.azure.arm import Azure, Row
from connectors.sources.azure.permissions import (
    CONTAINERS,
    GRAPH,
    MANAGEMENT_GROUPS,
    NEEDS,
    OWN_PERMISSIONS,
    SUBSCRIPTIONS,
)
from connectors.sources.azure.place import trouble
from connectors.sources.azure.tree import DEAD

SAMPLE = 5  # subscriptions that are tried
TITLES = {
    "rbac": "Read who holds which role",
    "identities": "Read managed identities",
    "workloads": "Read what runs",
    "data": "Read what describes data",
}
ERRORS = (HttpError, Incomplete, SignInFailed, KeyError)


def check(settings: Mapping[str, Any]) -> list[Check]:
    """Rows from the sign-in to the single permissions. Behind a row that failed, those that need it are untried."""
    try:
        sign = Microsoft(settings).authorize(endpoint("arm"))
        sign(fresh=True)
    except SourceError as error:
        return [Check("Settings", False, error.message)]
    except SignInFailed as error:
        return [
            Check("Sign-in", False, error.sentence),
            Check("Subscriptions", None, "Not tried: the sign-in comes first."),
        ]
    except HttpError:
        return [Check("Sign-in", False, f"{endpoint('login')} couldn't be reached.")]
    return [Check("Sign-in", True, "Entra signs sv0 in."), *_tried(Azure(sign))]


def _tried(azure: Azure) -> Iterator[Check]:
    meter = Meter()
    try:
        rows = list(azure.listed(SUBSCRIPTIONS, meter))
        found = [row for row in rows if row["state"] not in DEAD]
    except ERRORS as error:
        told = trouble(error, where="the list of subscriptions", needs=SUBSCRIPTIONS.needs)
        yield Check("Subscriptions", False, told.sentence, told.missing)
        return
    if not found:
        words = "Azure shows no subscription: assign the role to sv0's application, on a management group above all."
        yield Check("Subscriptions", False, words, (SUBSCRIPTIONS.needs,))
        return
    yield Check("Subscriptions", True, f"{len(found)} can be seen.")
    yield _groups(azure, meter)
    yield from _permissions(azure, meter, found)


def _groups(azure: Azure, meter: Meter) -> Check:
    try:
        groups = [row for row in azure.rows(CONTAINERS, meter) if "managementgroups" in row["type"].lower()]
    except ERRORS as error:
        told = trouble(error, where="management groups", needs=GRAPH)
        return Check("Management groups", False, told.sentence, told.missing)
    if groups:
        return Check("Management groups", True, f"{len(groups)} can be seen.")
    words = "None can be seen: rights held on them stay unknown. Assign the role on the root management group."
    return Check("Management groups", False, words, (MANAGEMENT_GROUPS,))


def _permissions(azure: Azure, meter: Meter, subscriptions: list[Row]) -> Iterator[Check]:
    """A row for each of the first subscriptions, and one for the rest."""
    for row in islice(subscriptions, SAMPLE):
        label = row["displayName"]
        try:
            own = rights(azure.listed(OWN_PERMISSIONS, meter, id=f"/subscriptions/{row['subscriptionId'].lower()}"))
        except ERRORS as error:
            told = trouble(error, where=label, needs=OWN_PERMISSIONS.needs)
            yield Check(f"Access to {label}", False, told.sentence, told.missing)
            continue
        for kind, title in TITLES.items():
            yield _kind(f"{title} in {label}", kind, own)
    if len(subscriptions) > SAMPLE:
        words = f"Tried: {SAMPLE} of {len(subscriptions)}. A scan tells of each subscription by itself."
        yield Check("The other subscriptions", None, words)


def _kind(label: str, kind: str, own: Iterable[Rights]) -> Check:
    own = tuple(own)
    needed = [each.action for each in NEEDS if kind in each.kinds]
    missing = tuple(each for each in needed if not allowed(own, Operation(each)))
    if missing:
        return Check(label, False, f"Missing: {', '.join(missing)}.", missing)
    return Check(label, True, "Every permission that it takes is there.")
