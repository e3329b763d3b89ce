"""How does a person grant sv0 access at a vendor, and what when they come back from there?

OAuth 2.0's authorization code. What is asked for is kept in the person's own session: who comes back with another
`state`, too late, or twice, has granted nothing here (RFC 6749, section 10.12).
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe

from accounts.http import TenantRequest, actor, needs, tenant_url
from accounts.roles import Capability
from connectors import connect
from connectors.models import Connection
from connectors.registry import source
from connectors.secrets import Unreadable
from connectors.source import SourceError

ASKED = "consent"  # in the session
IN_TIME = timedelta(minutes=15)


@require_safe
@needs(Capability.CONNECT)
def consent(request: TenantRequest, pk: ObjectId) -> HttpResponse:
    """To the vendor's page, which asks the person and sends them back to `consented`.

    By a link, because the content security policy lets no form lead away from here; nothing changes but what this
    session waits for.
    """
    found = _get(request, pk)
    asking = source(found.kind).consent
    if asking is None or not asking.ready(found.settings):
        raise Http404("There is nothing to consent to.")
    state = secrets.token_urlsafe(32)
    request.session[ASKED] = {"state": state, "connection": str(found.pk), "at": timezone.now().isoformat()}
    address = asking.address(settings=found.settings, redirect=returning(request), state=state)
    return HttpResponseRedirect(address)


@require_safe
@needs(Capability.CONNECT)
def consented(request: TenantRequest) -> HttpResponse:
    """Back from the vendor: the code is exchanged, and what it gives is sealed."""
    asked: dict[str, Any] = request.session.pop(ASKED, {})
    if not _is_answer(asked, request.GET.get("state", "")):
        messages.error(request, "Nothing was granted: this answer belongs to no question of yours, or came too late.")
        return redirect(tenant_url(request.tenant, "connections"))
    found = _get(request, ObjectId(asked["connection"]))
    code = request.GET.get("code", "")
    if not code:
        messages.error(request, "Nothing was granted: the access was declined.")
    else:
        _grant(request, found, code)
    return redirect(tenant_url(request.tenant, "connection", pk=found.pk))


def returning(request: TenantRequest) -> str:
    """The address to which the vendor sends the person back; its app must know it."""
    return request.build_absolute_uri(tenant_url(request.tenant, "consented"))


def _grant(request: TenantRequest, found: Connection, code: str) -> None:
    try:
        connect.grant(connection=found, redirect=returning(request), code=code, actor=actor(request))
    except SourceError as error:
        messages.error(request, error.message)
    except Unreadable as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "Access is granted. Test the connection, then scan.")


def _is_answer(asked: dict[str, Any], state: str) -> bool:
    if not asked or not constant_time_compare(asked["state"], state):
        return False
    return timezone.now() - datetime.fromisoformat(asked["at"]) < IN_TIME


def _get(request: TenantRequest, pk: ObjectId) -> Connection:
    found: Connection | None = Connection.objects.of(request.tenant).filter(pk=pk).first()
    if found is None:
        raise Http404("There is no such connection.")
    found.tenant = request.tenant
    return found
