"""What does a customer fill in to connect a Power Platform tenant, and what does sv0 make of it?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from connectors.http import microsoft
from connectors.source import ErrorKind, Setting, SourceError

ADDRESS = r"https://[a-z0-9-]+(?:\.api)?\.crm[0-9]*\.dynamics\.com/?"

SETTINGS = (
    *microsoft.SETTINGS,
    Setting(
        name="environments",
        label="Environments",
        help="Addresses of their Dataverse, one a line, where sv0 may not list the tenant's environments. Empty: all.",
        required=False,
        multiple=True,
        placeholder="https://acme.crm4.dynamics.com",
        pattern=ADDRESS,
        pattern_help="An address like https://acme.crm4.dynamics.com, in small letters and without a path.",
    ),
)


def addresses(settings: Mapping[str, Any]) -> tuple[str, ...]:
    """The environments that the connection names, each once; none: those that the tenant lists. SourceError (config)
    for one that isn't the address of a Dataverse."""
    found = tuple(dict.fromkeys(str(each).strip().rstrip("/") for each in settings.get("environments") or ()))
    for each in found:
        if re.fullmatch(ADDRESS, each) is None:
            sentence = f"{each} isn't the address of an environment, like https://acme.crm4.dynamics.com."
            raise SourceError(sentence, kind=ErrorKind.CONFIG)
    return found
