"""What proves that a tenant was erased, and how is that checked?

A certificate's signature is an HMAC-SHA256 under AUDIT_KEY over its canonical JSON (RFC 8785), like the audit chain's:
whoever holds the key can tell a true certificate from one that was made up or changed.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import datetime
from typing import Any

import rfc8785
from django.conf import settings
from django.template.loader import render_to_string

from tenants.models import DeletionCertificate

SIGNED = (
    "tenant_key", "tenant_name", "tenant_slug", "region", "tenant_created_at", "deactivated_at", "reason",
    "requested_by", "requested_at", "organization_id", "organization", "export_name", "export_sha256", "audit_events",
    "audit_head", "counts", "completed_at",
)  # fmt: skip


def content(certificate: DeletionCertificate) -> dict[str, Any]:
    """What is signed."""
    return {name: _plain(getattr(certificate, name)) for name in SIGNED}


def _plain(value: Any) -> Any:
    return value.isoformat(timespec="milliseconds") if isinstance(value, datetime) else value


def sign(certificate: DeletionCertificate) -> str:
    """The signature, 64 hex digits."""
    return hmac.new(settings.AUDIT_KEY, rfc8785.dumps(content(certificate)), hashlib.sha256).hexdigest()


def is_genuine(certificate: DeletionCertificate) -> bool:
    """Whether it is signed, and says what it said then."""
    return certificate.signature is not None and hmac.compare_digest(certificate.signature, sign(certificate))


def as_json(certificate: DeletionCertificate) -> bytes:
    """Content and signature, for machines."""
    signed = {
        "content": content(certificate),
        "algorithm": "HMAC-SHA256 over RFC 8785",
        "signature": certificate.signature,
    }
    return json.dumps(signed, indent=2, ensure_ascii=False).encode()


def as_pdf(certificate: DeletionCertificate) -> bytes:
    """The same on paper, with the JSON attached."""
    from accounts.paper import printed  # loads Pango, which most processes never need

    html = render_to_string("accounts/certificate.html", {"certificate": certificate, "totals": totals(certificate)})
    made_at = certificate.completed_at or certificate.requested_at
    return printed(html, proof=as_json(certificate), made_at=made_at)


def totals(certificate: DeletionCertificate) -> dict[str, int]:
    """Records before and after, over all collections."""
    rows = certificate.counts.values()
    return {when: sum(row.get(when, 0) for row in rows) for when in ("before", "after")}
