"""How do people sign in to an agent, who may talk to it, and where is it published? Pure.

Choices as in https://learn.microsoft.com/power-apps/developer/data-platform/reference/entities/bot.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from connectors.sources.copilot_studio.values import counted, json_of, mapping, moment, rows

Row = dict[str, Any]
NO_SIGN_IN = 1
SIGN_INS = {
    0: "unknown: the agent is older than the setting",
    NO_SIGN_IN: "none",
    2: "Microsoft Entra",
    3: "Microsoft Entra, through an application of its own",
    4: "OAuth 2.0, at another provider",
}
ANYONE = "anyone who has its address"
WHEN_NEEDED = 0  # authenticationtrigger: only when a step asks for it
ANYBODY, READERS, MEMBERS, OTHERS = 0, 1, 2, 3  # accesscontrolpolicy
CHANNELS = {
    "msteams": "Microsoft Teams",
    "microsoft365copilot": "Microsoft 365 Copilot",
    "directline": "Direct Line",
    "webchat": "website",
    "sharepoint": "SharePoint",
    "facebook": "Facebook",
    "email": "mail",
    "telephony": "telephone",
}
RECOGNIZERS = {"GenerativeAIRecognizer": "generative", "CLICopilotRecognizer": "generative"}


def facts(row: Row) -> Iterator[tuple[str, str]]:
    """What a row of bots tells of the agent. Of its configuration the instructions are passed over."""
    configuration = json_of(row.get("configuration")) or {}
    published = json_of(row.get("synchronizationstatus")) or {}
    mode = row["authenticationmode"]
    yield "Sign-in", _sign_in(mode, row.get("authenticationtrigger"))
    live = mapping(published.get("lastPublishedDetails")).get("authenticationMode")
    if live == "None" and mode != NO_SIGN_IN:
        yield "Sign-in as published", "none"
    yield "Open to", _open_to(row, without_sign_in=mode == NO_SIGN_IN or live == "None")
    at = moment(row.get("publishedon"))
    yield "Published", f"{at:%Y-%m-%d}" if at else "never"
    yield from _configured(configuration)
    if row.get("ismanaged"):
        yield "Deployed", "as part of a managed solution"


def _sign_in(mode: int, trigger: int | None) -> str:
    told = SIGN_INS.get(mode, f"unknown: mode {mode}")
    return f"{told}, when a step asks for it" if trigger == WHEN_NEEDED and mode > NO_SIGN_IN else told


def _open_to(row: Row, *, without_sign_in: bool) -> str:
    if without_sign_in:
        return f"{ANYONE}, without sign-in" if row.get("publishedon") else "nobody yet"
    if row["authenticationmode"] not in (2, 3, 4):
        return "unknown, as its sign-in is"
    policy = row["accesscontrolpolicy"]
    groups = len([each for each in (row.get("authorizedsecuritygroupids") or "").split(",") if each.strip()])
    told = {
        ANYBODY: "anyone who signs in",
        READERS: "those it is shared with",
        MEMBERS: f"members of {counted(groups, 'security group')}, and those it is shared with",
        OTHERS: "anyone who signs in, from any tenant",
    }
    return told.get(policy, f"unknown: policy {policy}")


def _configured(configuration: Row) -> Iterator[tuple[str, str]]:
    if isinstance(configuration.get("channels"), list):
        found = [_channel(mapping(each)) for each in rows(configuration["channels"])]
        yield "Channels", ", ".join(dict.fromkeys(found)) or "none told"
    kind = mapping(configuration.get("recognizer")).get("$kind")
    if isinstance(kind, str):
        yield "Orchestration", RECOGNIZERS.get(kind, "classic")
    model = mapping(mapping(configuration.get("agentSettings")).get("model")).get("series")
    if isinstance(model, str):
        yield "Model", model
    if configuration.get("isAgentConnectable") is True:
        yield "Other agents", "may call it"


def _channel(said: Row) -> str:
    name = str(said.get("channelId") or said.get("id") or "one that isn't named")
    return CHANNELS.get(name.lower(), name)
