"""Is everything small enough to be read at a sitting?"""

import ast
from pathlib import Path

import pytest

from tests.architecture.tree import OURS, ROOT, functions, name, python_files

FUNCTION_LINES = 50
SHORT_FUNCTION_LINES = 25
SHORT_FUNCTIONS = 0.9
FILE_LINES = 400
EVALUATOR_LINES = 80
TEMPLATE_LINES = 200


def _file_lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def _function_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def _longer_than(lines: int, files: list[Path]) -> list[str]:
    return [f"{name(file)}: {_file_lines(file)} lines" for file in files if _file_lines(file) > lines]


def test_files_have_at_most_400_lines():
    assert _longer_than(FILE_LINES, [*python_files(*OURS), *(ROOT / "static").rglob("sv0*.js")]) == []


def test_evaluators_have_at_most_80_lines():
    assert _longer_than(EVALUATOR_LINES, python_files("findings/evaluators")) == []


def test_templates_have_at_most_200_lines():
    assert _longer_than(TEMPLATE_LINES, sorted((ROOT / "templates").rglob("*.html"))) == []


def test_functions_have_at_most_50_lines():
    too_long = [
        f"{name(file)}:{function.lineno} {function.name}: {_function_lines(function)} lines"
        for file in python_files(*OURS)
        for function in functions(file)
        if _function_lines(function) > FUNCTION_LINES
    ]
    assert too_long == []


@pytest.mark.parametrize("folder", OURS)
def test_nine_of_ten_functions_have_at_most_25_lines(folder: str):
    sizes = [_function_lines(function) for file in python_files(folder) for function in functions(file)]
    short = sum(size <= SHORT_FUNCTION_LINES for size in sizes)
    assert short >= SHORT_FUNCTIONS * len(sizes), f"{folder}: {short} of {len(sizes)}"
