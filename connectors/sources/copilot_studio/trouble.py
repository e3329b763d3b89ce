"""What does an error of Power Platform's mean for the scope that was being read?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from connectors.http import HttpError, NotFound, Untrusted
from connectors.http import trouble as judge
from connectors.inventory.records import ScopeState
from connectors.scope import Scope, Trouble
from connectors.source import ErrorKind
from connectors.sources.copilot_studio.permissions import APPLICATION_USER, Call
from connectors.stream import Abandoned, Cancelled

SYSTEM = {"bap": "Power Platform", "powerapps": "Power Platform", "dataverse": "Dataverse"}
NO_TABLE = "0x80060888"
NO_MEMBER = "0x80072560"  # the application isn't a user of the environment
NOT_A_MEMBER = "not a member of the organization"


def is_absent(error: Exception) -> bool:
    """Whether the environment has no such table: Copilot Studio was never used there."""
    return isinstance(error, NotFound) and error.code.lower() == NO_TABLE


def trouble(error: Exception, call: Call, *, where: str) -> Trouble:
    """Judge an error met asking for `call`, reading `where` ("Agents in Sales")."""
    if isinstance(error, Untrusted):
        sentence = f"{SYSTEM[call.door]} named an address elsewhere, to which nothing was sent, reading {where}."
        return Trouble(ScopeState.FAILED, sentence, ErrorKind.SYSTEM)
    if isinstance(error, HttpError) and (error.code.lower() == NO_MEMBER or NOT_A_MEMBER in error.message):
        sentence = f"sv0's application is no user of the environment, reading {where}."
        return Trouble(ScopeState.DENIED, sentence, ErrorKind.CONFIG, (APPLICATION_USER,))
    return judge(error, system=SYSTEM[call.door], where=where, needs=call.needs)


@contextmanager
def noted(scope: Scope, call: Call) -> Iterator[None]:
    """Notes what goes wrong inside as the scope's trouble, and goes on behind. A table that isn't there holds none."""
    try:
        yield
    except (Cancelled, Abandoned):
        raise
    except Exception as error:
        if not is_absent(error):
            scope.note(trouble(error, call, where=scope.label))
