"""What does the environment say, and what is wrong with it?

Every setting comes from a variable `NAME`, or for secrets from the file that `NAME_FILE` points to.
"""

from __future__ import annotations

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def text(name: str, default: str | None = None) -> str:
    """The value of `NAME`, or the stripped content of the file `NAME_FILE` names, or `default`.

    ImproperlyConfigured when neither is there and there's no default, when both are, or when the file can't be read.
    """
    value, file = os.environ.get(name), os.environ.get(f"{name}_FILE")
    if value and file:
        raise ImproperlyConfigured(f"{name} and {name}_FILE are both set: keep one of them.")
    if file:
        try:
            return Path(file).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ImproperlyConfigured(
                f"{name}_FILE points to {file}, which can't be read: {error.strerror}."
            ) from error
    if value:
        return value
    if default is None:
        raise ImproperlyConfigured(f"{name} is not set. Set it, or {name}_FILE to a file that holds it.")
    return default


def flag(name: str, *, default: str = "no") -> bool:
    """Whether `NAME` says yes. ImproperlyConfigured for anything but yes/no, true/false, on/off, 1/0."""
    value = text(name, default).lower()
    if value in {"yes", "true", "on", "1"}:
        return True
    if value in {"no", "false", "off", "0"}:
        return False
    raise ImproperlyConfigured(f"{name} is {value!r}: say yes or no.")


def number(name: str, default: int) -> int:
    """The whole number in `NAME`. ImproperlyConfigured when it isn't one."""
    value = text(name, str(default))
    try:
        return int(value)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} is {value!r}: it must be a whole number.") from error


def words(name: str, default: str = "") -> list[str]:
    """The comma-separated values of `NAME`, stripped, without empty ones."""
    return [word for part in text(name, default).split(",") if (word := part.strip())]
