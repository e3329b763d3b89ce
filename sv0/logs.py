"""What does a process write down? JSON lines with the request they belong to."""

from __future__ import annotations

import logging.config
import re
import time
import uuid
from collections.abc import Callable
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse

from accounts.http import client_ip

QUIET = ("django.server", "botocore", "azure", "msal", "urllib3")  # tell of every call otherwise
_SAFE_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_SECRET_KEY = re.compile(r"(?i)(secret|password|token|authorization|cookie|api_?key|access_key|credential)")
_SECRET_VALUE = re.compile(
    r"(?i)\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]*|mongodb(?:\+srv)?://[^\s@]+@|bearer\s+\S+"
)
REDACTED = "[redacted]"


def redact(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """A structlog processor: secrets go, by the name of their key and by their shape."""
    return {key: REDACTED if _SECRET_KEY.search(key) else _scrubbed(value) for key, value in event.items()}


def _scrubbed(value: Any) -> Any:
    if isinstance(value, str):
        return _SECRET_VALUE.sub(REDACTED, value)
    if isinstance(value, dict):
        return redact(None, "", value)
    if isinstance(value, list | tuple):
        return [_scrubbed(item) for item in value]
    return value


def configure(*, level: str) -> None:
    """Send structlog's and the standard library's records through the same JSON formatter to stderr."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": shared,
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            redact,
            structlog.processors.JSONRenderer(),
        ],
    }
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"json": formatter},
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
            "root": {"handlers": ["stderr"], "level": level},
            "loggers": {name: {"level": "WARNING"} for name in QUIET},
        }
    )


class RequestMiddleware:
    """Gives each request an id (a well-formed inbound one is kept), answers with it, and logs one line per request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.log = structlog.get_logger("sv0.request")

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-Id", "")
        request_id = given if _SAFE_REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        request.META["sv0.request_id"] = request_id
        request.META["sv0.client_ip"] = client_ip(request)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        started = time.monotonic()
        response = self.get_response(request)
        response["X-Request-Id"] = request_id
        match = request.resolver_match
        self.log.info(
            "request",
            method=request.method,
            route=match.view_name if match else None,
            status=response.status_code,
            ms=round((time.monotonic() - started) * 1000),
            tenant=getattr(getattr(request, "tenant", None), "slug", None),
            user=str(request.user.pk) if hasattr(request, "user") and request.user.is_authenticated else None,
        )
        return response
