"""What every answer tells the browser about trust."""

from __future__ import annotations

import re

import pytest
from django.test import Client


@pytest.fixture
def answer(client: Client, db: None):
    return client.get("/accounts/login/")


def test_scripts_and_styles_run_only_from_here_or_with_the_nonce(answer):
    policy = dict(part.strip().split(" ", 1) for part in answer["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert re.fullmatch(r"'self' 'nonce-[\w+/=-]{16,}'", policy["script-src"])
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in answer["Content-Security-Policy"]


def test_no_page_has_inline_script_or_style(answer):
    page = answer.content.decode()
    assert not re.search(r"<script(?![^>]*\bsrc=)", page)
    assert not re.search(r"\sstyle=|\son[a-z]+=", page)


def test_the_rest_of_the_door(answer):
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"


def test_a_request_id_is_kept_when_well_formed_and_made_otherwise(client: Client, db: None):
    assert client.get("/accounts/login/", headers={"X-Request-Id": "abc-123_XYZ"})["X-Request-Id"] == "abc-123_XYZ"
    for bad in ("short", "with space and more", "x" * 65, "inject\nlines-here"):
        assert re.fullmatch(
            r"[0-9a-f]{32}", client.get("/accounts/login/", headers={"X-Request-Id": bad})["X-Request-Id"]
        )
