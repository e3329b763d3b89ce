"""How right are the rules about a labelled estate? Precision and recall, rule by rule."""

from __future__ import annotations

import json
import os
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from connectors.estate import Estate, Mistake
from connectors.estate.playing import clock, key_of, play
from connectors.estate.reading import ABOUT, read
from findings import scoring
from findings.evaluation import evaluate
from findings.evaluator import rules
from findings.models import RuleState
from findings.scoring import Label, Labels, Score
from tenants.models import Tenant

ESTATE = settings.BASE_DIR / "tests" / "estates" / "tiny"
COLUMNS = "{:<32}{:>9}{:>7}{:>5}{:>5}{:>5}{:>11}{:>8}"


class Command(BaseCommand):
    """Plays the estate into a tenant of a database of its own, which is dropped afterwards, whatever happens."""

    help = "Score the rules on a labelled estate; its format is in docs/estates.md."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The estate, and what to do with the scores."""
        parser.add_argument("--estate", type=Path, default=ESTATE, help="its directory (default: tests/estates/tiny)")
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
        parser.add_argument("--fail-under", type=float, help="exit status 1 where precision or recall is below this")

    def handle(self, *_args: Any, estate: Path, fail_under: float | None, **options: Any) -> None:
        """Print the scores. CommandError for an estate with a mistake, and for a rule that raised."""
        try:
            told = read(estate)
        except Mistake as mistake:
            raise CommandError(str(mistake)) from mistake
        with scratch_database():
            scored = score(told)
        whole = scoring.together(scored.values())
        self.stdout.write(as_json(scored, whole) if options["json"] else as_table(scored, whole))
        if fail_under is not None and min(whole.precision or 0, whole.recall or 0) < fail_under:
            raise CommandError(f"Precision or recall is below {fail_under}.")


@contextmanager
def scratch_database() -> Iterator[None]:
    """Everything is read from and written to a database of its own until then; it is dropped on the way out."""
    before = connection.settings_dict["NAME"]
    _use(f"{before}_score_{os.getpid()}")
    try:
        call_command("migrate", verbosity=0, skip_checks=True, interactive=False)
        yield
    finally:
        connection.connection.drop_database(connection.settings_dict["NAME"])
        _use(before)


def _use(name: str) -> None:
    connection.settings_dict["NAME"] = name
    connection.ensure_connection()
    connection.database = connection.connection[name]  # type: ignore[attr-defined]


def score(estate: Estate) -> dict[str, Score]:
    """Rule → its score, after the estate's last scan, as of the estate's now."""
    tenant = Tenant.objects.create(slug="estate", name=estate.name)
    with clock(estate.readings[0].at):
        _instruct(tenant, estate)
    last = play(estate, tenant)
    with clock(estate.now):
        evaluate(tenant=tenant, scan=last)
    if failed := list(RuleState.objects.of(tenant).exclude(failed_at=None)):
        raise CommandError("\n".join(f"{state.rule} failed at {state.subject}: {state.error}" for state in failed))
    expected = (Label(rule, key_of(subject, tenant, estate), other) for rule, subject, other in estate.expected)
    near = {(rule, key_of(subject, tenant, estate)): why for (rule, subject), why in estate.near.items()}
    return scoring.scores(Labels(frozenset(expected), near), tenant, rules())


def _instruct(tenant: Tenant, estate: Estate) -> None:
    try:
        scoring.instruct(tenant, rules(), approved=estate.approved, thresholds=estate.thresholds)
    except ValueError as error:
        raise CommandError(f"{estate.directory / ABOUT}: {error}") from error


def as_json(scored: dict[str, Score], whole: Score) -> str:
    """Precision and recall over everything, and what each rule's are made of."""
    each = {rule: score.row() for rule, score in scored.items()}
    return json.dumps({"precision": whole.precision, "recall": whole.recall, "rules": each}, ensure_ascii=False)


def as_table(scored: dict[str, Score], whole: Score) -> str:
    """A line for each rule, then what was wrong, by name."""
    lines = [COLUMNS.format("rule", "expected", "found", "tp", "fp", "fn", "precision", "recall")]
    lines += [_line(rule, score) for rule, score in {**scored, "all rules": whole}.items()]
    for rule, score in scored.items():
        lines += [f"false positive: {rule}: {each}" for each in sorted(score.false_positives)]
        lines += [f"miss: {rule}: {each}" for each in sorted(score.misses)]
    return "\n".join(lines)


def _line(rule: str, score: Score) -> str:
    shares = ("-" if share is None else f"{share:.3f}" for share in (score.precision, score.recall))
    return COLUMNS.format(rule, score.tp + score.fn, score.tp + score.fp, score.tp, score.fp, score.fn, *shares)
