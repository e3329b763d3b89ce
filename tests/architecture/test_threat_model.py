"""Every test that docs/threat-model.md names as a proof is there."""

from __future__ import annotations

import ast
import re

from tests.architecture.tree import ROOT, parsed

TEXT = (ROOT / "docs/threat-model.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`((?:[\w/]+/)?test_\w+\.py)(?:::([\w:]+))?`", TEXT)))


def names_in(path: str) -> set[str]:
    """The names of a file's tests, those in classes as Class::test."""
    found = set()
    for node in parsed(ROOT / path).body:
        if isinstance(node, ast.FunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.ClassDef):
            found |= {f"{node.name}::{each.name}" for each in node.body if isinstance(each, ast.FunctionDef)}
    return found


def test_the_document_names_proofs():
    assert len([path for path, test in NAMED if test]) > 50


def test_every_named_test_is_there():
    assert [path for path, _ in NAMED if not (ROOT / path).is_file()] == []
    assert [f"{path}::{test}" for path, test in NAMED if test and test not in names_in(path)] == []
