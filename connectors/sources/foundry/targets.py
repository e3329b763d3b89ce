"""Where does a tool or a connection lead: to which host, to which resource of Azure? Pure.

Of an address the host is kept; what stands behind it too only where that names what holds the data.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

# Azure's own: what lies there is a resource, not an outside.
AZURE = (
    *(".windows.net", ".azure.com", ".azure.net", ".azurecr.io", ".azure-api.net", ".azurewebsites.net"),
    *(".fabric.microsoft.com", ".database.azure.com"),
)
_HOST = re.compile(r"(?=.{4,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,62})\.)+[a-z][a-z0-9-]{1,62}")
_WRITTEN = re.compile(r"^\s*-?\s*url:\s*[\"']?(https?://[^\s\"']+)", re.MULTILINE)
_ASKED = re.compile(r"kind:\s*InvokeAzureAgent\b.*?\bagent:\s*(?:\n\s*)?name:\s*[\"']?([A-Za-z0-9][\w.-]*)", re.DOTALL)


def host_of(said: object) -> str | None:
    """The host of an address; None where it is worked out only when it runs, or is none."""
    if not isinstance(said, str):
        return None
    text = said.strip().lower()
    try:
        host = urlsplit(text if "://" in text else f"https://{text}").hostname
    except ValueError:
        return None
    return host if host and _HOST.fullmatch(host) else None


def place_of(said: object) -> str | None:
    """The host with the path behind it, without what could carry a secret."""
    host = host_of(said)
    if host is None:
        return None
    text = str(said).strip()
    path = urlsplit(text if "://" in text else f"https://{text}").path.rstrip("/")
    return f"{host}{path}"


def resource_of(said: object) -> str | None:
    """The address of the resource of Azure that is named, in small letters."""
    text = str(said or "").lower().rstrip("/")
    return text if re.fullmatch(r"/subscriptions/[^/]+/resourcegroups/[^/]+/providers/.+", text) else None


def is_outside(host: str) -> bool:
    """Whether it is none of Azure's own."""
    return not host.endswith(AZURE)


def servers(spec: Any) -> Iterator[str]:
    """The hosts of an OpenAPI description; what it says besides is not looked at."""
    said = spec.get("servers") if isinstance(spec, dict) else None
    for server in said if isinstance(said, list) else ():
        host = host_of(server.get("url")) if isinstance(server, dict) else None
        if host:
            yield host


def asked_agents(workflow: str) -> tuple[str, ...]:
    """The agents that a workflow's text names as its steps."""
    return tuple(dict.fromkeys(_ASKED.findall(workflow)))


def written_hosts(workflow: str) -> tuple[str, ...]:
    """The hosts that a workflow's text names as addresses to call."""
    return tuple(dict.fromkeys(host for each in _WRITTEN.findall(workflow) if (host := host_of(each))))
