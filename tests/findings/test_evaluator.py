"""Discovery: every file is a rule that explains itself, and a broken one stops the process."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from connectors.inventory.records import Identity, Usage
from connectors.registry import SOURCES, source
from findings import evaluator
from findings.evaluator import EVALUATORS, Family, Severity, discover, rules
from tests.factories import NOW
from tests.findings.estate import ago, role


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An importable package of rules with nothing in it."""
    folder = tmp_path / "trial_rules"
    folder.mkdir()
    (folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in [name for name in sys.modules if name.startswith("trial_rules")]:
        monkeypatch.delitem(sys.modules, name)
    return folder


def test_every_file_is_a_rule_that_explains_itself():
    files = (Path(evaluator.__file__).parent / "evaluators").iterdir()
    assert set(rules()) == {file.stem for file in files if not file.stem.startswith("__")}
    for name, rule in rules().items():
        assert rule.id == name
        assert rule.module == f"{EVALUATORS}.{name}"
        assert rule.why.endswith(".")
        for system in rule.fix:
            steps = rule.steps(system)
            assert len(steps) >= 3, (name, system)
            assert all(line.count("`") % 2 == 0 for line in steps), (name, system)
        assert "`" in "".join(rule.fix.values())  # a command or a policy to copy
        assert rule.needs or rule.family is Family.HYGIENE
        assert rule.mappings


def test_every_rule_needs_kinds_of_coverage_that_some_source_has():
    known = {kind for name in SOURCES for each in source(name).permissions for kind in each.scope_kinds}
    assert {need for rule in rules().values() for need in rule.needs} - known == set()


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("def broken(:", SyntaxError),
        ("import a_module_that_does_not_exist", ImportError),
        ("def broken(identity, inventory): return None", TypeError),
        ("from findings.evaluators.dormant_identity import dormant_identity", TypeError),
    ],
)
def test_a_broken_file_stops_the_process(package: Path, text: str, error: type[Exception]):
    (package / "broken.py").write_text(text)
    with pytest.raises(error):
        discover("trial_rules")


def test_a_mapping_nobody_explains_is_refused():
    with pytest.raises(ValueError, match="CIS-9"):
        evaluator.evaluator(
            Identity, family=Family.AUTHORITY, title="", severity=Severity.LOW, why="", fix="", maps_to=("CIS-9",)
        )


def test_a_rule_takes_the_thresholds_that_it_declares():
    with pytest.raises(ValueError, match="quiet_days"):
        evaluator.evaluator(
            Identity,
            family=Family.AUTHORITY,
            title="",
            severity=Severity.LOW,
            why="",
            fix="",
            thresholds={"quiet_days": evaluator.QUIET},
        )(lambda _identity, _inventory: None)


def test_severities_rank_from_critical_to_info():
    assert [severity.rank for severity in Severity] == [4, 3, 2, 1, 0]


def test_silence_is_known_or_none():
    assert evaluator.silence(role(last_used_at=ago(7)), NOW) == NOW - ago(7)
    assert evaluator.silence(role(usage=Usage.NEVER, last_used_at=None, created_at=ago(9)), NOW) == NOW - ago(9)
    assert evaluator.silence(role(usage=Usage.NEVER, last_used_at=None, created_at=None), NOW) is None
    assert evaluator.silence(role(usage=Usage.UNKNOWN, created_at=ago(900)), NOW) is None
