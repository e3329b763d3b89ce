"""An estate is read as docs/estates.md says, and a mistake in it is told with its file and line."""

from __future__ import annotations

import re
import shutil
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.estate import Mistake
from connectors.estate.reading import read
from connectors.estate.spelling import WORDS
from connectors.inventory.records import Identity, Permission, ScopeStarted, Usage
from tests.architecture.tree import ROOT

TINY = ROOT / "tests" / "estates" / "tiny"
FIRST, LAST = "scans/2026-10-01T0600Z/aws.jsonl", "scans/2026-11-24T0600Z/aws.jsonl"
IAM = '"again","scope":"aws:111122223333:iam"'
EXPORT = "arn:aws:iam::111122223333:role/Billing-Export"


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TINY, tmp_path / "tiny"))


def put(directory: Path, file: str, old: str, new: str) -> None:
    text = (directory / file).read_text()
    assert old in text
    (directory / file).write_text(text.replace(old, new, 1))


def mistake(directory: Path) -> str:
    with pytest.raises(Mistake) as caught:
        read(directory)
    return str(caught.value).removeprefix(f"{directory}/")


def test_records_are_what_their_lines_say():
    estate = read(TINY)
    first, last = estate.readings
    assert (first.at, estate.now) == (datetime(2026, 10, 1, 6, tzinfo=UTC), datetime(2026, 11, 25, 9, tzinfo=UTC))
    role = next(each for each in first.records if isinstance(each, Identity))
    assert (role.id, role.provider_id, role.system, role.usage) == (EXPORT, "AROABILLINGEXPORT", "aws", Usage.USED)
    assert role.scope == "aws:111122223333:iam"
    assert last.connected.settings["external_id"] == "acme-external-id"


def test_again_tells_all_that_was_told_before_and_what_came():
    first, last = read(TINY).readings
    before, after = ([each for each in scan.records if isinstance(each, Permission)] for scan in (first, last))
    assert (len(before), len(after)) == (1, 2)
    assert after[0] == before[0]
    kinds = [each.kind for each in last.records if isinstance(each, ScopeStarted)]
    assert kinds == ["data", "iam", "lambda"]


def test_again_leaves_out_what_is_gone_with_its_edges(tiny: Path):
    put(
        tiny,
        LAST,
        '"again","scope":"aws:111122223333:iam"',
        f'"again","scope":"aws:111122223333:iam","without":["{EXPORT}"]',
    )
    last = read(tiny).readings[-1]
    assert not [each for each in last.records if isinstance(each, Identity) and each.id == EXPORT]
    assert len([each for each in last.records if isinstance(each, Permission)]) == 1  # the one that came with this scan


MISTAKES = {
    "no file": ("estate.toml", None, "", "estate.toml: No such file or directory"),
    "not TOML": ("estate.toml", "name =", "name", "estate.toml: "),
    "unknown word": (
        "estate.toml",
        "description",
        "descriptoin",
        "estate.toml: descriptoin: unknown; known are approved",
    ),
    "no name": ("estate.toml", 'name = "Acme Media, one account"', "", "estate.toml: name: expected a text, not None"),
    "no now": (
        "estate.toml",
        "now = 2026-11-25T09:00:00Z",
        "",
        "estate.toml: now: expected a moment with its time zone",
    ),
    "now without zone": ("estate.toml", "T09:00:00Z", "T09:00:00", "estate.toml: now: expected a moment with its time"),
    "now too early": (
        "estate.toml",
        "2026-11-25T09",
        "2026-11-01T09",
        "estate.toml: now: the scan of 2026-11-24T06:00Z",
    ),
    "unknown kind": (
        "estate.toml",
        "[connections.aws]",
        "[connections.aws]\nkind = 'oracle'",
        "estate.toml: connections.aws.kind: 'oracle' is none of",
    ),
    "unknown setting": ("estate.toml", "made_at", "born_at", "estate.toml: connections.aws.born_at: unknown"),
    "hours in words": (
        "estate.toml",
        "made_at",
        "every_hours = 'day'\nmade_at",
        "estate.toml: connections.aws.every_hours: expected a whole number",
    ),
    "approved no table": ("estate.toml", "now", "approved = ['x']\nnow", "estate.toml: approved: expected a table"),
    "approved no reason": (
        "estate.toml",
        "[connections.aws]",
        "[approved]\n'x*' = ''\n[connections.aws]",
        "estate.toml: approved.x*: expected a text",
    ),
    "threshold in words": (
        "estate.toml",
        "[connections.aws]",
        "[thresholds.idle_ai]\nquiet_days = 'x'\n[connections.aws]",
        "estate.toml: thresholds.idle_ai: expected names",
    ),
    "no connection": (
        "estate.toml",
        "[connections.aws]",
        "[connections.jira]",
        f"{FIRST}: estate.toml has no connections.aws",
    ),
    "not JSON": (FIRST, "{", "", f"{FIRST}:1: not JSON"),
    "no object": (
        FIRST,
        '{"record":"ended","scope":"aws:111122223333:data","state":"complete"}',
        "[]",
        f"{FIRST}:3: expected an object",
    ),
    "unknown record": (FIRST, '"record":"resource"', '"record":"bucket"', f"{FIRST}:2: record: 'bucket' is none of"),
    "unknown field": (FIRST, '"type":"S3 bucket"', '"typ":"S3 bucket"', f"{FIRST}:2: typ: Resource has no such field"),
    "missing field": (FIRST, '"type":"S3 bucket",', "", f"{FIRST}:2: type: Resource needs it"),
    "unknown word of a list": (
        FIRST,
        '"access":"read"',
        '"access":"peek"',
        f"{FIRST}:7: access: 'peek' is none of read",
    ),
    "no moment": (FIRST, "2025-02-01T09:00:00Z", "last year", f"{FIRST}:6: created_at: expected a moment such as"),
    "moment without zone": (
        FIRST,
        "2025-02-01T09:00:00Z",
        "2025-02-01T09:00:00",
        f"{FIRST}:6: created_at: '2025-02-01T09:00:00' needs",
    ),
    "empty": (FIRST, '"name":"acme-exports"', '"name":""', f"{FIRST}:2: name: empty"),
    "number for text": (FIRST, '"name":"acme-exports"', '"name":7', f"{FIRST}:2: name: expected a text, not 7"),
    "no list": (FIRST, '["s3:GetObject"]', '"s3:GetObject"', f"{FIRST}:7: actions: expected a list"),
    "half a tag": (
        FIRST,
        '["data-domain","customer"]',
        '["data-domain"]',
        f"{FIRST}:2: tags[0]: expected a label and a value",
    ),
    "half a ref": (
        FIRST,
        '["resource","arn:aws:s3:::acme-exports","acme-exports"]',
        '["resource"]',
        f"{FIRST}:7: target: expected kind, id and name",
    ),
    "deep inside": (
        FIRST,
        '"kind":"access key","id"',
        '"kind":"access key","key"',
        f"{FIRST}:8: credentials[0].key: Credential has no",
    ),
    "scope not begun": (
        FIRST,
        '"record":"ended","scope":"aws:111122223333:data"',
        '"record":"ended","scope":"aws:data"',
        f"{FIRST}:3: scope: aws:data is not the scope that is open",
    ),
    "scope not ended": (
        FIRST,
        '{"record":"ended","scope":"aws:111122223333:data","state":"complete"}\n',
        "",
        f"{FIRST}:3: scope: aws:111122223333:data has not ended",
    ),
    "end of file": (
        LAST,
        '{"record":"ended","scope":"aws:111122223333:lambda:eu-west-1","state":"complete"}',
        "",
        f"{LAST}: the scope aws:111122223333:lambda:eu-west-1 has no end",
    ),
    "again what": (LAST, IAM, '"again","scope":"aws:iam"', f"{LAST}:3: scope: no scan before read 'aws:iam'"),
    "again without what": (LAST, IAM, IAM + ',"without":["x"]', f"{LAST}:3: without: x was not there before"),
    "again with more": (LAST, '"again",', '"again","kind":"iam",', f"{LAST}:1: kind: again has only scope and without"),
    "columns": (
        "expected.csv",
        "rule,subject",
        "rule,name",
        "expected.csv:1: the columns must be rule,subject,discriminator",
    ),
    "no subject": (
        "expected.csv",
        "privileged_role_added,",
        "privileged_role_added,#",
        "expected.csv:4: subject: no scan tells of #arn",
    ),
    "no rule": ("expected.csv", "privileged_role_added,", ",", "expected.csv:4: rule: missing"),
    "too many": ("near_misses.csv", "administers: ", "administers, ", "near_misses.csv:2: 4 columns instead of 3"),
    "not CSV": ("near_misses.csv", 'October 2027"', "October 2027", "near_misses.csv:5: not CSV"),
    "no reason": ("near_misses.csv", "it was last used 56 days ago", "", "near_misses.csv:4: why: missing"),
    "both": (
        "near_misses.csv",
        "permissions_grew",
        "privileged_role_added",
        "near_misses.csv:2: subject: expected.csv expects it",
    ),
    "when said": ("attestations.csv", "2026-10-02T09:00:00Z", "yesterday", "attestations.csv:2: at: expected a moment"),
}


@pytest.mark.parametrize(("file", "old", "new", "told"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_told_with_its_place(tiny: Path, file: str, old: str | None, new: str, told: str):
    if old is None:
        (tiny / file).unlink()
    else:
        put(tiny, file, old, new)
    assert mistake(tiny).startswith(told)


def test_an_estate_without_scans_is_a_mistake(tiny: Path):
    shutil.rmtree(tiny / "scans")
    assert mistake(tiny) == "scans: there is no scan"


def test_the_description_names_every_record_and_field():
    text = (ROOT / "docs" / "estates.md").read_text()
    told = {*re.findall(r"\w+", text)}
    known = {name.name for record in WORDS.values() for name in fields(record)}
    assert {*WORDS, *known} - told == set()
