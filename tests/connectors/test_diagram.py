"""Does the picture of access paths show every hop, without overlaps, and the same whatever the order of its input?"""

from __future__ import annotations

import random
import re
from dataclasses import replace
from datetime import UTC, datetime
from itertools import combinations, pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.inventory.diagram import ARROW, EDGE, NAME_WIDTH, SIBLINGS, STEP, WIDTH, Box, Diagram, _width, draw, fit
from connectors.inventory.graph import Hop, Path
from connectors.inventory.layout import BOX
from connectors.inventory.records import Access, Grade, Ref

SEEN = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
TYPES = {"workload": "Lambda function", "identity": "IAM role", "resource": "S3 bucket", "egress": "egress"}


def ref(kind: str, name: str) -> Ref:
    return Ref(kind=kind, id=f"arn:{kind}:{name}", name=name)


def hop(relation: str, source: Ref, target: Ref, **more: Any) -> Hop:
    evidence = {"grade": Grade.GRANTED, "scope": "s", "first_seen": SEEN, "last_seen": SEEN, "scan": "1", **more}
    return Hop(
        relation=relation,
        source=source,
        target=target,
        source_type=TYPES[source.kind],
        target_type=TYPES[target.kind],
        **evidence,
    )


def runs_as(workload: str, role: str) -> Hop:
    return hop("runs_as", ref("workload", workload), ref("identity", role))


def assumes(role: str, other: str, **more: Any) -> Hop:
    return hop("can_assume", ref("identity", role), ref("identity", other), **more)


def reads(role: str, bucket: str, **more: Any) -> Hop:
    granted = {"access": Access.READ, "actions": ("s3:GetObject",), "via": "policy export", **more}
    return hop("permission", ref("identity", role), ref("resource", bucket), **granted)


def calls_out(workload: str) -> Hop:
    return hop("egress", ref("workload", workload), ref("egress", "internet"))


def names(diagram: Diagram, kind: str) -> list[str]:
    return [box.name for box in diagram.boxes if box.kind == kind]


@st.composite
def estates(draw_: st.DrawFn) -> list[Path]:
    """Paths of a small random estate: chains of one to three roles, which may close circles, then a bucket."""
    number = st.integers(0, 9)
    paths = []
    for _ in range(draw_(st.integers(1, 30))):
        chain = [f"role-{draw_(number)}" for _ in range(draw_(st.integers(1, 3)))]
        hops = [runs_as(f"fn-{draw_(number)}", chain[0])]
        hops += [assumes(one, other) for one, other in pairwise(chain) if one != other]
        access = draw_(st.sampled_from([Access.READ, Access.WRITE, Access.ADMIN]))
        domains = draw_(st.sampled_from([(), ("customer",), ("hr", "finance")]))
        via = draw_(st.sampled_from(["policy a", "policy b", None]))
        hops.append(reads(chain[-1], f"bucket-{draw_(number)}", access=access, target_domains=domains, via=via))
        paths.append(Path(tuple(hops)))
        if draw_(st.booleans()):
            paths.append(Path((calls_out(hops[0].source.name),)))
    return paths


def overlap(one: Box, other: Box) -> bool:
    return one.x == other.x and abs(one.y - other.y) < BOX


def ends(d: str) -> tuple[tuple[int, int], tuple[int, int]]:
    numbers = [int(number) for number in re.findall(r"-?\d+", d)]
    return (numbers[0], numbers[1]), (numbers[-2], numbers[-1])


@settings(deadline=None, max_examples=60)
@given(estates())
def test_no_two_boxes_touch_and_all_lie_inside(paths: list[Path]):
    diagram = draw(paths)
    assert not [pair for pair in combinations(diagram.boxes, 2) if overlap(*pair)]
    assert all(0 <= box.x <= diagram.width - WIDTH and 0 <= box.y <= diagram.height - BOX for box in diagram.boxes)


@settings(deadline=None, max_examples=60)
@given(estates())
def test_every_hop_is_a_line_or_inside_a_fold(paths: list[Path]):
    diagram = draw(paths)
    shown = "\n".join(line.title for line in diagram.lines)
    folded = "\n".join(box.title for box in diagram.boxes if box.role == "more")
    for one in (one for path in paths for one in path.hops):
        within_one_fold = one.source.name in folded and one.target.name in folded
        assert one.sentence in shown or within_one_fold or " more." in shown
    drawn = sum(1 for box in diagram.boxes if box.role != "more")
    in_folds = sum(int(box.name.split()[0]) for box in diagram.boxes if box.role == "more")
    things = {(end.kind, end.id) for path in paths for one in path.hops for end in (one.source, one.target)}
    added: set[tuple[object, ...]] = {
        ("domain", name) for path in paths for one in path.hops for name in one.target_domains
    }
    added |= {
        ("permission", one.source.id, one.via or one.actions)
        for path in paths
        for one in path.hops
        if one.relation == "permission"
    }
    assert drawn + in_folds == len(things) + len(added)


@settings(deadline=None, max_examples=60)
@given(estates())
def test_lines_begin_and_end_at_boxes(paths: list[Path]):
    diagram = draw(paths)
    leave = {(box.x + WIDTH, box.y + BOX // 2) for box in diagram.boxes}
    arrive = {(box.x - ARROW, box.y + BOX // 2) for box in diagram.boxes}
    for line in diagram.lines:
        start, end = ends(line.d)
        assert start in leave
        assert end in arrive


@settings(deadline=None, max_examples=60)
@given(estates(), st.randoms(use_true_random=False))
def test_the_order_of_the_paths_does_not_matter(paths: list[Path], chance: random.Random):
    shuffled = list(paths)
    chance.shuffle(shuffled)
    assert draw(shuffled) == draw(paths)


def test_columns_follow_the_path():
    path = Path(
        (runs_as("export", "Billing"), assumes("Billing", "Admin"), reads("Admin", "data", target_domains=("hr",)))
    )
    diagram = draw([path, Path((calls_out("export"),))])
    assert [label for _, label in diagram.columns] == [
        "Workload", "Identity", "Identity", "Permission", "Resource", "Data domain, egress",
    ]  # fmt: skip
    assert [(box.name, (box.x - EDGE) // STEP) for box in diagram.boxes] == [
        ("export", 0), ("Billing", 1), ("Admin", 2), ("export", 3), ("data", 4), ("hr", 5), ("internet", 5),
    ]  # fmt: skip


def test_a_line_that_skips_columns_passes_between_the_boxes():
    diagram = draw([Path((runs_as("export", "Billing"), reads("Billing", "data"))), Path((calls_out("export"),))])
    skipping = next(line for line in diagram.lines if "internet" in line.title)
    levels = [int(y) for y in re.findall(r" (\d+)H", skipping.d)]
    between = [box for box in diagram.boxes if box.kind in {"identity", "permission", "resource"}]
    assert len(levels) == 3
    assert not [box for box in between for level in levels if box.y <= level <= box.y + BOX]


def test_more_than_six_siblings_fold():
    paths = [Path((runs_as(f"fn-{number:02}", "Shared"), reads("Shared", "data"))) for number in range(43)]
    diagram = draw(paths)
    assert names(diagram, "workload") == ["fn-00", "fn-01", "fn-02", "fn-03", "fn-04", "38 more"]
    fold = next(box for box in diagram.boxes if box.role == "more")
    assert fold.sub == "Lambda functions"
    assert "fn-05" in fold.title
    assert "18 others" in fold.title
    assert fold.url is None
    assert len(names(draw(paths[:SIBLINGS]), "workload")) == SIBLINGS


def test_the_subject_is_never_folded():
    paths = [Path((runs_as(f"fn-{number:02}", "Shared"),)) for number in range(43)]
    diagram = draw(paths, subject="arn:workload:fn-42")
    assert [box.name for box in diagram.boxes if box.role == "subject"] == ["fn-42"]


def test_the_strongest_paths_stay_in_sight():
    paths = [Path((runs_as(f"fn-{n:02}", f"role-{n:02}"), reads(f"role-{n:02}", "data"))) for n in range(20)]
    strong = paths[19].hops
    paths[19] = Path((strong[0], replace(strong[1], access=Access.ADMIN)))
    diagram = draw(paths)
    assert "fn-19" in names(diagram, "workload")
    assert "role-19" in names(diagram, "identity")


def test_a_circle_of_roles_is_drawn():
    diagram = draw([Path((assumes("A", "B"),)), Path((assumes("B", "A"),))])
    assert sorted(names(diagram, "identity")) == ["A", "B"]
    assert len(diagram.lines) == 2


def test_lines_carry_access_and_grade():
    paths = [Path((assumes("A", "B", grade=Grade.CONDITIONAL), reads("B", "data", access=Access.ADMIN)))]
    assert {(line.access, line.grade) for line in draw(paths).lines} == {("", "conditional"), ("admin", "granted")}


def test_one_proven_way_makes_a_shared_line_proven():
    narrow = Path((assumes("A", "B", grade=Grade.UNKNOWN, via="one"),))
    proven = Path((assumes("A", "B", via="other"),))
    assert [line.grade for line in draw([narrow, proven]).lines] == ["granted"]


def test_boxes_lead_to_pages():
    diagram = draw(
        [Path((runs_as("export", "Billing"),))],
        address=lambda ref: f"/o/{ref.name}" if ref.kind == "identity" else None,
    )
    assert [box.url for box in diagram.boxes] == [None, "/o/Billing"]
    assert diagram.linked
    assert not draw([Path((runs_as("export", "Billing"),))]).linked


def test_nothing_to_draw_is_an_empty_picture():
    diagram = draw([])
    assert diagram.boxes == ()
    assert diagram.description.startswith("0 paths")


@given(st.text(max_size=400), st.sampled_from([11, 12]))
def test_text_fits_its_box(text: str, size: int):
    assert _width(fit(text, NAME_WIDTH, size=size), size) <= NAME_WIDTH


def test_long_names_lose_their_middle():
    shown = fit("prod-eu-west-1-customer-billing-export-nightly-handler", NAME_WIDTH, size=12)
    assert shown.startswith("prod-eu")
    assert shown.endswith("handler")
    assert "…" in shown


def test_hostile_names_stay_one_line():
    assert "\n" not in fit("a\nb\x00c\u2028d", NAME_WIDTH, size=12)
    assert len(fit("x" * 10_000, NAME_WIDTH, size=12)) < 40


def test_what_stays_in_sight_belongs_together():
    whole = [Path((runs_as(f"fn-{n:02}", f"z-role-{n:02}"), reads(f"z-role-{n:02}", "data"))) for n in range(9)]
    without_workload = [Path((reads(f"a-role-{n:02}", "data"),)) for n in range(9)]
    ends = [Path(path.hops[1:]) for path in whole]
    shown = names(draw([*ends, *whole, *without_workload]), "workload")
    assert shown[:5] == [f"fn-{n:02}" for n in range(5)]
    roles = names(draw([*ends, *whole]), "identity")
    assert roles[:5] == [f"z-role-{n:02}" for n in range(5)]


def test_a_permission_is_told_by_its_policy():
    via = "policy AdministratorAccess (AWS managed), before service control policies"
    box = next(box for box in draw([Path((reads("A", "data", via=via),))]).boxes if box.kind == "permission")
    assert box.name == "AdministratorAccess"
    assert via in box.title
