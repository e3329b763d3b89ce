"""How is WorkOS asked, and what may it answer?

A code and a refresh token work once: asked again after a lost answer, WorkOS refuses. So those calls are never retried,
and they give up before a web worker is missed elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import structlog
from django.conf import settings
from workos import (
    AuthenticationError,
    AuthorizationError,
    BadRequestError,
    ConflictError,
    NotFoundError,
    UnprocessableEntityError,
    WorkOSClient,
    WorkOSError,
)
from workos.user_management.models import AuthenticateResponse, User

from accounts.workos import token
from accounts.workos.token import Claims

TIMEOUT_SECONDS = 5
POLL_TIMEOUT_SECONDS = 10
REFUSALS = (
    AuthenticationError,
    AuthorizationError,
    BadRequestError,
    ConflictError,
    NotFoundError,
    UnprocessableEntityError,
)
log = structlog.get_logger(__name__)


class Unavailable(Exception):
    """WorkOS gave no answer, or none that can be used, or asks to be left alone for a while."""


class Declined(Exception):
    """WorkOS said no, or gave a token that isn't to be trusted."""


@dataclass(frozen=True, slots=True)
class Granted:
    """A sign-in or its renewal: who it is, what the verified token says, and the token to renew it with, once."""

    user: User
    claims: Claims
    refresh_token: str


def client() -> WorkOSClient:
    """One per process, made after the fork."""
    return _client(settings.WORKOS_API_KEY, settings.WORKOS_CLIENT_ID, settings.WORKOS_BASE_URL)


@lru_cache(maxsize=4)
def _client(api_key: str, client_id: str, base_url: str) -> WorkOSClient:
    return WorkOSClient(
        api_key=api_key, client_id=client_id, base_url=base_url, request_timeout=TIMEOUT_SECONDS, max_retries=0
    )


def authorization_url(*, callback: str, state: str, challenge: str, organization_id: str | None) -> str:
    """Where the browser goes to sign in: WorkOS' own pages, the organization chosen where it is known."""
    return client().user_management.get_authorization_url(
        provider="authkit",
        organization_id=organization_id,
        redirect_uri=callback,
        state=state,
        code_challenge=challenge,
        code_challenge_method="S256",
    )


def logout_url(*, session_id: str, return_to: str) -> str:
    """Where the browser goes to end its session at WorkOS."""
    return client().user_management.get_logout_url(session_id=session_id, return_to=return_to)


def exchange(*, code: str, verifier: str, ip: str | None, user_agent: str | None) -> Granted:
    """Turn the callback's code into a sign-in. Unavailable or Declined otherwise."""
    return _granted(
        lambda: client().user_management.authenticate_with_code(
            code=code, code_verifier=verifier, ip_address=ip, user_agent=user_agent
        )
    )


def renew(*, refresh_token: str) -> Granted:
    """Ask whether the session still stands. Unavailable or Declined otherwise."""
    return _granted(lambda: client().user_management.authenticate_with_refresh_token(refresh_token=refresh_token))


def events(*, names: list[str], after: str | None, since: str) -> list[dict[str, Any]]:
    """Up to 100 events as WorkOS sent them, oldest first: after the event of that id, else since that time.

    Unavailable, or Declined for an `after` that WorkOS no longer knows (it keeps events for 90 days). Read raw: the
    SDK's models refuse the whole page for one event that lacks a field.
    """
    place = {"after": after} if after else {"range_start": since}
    answer = asked(
        lambda: client().request_raw(
            "GET",
            ("events",),
            params={"events": ",".join(names), "limit": 100, "order": "asc", **place},
            request_options={"timeout": POLL_TIMEOUT_SECONDS, "max_retries": 2},
        )
    )
    if not isinstance(answer.get("data"), list):
        raise Unavailable("no list of events")
    page: list[dict[str, Any]] = answer["data"]
    return page


def _granted(ask: Callable[[], AuthenticateResponse | None]) -> Granted:
    answer = asked(ask)
    if answer is None:  # the SDK's reading of a body that isn't JSON
        raise Unavailable("not JSON")
    jwks_url = client().user_management.get_jwks_url()
    try:
        claims = token.verify(answer.access_token, jwks_url=jwks_url, user_id=answer.user.id)
    except token.NoKeys as error:
        raise Unavailable(str(error)) from error
    except token.Rejected as error:
        log.error("access token rejected", why=str(error), workos_user=answer.user.id)
        raise Declined(str(error)) from error
    return Granted(answer.user, claims, answer.refresh_token)


def asked(ask: Callable[[], Any]) -> Any:
    """WorkOS' answer. Unavailable, or Declined with its word for why; what is logged holds no secret."""
    try:
        return ask()
    except WorkOSError as error:
        said = {name: getattr(error, name, None) for name in ("status_code", "code", "error", "request_id")}
        log.warning("WorkOS said no or nothing", kind=type(error).__name__, **said)
        if isinstance(error, REFUSALS):
            raise Declined(str(said["code"] or said["error"] or said["status_code"])) from error
        raise Unavailable(type(error).__name__) from error
