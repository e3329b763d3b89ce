"""Can every pair of colours in use be read, in both themes (WCAG 2.2: 4.5 for text, 3 for marks)?"""

from __future__ import annotations

import re
from itertools import product

import pytest

from tests.architecture.tree import ROOT

TOKEN = re.compile(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);")
TOKENS = {name: (light, dark) for name, light, dark in TOKEN.findall((ROOT / "static/css/tokens.css").read_text())}

GROUNDS = ("canvas", "surface", "sunken", "hover", "selected")
SEVERITIES = ("critical", "high", "medium", "low", "info")
TONES = ("ok", "warn", "bad", "note", "quiet")
TEXT = [
    *product(("text", "muted", "accent", "accent-strong", *SEVERITIES, *TONES), GROUNDS),
    *((tone, f"{tone}-soft") for tone in TONES),
    *(("text", f"{tone}-soft") for tone in TONES),
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    ("on-acting", "acting"),
    ("canvas", "text"),  # a toast is the page turned inside out
]
MARKS = [*product(("edge", "accent"), ("canvas", "surface", "sunken"))]


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb, 0 to 1 (WCAG 2.2, "relative luminance")."""
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("pairs", "least"), [(TEXT, 4.5), (MARKS, 3.0)], ids=["text", "marks"])
def test_every_pair_in_use_can_be_read(pairs: list[tuple[str, str]], least: float, theme: int) -> None:
    ratios = {f"{front} on {ground}": contrast(TOKENS[front][theme], TOKENS[ground][theme]) for front, ground in pairs}
    assert {pair: round(ratio, 2) for pair, ratio in ratios.items() if ratio < least} == {}


def test_black_on_white_is_21() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


def test_colours_are_said_once_in_the_tokens() -> None:
    said = {
        path.name: found
        for path in (ROOT / "static/css").glob("*.css")
        if path.name not in {"tokens.css", "print.css", "report.css"}  # paper has its own black and white
        and (found := re.findall(r"#[0-9a-fA-F]{3,8}\b(?=[^{}]*;)", path.read_text()))
    }
    assert said == {}
