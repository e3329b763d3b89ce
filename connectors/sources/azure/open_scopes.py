"""How are several scopes read at once, each ended with what went wrong in it?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager

from connectors.inventory.records import ScopeState
from connectors.scope import Scope, Trouble, opened
from connectors.source import ErrorKind
from connectors.sources.azure.permissions import ACCESS, DATA, IDENTITIES, ROLES
from connectors.sources.azure.place import Place, Reading
from connectors.sources.azure.tree import Subscription
from connectors.stream import Cancelled

REACH = "reach"  # told of kind "data", as what it tells is who reaches which data
LABELS = {
    IDENTITIES: "Managed identities in {}",
    "workloads": "Workloads in {}",
    "data": "Data and keys in {}",
    ROLES: "Roles held in {}",
    REACH: "What roles reach in {}",
}


def key(subscription: Subscription, kind: str) -> str:
    return f"azure:{subscription.id}:{kind}"


@contextmanager
def entered(place: Place, within: str) -> Iterator[Scope]:
    """The scope that says whether the subscription can be read at all; the others are within it."""
    scope = place.reading.scope(key(place.subscription, ACCESS), f"Access to {place.subscription.label}")
    with _one(place.reading, scope, place.subscription, ACCESS, within):
        yield scope


@contextmanager
def all_of(places: Iterable[Place], kinds: Iterable[str]) -> Iterator[None]:
    """Opens the scopes of those kinds in each place, and notes which permissions are missing for them.

    A cancelled scan ends all of them as cancelled.
    """
    with ExitStack() as stack:
        found = [stack.enter_context(_kind(place, kind)) for place in places for kind in kinds]
        try:
            yield
        except Cancelled:
            for scope in found:
                scope.cancelled = True


@contextmanager
def _kind(place: Place, kind: str) -> Iterator[Scope]:
    scope = place.reading.scope(key(place.subscription, kind), LABELS[kind].format(place.subscription.label))
    place.scopes[kind] = scope
    said = DATA if kind == REACH else kind
    with _one(place.reading, scope, place.subscription, said, key(place.subscription, ACCESS)):
        missing = place.missing(kind)
        if missing:
            scope.note(refused(missing, scope.label))
        yield scope
    if kind == IDENTITIES:
        place.reading.identities.append(scope)


@contextmanager
def _one(reading: Reading, scope: Scope, subscription: Subscription, kind: str, within: str) -> Iterator[None]:
    with opened(scope, kind=kind, group=subscription.id, group_label=subscription.title, within=within):
        yield
    if scope.state is not ScopeState.COMPLETE:
        reading.incomplete.append(scope)


def refused(missing: list[str], where: str) -> Trouble:
    """Resource Graph leaves out what we may not read, without a word."""
    said = missing[0] if len(missing) == 1 else f"{len(missing)} permissions, {missing[0]} among them,"
    verb = "is" if len(missing) == 1 else "are"
    sentence = f"{said} {verb} missing, reading {where}."
    return Trouble(ScopeState.DENIED, sentence, ErrorKind.CONFIG, tuple(missing))
