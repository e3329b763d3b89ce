"""Which Step Functions state machines run, as which role, and what do they call?"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.inventory.records import Record, Workload
from connectors.sources.aws import edges
from connectors.sources.aws.place import Place, Tags
from connectors.sources.aws.tags import tags_of


@dataclass(slots=True)
class Called:
    """What a definition calls. All that is kept of it."""

    workloads: list[str] = field(default_factory=list)
    urls: list[str] = field(default_factory=list)
    models: bool = False


def state_machines(place: Place) -> Iterator[Record]:
    tags = tags_of(place, "states:stateMachine")
    for page in place.pages("stepfunctions", "ListStateMachines", by="nextToken", maxResults=1000):
        for row in page["stateMachines"]:
            arn = row["stateMachineArn"]
            found = place.optional(
                "stepfunctions", "DescribeStateMachine", stateMachineArn=arn, absent=["StateMachineDoesNotExist"]
            )
            if found:
                yield from _state_machine(place, found, tags.get(arn, ()))


def _state_machine(place: Place, row: Mapping[str, Any], tags: Tags) -> Iterator[Record]:
    called = calls_of(row.get("definition"), place)
    facts = [("Type", row["type"])]
    if called is None:
        facts.append(("Definition", "not readable"))
    if called and called.models:
        facts.append(("Uses", "a Bedrock model or agent"))
    found = Workload(
        id=row["stateMachineArn"],
        provider_id=row["stateMachineArn"],
        name=row["name"],
        type="Step Functions state machine",
        role="automation",
        enabled=row.get("status", "ACTIVE") == "ACTIVE",
        created_at=row.get("creationDate"),
        tags=tags,
        facts=tuple(facts),
        **place.of(),
    )
    yield found
    source = edges.ref(found)
    yield from edges.runs_as(place, source, {"state machine's role": row["roleArn"]})
    yield from place.referenced.owners(tags, source, scope=place.scope.key)
    if called:
        yield from edges.calls(place, source, called.workloads, via="a state of its definition")
        yield from edges.talks_to(place, source, called.urls, evidence="One of its states sends requests to {host}.")


def calls_of(definition: str | None, place: Place) -> Called | None:
    """What the definition calls; None when it can't be read, as when a key of the customer's hides it."""
    try:
        parsed = json.loads(definition or "")
    except ValueError:
        return None
    called = Called()
    for state in _states(parsed):
        _add(called, state, place)
    return called


def _states(part: Any) -> Iterator[Mapping[str, Any]]:
    """Every object within the definition that names a resource, however deep: maps and parallels nest."""
    waiting = [part]
    while waiting:
        current = waiting.pop()
        if isinstance(current, dict):
            if isinstance(current.get("Resource"), str):
                yield current
            waiting.extend(current.values())
        elif isinstance(current, list):
            waiting.extend(current)


def _add(called: Called, state: Mapping[str, Any], place: Place) -> None:
    resource = state["Resource"]
    given = {**_object(state.get("Parameters")), **_object(state.get("Arguments"))}
    if ":states:::http:" in resource and isinstance(given.get("ApiEndpoint"), str):
        called.urls.append(given["ApiEndpoint"])
    elif ":states:::lambda:" in resource and isinstance(given.get("FunctionName"), str):
        called.workloads.append(_function(given["FunctionName"], place))
    elif ":states:::states:" in resource and isinstance(given.get("StateMachineArn"), str):
        called.workloads.append(given["StateMachineArn"])
    elif ":states:::bedrock" in resource:
        called.models = True
    else:
        called.workloads.append(resource)


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _function(name: str, place: Place) -> str:
    """A function may be named by its bare name, with or without an alias behind it."""
    if name.startswith("arn:"):
        return name
    return f"arn:{place.partition}:lambda:{place.region}:{place.account.id}:function:{name}"
