"""Does every file say what it is, and does nothing hide where a reader would not look?"""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.tree import APPS, OURS, ROOT, name, parsed, python_files

BANNED = {"utils", "util", "helpers", "helper", "common", "misc", "services", "service", "managers"}
KINDS = {"aws", "entra", "azure", "foundry", "copilot_studio", "servicenow", "jira"}
SIGNALS = {"django.dispatch", "django.db.models.signals", "django.core.signals"}


def _unless_source(files: list[Path]) -> list[Path]:
    return [file for file in files if not name(file).startswith("connectors/sources/")]


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def _names_a_kind(node: ast.AST) -> bool:
    match node:
        case ast.Compare(left=left, comparators=others):
            return any(_is_kind(part) for side in (left, *others) for part in ast.walk(side))
        case ast.MatchValue(value=value):
            return _is_kind(value)
    return False


def _is_kind(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value in KINDS


def test_no_file_or_folder_is_named_after_nothing():
    found = (path for root in OURS for path in (ROOT / root).rglob("*") if path.is_dir())
    folders = (path for path in found if "node_modules" not in path.parts)
    assert [name(path) for path in (*python_files(*OURS), *folders) if path.stem in BANNED] == []


def test_every_file_says_what_it_is_for():
    silent = [
        name(file)
        for file in [*python_files(*APPS, "demo", "benchmarks"), ROOT / "manage.py"]
        if file.read_text(encoding="utf-8").strip() and not ast.get_docstring(parsed(file))
    ]
    assert silent == []


def test_only_a_source_knows_its_kind():
    branches = [
        f"{name(file)}:{node.lineno}"  # type: ignore[attr-defined]
        for file in _unless_source(python_files(*APPS))
        for node in ast.walk(parsed(file))
        if _names_a_kind(node)
    ]
    assert branches == []


def test_nothing_happens_by_signal():
    users = [name(file) for file in python_files(*APPS) if SIGNALS & set(_imported(parsed(file)))]
    assert users == []


def test_views_are_functions():
    users = [
        name(file)
        for file in python_files(*APPS)
        if any(module.startswith(("django.views.generic", "django.views.View")) for module in _imported(parsed(file)))
    ]
    assert users == []


def test_every_singular_has_its_plural():
    singulars = ("connectors/source.py", "findings/evaluator.py", "findings/report.py")
    assert [path for path in singulars if (ROOT / path).exists() and not (ROOT / f"{path[:-3]}s").is_dir()] == []
