"""Each alert that a system reports is a finding as bad as it says."""

from __future__ import annotations

import pytest

from connectors.inventory.records import Alert, Ref
from findings.evaluator import Hit
from findings.evaluators.reported_by_source import reported_by_source
from findings.weighing import weighed
from tests.findings.estate import IAM, Estate, ago, role

ROLE = role()


def alert(number: str, severity: str = "high", subject: str = ROLE.id) -> Alert:
    ref = Ref(kind="identity", id=subject, name="Billing-Admin")
    return Alert(id=number, subject=ref, title="Leaked key.", severity=severity, scope=IAM, reported_at=ago(1))


def test_each_is_one_finding():
    estate = Estate(ROLE)
    estate.reported = [alert("a"), alert("b"), alert("c", subject="another")]
    found: list[Hit] = list(reported_by_source(ROLE, estate))
    assert [(hit.because, hit.discriminator, hit.scopes) for hit in found] == [
        ("Billing-Admin: Leaked key.", "a", (IAM,)),
        ("Billing-Admin: Leaked key.", "b", (IAM,)),
    ]


@pytest.mark.parametrize("word", ["critical", "high", "medium", "low", "Informational", "unheard of"])
def test_it_is_as_bad_as_the_system_says(word: str):
    estate = Estate(ROLE)
    estate.reported = [alert("a", word)]
    (hit,) = reported_by_source(ROLE, estate)
    expected = {"Informational": "info", "unheard of": "medium"}.get(word, word)
    assert weighed(reported_by_source, ROLE, hit, estate).severity == expected
