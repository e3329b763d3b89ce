"""What does a tenant take along: a file of all that sv0 has of it, made in memory that doesn't grow?

A zip of newline-delimited JSON, one file per collection. Secrets stay out. manifest.json says how many records each
file has and its SHA-256; the last audit event in it is the head of the tenant's chain at that moment.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import zipfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any
from uuid import UUID

from django.utils import timezone

from accounts.models import Membership, User
from accounts.provisioning.holdings import Document, Holding, models_of_tenants
from accounts.provisioning.work import work
from tenants import audit
from tenants.audit import Actor
from tenants.models import AuditEvent, Export, Tenant

BATCH = 500
README = """{name}: everything that sv0 kept of {tenant} ({slug}), as of {at}.

One file per collection, one JSON object per line. Times are UTC. manifest.json has the number of records and the
SHA-256 of each file. audit_events.ndjson is in the order of the audit chain; its last line is the chain's head.

Left out, because an export must not give access to anything: {left_out}.
"""


class CannotExport(Exception):
    """Why not now, in words."""


def begin(*, tenant: Tenant, actor: Actor) -> tuple[str, Iterator[bytes]]:
    """Name and bytes of an export. It counts as made, and has an Export record, once the last byte was taken.

    CannotExport unless the tenant is deactivated and at rest: nothing changes while it is read.
    """
    if tenant.deactivated_at is None:
        raise CannotExport("Deactivate the tenant first: an export of what still changes proves nothing.")
    if work().is_busy(tenant):
        raise CannotExport("A scan is still stopping. Try again in a minute.")
    name = f"{tenant.slug}-{timezone.now():%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
    _record(tenant, tenant, actor, name=name)
    return name, _bytes(tenant, name, actor)


def _bytes(tenant: Tenant, name: str, actor: Actor) -> Iterator[bytes]:
    file = _Outgoing()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[call-overload]  # it only writes
        contents = _Contents(archive)
        for collection, rows in _everything(tenant):
            for _ in contents.add(f"{collection}.ndjson", rows):
                yield file.taken()
        _describe(archive, contents, tenant, name, actor)
    yield file.taken()
    counts = {each.removesuffix(".ndjson"): entry["records"] for each, entry in contents.files.items()}
    Export.objects.create(
        tenant=tenant,
        name=name,
        sha256=file.sha256.hexdigest(),
        size=file.size,
        counts=counts,
        chain_head=contents.last["hash"],
        made_by=actor.name,
    )
    _record(None, tenant, actor, name=name, sha256=file.sha256.hexdigest(), records=sum(counts.values()))


class _Outgoing:
    """The file that zipfile writes: what it wrote is taken away again at once."""

    def __init__(self) -> None:
        self.sha256, self.size, self._waiting = hashlib.sha256(), 0, bytearray()

    def write(self, data: bytes) -> int:
        self.sha256.update(data)
        self.size += len(data)
        self._waiting += data
        return len(data)

    def flush(self) -> None:
        """Nothing is behind it."""

    def taken(self) -> bytes:
        taken, self._waiting = bytes(self._waiting), bytearray()
        return taken


class _Contents:
    """What was put into the archive: records and SHA-256 by file, and the last record."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.files: dict[str, dict[str, Any]] = {}
        self.last: Document = {}
        self._archive = archive

    def add(self, file: str, rows: Iterable[Document]) -> Iterator[None]:
        """Write one file, and pause after each batch."""
        digest, records = hashlib.sha256(), 0
        with self._archive.open(file, "w", force_zip64=True) as entry:
            for some in _batches(rows):
                text = "".join(f"{json.dumps(row, default=_plain, ensure_ascii=False)}\n" for row in some).encode()
                digest.update(text)
                entry.write(text)
                records += len(some)
                self.last = some[-1]
                yield
        self.files[file] = {"records": records, "sha256": digest.hexdigest()}
        yield


def _everything(tenant: Tenant) -> Iterator[tuple[str, Iterator[Document]]]:
    yield "tenant", _rows(Holding(Tenant._meta.db_table, {"_id": tenant.pk}), ())
    yield "people", _people(tenant)
    for model in models_of_tenants():
        holding = Holding(model._meta.db_table, {"tenant_id": tenant.pk})
        yield holding.collection, _rows(holding, left_out(model), sort="number" if model is AuditEvent else None)


def left_out(model: type[Any]) -> tuple[str, ...]:
    """The model's fields that no export holds."""
    fields: tuple[str, ...] = getattr(model, "not_exported", ())
    return fields


def _rows(holding: Holding, without: tuple[str, ...], *, sort: str | None = None) -> Iterator[Document]:
    found = holding.documents.find(holding.which, dict.fromkeys(without, 0) or None, batch_size=BATCH)
    return iter(found.sort(sort, 1) if sort else found)


def _people(tenant: Tenant) -> Iterator[Document]:
    shown = ("id", "email", "name", "is_active", "created_at", "last_login")
    ids = Membership.objects.of(tenant).values_list("user_id", flat=True).iterator(chunk_size=BATCH)
    for some in _batches(ids):
        yield from User.objects.filter(pk__in=some).values(*shown)


def _describe(archive: zipfile.ZipFile, contents: _Contents, tenant: Tenant, name: str, actor: Actor) -> None:
    hidden = {model._meta.db_table: left_out(model) for model in models_of_tenants() if left_out(model)}
    words = ", ".join(f"{field} of {collection}" for collection, fields in hidden.items() for field in fields)
    at = timezone.now().isoformat(timespec="seconds")
    manifest = {
        "format": 1,
        "name": name,
        "tenant": {"id": str(tenant.pk), "slug": tenant.slug, "name": tenant.name},
        "made_at": at,
        "made_by": actor.name,
        "audit_head": contents.last["hash"],
        "left_out": hidden,
        "files": contents.files,
    }
    archive.writestr("manifest.json", json.dumps(manifest, indent=2, ensure_ascii=False))
    archive.writestr(
        "README.txt", README.format(name=name, tenant=tenant.name, slug=tenant.slug, at=at, left_out=words)
    )


def _plain(value: Any) -> Any:
    match value:
        case datetime():
            return (value if timezone.is_aware(value) else value.replace(tzinfo=UTC)).isoformat()
        case bytes():
            return base64.b64encode(value).decode()
        case UUID():
            return value.hex  # as the records refer to people
    return str(value)


def _batches(rows: Iterable[Any]) -> Iterator[list[Any]]:
    left = iter(rows)
    while some := list(islice(left, BATCH)):
        yield some


def _record(whose: Tenant | None, tenant: Tenant, actor: Actor, **detail: Any) -> None:
    """In the tenant's own chain before the first byte, so that the file ends with it; afterwards in nobody's."""
    audit.record(
        whose,
        actor=actor,
        action="tenant:exported",
        subject_kind="tenant",
        subject_id=str(tenant.pk),
        subject=tenant.name,
        detail=detail,
    )
