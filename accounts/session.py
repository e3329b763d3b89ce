"""How is a session kept, and how does one end from outside its browser?

Django's database sessions, in a collection that also says whose they are. Deleting the record ends the session: its
next request is anonymous, and one under way can't bring it back (Django refuses to save what is gone).
"""

from __future__ import annotations

from typing import Any, cast

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db.models import Q
from django.http import HttpRequest

from accounts.models import Session, User
from tenants.models import Tenant

WORKOS = "workos"  # the session's key for {"sid": …, "org_id": …}, set once when somebody signs in through WorkOS


class SessionStore(DatabaseStore):
    """Writes whose the session is beside its data."""

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
        return record


def organization_of(request: HttpRequest) -> str | None:
    """The WorkOS organization that the session is bound to; None for a session that began with a code."""
    workos: dict[str, str] = request.session.get(WORKOS) or {}
    return workos.get("org_id")


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
