"""Which runbooks does an Automation account hold, and what starts them? Their text and variables are not read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from connectors.inventory.records import Grade, Record, Workload
from connectors.sources.azure import edges, ids
from connectors.sources.azure.arm import Row
from connectors.sources.azure.network import WayOut
from connectors.sources.azure.permissions import JOB_SCHEDULES, SCHEDULES, WEBHOOKS, WORKLOADS, Call
from connectors.sources.azure.place import Facts, Place, first, moment
from connectors.sources.azure.shelf import Member

RUNBOOK_TYPE = "microsoft.automation/automationaccounts/runbooks"
WAY_OUT = WayOut(
    Grade.GRANTED,
    "Unless on a worker of one's own, it runs in a sandbox of Azure's, and nothing narrows what it reaches.",
)


def account(place: Place, found: Workload, row: Row) -> Iterator[Record]:
    """The account; what starts its runbooks is kept until they come."""
    schedules = {each["name"]: frequency(each.get("properties") or {}) for each in _rows(place, SCHEDULES, row["id"])}
    facts: Facts = {}
    for each in _rows(place, JOB_SCHEDULES, row["id"]):
        _scheduled(facts, each.get("properties") or {}, schedules)
    for each in _rows(place, WEBHOOKS, row["id"]):
        _hooked(facts, each)
    place.automation[found.id] = (row, facts)
    yield found


def _rows(place: Place, call: Call, id: str) -> list[Row]:  # noqa: A002 - Azure's word
    return place.asked(WORKLOADS, call, id) or []


def _scheduled(facts: Facts, said: Row, schedules: dict[str, str]) -> None:
    name = str((said.get("schedule") or {}).get("name") or "")
    runbook = str((said.get("runbook") or {}).get("name") or "").lower()
    words = schedules.get(name) or "by a schedule"
    worker = said.get("runOn")
    facts.setdefault(runbook, []).append(("Runs", f"{words} on {worker}" if worker else words))


def _hooked(facts: Facts, row: Row) -> None:
    said = row.get("properties") or {}
    runbook = str((said.get("runbook") or {}).get("name") or "").lower()
    until = moment(said.get("expiryTime"))
    words = "switched off" if said.get("isEnabled") is False else _until(until)
    facts.setdefault(runbook, []).append(("Webhook", f"{row['name']}, {words}"))


def _until(until: datetime | None) -> str:
    return "whoever has its address may start it" + (f" until {until:%Y-%m-%d}" if until else "")


def frequency(said: Row) -> str:
    """A schedule in words: "every 2 days", "once"."""
    unit = str(said.get("frequency") or "").lower()
    interval = said.get("interval") or 1
    if unit in ("", "onetime"):
        return "once" if unit else "by a schedule"
    return f"every {unit}" if interval == 1 else f"every {interval} {unit}s"


def runbook(place: Place, row: Row) -> Iterator[Record]:
    """A row of permissions.RUNBOOKS."""
    key = ids.key(row["id"])
    holder, facts = place.automation.get(key.rsplit("/runbooks/", 1)[0], ({}, {}))
    found = Workload(
        id=key,
        provider_id=key,
        name=row["name"],
        type="Automation runbook",
        role="script",
        created_at=first(row, "created"),
        modified_at=first(row, "modified"),
        facts=(*_facts(row), *facts.get(ids.name(key), ())),
        **place.of(WORKLOADS, row),
    )
    member = Member(key, "workload", found.name, RUNBOOK_TYPE, frozenset())
    place.reading.shelf.keep_member(place.subscription.id, member)
    yield found
    source, scope = edges.ref(found), place.scopes[WORKLOADS].key
    yield from edges.runs_as(source, holder, scope, whose=f" of the account {holder.get('name')}")
    yield from edges.reaches_out(source, WAY_OUT, scope)
    yield from place.owners(source, row, WORKLOADS)


def _facts(row: Row) -> Iterator[tuple[str, str]]:
    if row.get("runbookType"):
        yield "Kind", row["runbookType"]
    if row.get("state"):
        yield "State", str(row["state"]).lower()
