"""What does a ticket system's refusal mean, in the customer's words?"""

from __future__ import annotations

from connectors.http import HttpError, Refused, Throttled, Unauthorized, Unavailable, Unreadable
from ticketing.system import TicketError, Unreached

_LATER = (
    (Unauthorized, "{system} doesn't accept the sign-in."),
    (Refused, "{system} doesn't allow it to this account."),
    (Throttled, "{system} wants to be asked less often."),
    (Unreadable, "{system}'s answer was cut short or unreadable."),
    (Unavailable, "{system} couldn't be reached."),
)


def trouble(system: str, error: HttpError) -> TicketError:
    """Unreached where another time, or the customer, may help; else TicketError: asking again is in vain."""
    for kind, words in _LATER:
        if isinstance(error, kind):
            return Unreached(words.format(system=system))
    return TicketError(f"{system} refuses it with {error.status}: a field that it demands may be missing.")
