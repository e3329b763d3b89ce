"""Which host does an address lead to, and can that be told before it is used?

Pure. Copilot Studio's topics write an address as it is, or as a Power Fx formula: ="https://api.example.net/a",
=Concatenate("https://api.example.net/", Topic.id). A flow writes "@{…}" where the run fills something in. Of an address
nothing but the host is kept: paths and queries hold secrets often enough.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

HIDDEN = "internet"  # where it leads to is known only when it runs
_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9])?|\[[0-9a-f:]+\]")
_FORMULA = re.compile(r'=\s*(?:concatenate\s*\(\s*)?"(https?://[^"]*)"\s*(.*)', re.IGNORECASE | re.DOTALL)
_ENDED = re.compile(r"https?://[^/?#]+[/?#]", re.IGNORECASE)


def host_of(said: object) -> str | None:
    """The host; None where it is worked out only when it runs, or there is none."""
    if not isinstance(said, str):
        return None
    address = said.strip()
    if address.startswith("="):
        formula = _FORMULA.fullmatch(address)
        # What a formula adds behind an unfinished host would be part of it.
        if formula is None or not (_ENDED.match(formula[1]) or formula[2] in ("", ")")):
            return None
        address = formula[1]
    return _host(address)


def _host(address: str) -> str | None:
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "").lower()
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or set(parts.netloc) & set("@{}$"):
        return None
    return host if _HOST.fullmatch(host) else None
