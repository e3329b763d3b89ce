"""Who is the principal of an assignment: a managed identity that was read here, or somebody whom Entra knows?"""

from __future__ import annotations

from collections.abc import Mapping

from connectors.inventory.records import Ref

OWNERS = {"User": "user", "Group": "group", "ForeignGroup": "group of another tenant", "Device": "device"}


def ref(principal: str, kind: str | None, managed: Mapping[str, tuple[str, str]]) -> Ref:
    """`managed`: object id → address and name of managed identities. Others are told by Entra under their object id,
    people and groups as those who answer."""
    known = managed.get(principal)
    if known is not None:
        return Ref(kind="identity", id=known[0], name=known[1])
    short = f"{principal[:8]}…"
    if kind in OWNERS:
        return Ref(kind="owner", id=principal, name=f"{OWNERS[kind]} {short}")
    words = "service principal" if kind == "ServicePrincipal" else "principal"
    return Ref(kind="identity", id=principal, name=f"{words} {short}")
