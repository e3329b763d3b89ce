"""Which files do the house rules apply to?"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APPS = ("sv0", "tenants", "accounts", "connectors", "ticketing", "findings")
OURS = (*APPS, "demo", "benchmarks", "tests")


def python_files(*folders: str) -> list[Path]:
    """Every .py below the folders that people write: no migrations, which makemigrations writes."""
    found = (file for folder in folders for file in (ROOT / folder).rglob("*.py"))
    return sorted(file for file in found if "migrations" not in file.parts)


def name(path: Path) -> str:
    """The path as people say it: from the repository's root."""
    return path.relative_to(ROOT).as_posix()


@cache
def parsed(path: Path) -> ast.Module:
    """The file's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method of a file."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
