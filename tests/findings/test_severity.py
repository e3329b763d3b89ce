"""Does a severity's word follow from its sum, and does each factor weigh what it should, once?"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from connectors.inventory.graph import ASKED
from connectors.inventory.records import Grade, Identity
from findings.evaluator import Family, Hit, Rule, Severity, evaluator
from findings.severity import BASE, FLOORS, Factor, Weight, score
from findings.weighing import weighed
from tests.findings.estate import Estate, administers, ago, function, hop, host, may, owner, resource, role, sends

ROLE = role()


@pytest.mark.parametrize("word", list(Severity))
def test_a_base_alone_is_its_word(word: Severity):
    assert score(word, []).severity is word
    assert BASE[word] >= FLOORS[word]


@pytest.mark.parametrize(("points", "total", "word"), [(200, 100, "critical"), (-200, 0, "info"), (25, 70, "high")])
def test_the_sum_stays_within_the_scale(points: int, total: int, word: str):
    found = score(Severity.MEDIUM, [Weight("x", points, "because")])
    assert (found.total, found.severity) == (total, word)
    assert found.rows == [
        {"name": "base", "points": 45, "because": "medium by the rule"},
        {"name": "x", "points": points, "because": "because"},
    ]


def test_what_weighs_nothing_is_not_told():
    assert len(score(Severity.LOW, [Weight("x", 0, "because")]).rows) == 1


def rule(*given: Factor) -> Rule:
    @evaluator(Identity, family=Family.AUTHORITY, title="", severity=Severity.MEDIUM, why="", fix="", given=given)
    def judged(_subject: object, _inventory: object) -> Hit | None:
        return None

    return judged


def factors(estate: Estate, hit: Hit | None = None, *given: Factor, subject: Identity = ROLE) -> dict[str, int]:
    found = weighed(rule(*given), subject, hit or Hit(because="."), estate)
    return {weight.name: weight.points for weight in found.weights}


def owned() -> Estate:
    estate = Estate(ROLE)
    estate.owned[ROLE.id] = [owner()]
    return estate


@pytest.mark.parametrize(
    ("change", "weights"),
    [
        (lambda estate: estate, {}),
        (lambda estate: estate.path(administers(ROLE)), {"privilege": 25}),
        (lambda estate: estate.path(may(ROLE, resource(), target_domains=("hr",))), {"reach": 25}),
        (lambda estate: estate.path(may(ROLE, resource(), target_domains=("logs",))), {}),
        (
            lambda estate: estate.path(administers(ROLE)).path(may(ROLE, resource(), target_domains=("hr",))),
            {"privilege": 25, "reach": 5},
        ),
        (lambda estate: estate.path(administers(ROLE, grade=Grade.UNKNOWN)), {}),
        (lambda estate: estate.path(sends(ROLE, host())), {"exposure": 10}),
    ],
    ids=["nothing", "privilege", "reach", "harmless", "both", "unsure", "exposure"],
)
def test_each_factor(change: Callable[[Estate], Estate], weights: dict[str, int]):
    assert factors(change(owned())) == weights


def test_nobody_to_answer_and_nobody_to_use_it():
    assert factors(Estate(ROLE)) == {"no owner": 5}
    gone = owned()
    gone.owned[ROLE.id] = [owner(active=False)]
    assert factors(gone) == {"no owner": 5}
    assert factors(owned(), subject=role(last_used_at=ago(91))) == {"dormancy": 5}


def test_a_doubtful_path_weighs_less():
    for grade in (Grade.CONDITIONAL, Grade.UNKNOWN):
        assert factors(owned(), Hit(because=".", path=(administers(ROLE, grade=grade),))) == {"doubt": -25}


def test_that_the_called_one_does_as_it_is_asked_is_no_doubt():
    def called(grade: Grade, *conditions: str) -> dict[str, int]:
        by = hop("calls", function(), function("enricher"), grade=grade, conditions=conditions)
        return factors(owned(), Hit(because=".", path=(by, administers(ROLE))))

    assert called(Grade.CONDITIONAL, ASKED) == {}
    assert called(Grade.CONDITIONAL, "signed with AWS credentials", ASKED) == {"doubt": -25}
    assert called(Grade.UNKNOWN, ASKED) == {"doubt": -25}


def test_what_the_base_counts_already_is_not_counted_again():
    estate = owned().path(administers(ROLE))
    assert factors(estate, None, Factor.PRIVILEGE) == {}
    own = Hit(because=".", raised=(Weight("own", 7, "its own reason"),))
    assert factors(estate, own, Factor.PRIVILEGE) == {"own": 7}


def test_a_workload_is_weighed_as_well():
    assert weighed(rule(), function(), Hit(because="."), Estate()).total == 50
