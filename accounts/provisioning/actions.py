"""What may staff do to a tenant besides changing its fields, when is it offered, and what does it take?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

from accounts.invitation import CannotInvite, invite
from accounts.limits import limited
from accounts.provisioning import activation, erasure, export, organization
from accounts.provisioning.forms import ActionForm, EraseForm, InviteForm, ReasonForm
from accounts.roles import Role, StaffCapability
from accounts.workos.client import Declined, Unavailable
from tenants.admin import admin_actor
from tenants.models import Tenant

NOT_ANSWERING = "WorkOS isn't answering. Nothing is lost: try again in a while."
Values = dict[str, Any]


class Refused(Exception):
    """Why it wasn't done, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One thing to do to a tenant. `run` answers with what was done, in words, or with a file; or raises Refused."""

    name: str
    title: str
    words: str
    button: str
    form: type[ActionForm]
    capability: StaffCapability
    offered: Callable[[Tenant], bool]
    run: Callable[[HttpRequest, Tenant, Values], str | HttpResponse]


def make_organization(request: HttpRequest, tenant: Tenant, _values: Values) -> str:
    """The tenant's organization at WorkOS."""
    try:
        made = organization.give(tenant=tenant, actor=admin_actor(request))
    except Unavailable as error:
        raise Refused(NOT_ANSWERING) from error
    except Declined as error:
        raise Refused(f"WorkOS declined to make the organization: {error}.") from error
    except organization.Taken as error:
        raise Refused("Another tenant has this organization.") from error
    return f"The organization is {made}."


def _invite(request: HttpRequest, tenant: Tenant, values: Values) -> str:
    try:
        made = invite(tenant=tenant, email=values["email"], role=Role(values["role"]), actor=admin_actor(request))
    except CannotInvite as error:
        raise Refused(str(error)) from error
    if made.sent_at is None:
        return f"Invited {made.email}, but the mail could not be handed over. Have a manager send it again."
    return f"Invited {made.email} as {made.role}."


def _deactivate(request: HttpRequest, tenant: Tenant, values: Values) -> str:
    if not activation.deactivate(tenant=tenant, reason=values["reason"], actor=admin_actor(request)):
        raise Refused("Somebody was first: it is deactivated already.")
    return "Deactivated: everybody is signed out, and nothing is scanned."


def _reactivate(request: HttpRequest, tenant: Tenant, values: Values) -> str:
    if not activation.reactivate(tenant=tenant, reason=values["reason"], actor=admin_actor(request)):
        raise Refused("It is active already, or is being erased.")
    return "Active again: people can sign in, and schedules go on."


@limited("exports")
def _export(request: HttpRequest, tenant: Tenant, _values: Values) -> HttpResponse:
    try:
        name, content = export.begin(tenant=tenant, actor=admin_actor(request))
    except export.CannotExport as error:
        raise Refused(str(error)) from error
    answer = StreamingHttpResponse(content, content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="{name}.zip"'
    return answer  # type: ignore[return-value]  # Django's own views return it as well


def _erase(request: HttpRequest, tenant: Tenant, values: Values) -> str:
    fate = values.get("organization") or ("kept" if tenant.workos_organization_id else "none")
    try:
        erasure.request(
            tenant=tenant,
            export=values["export"],
            reason=values["reason"],
            organization=fate,
            actor=admin_actor(request),
        )
    except erasure.CannotErase as error:
        raise Refused(str(error)) from error
    return "The tenant is being erased. Its deletion certificate is signed once nothing is left."


ACTIONS = {
    action.name: action
    for action in (
        Action(
            name="invite",
            title="Invite a person",
            words="They get a mail, and are a member once they have signed in. The first one should be a manager.",
            button="Invite",
            form=InviteForm,
            capability=StaffCapability.PROVISION,
            offered=lambda tenant: tenant.deactivated_at is None,
            run=_invite,
        ),
        Action(
            name="organization",
            title="Create its organization",
            words="WorkOS gets an organization that carries this tenant's id. One that was made before is found again.",
            button="Create",
            form=ActionForm,
            capability=StaffCapability.PROVISION,
            offered=lambda tenant: bool(settings.WORKOS_API_KEY) and not tenant.workos_organization_id,
            run=make_organization,
        ),
        Action(
            name="deactivate",
            title="Deactivate",
            words="Everybody is signed out at once and can't come back, running scans are cancelled, schedules rest. "
            "All data stays, and it can be activated again.",
            button="Deactivate",
            form=ReasonForm,
            capability=StaffCapability.ERASE,
            offered=lambda tenant: tenant.deactivated_at is None,
            run=_deactivate,
        ),
        Action(
            name="reactivate",
            title="Activate again",
            words="People can sign in again, and schedules go on.",
            button="Activate",
            form=ReasonForm,
            capability=StaffCapability.ERASE,
            offered=lambda tenant: tenant.deactivated_at is not None and tenant.erasing_at is None,
            run=_reactivate,
        ),
        Action(
            name="export",
            title="Export",
            words="All that sv0 has of this tenant, without secrets, as one zip file. Keep it: once the tenant is "
            "erased there is no other. The download starts at once; when it is complete, the export is listed below.",
            button="Download an export",
            form=ActionForm,
            capability=StaffCapability.ERASE,
            offered=lambda tenant: tenant.deactivated_at is not None and tenant.erasing_at is None,
            run=_export,
        ),
        Action(
            name="erase",
            title="Erase",
            words="Everything of this tenant is deleted for ever: inventory, findings, comments, its audit log, "
            "credentials and their key, and the personal data of people who belong to nothing else. "
            "A deletion certificate is left.",
            button="Erase for ever",
            form=EraseForm,
            capability=StaffCapability.ERASE,
            offered=lambda tenant: tenant.deactivated_at is not None and tenant.erasing_at is None,
            run=_erase,
        ),
    )
}
