"""What settings_slow.py registers in a real worker: an estate slow enough to be killed in the midst of it."""

from __future__ import annotations

import time
from collections.abc import Iterator

from connectors.inventory.records import Record
from connectors.source import Pull
from tests.connectors import scripted
from tests.connectors.scripted import role, scope

SCOPES = 6
ROLES = 40
PAUSE = 0.02  # seconds between two records


def script(pull: Pull) -> Iterator[Record]:
    """Six scopes of forty roles; `pull.settings["pause"]` overrides the pause."""
    pause = pull.settings.get("pause", PAUSE)
    for number in range(SCOPES):
        name = f"account{number}:iam"
        if name in pull.done:
            continue
        for record in scope(name, *(role(f"r{each}", within=name) for each in range(ROLES))):
            time.sleep(pause)
            yield record


source = scripted.Scripted()
source.script = script
