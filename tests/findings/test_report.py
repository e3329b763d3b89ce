"""Is a report printed without fetching anything, under a safe name, with evidence that can be read back?"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts import paper
from findings import charts, evidence
from findings.coverage import Coverage
from findings.report import Report
from findings.reports.finding import LINE, ascii_lines
from tenants.models import Tenant
from tests.architecture.test_contrast import TOKENS
from tests.architecture.tree import ROOT
from tests.findings.paper import Paper

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
STRANGE = (
    "http://169.254.169.254/latest/",
    "file:///etc/passwd",
    "data:text/css,a{}",
    "ftp://evil.example/",
    "/media/x",
)


def report(**fields: Any) -> Report:
    values: dict[str, Any] = {
        "name": "finding",
        "title": "T",
        "tenant": Tenant(slug="acme", name="Acme"),
        "period": "",
        "made_by": "Alice",
        "made_at": NOW,
        "coverage": Coverage([], [], {}),
        "proof": b"{}",
        "content": {},
    }
    return Report(**(values | fields))


@pytest.mark.parametrize("address", STRANGE)
@pytest.mark.parametrize(
    "html",
    [
        '<img alt="x" src="{}">',
        '<link rel="stylesheet" href="{}">',
        '<link rel="attachment" href="{}">',
        '<style>p {{ background: url("{}") }}</style><p>x',
        '<style>@import "{}";</style><p>x',
        '<style>@font-face {{ font-family: x; src: url("{}") }} p {{ font-family: x }}</style><p>x',
        '<svg xmlns="http://www.w3.org/2000/svg"><image href="{}"/></svg>',
    ],
)
def test_fetches_nothing(address: str, html: str, monkeypatch: Any):
    monkeypatch.setattr("urllib.request.OpenerDirector.open", None)
    with pytest.raises(paper.Refused, match="A report fetches nothing"):
        paper.printed(f'<html lang="en"><title>x</title>{html.format(address)}', proof=b"{}", made_at=NOW)


@pytest.mark.parametrize(
    "name", ["../manage.py", "css/../../sv0/settings.py", "%2e%2e/manage.py", "css/absent.css", ""]
)
def test_serves_no_file_outside_the_static_folders(name: str):
    with pytest.raises(paper.Refused):
        paper.StaticFiles().fetch(f"{paper.ORIGIN}/static/{name}")


def test_serves_static_files_from_the_disk():
    answer = paper.StaticFiles().fetch(f"{paper.ORIGIN}/static/css/report.css")
    assert answer.content_type == "text/css"
    assert b"@page" in answer.read()


def test_paper_has_the_colours_of_the_light_theme():
    sheet = (ROOT / "static/css/report.css").read_text()
    named = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", sheet))
    assert len(named) == len(re.findall("#[0-9a-f]{6}", sheet))  # each said once, in :root
    assert {name: TOKENS[name][0] for name in (*named, *charts.COLOURS)} == named | charts.COLOURS


def test_attaches_the_evidence_byte_for_byte():
    proof = '{"name":"ä\u202e\U0001f512"}'.encode()
    made = Paper(paper.printed('<html lang="en"><title>x</title><p>x', proof=proof, made_at=NOW))
    assert made.attached(paper.PROOF_NAME) == proof


def test_the_hash_is_that_of_the_evidence_and_changes_with_any_byte():
    proof = b'{"a":1,"b":"x"}'
    made = report(proof=proof)
    assert made.digest == evidence.digest(proof)
    assert "".join(made.digest_parts) == made.digest
    tampered = {report(proof=proof[:at] + bytes([proof[at] ^ 1]) + proof[at + 1 :]).digest for at in range(len(proof))}
    assert len(tampered | {made.digest}) == len(proof) + 1


def test_a_file_name_is_plain_whatever_things_are_called():
    made = report(tenant=Tenant(slug="acme", name='A"\r\nX'), slug='"; ../\u202e')
    assert made.file_name == "sv0-acme-finding-2026-11-24.pdf"


@given(st.recursive(st.none() | st.booleans() | st.integers(-99, 99) | st.text(), st.lists, max_leaves=20) | st.text())
@settings(deadline=None)
def test_the_printed_lines_join_to_the_same_evidence(value: Any):
    proof = evidence.canonical({"value": value})
    lines = list(ascii_lines(proof))
    assert evidence.canonical(json.loads("".join(lines))) == proof
    assert all(line.isascii() and line.isprintable() and len(line) <= LINE for line in lines)


def test_no_printed_line_begins_or_ends_with_a_space():
    lines = list(ascii_lines(evidence.canonical({"text": "word " * 500})))
    assert [line for line in lines if line != line.strip()] == []


def test_the_printed_lines_of_plain_evidence_are_its_very_bytes():
    proof = evidence.canonical({"text": "plain " * 100})
    assert "".join(ascii_lines(proof)).encode() == proof
