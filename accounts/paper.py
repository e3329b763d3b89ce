"""How does HTML become a PDF without anything being fetched from anywhere?"""

from __future__ import annotations

import logging
from datetime import datetime
from mimetypes import guess_type
from pathlib import Path
from urllib.parse import unquote

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.exceptions import SuspiciousOperation
from weasyprint import HTML, Attachment
from weasyprint.urls import URLFetcher, URLFetcherResponse

ORIGIN = "http://sv0.invalid"  # what addresses in the HTML are relative to; no name server knows it
BASE = ORIGIN + settings.STATIC_URL
PROOF_NAME = "evidence.json"

# A dozen lines for every document, at the level at which sv0 logs what matters.
logging.getLogger("weasyprint.progress").setLevel(logging.WARNING)


class Refused(ValueError):
    """The HTML asks for something that is not one of our own static files."""


class StaticFiles(URLFetcher):
    """Answers with static files from the disk and refuses anything else, remembering what."""

    def __init__(self) -> None:
        super().__init__(allowed_protocols=(), allow_redirects=False)
        self.refused: list[str] = []

    def fetch(self, url: str, _headers: object = None) -> URLFetcherResponse:
        """The file that the address names."""
        path = _on_disk(url)
        if path is None:
            self.refused.append(url[:200])
            raise Refused(url[:200])
        return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": guess_type(path.name)[0] or "text/plain"})


def _on_disk(url: str) -> Path | None:
    """Where this address' static file lies: collected, or where the finders see it. Never outside their folders."""
    name = unquote(url.removeprefix(BASE))
    if name == url or not name:
        return None
    try:
        found = staticfiles_storage.path(name) if settings.STATIC_ROOT else finders.find(name)
    except SuspiciousOperation:
        return None
    return Path(found) if found and Path(found).is_file() else None


def printed(html: str, *, proof: bytes, made_at: datetime) -> bytes:
    """The PDF: A4 by static/css/report.css, tagged, fonts embedded, `proof` attached.

    Refused when the HTML asks for anything that isn't ours: names are text there, so that would be a mistake of ours.
    """
    attached = Attachment(
        string=proof,
        name=PROOF_NAME,
        description="The evidence whose SHA-256 this report prints (RFC 8785 JSON)",
        created=made_at,
        modified=made_at,
        relationship="Data",
    )
    files = StaticFiles()
    document = HTML(string=html, base_url=ORIGIN, url_fetcher=files)
    made: bytes = document.write_pdf(pdf_variant="pdf/ua-1", attachments=[attached])
    if files.refused:  # WeasyPrint itself only logs it and prints without
        raise Refused(f"A report fetches nothing: {', '.join(files.refused)}")
    return made
