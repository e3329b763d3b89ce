"""Secrets never reach the log, by the name of their key or by their shape; lines can't be forged."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

CONFIGURE = """
import django, logging, structlog
django.setup()
log = structlog.get_logger("x")
"""


def logged(code: str) -> list[dict[str, Any]]:
    """The lines that a process of its own writes to stderr when it logs."""
    done = subprocess.run([sys.executable, "-c", CONFIGURE + code], capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stderr.splitlines()]


def test_secrets_are_redacted_by_key_and_by_shape():
    (line,) = logged("""
log.info(
    "connected",
    secret_access_key="CANARY-1",
    headers={"Authorization": "Bearer CANARY-2", "nested": [{"password": "CANARY-3"}]},
    uri="mongodb://sv0:CANARY-4@db.example/",
    note="key AKIAIOSFODNN7EXAMPLE was refused",
)
""")
    assert "CANARY" not in str(line)
    assert "AKIA" not in str(line)
    assert line["note"] == "key [redacted] was refused"


def test_an_exceptions_text_is_redacted_too():
    (line,) = logged("""
try:
    raise ValueError("token eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl was refused")
except ValueError:
    logging.getLogger("other").exception("failed")
""")
    assert "eyJ" not in line["exception"]
    assert "was refused" in line["exception"]


def test_a_newline_in_a_value_stays_inside_its_line():
    (line,) = logged("""log.info("name", name='evil\\n{"event": "forged"}')""")
    assert line["name"] == 'evil\n{"event": "forged"}'
    assert line["event"] == "name"
