"""What do the names of environment variables tell? Their values are secrets often enough, and are never looked at."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

ENDPOINT = re.compile(
    r"(^|_)(URLS?|URI|ENDPOINTS?|WEBHOOKS?|HOST|HOSTNAME|SERVER|DSN|DOMAIN|PROXY)($|_)", re.IGNORECASE
)


def facts(names: Collection[str]) -> Iterator[tuple[str, str]]:
    """How many there are, and which of them are named like an address that something is sent to."""
    yield "Environment variables", str(len(names))
    addresses = sorted(name for name in names if ENDPOINT.search(name))
    if addresses:
        yield "Addresses in environment variables", ", ".join(addresses)
