"""Do the marks stand where the figures say, and does the table say the same?"""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest

from findings import charts
from findings.charts import BARS_FROM, LABEL_STEP, PLOT_HEIGHT, PLOT_TOP, VALUE_ROOM, WIDTH

DAYS = [date(2026, 11, 1) + timedelta(days=count) for count in range(3)]


def bars(*figures: tuple[str, int]) -> charts.Chart:
    return charts.bars(name="n", title="T", lead="L.", columns=("What", "Findings"), figures=figures)


def course(**figures: list[int]) -> charts.Chart:
    return charts.course(name="n", title="T", lead="L.", days=DAYS, figures=list(figures.items()))


def test_the_longest_bar_takes_all_the_room_and_the_others_their_share():
    drawn = bars(("hr", 8), ("mail", 2), ("none", 0)).bars
    assert [bar.width for bar in drawn] == [WIDTH - BARS_FROM - VALUE_ROOM, (WIDTH - BARS_FROM - VALUE_ROOM) / 4, 0]
    assert [bar.y for bar in drawn] == sorted({bar.y for bar in drawn})


def test_nothing_but_zeros_draws_no_bar():
    assert [bar.width for bar in bars(("hr", 0)).bars] == [0]
    assert bars().bars == ()


def test_a_long_label_keeps_both_ends_and_is_whole_in_the_table():
    label = "customer records of the subsidiary"
    chart = bars((label, 1))
    assert chart.bars[0].label == "customer re…sidiary"
    assert chart.bars[0].title == chart.rows[0][0] == label


def test_a_line_ends_at_its_last_figure():
    chart = course(critical=[0, 2, 4], low=[4, 4, 0])
    assert [line.value for line in chart.lines] == [4, 0]
    assert chart.lines[0].end_y == PLOT_TOP
    assert chart.lines[1].end_y == PLOT_TOP + PLOT_HEIGHT
    assert len(chart.lines[0].points.split()) == len(DAYS)


def test_a_severity_without_findings_is_in_the_table_only():
    chart = course(critical=[1, 1, 1], info=[0, 0, 0])
    assert [line.severity for line in chart.lines] == ["critical"]
    assert chart.columns == ("Day", "Critical", "Info")
    assert chart.rows[0] == ("2026-11-01", 1, 0)


def test_labels_of_lines_that_end_together_stand_apart_and_inside():
    heights = sorted(line.label_y for line in course(critical=[1, 1, 0], high=[1, 1, 0], low=[1, 1, 0]).lines)
    assert all(lower - upper >= LABEL_STEP for upper, lower in pairwise(heights))
    assert heights[-1] <= PLOT_TOP + PLOT_HEIGHT


@pytest.mark.parametrize(
    ("highest", "labels"),
    [(0, ["0", "1"]), (3, ["0", "1", "2", "3"]), (9, ["0", "5", "10"]), (1234, ["0", "500", "1,000", "1,500"])],
)
def test_levels_are_round_and_reach_the_highest(highest: int, labels: list[str]):
    assert [level.label for level in course(low=[0, 0, highest]).levels] == labels


def test_one_day_is_one_point():
    chart = charts.course(name="n", title="T", lead="L.", days=DAYS[:1], figures=[("low", [2])])
    assert chart.lines[0].points == f"{charts.PLOT_LEFT},{PLOT_TOP:g}"
    assert [day.label for day in chart.days] == ["1 Nov"]
