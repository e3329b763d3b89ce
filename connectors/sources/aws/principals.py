"""Who stands behind a principal that a trust policy names?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from connectors.inventory.records import Alias, AliasKind, Identity, Link, Record, Ref, Relation
from connectors.sources.aws import arn as arns
from connectors.sources.aws.place import Place
from connectors.sources.aws.trust import Trust

ANYONE = "aws:anyone"
SUBJECT = re.compile(r"[^ ]+:sub = (?P<subject>.+)")
GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
WILD = re.compile(r"[*?$]")
ENTRA = ("https://sts.windows.net/", "https://login.microsoftonline.com/")
TYPES = {"role": "IAM role", "user": "IAM user", "assumed-role": "IAM role session", "root": "AWS account principal"}


def links(place: Place, role: Ref, found: list[Trust]) -> Iterator[Record]:
    """The identities that may assume the role, those of them nobody else yields, and the links that say so."""
    for trust in found:
        if trust.kind in {"aws", "anyone", "federated"}:
            principal, told = introduced(place, trust)
            yield from told
            yield Link(
                relation=Relation.CAN_ASSUME,
                source=principal,
                target=role,
                scope=place.scope.key,
                grade=trust.grade,
                via=f"trust policy of {role.name}",
                conditions=trust.conditions,
            )
            if trust.kind == "federated":
                yield from _subjects(place, principal, trust)


def _subjects(place: Place, provider: Ref, trust: Trust) -> Iterator[Record]:
    """Whom a trust means by the subject that the provider vouches for, each spelled out, so that another system that
    knows the same subject can be told from it; patterns mean many."""
    for condition in trust.conditions:
        said = SUBJECT.fullmatch(condition)
        if said is None or WILD.search(said["subject"]):
            continue
        issuer, subject = f"https://{provider.name}", said["subject"]
        identity = Identity(
            id=f"{provider.id}|{subject}",
            provider_id=f"{provider.id}|{subject}",
            name=_called(subject),
            type="federated subject",
            external=True,
            aliases=(_alias(issuer, subject),),
            facts=(("Vouched for by", provider.name),),
            **place.of(),
        )
        yield identity
        yield Link(
            relation=Relation.CAN_ASSUME,
            source=Ref(kind="identity", id=identity.id, name=identity.name),
            target=provider,
            scope=place.scope.key,
            via=f"subject that {provider.name} vouches for",
            conditions=(f"sub = {subject}",),
        )


def _called(subject: str) -> str:
    """An object of Entra's has no name here."""
    return f"Entra object {subject[:8]}…" if GUID.fullmatch(subject) else subject


def _alias(issuer: str, subject: str) -> Alias:
    """Entra's own tokens name the object that they are for; others' subjects are what federated credentials name."""
    because = "trust policies name it as subject"
    if issuer.startswith(ENTRA):
        return Alias(kind=AliasKind.ADDRESS, value=subject.lower(), because=because)
    return Alias(kind=AliasKind.FEDERATED_SUBJECT, value=f"{issuer}|{subject}", because=because)


def introduced(place: Place, trust: Trust) -> tuple[Ref, list[Identity]]:
    """A reference to the principal, and the identity itself where this scope is to tell of it."""
    principal, told = _identity(place, trust)
    if told is None:
        return principal, []
    if told.scope == place.scope.key:
        return principal, [told]
    place.referenced.put(told)
    return principal, []


def facts(found: list[Trust]) -> Iterator[tuple[str, str]]:
    """What a trust policy says of others than identities: AWS's services, and principals that no longer exist."""
    named = sorted(trust.principal for trust in found if trust.kind == "service")
    gone = sorted(trust.principal for trust in found if trust.kind == "deleted")
    if named:
        yield "Trusted services", ", ".join(named)
    if gone:
        yield "Trusts deleted identities", ", ".join(gone)


def _identity(place: Place, trust: Trust) -> tuple[Ref, Identity | None]:
    """A reference to the principal, and the identity itself unless its own account yields it."""
    told: Identity | None
    if trust.kind == "anyone":
        told = _outsider(place, ANYONE, "Anyone", "anyone", account=None)
    elif trust.kind == "federated":
        told = _provider(place, trust.principal)
    else:
        told = _principal(place, trust.principal)
        if told is None:
            return Ref(kind="identity", id=trust.principal, name=arns.short_name(trust.principal)), None
    return Ref(kind="identity", id=told.id, name=told.name), told


def _principal(place: Place, principal: str) -> Identity | None:
    """An account, or a role or user of an account that isn't read; None for one that its own account yields."""
    text = f"arn:{place.partition}:iam::{principal}:root" if re.fullmatch(r"\d{12}", principal) else principal
    arn = arns.parse(text)
    if arn is None:
        return _outsider(place, text, text, "principal", account=None)
    kind = arn.resource.split("/", 1)[0]
    ours = place.referenced.accounts.get(arn.account)
    type_ = TYPES.get(kind, "principal")
    if ours is not None:
        if kind in {"role", "user"}:
            return None
        name = f"any identity in {ours.name}" if kind == "root" else arn.resource
        return _told(place, text, name, type_, account=ours.id, external=False)
    account = f"AWS account {arn.account}"
    name = account if kind == "root" else f"{arns.short_name(text)} in {account}"
    return _outsider(place, text, name, type_, account=arn.account)


def _outsider(place: Place, id: str, name: str, type: str, *, account: str | None) -> Identity:  # noqa: A002 - records' words
    """Someone outside, unless the list of the organization's own accounts is incomplete: then nobody can tell."""
    certain = place.referenced.accounts_complete or id == ANYONE
    if account is not None:
        name += " (outside the organization)" if certain else " (not among the accounts read)"
    return _told(place, id, name, type, account=account, external=certain)


def _told(place: Place, id: str, name: str, type: str, *, account: str | None, external: bool) -> Identity:  # noqa: A002
    ours = place.referenced.accounts.get(account or "")
    return Identity(
        id=id,
        provider_id=id,
        name=name,
        type=type,
        system="aws",
        scope=place.referenced.scope.key,
        account_id=account,
        account_name=ours.name if ours else None,
        external=external,
    )


def _provider(place: Place, principal: str) -> Identity:
    """An identity provider that the account trusts: an ARN, or the name of one that AWS knows itself."""
    saml = ":saml-provider/" in principal
    return Identity(
        id=principal if principal.startswith("arn:") else f"aws:{place.account.id}:provider:{principal}",
        provider_id=principal,
        name=principal.split("-provider/", 1)[-1],
        type="SAML provider" if saml else "OIDC provider",
        **place.of(),
    )
