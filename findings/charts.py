"""What does a chart show, and where does each of its marks stand?

Pure: figures in, coordinates out, for templates/findings/chart.html to print as SVG, on screen and on paper. Every
chart carries its figures as a table as well: the picture helps, the table says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import count

WIDTH = 440  # of every chart, px
BAR_HEIGHT = 14
BAR_STEP = 20  # from one bar to the next, px
BARS_FROM = 132  # x at which bars begin; their labels stand to the left
VALUE_ROOM = 52  # behind the longest bar, for its figure, px
LONGEST_LABEL = 19  # characters that fit to the left of a bar
PLOT_HEIGHT = 130
PLOT_LEFT, PLOT_RIGHT, PLOT_TOP = 36, 350, 10
# On paper; on screen tokens.css has them, in both themes.
COLOURS = {"critical": "#b00d3f", "high": "#b34700", "medium": "#856000", "low": "#2c6a94", "info": "#5b6676"}
DASHES = {"high": "8 3", "medium": "4 3", "low": "1.5 4"}  # as in diagram.css: a line is told by more than its colour
LABEL_STEP = 15  # between the labels at the lines' ends, px
TICKS = 4  # at most, above zero


@dataclass(frozen=True, slots=True)
class Bar:
    """One figure. `title` is its label in full; `x`, `y` are its top left corner."""

    label: str
    title: str
    value: int
    x: int
    y: int
    width: float
    height: int = BAR_HEIGHT

    @property
    def value_x(self) -> float:
        """Where its figure stands: behind its end."""
        return self.x + self.width + 8


@dataclass(frozen=True, slots=True)
class Line:
    """One severity's course. `points` is for a polyline; its label stands at its end, at `label_y`."""

    severity: str
    points: str
    end_x: float
    end_y: float
    label_y: float
    value: int

    @property
    def colour(self) -> str:
        """Its colour on paper."""
        return COLOURS[self.severity]

    @property
    def dashes(self) -> str:
        """How it is broken, as SVG's stroke-dasharray; empty for a solid line."""
        return DASHES.get(self.severity, "")


@dataclass(frozen=True, slots=True)
class Tick:
    """One mark of an axis: where along it, and what it says."""

    at: float
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A drawing in px and the table that says the same. `name` is unique on a page; `lead` is one sentence."""

    name: str
    title: str
    lead: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | int, ...], ...]
    height: int
    width: int = WIDTH
    bars: tuple[Bar, ...] = ()
    lines: tuple[Line, ...] = ()
    levels: tuple[Tick, ...] = ()  # y
    days: tuple[Tick, ...] = ()  # x
    left: int = PLOT_LEFT
    right: int = PLOT_RIGHT
    bottom: int = PLOT_TOP + PLOT_HEIGHT


def bars(*, name: str, title: str, lead: str, columns: tuple[str, str], figures: Sequence[tuple[str, int]]) -> Chart:
    """Horizontal bars in the order given, the longest across the whole width. Figures are counts, from 0."""
    longest = max((value for _, value in figures), default=0) or 1
    room = WIDTH - BARS_FROM - VALUE_ROOM
    drawn = tuple(
        Bar(_fit(label), label, value, BARS_FROM, place * BAR_STEP + 3, round(value / longest * room, 1))
        for place, (label, value) in enumerate(figures)
    )
    return Chart(
        name=name,
        title=title,
        lead=lead,
        columns=columns,
        rows=tuple(figures),
        height=len(figures) * BAR_STEP + 4,
        bars=drawn,
    )


def course(
    *, name: str, title: str, lead: str, days: Sequence[date], figures: Sequence[tuple[str, Sequence[int]]]
) -> Chart:
    """One line per severity over the days, in the order given; one that is nowhere above zero is left to the table."""
    highest = max((value for _, values in figures for value in values), default=0)
    levels = _levels(highest)
    top = levels[-1]
    drawn = [(severity, _points(values, top)) for severity, values in figures if any(values)]
    labels = _apart([points[-1][1] for _, points in drawn])
    lines = tuple(
        Line(severity, " ".join(f"{x:g},{y:g}" for x, y in points), *points[-1], label_y, dict(figures)[severity][-1])
        for (severity, points), label_y in zip(drawn, labels, strict=True)
    )
    return Chart(
        name=name,
        title=title,
        lead=lead,
        columns=("Day", *(severity.capitalize() for severity, _ in figures)),
        rows=tuple((f"{day:%Y-%m-%d}", *(values[place] for _, values in figures)) for place, day in enumerate(days)),
        height=PLOT_TOP + PLOT_HEIGHT + 26,
        lines=lines,
        levels=tuple(Tick(_y(level, top), f"{level:,}") for level in levels),
        days=_days(days),
    )


def _points(values: Sequence[int], top: int) -> list[tuple[float, float]]:
    return [(_x(place, len(values)), _y(value, top)) for place, value in enumerate(values)]


def _x(place: int, of: int) -> float:
    return round(PLOT_LEFT + (PLOT_RIGHT - PLOT_LEFT) * place / max(of - 1, 1), 1)


def _y(value: int, top: int) -> float:
    return round(PLOT_TOP + PLOT_HEIGHT * (1 - value / top), 1)


def _levels(highest: int) -> list[int]:
    """Whole, round numbers from 0 to at least `highest`, at most TICKS above zero."""
    steps = (each * 10**power for power in count() for each in (1, 2, 5))
    step = next(step for step in steps if step * TICKS >= highest)
    return list(range(0, step * max(-(-highest // step), 1) + 1, step))


def _apart(wishes: Sequence[float]) -> list[float]:
    """Heights for the labels, near to their lines' ends but never on one another."""
    order = sorted(range(len(wishes)), key=lambda place: wishes[place])
    heights, above = [0.0] * len(wishes), float("-inf")
    for place in order:
        heights[place] = above = max(wishes[place], above + LABEL_STEP)
    below: float = PLOT_TOP + PLOT_HEIGHT + LABEL_STEP
    for place in reversed(order):
        heights[place] = below = min(heights[place], below - LABEL_STEP)
    return heights


def _days(days: Sequence[date]) -> tuple[Tick, ...]:
    """The first, the middle and the last day."""
    places = dict.fromkeys((0, (len(days) - 1) // 2, len(days) - 1))
    return tuple(Tick(_x(place, len(days)), f"{days[place].day} {days[place]:%b}") for place in places)


def _fit(label: str) -> str:
    return label if len(label) <= LONGEST_LABEL else f"{label[: LONGEST_LABEL - 8].rstrip()}…{label[-7:].lstrip()}"
