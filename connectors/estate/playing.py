"""How does an estate come into a tenant: by scans that read its files instead of a vendor's API?

Everything else is as in production: connectors.scan writes, classifies, correlates and calls what follows a scan.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from unittest import mock

from django.utils import timezone

from accounts.models import User
from connectors import attestation, scan
from connectors.estate import Connected, Estate, Reading, Word
from connectors.inventory.models import Node
from connectors.models import Connection, Scan
from connectors.registry import source
from tenants.audit import Actor
from tenants.models import Tenant

BY = "estate"


def play(estate: Estate, tenant: Tenant) -> Scan:
    """Run every scan of the estate at its moment, and say between them what people said. Returns the last scan.

    RuntimeError for a scan that failed, and for a word about what isn't there.
    """
    connections = {each.file: _connect(tenant, each) for each in estate.connections}
    happened: list[Reading | Word] = sorted([*estate.words, *estate.readings], key=lambda each: each.at)
    last: Scan | None = None
    for each in happened:
        with clock(each.at):
            if isinstance(each, Reading):
                last = _scan(connections[each.connected.file], each)
            else:
                _say(tenant, each)
    if last is None:
        raise RuntimeError("The estate has no scan.")
    return last


def key_of(subject: str, tenant: Tenant, estate: Estate) -> str:
    """The address of a label's subject in the tenant: a connection has another one each time it is made."""
    names = {f"connection/{each.file}": each.name for each in estate.connections}
    if subject not in names:
        return subject
    return f"connection/{Connection.objects.of(tenant).get(name=names[subject]).pk}"


@contextmanager
def clock(at: datetime) -> Iterator[None]:
    """It is that moment now, for this process, and time goes on from there."""
    began = time.monotonic()

    def now() -> datetime:
        return at + timedelta(seconds=time.monotonic() - began)

    with mock.patch.object(timezone, "now", now):
        yield


def _connect(tenant: Tenant, connected: Connected) -> Connection:
    connection: Connection = Connection.objects.create(
        tenant=tenant,
        kind=connected.kind,
        name=connected.name,
        settings=dict(connected.settings),
        state=Connection.State.PAUSED if connected.paused else Connection.State.ACTIVE,
        every_hours=connected.every_hours,
        created_at=connected.made_at,
    )
    return connection


def _scan(connection: Connection, reading: Reading) -> Scan:
    queued = Scan.objects.create(
        tenant=connection.tenant,
        connection=connection,
        connection_name=connection.name,
        trigger="person",
        requested_by=BY,
        queued_at=timezone.now(),
        lease_until=timezone.now() + timedelta(minutes=15),
    )
    with mock.patch.object(type(source(connection.kind)), "pull", return_value=iter(reading.records)):
        scan.run(queued)
    done: Scan = Scan.objects.of(connection.tenant).get(pk=queued.pk)
    if done.state not in (Scan.State.COMPLETE, Scan.State.PARTIAL):
        raise RuntimeError(f"The scan of {connection.name} at {reading.at:%Y-%m-%dT%H:%MZ} {done.state}: {done.error}")
    return done


def _say(tenant: Tenant, word: Word) -> None:
    node = Node.objects.of(tenant).filter(key=word.key, gone_at=None).first()
    if node is None:
        raise RuntimeError(f"At {word.at:%Y-%m-%dT%H:%MZ}, when somebody answers for it, there is no {word.key}.")
    author, _ = User.objects.get_or_create(email=word.author)
    standing = attestation.standing(tenant, word.key)
    attestation.attest(
        node=node,
        email=word.email,
        note=None,
        until=word.until,
        seen=standing.pk if standing else None,
        actor=Actor(id=str(author.pk), name=author.display_name, via="worker"),
        author=author,
    )
