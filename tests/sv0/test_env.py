"""The environment is read loudly: what is missing or malformed is named."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from sv0 import env


def test_a_value_or_the_file_that_holds_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("PLAIN", "here")
    (tmp_path / "secret").write_text("from the file\n")
    monkeypatch.setenv("KEY_FILE", str(tmp_path / "secret"))
    assert (env.text("PLAIN"), env.text("KEY"), env.text("NEITHER", "default")) == ("here", "from the file", "default")


@pytest.mark.parametrize(
    ("variables", "read", "told"),
    [
        ({}, lambda: env.text("KEY"), "KEY is not set"),
        ({"KEY": "a", "KEY_FILE": "/b"}, lambda: env.text("KEY"), "both set"),
        ({"KEY_FILE": "/nonexistent/key"}, lambda: env.text("KEY"), "can't be read"),
        ({"FLAG": "maybe"}, lambda: env.flag("FLAG"), "say yes or no"),
        ({"NUMBER": "ten"}, lambda: env.number("NUMBER", 1), "whole number"),
    ],
)
def test_what_is_wrong_is_named(monkeypatch: pytest.MonkeyPatch, variables, read, told: str):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ImproperlyConfigured, match=told):
        read()


def test_lists_flags_and_numbers(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOSTS", "a.example, b.example,,")
    monkeypatch.setenv("ON", "Yes")
    monkeypatch.setenv("FIVE", "5")
    assert env.words("HOSTS") == ["a.example", "b.example"]
    assert env.flag("ON")
    assert not env.flag("OFF")
    assert env.number("FIVE", 1) == 5
