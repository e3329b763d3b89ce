"""How often may something be done, by whom and from where, counted together by all processes?

Counted by the library `limits`: one atomic trip to MongoDB each, and it knows when to come back. allauth's own limiter,
which goes on guarding allauth's pages, is internal to it, takes four trips under a lock and can't say when.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache, wraps
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

import structlog
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from limits import RateLimitItem, parse
from limits.storage import MongoDBStorage
from limits.strategies import FixedWindowRateLimiter
from pymongo import MongoClient
from pymongo.errors import PyMongoError

from accounts.http import actor, client_ip

COLLECTION = "attempts"
WIDER = 4  # a /48, as one customer of a provider may have, holds this many times what one of its /64 does
ALLAUTH_SECONDS = 60  # the window of its limits on requests
UNCOUNTED_SECONDS = 30
ANY_METHOD = frozenset({"GET", "HEAD", "POST"})
POST = frozenset({"POST"})
View = Callable[..., HttpResponse]
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """`person` counts who acts within one tenant, `network` an IPv4 address or an IPv6 /64, whoever acts from there.

    `uncounted` says what happens to a request that can't be counted: refused, or let through.
    """

    person: str | None = None
    network: str
    methods: frozenset[str] = ANY_METHOD
    uncounted: str = "refused"


LIMITS = {
    "sign_in": Limit(network="30/minute", methods=POST),
    "code": Limit(network="30/minute", methods=POST),
    "callback": Limit(network="60/minute"),
    "webhook": Limit(network="600/minute"),
    "invitations": Limit(person="30/hour", network="120/hour", methods=POST),
    "acting": Limit(person="10/minute", network="60/minute", methods=POST),
    "exports": Limit(person="30/minute", network="240/minute", uncounted="let through"),
    "connection_tests": Limit(person="20/minute", network="120/minute", uncounted="let through"),
}


def limited(name: str) -> Callable[[View], View]:
    """Answer 429 to whoever does it too often. The view carries the limit's name as `limit`."""

    def decorate(view: View) -> View:
        @wraps(view)
        def counted(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method in LIMITS[name].methods:
                try:
                    seconds = wait(request, name)
                except PyMongoError as error:
                    seconds = 0
                    log.error("attempt not counted", limit=name, then=LIMITS[name].uncounted, why=type(error).__name__)
                    if LIMITS[name].uncounted == "refused":
                        return _refused(request, status=503, seconds=UNCOUNTED_SECONDS)
                if seconds:
                    return too_many(request, seconds=seconds)
            return view(request, *args, **kwargs)

        counted.limit = name  # type: ignore[attr-defined]
        return counted

    return decorate


def wait(request: HttpRequest, name: str) -> int:
    """Count the attempt; the seconds until it may be made, 0 for now. PyMongoError when it can't be counted."""
    for rate, whose in _counters(request, LIMITS[name]):
        if not _window().hit(rate, name, whose):
            log.warning("too many attempts", limit=name, rate=str(rate), whose=whose)
            opens = _window().get_window_stats(rate, name, whose).reset_time
            return max(1, math.ceil(opens - time.time()))
    return 0


def _counters(request: HttpRequest, limit: Limit) -> Iterator[tuple[RateLimitItem, str]]:
    if limit.person:
        tenant = getattr(request, "tenant", None)
        yield parse(limit.person), f"person {actor(request).id} in {tenant.pk if tenant else 'no tenant'}"
    rate = parse(limit.network)
    network, *wider = networks(client_ip(request))
    yield rate, f"network {network}"
    for each in wider:
        yield type(rate)(rate.amount * WIDER, rate.multiples), f"network {each}"


def networks(ip: str | None) -> list[str]:
    """Where a client comes from, narrow to wide: an IPv4 address; an IPv6 /64, within which one machine may take any
    address it likes, and the /48 around it. `ip` is accounts.http.client_ip's, IPv4-mapped ones unwrapped."""
    address = ip_address(ip) if ip else None
    if not isinstance(address, IPv6Address):
        return [str(address)]
    return [str(ip_network((int(address), length), strict=False)) for length in (64, 48)]


def too_many(request: HttpRequest, *, seconds: int = ALLAUTH_SECONDS) -> HttpResponse:
    """Wait, in words: a page, or a line that htmx shows. allauth calls it for its own limits, as handler429."""
    return _refused(request, status=429, seconds=seconds)


def _refused(request: HttpRequest, *, status: int, seconds: int) -> HttpResponse:
    minutes = math.ceil(seconds / 60)
    later = "Wait a minute, then try again." if minutes == 1 else f"Wait {minutes} minutes, then try again."
    if request.headers.get("HX-Request"):
        line = f"That isn't possible so often. Nothing was changed. {later}"
        response = HttpResponse(line, status=status, content_type="text/plain")
    else:
        response = render(request, f"{status}.html", {"next_step": later}, status=status)
    response["Retry-After"] = str(seconds)
    return response


class _Attempts(MongoDBStorage):
    """Counts in sv0's own database, over the connections that are open already."""

    STORAGE_SCHEME = ["sv0"]

    def _init_mongo_client(self, uri: str | None, **options: int | str | bool) -> MongoClient[dict[str, Any]]:
        client: MongoClient[dict[str, Any]] = connection.database.client  # type: ignore[attr-defined]
        return client

    def __del__(self) -> None:
        """The library would close the connections."""


def _window() -> FixedWindowRateLimiter:
    return _window_in(connection.settings_dict["NAME"])


@lru_cache(maxsize=1)
def _window_in(database: str) -> FixedWindowRateLimiter:
    """Of one process: made at its first request, and so after the app server's fork."""
    return FixedWindowRateLimiter(
        _Attempts("", database, counter_collection_name=COLLECTION, window_collection_name=COLLECTION)
    )
