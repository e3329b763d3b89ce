"""What does Atlassian's own OpenAPI description say that an answer, or a question, looks like?

openapi.json holds the operations that the source calls, cut out of Atlassian's description of the Jira Cloud platform
REST API (https://developer.atlassian.com/cloud/jira/platform/swagger-v3.v3.json), whose examples are told as JSON
rather than as text; POST /permissions/check is from its edition of 2022. Copyright Atlassian; Apache License 2.0
(http://www.apache.org/licenses/LICENSE-2.0.html). It describes neither automation nor webhooks nor organizations.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

FILE = Path(__file__).with_name("openapi.json")
ISSUES = Path(__file__).with_name("openapi_issues.json")  # the same of issues, without its words and examples
PREFIX = "/rest/api/3/"
UNDESCRIBED = {401, 404, 429, 502, 503}  # of a gateway rather than of an operation


def faults_of_answer(method: str, path: str, status: int, content: Any) -> list[str]:
    """What of an answer's JSON isn't as described; also when the operation or its status isn't described at all."""
    where, answers = f"{method} {path} {status}", operation(method, path)["responses"]
    if str(status) not in answers:
        return [] if status in UNDESCRIBED else [f"{where}: not described"]
    validator = _validator(method.lower(), template(method, path), str(status))
    return _faults(validator, where, content)


def faults_of_question(method: str, path: str, query: dict[str, str], content: Any) -> list[str]:
    """What of a question isn't as described: a parameter that the operation hasn't, a body of another shape."""
    asked = operation(method, path)
    known = {one["name"] for one in asked.get("parameters", []) if one["in"] == "query"}
    faults = [f"{method} {path}: {name} is no parameter" for name in query.keys() - known]
    if "requestBody" in asked:
        faults += _faults(_validator(method.lower(), template(method, path), ""), f"{method} {path} asked", content)
    return faults


def scopes(method: str, path: str) -> frozenset[str]:
    """The granular OAuth 2.0 scopes that the operation asks for."""
    told = operation(method, path)["x-atlassian-oauth2-scopes"]
    return frozenset(next(each["scopes"] for each in told if each["state"] == "Beta"))


def anonymous(method: str, path: str) -> bool:
    """Whether the operation answers whoever isn't signed in."""
    return {} in operation(method, path)["security"]


def operation(method: str, path: str) -> dict[str, Any]:
    found: dict[str, Any] = _description()["paths"][template(method, path)][method.lower()]
    return found


@cache
def template(method: str, path: str) -> str:
    """The description's own path for this one. LookupError where it has none."""
    for each, operations in sorted(_description()["paths"].items(), key=lambda entry: entry[0].count("{")):
        if method.lower() in operations and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", each), path):
            return str(each)
    raise LookupError(f"Atlassian describes no {method} {path}")


def _faults(validator: Draft202012Validator | None, where: str, content: Any) -> list[str]:
    if validator is None:
        return []
    return [f"{where}: {error.json_path}: {error.message[:200]}" for error in validator.iter_errors(content)]


@cache
def _validator(method: str, path: str, status: str) -> Draft202012Validator | None:
    """Of an answer of that status, or of the question where the status is empty."""
    found = _description()["paths"][path][method]
    body = found["responses"][status] if status else found["requestBody"]
    schema = body.get("content", {}).get("application/json", {}).get("schema")
    return Draft202012Validator({**schema, "components": _description()["components"]}) if schema else None


@cache
def _description() -> dict[str, Any]:
    description: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    issues = json.loads(ISSUES.read_text(encoding="utf-8"))
    description["paths"] |= issues["paths"]
    description["components"]["schemas"] |= issues["components"]["schemas"]
    return description
