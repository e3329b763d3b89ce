"""How is a session kept, and how does one end from outside its browser?

Django's database sessions, in a collection that also says whose they are. Deleting the record ends the session: its
next request is anonymous, and one under way can't bring it back (Django refuses to save what is gone).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.exceptions import SessionInterrupted
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.http import client_ip
from accounts.models import Session, User
from accounts.workos import sessions as workos_sessions
from tenants.models import Tenant

WORKOS = "workos"  # the session's key for {"sid": …, "org_id": …}, set once when somebody signs in through WorkOS
SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Seen:
    """When, from where and with which browser a session was used last."""

    at: datetime | None = None
    ip: str | None = None
    user_agent: str | None = None


class SessionStore(DatabaseStore):
    """Writes whose the session is, and where it is used, beside its data."""

    seen = Seen()

    @classmethod
    def get_model_class(cls) -> type[Session]:
        """Our record."""
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        """The record of this session's state."""
        record = cast(Session, super().create_model_instance(data))
        workos = data.get(WORKOS) or {}
        record.user_id = data.get(SESSION_KEY)
        record.organization_id = workos.get("org_id")
        record.workos_session_id = workos.get("sid")
        record.begun_at = _begun_at(data)
        record.seen_at, record.ip, record.user_agent = self.seen.at, self.seen.ip, self.seen.user_agent
        return record

    def cycle_key(self) -> None:
        """A new key for the same session; none for one that was ended meanwhile, which Django would bring back."""
        self._session  # type: ignore[attr-defined]  # noqa: B018  (reads it: without a record there is no key either)
        if self.session_key and not Session.objects.filter(pk=self.session_key).delete()[0]:
            raise SessionInterrupted("The session has ended.")
        super().cycle_key()

    def _get_session_from_db(self) -> Session | None:
        """Keeps what stands beside the data: saving writes the whole record."""
        record: Session | None = super()._get_session_from_db()  # type: ignore[misc]  # missing in the stubs
        if record is not None:
            self.seen = Seen(record.seen_at, record.ip, record.user_agent)
        return record


def _begun_at(data: dict[str, Any]) -> datetime | None:
    """The first of allauth's records of how the person proved who they are."""
    records = data.get(AUTHENTICATION_METHODS_SESSION_KEY) or []
    return datetime.fromtimestamp(records[0]["at"], UTC) if records else None


def note_seen(request: HttpRequest) -> None:
    """Write down that the session is used, at most once a minute. Its data stay as they are: a request at the same time
    may be changing them."""
    store, now = cast(SessionStore, request.session), timezone.now()
    if store.seen.at is not None and store.seen.at > now - SEEN_EVERY:
        return
    store.seen = Seen(now, client_ip(request), request.headers.get("User-Agent", "")[:400])
    Session.objects.filter(pk=store.session_key).update(seen_at=now, ip=store.seen.ip, user_agent=store.seen.user_agent)


def of(user: User) -> QuerySet[Session]:
    """The person's sessions that aren't over."""
    return Session.objects.filter(user=user, expire_date__gt=timezone.now())


def public_id(session_key: str) -> str:
    """What a page may call a session by: who reads it can't use the session."""
    return salted_hmac("sv0 session", session_key).hexdigest()


def organization_of(request: HttpRequest) -> str | None:
    """The WorkOS organization that the session is bound to; None for a session that began with a code."""
    workos: dict[str, str] = request.session.get(WORKOS) or {}
    return workos.get("org_id")


def end_others(request: HttpRequest) -> bool:
    """End all of the person's sessions but the one that asks, here and at WorkOS; whether WorkOS has confirmed it."""
    return end_both(of(cast(User, request.user)).exclude(pk=request.session.session_key))


def end_both(sessions: QuerySet[Session]) -> bool:
    """End sessions here and, where they began there, at WorkOS; whether WorkOS has confirmed it."""
    at_workos = list(sessions.exclude(workos_session_id=None).values_list("workos_session_id", flat=True))
    _end(sessions)
    return workos_sessions.revoke([session_id for session_id in at_workos if session_id])


def end(*, user: User, tenant: Tenant) -> int:
    """End a person's sessions that may enter the tenant; how many there were.

    A session that began with a code may enter all of the person's tenants, and so ends as well.
    """
    bound = Q(organization_id=None) | Q(organization_id=tenant.workos_organization_id)
    return _end(Session.objects.filter(bound, user=user))


def end_everywhere(*, user: User) -> int:
    """End all of a person's sessions; how many there were."""
    return _end(Session.objects.filter(user=user))


def end_in_organization(*, organization_id: str, user: User | None = None) -> int:
    """End every session that is bound to a WorkOS organization, or a person's among them; how many there were."""
    sessions = Session.objects.filter(organization_id=organization_id)
    return _end(sessions if user is None else sessions.filter(user=user))


def end_at_workos(*, session_id: str) -> int:
    """End the session that WorkOS knows by this id; how many there were."""
    return _end(Session.objects.filter(workos_session_id=session_id))


def _end(sessions: Any) -> int:
    ended: int = sessions.delete()[0]
    return ended
