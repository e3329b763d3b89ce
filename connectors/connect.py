"""How does a connection come to be, change, get tested, rest and go?

The only code that changes a connection's row; each verb leaves its audit event, which names settings and never holds a
value of a secret one.
"""

from __future__ import annotations

import queue
import threading
import traceback
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from bson import ObjectId
from django.conf import settings as configured
from django.db import IntegrityError
from django.utils import timezone
from django.utils.module_loading import import_string
from django_q.tasks import async_task

from connectors import secrets
from connectors.inventory.documents import collection
from connectors.inventory.models import Change, Coverage, Edge, Node, ReportedAlert, Telling
from connectors.inventory.superseded import restore
from connectors.models import Connection, Scan
from connectors.registry import source
from connectors.source import Check, Keep, Source, forget
from tenants import audit
from tenants.audit import Actor
from tenants.models import Tenant

TEST_SECONDS = 45  # a request waits no longer for the source's answers
log = structlog.get_logger(__name__)


class StillScanning(Exception):
    """The connection is being read; deleting it now would leave behind what the scan still writes."""


def create(
    *,
    tenant: Tenant,
    kind: str,
    name: str,
    every_hours: int,
    settings: Mapping[str, Any],
    secret: Mapping[str, str],
    actor: Actor,
) -> Connection:
    """A new connection. IntegrityError where the tenant has one of that name. `secret` is sealed."""

    sealed = secrets.seal(tenant, secret)

    def work() -> Connection:
        connection = Connection.objects.create(
            tenant=tenant,
            kind=kind,
            name=name,
            settings=dict(settings),
            sealed=sealed,
            every_hours=every_hours,
            next_scan_at=_next_scan(every_hours),
        )
        _record(connection, actor, "connection:created", kind=kind, settings=sorted([*settings, *secret]))
        return connection

    return audit.atomically(work)


def change(
    *,
    connection: Connection,
    name: str,
    every_hours: int,
    settings: Mapping[str, Any],
    secret: Mapping[str, str | None],
    actor: Actor,
) -> list[str]:
    """Write what differs; the names of what did.

    `secret` holds new values, and None for what is to be forgotten; what it doesn't name stays sealed as it is, unless
    the address changes that secrets are sent to: whoever may change it must not learn them by that.
    """
    before = {"name": connection.name, "every_hours": connection.every_hours, **connection.settings}
    after = {"name": name, "every_hours": every_hours, **settings}
    changed = sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))
    fields = {"name": name, "every_hours": every_hours, "settings": dict(settings)}
    if "every_hours" in changed:
        fields["next_scan_at"] = _next_scan(every_hours)
    known = source(connection.kind).settings
    moved = any(setting.address and setting.name in changed for setting in known)
    # What a person granted, they granted to the app and the site as they were.
    granted = {setting.name for setting in known if not setting.typed}
    regranted = granted if secret or {setting.name for setting in known} & {*changed} else set()
    if secret or moved or regranted & connection.sealed.keys():
        dropped = secret.keys() | regranted
        kept = {} if moved else {key: value for key, value in connection.sealed.items() if key not in dropped}
        new = {key: value for key, value in secret.items() if value is not None}
        fields["sealed"] = kept | secrets.seal(connection.tenant, new)

    def work() -> None:
        _update(connection, **fields)
        if changed:
            _record(connection, actor, "connection:changed", changed=changed)
        if secret:
            _record(connection, actor, "connection:credential:rotated", changed=sorted(secret))

    audit.atomically(work)
    return [*changed, *sorted(secret)]


def pause(*, connection: Connection, actor: Actor) -> None:
    """No scan starts by itself until it is resumed; one that runs goes on."""

    def work() -> None:
        if _update(connection, state=Connection.State.PAUSED, next_scan_at=None):
            _record(connection, actor, "connection:paused")

    audit.atomically(work)


def resume(*, connection: Connection, actor: Actor) -> None:
    """The schedule begins anew."""

    def work() -> None:
        _update(connection, state=Connection.State.ACTIVE, next_scan_at=_next_scan(connection.every_hours))
        _record(connection, actor, "connection:resumed")

    audit.atomically(work)


def test(*, connection: Connection, actor: Actor) -> list[Check]:
    """Ask the source whether each needed call works, and keep its answers with the connection."""
    try:
        checks = check(source(connection.kind), secrets.opened(connection), keep=partial(keep, connection))
    except secrets.Unreadable as error:
        checks = [Check("Stored credentials", ok=False, detail=str(error))]
    failing = [row.label for row in checks if row.ok is False]

    def work() -> None:
        _update(connection, checks=[asdict(row) for row in checks], checked_at=timezone.now())
        _record(connection, actor, "connection:tested", checks=len(checks), failing=failing)

    audit.atomically(work)
    return checks


def keep(connection: Connection, name: str, value: str) -> None:
    """Seal a secret's new value that its use has given: a refresh token that rotates. Nobody changed anything, so that
    leaves no audit event; nothing where the secret was taken away meanwhile."""
    sealed = secrets.seal(connection.tenant, {name: value})[name]
    held = {"_id": connection.pk, "tenant_id": connection.tenant_id, f"sealed.{name}": {"$exists": True}}
    collection(Connection).update_one(held, {"$set": {f"sealed.{name}": sealed}})


def grant(*, connection: Connection, redirect: str, code: str, actor: Actor) -> None:
    """Exchange the code that a person's consent gave, and seal what it gives. SourceError where it gives nothing."""
    consent = source(connection.kind).consent
    if consent is None:
        raise LookupError(f"{connection.kind} knows no consent.")
    given = consent.granted(settings=secrets.opened(connection), redirect=redirect, code=code)
    sealed = connection.sealed | secrets.seal(connection.tenant, given)

    def work() -> None:
        _update(connection, sealed=sealed)
        _record(connection, actor, "connection:credential:granted", changed=sorted(given), at=consent.at)

    audit.atomically(work)


def check(
    of: Source, settings: Mapping[str, Any], *, keep: Keep = forget, seconds: float = TEST_SECONDS
) -> list[Check]:
    """The source's own checks, or one row that says why there are none: no answer in time, or a fault of sv0's."""
    answers: queue.SimpleQueue[list[Check] | Exception] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(of.check(settings=settings, keep=keep))
        except Exception as error:  # whatever goes wrong there is told as a row
            answers.put(error)

    threading.Thread(target=ask, name="connection-test", daemon=True).start()
    try:
        answer = answers.get(timeout=seconds)
    except queue.Empty:
        said = f"No answer within {seconds:g} seconds. Check that sv0 can reach the provider, then test again."
        return [Check("Answers in time", ok=False, detail=said)]
    if isinstance(answer, Exception):
        # The error's own words may hold what was sent; where it happened can't.
        log.error("connection_test_failed", error=type(answer).__name__, at=traceback.format_tb(answer.__traceback__))
        return [Check("The test itself", ok=False, detail="sv0 failed while testing; nothing is known to be wrong.")]
    return answer


def delete(*, connection: Connection, actor: Actor) -> None:
    """Remove it at once, and what was read through it in the background. StillScanning while a scan is live."""
    tenant, key = connection.tenant, connection.pk

    def work() -> None:
        # The place of the one live scan, taken until the purge: no other begins meanwhile, and none is there now.
        place = {"connection": connection, "connection_name": connection.name, "state": Scan.State.CANCELLED}
        Scan.objects.create(tenant=tenant, trigger="person", requested_by=actor.signature, **place)
        _record(connection, actor, "connection:deleted", kind=connection.kind)
        # Not .delete(): its cascade would search every tenant's inventory, by a field that no index begins with.
        rows: Any = Connection.objects.of(tenant).filter(pk=key)
        rows._raw_delete(rows.db)
        async_task("connectors.connect.purge", str(tenant.pk), str(key))

    try:
        audit.atomically(work)
    except IntegrityError as error:
        raise StillScanning from error


def purge(tenant_id: str, connection_id: str) -> None:
    """Remove a deleted connection's inventory and scans, and let its findings retire. Bears being run again."""
    tenant, key = Tenant.objects.get(pk=tenant_id), ObjectId(connection_id)
    for model in (Edge, Node, ReportedAlert, Telling, Change, Coverage):
        model.objects.of(tenant).filter(connection_id=key).delete()
    restore(tenant_id=tenant.pk, connection_id=key)
    own = Scan.objects.of(tenant).filter(connection_id=key)
    others = Scan.objects.of(tenant).exclude(connection_id=key)
    last = others.order_by("-queued_at").first() or own.order_by("-queued_at").first()
    if last:
        import_string(configured.AFTER_SCAN)(tenant=tenant, scan=last)
    own.delete()


def _next_scan(every_hours: int) -> datetime | None:
    return timezone.now() + timedelta(hours=every_hours) if every_hours else None


def _update(connection: Connection, **fields: Any) -> int:
    for name, value in fields.items():
        setattr(connection, name, value)
    return Connection.objects.of(connection.tenant).filter(pk=connection.pk).update(**fields)


def _record(connection: Connection, actor: Actor, action: str, **detail: Any) -> None:
    audit.record(
        connection.tenant,
        actor=actor,
        action=action,
        subject_kind="connection",
        subject_id=str(connection.pk),
        subject=connection.name,
        detail=detail,
    )
