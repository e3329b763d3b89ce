"""How does a ticket system come to be known, change and go?

The only code that changes a system's row; each verb leaves its audit event, which names settings and never holds a
value of a secret one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError
from django_q.tasks import async_task

from connectors import secrets
from tenants import audit
from tenants.audit import Actor
from tenants.models import Tenant
from ticketing.kinds import KINDS
from ticketing.models import TicketSystem


class Taken(Exception):
    """Another system has this name."""


def create(
    *, tenant: Tenant, kind: str, name: str, settings: Mapping[str, Any], secret: Mapping[str, str], actor: Actor
) -> TicketSystem:
    """A new one, which is checked soon. Raises Taken."""
    sealed = secrets.seal(tenant, secret)

    def work() -> TicketSystem:
        made: TicketSystem = TicketSystem.objects.create(
            tenant=tenant, kind=kind, name=name, settings=dict(settings), sealed=sealed
        )
        _record(made, actor, "ticket_system:created", settings=sorted([*settings, *secret]))
        return made

    made: TicketSystem = _unless_taken(work)
    async_task("ticketing.tasks.check", str(made.pk))
    return made


def change(
    *, system: TicketSystem, name: str, settings: Mapping[str, Any], secret: Mapping[str, str], actor: Actor
) -> None:
    """Write what differs. What `secret` doesn't name stays sealed as it is; the form demands it where the address is
    another one. Raises Taken."""
    before, after = {"name": system.name, **system.settings}, {"name": name, **settings}
    changed = sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))
    fields = {"name": name, "settings": dict(settings)}
    if secret:
        fields["sealed"] = system.sealed | secrets.seal(system.tenant, secret)

    def work() -> None:
        TicketSystem.objects.of(system.tenant).filter(pk=system.pk).update(**fields)
        if changed:
            _record(system, actor, "ticket_system:changed", changed=changed)
        if secret:
            _record(system, actor, "ticket_system:credential:rotated", changed=sorted(secret))

    _unless_taken(work)
    async_task("ticketing.tasks.check", str(system.pk))


def delete(*, system: TicketSystem, actor: Actor) -> None:
    """Forget it and its credential. Its tickets stay with their findings, as they were read last."""

    def work() -> None:
        _record(system, actor, "ticket_system:deleted")
        TicketSystem.objects.of(system.tenant).filter(pk=system.pk).delete()

    audit.atomically(work)


def _unless_taken(work: Any) -> Any:
    try:
        return audit.atomically(work)
    except IntegrityError as error:
        raise Taken("Another ticket system has this name.") from error


def _record(system: TicketSystem, actor: Actor, action: str, **detail: Any) -> None:
    audit.record(
        system.tenant,
        actor=actor,
        action=action,
        subject_kind="ticket_system",
        subject_id=str(system.pk),
        subject=f"{system.name} ({KINDS[system.kind].label})",
        detail=detail,
    )
