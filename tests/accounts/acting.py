"""What tests of acting as somebody do again and again: begin, age, confirm, and read what was recorded."""

from __future__ import annotations

from typing import Any

from django.test import Client

from accounts.impersonation import KEY
from accounts.models import User
from tenants.models import AuditEvent, Tenant

QUEUE = "/t/acme/findings/"
REASON = "Ticket 4711: no findings are shown"
WHY_WRITE = "Ticket 4711: reopen as asked by phone"


def begin(client: Client, tenant: Tenant, person: User, reason: str = REASON) -> Any:
    """What the staff member's POST is answered with."""
    return client.post(f"/acting/{tenant.slug}/{person.pk}/", {"reason": reason})


def confirm(client: Client, reason: str = WHY_WRITE) -> Any:
    """The second confirmation, that things may be changed."""
    return client.post("/acting/changes/", {"reason": reason})


def frame(client: Client) -> dict[str, Any] | None:
    """What the session holds about it."""
    found: dict[str, Any] | None = client.session.get(KEY)
    return found


def run_out(client: Client) -> None:
    """The time is up."""
    session = client.session
    session[KEY] = {**session[KEY], "exp": session[KEY]["started"]}
    session.save()


def events(tenant: Tenant, what: str) -> list[AuditEvent]:
    """What the tenant's log says of it: started, write_granted, refused, ended."""
    found = AuditEvent.objects.of(tenant).filter(action=f"session:impersonation:{what}")
    return list(found.order_by("number"))


def answered_as(client: Client, address: str = QUEUE) -> str:
    """Whose powers a page is answered with."""
    return str(client.get(address).wsgi_request.user)
