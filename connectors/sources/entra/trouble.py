"""What does an error from Microsoft Graph mean for the scope that was being read?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from connectors.http import HttpError, SignInFailed, Unauthorized, Untrusted
from connectors.http import trouble as judge
from connectors.inventory.records import ScopeState
from connectors.scope import Incomplete, Scope, Trouble
from connectors.source import ErrorKind

SYSTEM = "Microsoft Graph"
# What reading can end in, short of a mistake of ours: KeyError, a member that Graph always sends was missing;
# ValueError, a time that is none.
ERRORS = (HttpError, SignInFailed, Incomplete, Untrusted, KeyError, ValueError)
# What Graph says where the tenant's licence doesn't include what was asked for.
UNLICENSED = frozenset({"authentication_requestfromnonpremiumtenantorb2ctenant", "aadpremiumlicenserequired"})


def is_unlicensed(error: BaseException) -> bool:
    return isinstance(error, HttpError) and error.code.casefold() in UNLICENSED


def trouble(error: Exception, *, where: str, needs: str) -> Trouble:
    """Judge an error met reading `where` ("applications of Acme Media")."""
    if is_unlicensed(error):
        sentence = f"The tenant's licence doesn't include this, so there is nothing to read: {where}."
        return Trouble(ScopeState.SKIPPED, sentence, ErrorKind.CONFIG)
    if isinstance(error, Untrusted):
        sentence = f"{SYSTEM} named an address elsewhere, to which nothing was sent, reading {where}."
        return Trouble(ScopeState.FAILED, sentence, ErrorKind.SYSTEM)
    return judge(error, system=SYSTEM, where=where, needs=None if isinstance(error, Unauthorized) else needs)


@contextmanager
def noted(scope: Scope, *, needs: str) -> Iterator[None]:
    """Notes what goes wrong inside as the scope's trouble, and goes on behind."""
    try:
        yield
    except ERRORS as error:
        scope.note(trouble(error, where=scope.label, needs=needs))
