"""Does the page say of each rule and system whether it is evaluated, and if not, why?"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from connectors.inventory.kinds import KindRead, System, systems
from connectors.models import Connection
from findings.evaluator import Settings, rules
from findings.sight import CONCERNS, Cell, Sight, cell, resting
from tenants.models import Tenant
from tests.connectors.stored import covered
from tests.factories import NOW, make_connection, make_finding, make_scan

PAGE = "/t/acme/rules/sight/"
RULE = rules()["dormant_identity"]  # needs iam, service-principals, sign-ins
ENTRA = System(
    kind="entra",
    label="Microsoft Entra ID",
    kinds=frozenset({"service-principals", "sign-ins", "groups"}),
    connections=("Entra",),
    read_at=NOW,
    read={
        "service-principals": KindRead(parts=1, complete=1),
        "sign-ins": KindRead(parts=1, complete=1),
        "groups": KindRead(parts=1, complete=0),
    },
)


def read(**kinds: KindRead) -> System:
    return replace(ENTRA, read=ENTRA.read | {name.replace("_", "-"): told for name, told in kinds.items()})


@pytest.mark.parametrize(
    ("system", "expected"),
    [
        (ENTRA, Cell(Sight.EVALUATED)),
        (replace(ENTRA, kinds=frozenset({"groups"})), Cell(Sight.NOT_APPLICABLE)),
        (replace(ENTRA, connections=()), Cell(Sight.NOT_CONNECTED)),
        (replace(ENTRA, read_at=None, read={}), Cell(Sight.BLIND, "never read")),
        (
            read(sign_ins=KindRead(parts=1, complete=0, missing=("AuditLog.Read.All",))),
            Cell(Sight.IN_PART, "sign-ins not read completely, for lack of AuditLog.Read.All"),
        ),
        (
            read(sign_ins=KindRead(parts=3, complete=2)),
            Cell(Sight.IN_PART, "sign-ins not read completely"),
        ),
        (
            read(sign_ins=KindRead(parts=1, complete=0), service_principals=KindRead(parts=1, complete=0)),
            Cell(Sight.BLIND, "service-principals, sign-ins not read"),
        ),
    ],
)
def test_a_cell_says_why(system: System, expected: Cell):
    assert cell(RULE, system, None) == expected


def test_a_rule_that_rests_is_blind_everywhere():
    off = Settings(off=frozenset({RULE.id}))
    assert resting(RULE, off, ()) == "switched off"
    assert resting(RULE, Settings(), {RULE.id}) == "the rule failed"
    assert resting(rules()["unapproved_ai"], Settings(), ()) == "no list of approved AI is kept"
    assert resting(RULE, Settings(), ()) is None
    assert cell(RULE, ENTRA, "switched off") == Cell(Sight.BLIND, "switched off")


def test_every_rule_covers_a_concern_or_none_is_claimed():
    covered_ = {family for concern in CONCERNS for family in concern.families}
    assert {rule.family for rule in rules().values()} <= covered_
    assert [concern.title for concern in CONCERNS if not concern.families] == [
        "Hallucination and guardrails",
        "Enforcement outside the reporting line",
    ]


def test_systems_tell_how_each_kind_was_read(tenant: Tenant):
    connection: Connection = make_connection(tenant)
    scan = make_scan(connection)
    covered(scan, "111111111111", iam="complete", **{"lambda": "denied"})
    covered(scan, "222222222222", iam="denied")
    found = {system.kind: system for system in systems(tenant)}
    assert found["aws"].connections == (connection.name,)
    assert (found["aws"].read["iam"].parts, found["aws"].read["iam"].complete) == (2, 1)
    assert found["aws"].read["lambda"].complete == 0
    assert (found["jira"].connections, found["jira"].read_at) == ((), None)


def test_the_page(tenant: Tenant, as_victor: Client, as_mallory: Client):
    scan = make_scan(make_connection(tenant))
    covered(scan, "111111111111", iam="complete")
    make_finding(tenant, rule="owner_left")
    body = str(as_victor.get(PAGE).content.decode())
    assert all(concern.title in body for concern in CONCERNS)
    assert body.count("<b>out of scope</b>") == 2
    row: Any = re.search(r"Long-lived or unused access key</a></th>(.*?)</tr>", body, re.DOTALL)
    assert re.findall(r'data-sight="([^"]+)"', row[1])[0] == "evaluated"
    assert "rule=owner_left" in body
    assert as_mallory.get(PAGE).status_code == 404
