"""Where is each system, and which addresses that it names itself may be followed?

The public clouds' addresses, unless the environment says otherwise: SV0_ENDPOINT_GRAPH=https://graph.microsoft.us for a
sovereign cloud, or the address of a stand-in.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from urllib.parse import urlsplit

PUBLIC = {
    "login": "https://login.microsoftonline.com",
    "graph": "https://graph.microsoft.com",
    "arm": "https://management.azure.com",
    "bap": "https://api.bap.microsoft.com",
    "powerapps": "https://api.powerapps.com",
}


class Untrusted(Exception):
    """A system named an address outside of where its addresses may be: nothing, least of all a token, is sent there."""


def endpoint(name: str) -> str:
    """Of a system that has one for everybody; without a slash at its end."""
    return (_configured(name) or PUBLIC[name]).rstrip("/")


def placed(name: str, address: str, *, under: Iterable[str]) -> str:
    """Of a system that has one for each customer: `address`, if it is https and its host ends as `under` allows
    (".dynamics.com"), else Untrusted. Where the environment says where such systems are, that is a folder of it."""
    parts = urlsplit(address)
    host = (parts.hostname or "").lower()
    if parts.scheme != "https" or not host.endswith(tuple(under)) or parts.username or parts.port not in (None, 443):
        raise Untrusted(f"{host or address} is not where {name} may be.")
    configured = _configured(name)
    return f"{configured.rstrip('/')}/{host}{parts.path}".rstrip("/") if configured else address.rstrip("/")


def _configured(name: str) -> str | None:
    return os.environ.get(f"SV0_ENDPOINT_{name.upper()}") or None
