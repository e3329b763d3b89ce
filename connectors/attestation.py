"""How does a person say who answers for an object, and take that back?

One attestation stands per object; the next one takes its place. Each verb names the attestation that its caller saw, so
that nobody overwrites what somebody else said meanwhile.
"""

from __future__ import annotations

from datetime import datetime

from bson import ObjectId
from django.utils import timezone

from accounts.models import User
from connectors.inventory import answering
from connectors.inventory.documents import collection
from connectors.inventory.models import Attestation, Node
from connectors.inventory.shape import searched
from tenants import audit
from tenants.audit import Actor
from tenants.models import Tenant

MAILED = "mailto:"  # begins the key of an owner that no source knows


class Conflict(Exception):
    """Somebody else was first; nothing was changed. The message says who, and what they did."""


def standing(tenant: Tenant, key: str) -> Attestation | None:
    """The word that holds about this object, lapsed or not."""
    found: Attestation | None = Attestation.objects.of(tenant).filter(key=key, standing=True).first()
    return found


def history(tenant: Tenant, key: str) -> list[Attestation]:
    """All that was said about who answers for the object, latest first."""
    return list(Attestation.objects.of(tenant).filter(key=key).order_by("-at")[:50])


def known_owner(tenant: Tenant, email: str) -> tuple[str, str]:
    """Key and name of the owner that a source tells of under this address, or what stands for one it doesn't."""
    begins = {"tenant_id": tenant.pk, "search": {"$regex": f"^{searched(email)}"}, "kind": "owner", "gone_at": None}
    for row in collection(Node).find(begins, {"key": 1, "name": 1, "data.email": 1}, hint="node_search").limit(50):
        if str(row["data"].get("email")).casefold() == email.casefold():
            return row["key"], row["name"]
    return f"{MAILED}{email.casefold()}", email


def attest(
    *, node: Node, email: str, note: str | None, until: datetime, seen: ObjectId | None, actor: Actor, author: User
) -> Attestation:
    """Say that whoever has this address answers for the object until then. Conflict unless `seen` still stands."""
    owner_key, owner_name = known_owner(node.tenant, email)

    def work() -> Attestation:
        before = _expected(node.tenant, node.key, seen)
        if before:
            _end(before, by=actor.name)
        made: Attestation = Attestation.objects.create(
            tenant=node.tenant,
            key=node.key,
            name=node.name,
            owner_key=owner_key,
            owner_name=owner_name,
            owner_email=email,
            note=note,
            author_id=author.pk,
            author=author.display_name,
            at=timezone.now(),
            until=until,
        )
        _record(made, actor, "ownership:attested", was=before)
        return made

    made: Attestation = audit.atomically(work)
    answering.refresh_one(node.tenant, node.key)
    return made


def withdraw(*, node: Node, seen: ObjectId | None, actor: Actor) -> None:
    """Take the word back that was seen. Conflict when it doesn't stand any more."""

    def work() -> None:
        if before := _expected(node.tenant, node.key, seen):
            _end(before, by=actor.name)
            _record(before, actor, "ownership:withdrawn", was=None)

    audit.atomically(work)
    answering.refresh_one(node.tenant, node.key)


def _expected(tenant: Tenant, key: str, seen: ObjectId | None) -> Attestation | None:
    now = standing(tenant, key)
    if (now.pk if now else None) == seen:
        return now
    if now:
        raise Conflict(f"{now.author} said {_when(now.at)} that {now.owner_name} answers for it. Nothing was changed.")
    last = Attestation.objects.of(tenant).filter(key=key).order_by("-ended_at").first()
    by, at = (last.ended_by, _when(last.ended_at)) if last else ("Somebody", "meanwhile")
    raise Conflict(f"{by} withdrew it {at}. Nothing was changed.")


def _when(at: datetime) -> str:
    return f"at {at:%H:%M} UTC on {at.day} {at:%B %Y}"


def _end(attestation: Attestation, *, by: str) -> None:
    which = Attestation.objects.of(attestation.tenant).filter(pk=attestation.pk, standing=True)
    which.update(standing=None, ended_at=timezone.now(), ended_by=by)


def _record(attestation: Attestation, actor: Actor, action: str, *, was: Attestation | None) -> None:
    said = {"owner": attestation.owner_name, "until": attestation.until.date().isoformat(), "note": attestation.note}
    audit.record(
        attestation.tenant,
        actor=actor,
        action=action,
        subject_kind="object",
        subject_id=str(attestation.pk),
        subject=attestation.name,
        detail={**said, "object": attestation.key, "was": was.owner_name if was else None},
    )
