"""Is this process alive, and can it serve?"""

from __future__ import annotations

from collections.abc import Callable

import structlog
from django.db import connection
from django.http import HttpRequest, HttpResponse
from pymongo.errors import PyMongoError

log = structlog.get_logger(__name__)


class HealthMiddleware:
    """Answers /health and /ready before anything else asks for a host name, TLS or a session.

    Platforms probe by the container's address over plain HTTP, and a probe must not open a session or fill the log.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.probes = {"/health": health, "/ready": ready}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        probe = self.probes.get(request.path_info)
        if probe is None or request.method not in {"GET", "HEAD"}:
            return self.get_response(request)
        response = probe()
        response["Cache-Control"] = "no-store"
        return response


def health() -> HttpResponse:
    """200 as long as the process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


def ready() -> HttpResponse:
    """200 when the database answers, 503 otherwise; which part failed is in the log only."""
    try:
        connection.database.command("ping")  # type: ignore[attr-defined]
    except PyMongoError as error:
        log.warning("not ready", part="database", error=type(error).__name__)
        return HttpResponse("not ready\n", status=503, content_type="text/plain")
    return HttpResponse("ready\n", content_type="text/plain")
