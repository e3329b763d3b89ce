"""Is an account a person's, or an app's, an agent's, a service's or a bot's?

Pure. Atlassian tells apart accounts of people and of apps (`accountType`), and of the latter services and Rovo's agents
(`appType`). Scripts also run with people's accounts: some of those are named after it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

BOTLIKE = re.compile(
    r"(?:^|[^a-z0-9])(bot|robot|svc|service|automation|integration|api|script|ci|jenkins|sync|daemon|machine|webhook"
    r"|no-?reply)(?:$|[^a-z0-9])"
)
APPS, SERVICES = "@connect.atlassian.com", "@serviceaccount.atlassian.com"


@dataclass(frozen=True, slots=True)
class Bot:
    """What an account is that no person signs in with. `role`: of the workload that it stands for, where it stands for
    one. `because`: what shows it, where it is a guess."""

    type: str
    role: str | None = None
    because: str | None = None


def bot_of(row: Mapping[str, Any]) -> Bot | None:
    """What the account is; None for a person's. `row`: name, type, app and email, as `accounts` keeps them."""
    email = row["email"] or ""
    if row["type"] == "app":
        if row["app"] == "agent":
            return Bot("Rovo agent account", role="agent")
        if email.endswith(SERVICES) or (row["app"] == "service" and not email.endswith(APPS)):
            return Bot("Atlassian service account")
        return Bot("Atlassian app account", role="service")
    named = f"{row['name']} {email.partition('@')[0]}".casefold()
    if row["type"] == "atlassian" and (hit := BOTLIKE.search(named)):
        return Bot("Atlassian user account", because=f"its name or address contains “{hit[1]}”")
    return None
