"""Which automation rules run, as whom, for which projects, and to where do they send data?"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from connectors.inventory.records import Egress, Link, Record, Ref, Relation, Workload
from connectors.sources.jira import people
from connectors.sources.jira.components import destinations, flattened
from connectors.sources.jira.paging import by_cursor
from connectors.sources.jira.permissions import RULE, RULES
from connectors.sources.jira.place import Place
from connectors.sources.jira.projects import project_ref

Row = Mapping[str, Any]
PROJECT = re.compile(r"ari:cloud:jira:[^:]*:project/(\d+)")
MILLISECONDS = 1e11  # a moment that is greater is told in them; Atlassian's page shows seconds, its sites milliseconds
INCOMING = "incoming.webhook"


def rules(place: Place) -> Iterator[Record]:
    """Every rule that the account may see, with its parts."""
    summaries = (row for page in by_cursor(place, RULES, params={"limit": 100}) for row in page)
    yield from place.each(summaries, lambda row: _rule(place, row))


def _rule(place: Place, row: Row) -> list[Record]:
    source = place.site.ref("workload", "automation-rule", row["uuid"], row["name"])
    rule: Row = {}
    with place.noting(RULE, where=f"the automation rule {source.name}"):
        rule = place.get(RULE, rule=row["uuid"])["rule"]
    found: list[Record] = [_workload(place, row, rule, source)]
    if actor := _actor(row, rule):
        target = people.acts(place, actor)
        found.append(_link(place, Relation.RUNS_AS, source, target, via="actor of the rule"))
    found += people.owned(place, row.get("authorAccountId"), source, via="author of the rule")
    found += _projects(place, row, source)
    for each in destinations(rule.get("components") or (), rule=source.name):
        found.append(
            Egress(
                source=source,
                destination=each.host,
                scope=place.scope.key,
                evidence=each.evidence,
                grade=each.grade,
            )
        )
    return found


def _workload(place: Place, row: Row, rule: Row, source: Ref) -> Workload:
    return Workload(
        id=source.id,
        provider_id=row["uuid"],
        name=source.name,
        type="Jira automation rule",
        role="automation",
        enabled=row["state"] == "ENABLED",
        created_at=moment(row.get("created")),
        modified_at=moment(row.get("updated")),
        tags=tuple(("label", str(label)) for label in row.get("labels") or ()),
        facts=tuple(_facts(row, rule)),
        **place.of(),
    )


def _facts(row: Row, rule: Row) -> Iterator[tuple[str, str]]:
    trigger = (rule.get("trigger") or {}).get("type")
    if trigger:
        yield "Started by", "an incoming web request" if INCOMING in trigger else trigger
    if rule and not _actor(row, rule):
        yield "Acts as", "whoever sets it off"
    count = len(_project_ids(row))
    yield "Applies to", f"{count} project{'' if count == 1 else 's'}" if count else "the whole site"
    actions = Counter(
        each["type"] for each in flattened(rule.get("components") or ()) if each.get("component") == "ACTION"
    )
    if actions:
        yield "Actions", ", ".join(f"{kind} × {count}" if count > 1 else kind for kind, count in actions.items())


def _actor(row: Row, rule: Row) -> str | None:
    """The account as which the rule acts; None where it acts as whoever sets it off."""
    actor = rule.get("actor")
    if actor and actor.get("type") == "ACCOUNT_ID":
        return actor.get("actor") or None
    return None if actor else row.get("actorAccountId")


def _project_ids(row: Row) -> list[str]:
    return [match[1] for ari in row.get("ruleScopeARIs") or () if (match := PROJECT.fullmatch(ari))]


def _projects(place: Place, row: Row, source: Ref) -> Iterator[Link]:
    for project in _project_ids(row):
        yield _link(place, Relation.USES_DATA, source, project_ref(place, project), via="project of the rule")


def _link(place: Place, relation: Relation, source: Ref, target: Ref, *, via: str) -> Link:
    return Link(relation=relation, source=source, target=target, scope=place.scope.key, via=via)


def moment(told: float | str | None) -> datetime | None:
    """A number of seconds or milliseconds since 1970, or a date."""
    if told is None or isinstance(told, str):
        return people.moment(told)
    return datetime.fromtimestamp(told / 1000 if told > MILLISECONDS else told, UTC)
