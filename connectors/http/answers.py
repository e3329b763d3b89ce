"""What did the system answer, and what does that mean for the scope that was being read, in the customer's words?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from connectors.inventory.records import ScopeState
from connectors.scope import Incomplete, Trouble
from connectors.source import ErrorKind


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call was answered with. `json` is the decoded body, None where there is none."""

    json: Any
    headers: Mapping[str, str]


class HttpError(Exception):
    """The call didn't succeed. `where` is its host and path. `code` and `message` are the vendor's own words: to be
    compared, never to be shown."""

    def __init__(self, where: str, *, status: int | None = None, body: bytes = b"", after: float | None = None) -> None:
        self.where = where
        self.status = status
        self.after = after  # seconds that the system wants to be left alone
        self.code, self.message = _said(body)
        super().__init__(f"{where}: {status or type(self).__name__} {self.code}".rstrip())


class Unauthorized(HttpError):
    """401, though the sign-in is fresh."""


class Refused(HttpError):
    """403: signed in, and not allowed to."""


class NotFound(HttpError):
    """404."""


class Gone(HttpError):
    """410: a token for going on that is too old."""


class Throttled(HttpError):
    """429, up to the last try."""


class Unavailable(HttpError):
    """An error of the system's own, or no answer at all, up to the last try; or too many of them before this call."""


class Unreadable(HttpError):
    """An answer that is cut short, or isn't JSON, up to the last try."""


class SignInFailed(Exception):
    """The identity provider refuses to sign us in. `sentence` is for the customer."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


KINDS: dict[int, type[HttpError]] = {401: Unauthorized, 403: Refused, 404: NotFound, 410: Gone, 429: Throttled}
KINDS |= dict.fromkeys((408, 500, 502, 503, 504), Unavailable)
AGAIN = (Throttled, Unavailable, Unreadable)  # may be answered at another time


def decoded(body: bytes) -> Any:
    """A body as JSON; ValueError where it isn't. A byte order mark is borne."""
    return orjson.loads(body.removeprefix(b"\xef\xbb\xbf")) if body.strip() else None


def trouble(error: Exception, *, system: str, where: str, needs: str | None = None) -> Trouble:
    """Judge an error met reading `where` ("applications of Acme Media") from `system` ("Microsoft Graph"). `needs` is
    the permission without which the call is refused."""
    if isinstance(error, Refused | Unauthorized) and needs:
        return Trouble(ScopeState.DENIED, f"{needs} is refused, reading {where}.", ErrorKind.CONFIG, (needs,))
    if isinstance(error, SignInFailed):
        return Trouble(ScopeState.FAILED, error.sentence, ErrorKind.CONFIG)
    for kinds, state, kind, words in JUDGED:
        if isinstance(error, kinds):
            return Trouble(state, words.format(system=system, where=where), kind)
    if isinstance(error, HttpError):
        sentence = f"{system} answered {error.status} {error.code}".rstrip() + f", reading {where}."
        return Trouble(ScopeState.FAILED, sentence, ErrorKind.TRANSIENT)
    sentence = f"sv0 stumbled over {system}'s answer, reading {where} ({type(error).__name__})."
    return Trouble(ScopeState.FAILED, sentence, ErrorKind.SYSTEM)


JUDGED: tuple[tuple[tuple[type[Exception], ...], ScopeState, ErrorKind, str], ...] = (
    ((Unauthorized,), ScopeState.FAILED, ErrorKind.CONFIG, "{system} doesn't accept the sign-in, reading {where}."),
    ((Refused,), ScopeState.DENIED, ErrorKind.CONFIG, "{system} refuses it, reading {where}."),
    ((Throttled,), ScopeState.THROTTLED, ErrorKind.TRANSIENT, "{system} kept slowing sv0 down, reading {where}."),
    ((Unavailable,), ScopeState.FAILED, ErrorKind.TRANSIENT, "{system} couldn't be reached, reading {where}."),
    # A member that is always sent is missing (KeyError), or the body is no JSON at all.
    (
        (Unreadable, Incomplete, KeyError),
        ScopeState.FAILED,
        ErrorKind.TRANSIENT,
        "{system}'s answer was cut short or unreadable, reading {where}.",
    ),
)


def _said(body: bytes) -> tuple[str, str]:
    """The error's code and message, as Microsoft, ServiceNow, Atlassian and OAuth write them; empty where not told."""
    try:
        found = decoded(body)
    except ValueError:
        return "", ""
    error = found.get("error", found) if isinstance(found, dict) else None
    if isinstance(error, str):
        return error, str(found.get("error_description", ""))
    if not isinstance(error, dict):
        return "", ""
    messages = [error.get("message"), error.get("detail"), *(error.get("errorMessages") or ())]
    return str(error.get("code") or ""), " ".join(str(each) for each in messages if each)
