"""Who answers for what, and how does a person say so?"""

from __future__ import annotations

from typing import Any

from bson import ObjectId
from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.http import TenantRequest, actor, can, needs, page, tenant_url
from accounts.roles import Capability
from connectors import attestation
from connectors.forms import AttestationForm
from connectors.inventory import answering, counts
from connectors.inventory import owners as lists
from connectors.inventory.models import Node, OwnerLoad


@require_safe
@needs(Capability.VIEW)
def owners(request: TenantRequest) -> HttpResponse:
    """The owners; with ?list= one of the lists of objects, with ?owner= what one owner answers for."""
    now = timezone.now()
    places = {name: _id(request.GET.get(name)) for name in ("after", "before")}
    which = request.GET.get("list", "")
    owner = _owner(request)
    if owner:
        found = lists.objects_of(request.tenant, owner.key, **places)
    elif which in lists.LISTS:
        found = lists.objects(request.tenant, which, now=now, **places)
    else:
        found, which = lists.owners(request.tenant, **places), ""
    here = f"owner={owner.pk}" if owner else f"list={which}" if which else ""
    context = {
        "rows": [row | {"lapsed": answering.lapsed(row["until"], now)} for row in found.rows],
        "which": which,
        "title": lists.LISTS.get(which),
        "owner": owner,
        "lists": _lists(request, which, lists.counted(request.tenant, now=now)),
        "at": counts.counted_at(request.tenant),
        "next_url": found.following and f"?{here}&after={found.following}",
        "previous_url": found.preceding and f"?{here}&before={found.preceding}",
    }
    return page(request, "connectors/owners.html", context)


def _lists(request: TenantRequest, which: str, numbers: dict[str, lists.Count]) -> list[dict[str, Any]]:
    url = tenant_url(request.tenant, "owners")
    return [
        {
            "label": label,
            "url": f"{url}?list={name}",
            "current": name == which,
            "count": _at_least(numbers[name].all),
            "note": f"{_at_least(numbers[name].sensitive)} with sensitive reach",
        }
        for name, label in lists.LISTS.items()
    ]


def _at_least(count: int) -> str:
    return f"{count:,}{'+' if count >= lists.MOST_COUNTED else ''}"


def _owner(request: TenantRequest) -> OwnerLoad | None:
    given = _id(request.GET.get("owner"))
    found: OwnerLoad | None = get_object_or_404(OwnerLoad.objects.of(request.tenant), pk=given) if given else None
    return found


def _id(given: str | None) -> ObjectId | None:
    return ObjectId(given) if given and ObjectId.is_valid(given) else None


# ── Attestation ─────────────────────────────────────────────────────────────────────────────────────────────────────


@require_POST
@needs(Capability.TRIAGE)
def attest(request: TenantRequest, pk: ObjectId) -> HttpResponse:
    """Somebody answers for the object, a person says."""
    node = _node(request, pk)
    form = AttestationForm(request.POST, tenant=request.tenant)
    if not form.is_valid():
        return _refuse(request, node, form, status=422)
    try:
        made = attestation.attest(
            node=node, seen=_seen(request), actor=actor(request), author=request.user, **form.values
        )
    except attestation.Conflict as conflict:
        form.add_error(None, str(conflict))
        return _refuse(request, node, form, status=409)
    return _done(request, node, f"{made.owner_name} answers for {made.name}")


@require_POST
@needs(Capability.TRIAGE)
def attest_withdraw(request: TenantRequest, pk: ObjectId) -> HttpResponse:
    """The word is taken back."""
    node, seen = _node(request, pk), _seen(request)
    form = AttestationForm(tenant=request.tenant)
    try:
        attestation.withdraw(node=node, seen=seen, actor=actor(request))
    except attestation.Conflict as conflict:
        form = AttestationForm({}, tenant=request.tenant)
        form.errors.clear()
        form.add_error(None, str(conflict))
        return _refuse(request, node, form, status=409)
    return _done(request, node, "Attestation withdrawn")


def panel(request: TenantRequest, node: Node, form: AttestationForm | None = None) -> dict[str, Any]:
    """What the panel about the object's owner shows."""
    word = attestation.standing(request.tenant, node.key)
    return {
        "node": node,
        "attestation": word,
        "attestation_lapsed": word and answering.lapsed(word.until, timezone.now()),
        "attestations_before": [row for row in attestation.history(request.tenant, node.key) if not row.standing],
        "attest_form": form or AttestationForm(tenant=request.tenant, initial={"email": request.user.email}),
        "can_attest": can(request, Capability.TRIAGE) and node.kind != "owner" and not node.gone_at,
    }


def _node(request: TenantRequest, pk: ObjectId) -> Node:
    node: Node | None = Node.objects.of(request.tenant).filter(pk=pk).exclude(kind="owner").first()
    if node is None:
        raise Http404("There is no such object.")
    return node


def _seen(request: TenantRequest) -> ObjectId | None:
    """The attestation that the form was made beside; empty when there was none."""
    given = request.POST.get("seen")
    if given is None or (given and not ObjectId.is_valid(given)):
        raise BadRequest("The form lacks what it was made for. Reload the page.")
    return ObjectId(given) if given else None


def _done(request: TenantRequest, node: Node, said: str) -> HttpResponse:
    if not request.htmx:
        messages.success(request, f"{said}.")
        return redirect(tenant_url(request.tenant, "inventory_object", pk=node.pk) + "#ownership")
    return render(request, "connectors/ownership.html", panel(request, node) | {"said": said})


def _refuse(request: TenantRequest, node: Node, form: AttestationForm, *, status: int) -> HttpResponse:
    """What is true now, and the form as it was typed."""
    context = panel(request, node, form) | {"refused": True}
    template = "connectors/ownership.html" if request.htmx else "connectors/attest.html"
    return render(request, template, context, status=status)
