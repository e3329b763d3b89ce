"""The command plays an estate as production scans and judges, says how right the rules were, and leaves nothing."""

from __future__ import annotations

import json
import shutil
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from connectors.models import Scan
from findings import evaluation, evaluator
from findings.evaluator import Hit
from findings.models import Finding
from tenants.models import Tenant
from tests.architecture.tree import ROOT

TINY = ROOT / "tests" / "estates" / "tiny"
EXPORT = "arn:aws:iam::111122223333:role/Billing-Export"
RULES = {"administrative_workload", "privileged_role_added", "permissions_grew", "long_lived_access_key"}

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def few_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that another rule doesn't change what a test counts."""
    asked = {rule.id: rule for rule in evaluator.rules().values() if rule.id in RULES}
    monkeypatch.setattr(evaluation, "rules", lambda: asked)


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TINY, tmp_path / "tiny"))


def score(estate: Path, **options: Any) -> dict[str, Any]:
    out = StringIO()
    call_command("score_rules", estate=estate, json=True, stdout=out, **options)
    told: dict[str, Any] = json.loads(out.getvalue())
    return told


def add(directory: Path, file: str, line: str) -> None:
    with (directory / file).open("a") as text:
        text.write(f"{line}\n")


def test_what_was_expected_is_found_and_nothing_else():
    told = score(TINY, fail_under=1.0)
    assert (told["precision"], told["recall"]) == (1.0, 1.0)
    found = {rule: (each["tp"], each["fp"], each["fn"]) for rule, each in told["rules"].items() if each["tp"]}
    assert found == {
        "administrative_workload": (1, 0, 0),
        "long_lived_access_key": (1, 0, 0),
        "privileged_role_added": (1, 0, 0),
    }
    assert told["rules"].keys() >= evaluator.rules().keys()
    assert told["rules"]["permissions_grew"]["precision"] is None


def test_a_miss_lowers_recall_and_fails(tiny: Path):
    add(tiny, "expected.csv", "shared_identity," + EXPORT)
    told = score(tiny)
    assert (told["precision"], told["recall"]) == (1.0, 0.75)
    assert told["rules"]["shared_identity"]["misses"] == [EXPORT]
    with pytest.raises(CommandError, match="below 1"):
        score(tiny, fail_under=1.0)


def test_what_was_not_expected_lowers_precision_and_says_why_it_should_not_be(tiny: Path):
    kept = [line for line in (tiny / "expected.csv").read_text().splitlines() if "privileged" not in line]
    (tiny / "expected.csv").write_text("\n".join(kept))
    add(tiny, "near_misses.csv", f"privileged_role_added,{EXPORT},a change of last year")
    told = score(tiny)
    assert (told["precision"], told["recall"]) == (2 / 3, 1.0)
    (wrong,) = told["rules"]["privileged_role_added"]["false_positives"]
    assert wrong.startswith(f"{EXPORT}: IAM role Billing-Export administers billing-prod since 2026-11-24")
    assert wrong.endswith("(near miss: a change of last year)")


def test_a_label_with_a_discriminator_stands_for_that_finding_alone(tiny: Path):
    text = (tiny / "expected.csv").read_text().replace("rule,subject", "rule,subject,discriminator")
    (tiny / "expected.csv").write_text(
        text.replace(f"privileged_role_added,{EXPORT}", f"privileged_role_added,{EXPORT},x")
    )
    told = score(tiny)["rules"]["privileged_role_added"]
    assert (told["tp"], told["fp"], told["fn"], told["misses"]) == (0, 1, 1, [f"{EXPORT} x"])


def test_the_table_names_what_is_wrong(tiny: Path):
    add(tiny, "expected.csv", "dormant_identity,arn:aws:iam::111122223333:user/reporter")
    out = StringIO()
    call_command("score_rules", estate=tiny, stdout=out)
    lines = out.getvalue().splitlines()
    assert "miss: dormant_identity: arn:aws:iam::111122223333:user/reporter" in lines
    assert next(line.split() for line in lines if line.startswith("all rules")) == [
        *("all", "rules", "4", "3", "3", "0", "1"),
        *("1.000", "0.750"),
    ]


def test_nothing_is_left_behind(tenant: Tenant):
    before = {*connection.connection.list_database_names()}
    score(TINY)
    assert {*connection.connection.list_database_names()} == before
    assert [each.slug for each in Tenant.objects.all()] == [tenant.slug]
    assert not Finding.objects.of(tenant).exists()
    assert not Scan.objects.of(tenant).exists()


def test_a_rule_that_raises_is_told_and_nothing_is_left_behind(monkeypatch: pytest.MonkeyPatch):
    def broken(*_: Any, **__: Any) -> Hit | None:
        raise ValueError("no such thing")

    before = {*connection.connection.list_database_names()}
    monkeypatch.setattr(evaluator.rules()["permissions_grew"].__class__, "__call__", broken)
    with pytest.raises(CommandError, match="ValueError: no such thing"):
        score(TINY)
    assert {*connection.connection.list_database_names()} == before


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (
            "[thresholds.long_lived_access_key]\nquiet_hours = 1",
            "thresholds.long_lived_access_key.quiet_hours: no rule",
        ),
        ("[thresholds.no_such_rule]\nquiet_days = 90", "thresholds.no_such_rule.quiet_days: no rule asks for that"),
        ("[thresholds.long_lived_access_key]\nquiet_days = 1", "quiet_days must be between"),
        ("[oracle]", "estate.toml: oracle: unknown"),
    ],
)
def test_a_mistake_is_told(tiny: Path, line: str, told: str):
    add(tiny, "estate.toml", line)
    with pytest.raises(CommandError, match=r"estate\.toml: .*" + told.rsplit(": ", maxsplit=1)[-1]):
        score(tiny)


def test_what_the_tenant_says_of_rules_holds(tiny: Path):
    add(tiny, "estate.toml", "[thresholds.long_lived_access_key]\nquiet_days = 40")
    told = score(tiny)["rules"]["long_lived_access_key"]
    assert "user/reporter" in told["false_positives"][0]
    assert told["tp"] == 1
