"""What is a report, and how does it become a page and a PDF?

A report is made as of one moment and printed from one HTML: as a page and, by WeasyPrint, as a PDF. It says whose it
is, for which time, how old and how complete its data is, and the hash of the evidence that it prints; the PDF carries
that evidence as an attachment, so that the hash can be checked without asking anybody.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string
from django.utils import timezone

from accounts.impersonation import Impersonation
from findings import evidence
from findings.coverage import Coverage
from tenants.models import Tenant

SHORT_HASH = 12  # hex digits in the foot of every page
LONGEST_NAME = 240  # characters in headings and registers


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One report, ready to be printed by templates/findings/report/<name>.html. `content` is what it shows."""

    name: str
    title: str
    tenant: Tenant
    period: str
    made_by: str
    made_at: datetime
    coverage: Coverage
    proof: bytes  # canonical JSON of what is printed
    content: dict[str, Any]
    slug: str = ""  # what tells it from its like in a file name

    @property
    def digest(self) -> str:
        """SHA-256 of `proof`, 64 hex digits."""
        return evidence.digest(self.proof)

    @property
    def digest_parts(self) -> tuple[str, str]:
        """The digest's beginning, which stands in the foot of every page, and its rest."""
        return self.digest[:SHORT_HASH], self.digest[SHORT_HASH:]

    @property
    def file_name(self) -> str:
        """A name for the PDF: ASCII letters, digits and hyphens only, whatever things are called."""
        words = f"sv0-{self.tenant.slug}-{self.name}-{self.slug}-{self.made_at:%Y-%m-%d}"
        return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-") + ".pdf"


def fitting(name: str | None) -> str | None:
    """The name, or of one that would fill pages its ends and how long it is: it is never cut without a word."""
    if name is None or len(name) <= LONGEST_NAME:
        return name
    half = LONGEST_NAME // 2
    return f"{name[:half]} … {name[-half:]} ({len(name):,} characters)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """What a report has around it in a browser: where to download and go back, and what its script and form need."""

    pdf_url: str
    back_url: str
    csp_nonce: str
    csrf_token: str


def html(report: Report, *, acting: Impersonation | None, bar: Bar | None = None) -> str:
    """The report as a page, with a bar in a browser; times are the tenant's. It says so where staff printed it."""
    context = {"report": report, "impersonation": acting, "bar": bar, "csrf_token": bar and bar.csrf_token}
    with timezone.override(ZoneInfo(report.tenant.time_zone)):
        return render_to_string(f"findings/report/{report.name}.html", {**context, **report.content})


def pdf(report: Report, *, acting: Impersonation | None) -> bytes:
    """The report as a tagged PDF (PDF/UA-1) with its evidence attached."""
    from accounts.paper import printed  # loads Pango, which most processes never need

    return printed(html(report, acting=acting), proof=report.proof, made_at=report.made_at)
