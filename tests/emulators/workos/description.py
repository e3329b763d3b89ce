"""What does WorkOS' own OpenAPI description say that an answer, or a question, looks like?

The description is the npm package that WorkOS publishes; package.json names it and its lock file pins it.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

from tests.emulators.workos.packages import node_modules

# Not an operation's own words: our key is wrong, wait, or it is broken. The description gives few of them a body.
ANYWHERE = {401, 429, 500, 503}


def ready() -> None:
    """Read the description, which takes longer than an answer may."""
    _description()


def file() -> Path:
    """Where it is."""
    return node_modules() / "@workos/openapi-spec/open-api-spec.yaml"


def faults_of_answer(method: str, path: str, status: int, content: Any) -> list[str]:
    """What of an answer's JSON isn't as described; also when the operation or its status isn't described at all."""
    return _faults(_answer(method.lower(), path, str(status)), f"{method} {path} {status}", content)


def faults_of_question(method: str, path: str, content: Any) -> list[str]:
    """What of a request's JSON isn't as described."""
    return _faults(_question(method.lower(), path), f"{method} {path} asked", content)


def parameters(method: str, path: str) -> set[str]:
    """What an operation's query may ask for."""
    return {one["name"] for one in _operation(method.lower(), path).get("parameters", []) if one["in"] == "query"}


def _faults(validator: Draft202012Validator | None, where: str, content: Any) -> list[str]:
    if validator is None:
        return [f"{where}: not described"] if content else []
    return [f"{where}: {error.json_path}: {error.message[:200]}" for error in validator.iter_errors(content)]


@cache
def _answer(method: str, path: str, status: str) -> Draft202012Validator | None:
    answers = _operation(method, path)["responses"]
    if status not in answers:
        if int(status) in ANYWHERE:
            return Draft202012Validator({"type": "object"})
        raise LookupError(f"{method} {path} has no answer {status}; it has {', '.join(answers)}")
    return _validator(answers[status])


@cache
def _question(method: str, path: str) -> Draft202012Validator | None:
    return _validator(_operation(method, path).get("requestBody", {}))


def _validator(node: dict[str, Any]) -> Draft202012Validator | None:
    schema = node.get("content", {}).get("application/json", {}).get("schema")
    return Draft202012Validator({**schema, "components": _description()["components"]}) if schema else None


def _operation(method: str, path: str) -> dict[str, Any]:
    for template, operations in sorted(_description()["paths"].items(), key=lambda entry: entry[0].count("{")):
        if method in operations and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path):
            operation: dict[str, Any] = operations[method]
            return operation
    raise LookupError(f"WorkOS describes no {method} {path}")


@cache
def _description() -> dict[str, Any]:
    description: dict[str, Any] = yaml.load(file().read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return description
