"""Which secrets, certificates and federated credentials does an identity have, and until when?

Pure. An application's are told on its service principal: they sign in as one. Graph never gives a secret, only what it
is called, its first letters, and its dates; even those letters are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from connectors.inventory.records import Credential
from connectors.sources.entra.tenant import guid, moment

SIGNING = "Sign"  # a key by which Entra signs SAML tokens for the application; nobody signs in with it
Row = dict[str, Any]


def of(passwords: Iterable[Row], keys: Iterable[Row], federated: Iterable[Row]) -> tuple[Credential, ...]:
    """All of one identity, in the order of their ids. Nothing that belongs to the signing of tokens is one."""
    keys = list(keys)
    signing = [key for key in keys if key.get("usage") == SIGNING]
    apart = {each.get("keyId") for each in signing}
    marks = {each["customKeyIdentifier"] for each in signing if each.get("customKeyIdentifier")}
    found = [_credential(row, "client secret") for row in passwords if row["keyId"] not in apart]
    found += [_credential(row, "certificate") for row in keys if not _signs(row, marks)]
    found += list(_federated(federated))
    return tuple(sorted(found, key=lambda each: (each.kind, each.id)))


def _signs(key: Row, marks: set[str]) -> bool:
    """The certificate that services check tokens with bears the mark of the key that signs them."""
    return key.get("usage") == SIGNING or key.get("customKeyIdentifier") in marks


def _credential(row: Row, kind: str) -> Credential:
    return Credential(
        kind=kind,
        id=guid(row["keyId"]),
        created_at=moment(row.get("startDateTime")),
        expires_at=moment(row.get("endDateTime")),
    )


def _federated(rows: Iterable[Row]) -> Iterator[Credential]:
    for row in rows:
        yield Credential(kind="federated", id=guid(row["id"]), enabled=True)
