"""What does the picture of access paths show, and where?

Pure: paths in, boxes and lines with coordinates out, for templates/components/path_diagram.html to print as SVG.
Columns are workload | identity (one per step of a role chain) | permission | resource | data domain or egress. More
than six of one type in one column fold into "37 more"; the strongest paths stay in sight. The same paths in any order
make the same picture.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from connectors.inventory.graph import Hop, Path
from connectors.inventory.layout import BOX, Key, arrange, depths
from connectors.inventory.records import Access, Grade, Ref

WIDTH = 200  # of a box, px
STEP = 232  # from one column to the next, px
HEAD = 28  # height of the columns' titles, px
EDGE = 3  # room for the outermost line, px
ARROW = 6  # length of an arrow's head, px
SIBLINGS = 6  # of one type in one column; where there are more, the last place is the fold's
NAMED = 20  # members whose names a fold's title lists
NAME_WIDTH = 154  # room for text beside the icon, px
BANDS = {"workload": 0, "owner": 0, "identity": 1, "permission": 2, "resource": 3, "domain": 4, "egress": 4}
TITLES = ("Workload", "Identity", "Permission", "Resource", "Data domain, egress")

Address = Callable[[Ref], str | None]
Unfolding = Callable[[str], str | None]  # a fold's key → the page on which it is open
MOST_UNFOLDED = 200  # members of an open fold that are drawn
_STRENGTH = {None: 0, Access.READ: 1, Access.WRITE: 2, Access.ASSUME: 2, Access.ADMIN: 3}
_SURENESS = {Grade.UNKNOWN: 0, Grade.CONDITIONAL: 1, Grade.GRANTED: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """One node, or a fold of several. `x`, `y` are its top left corner in px; `name` and `sub` are cut to fit it."""

    kind: str
    name: str
    sub: str
    title: str  # everything in full
    x: int
    y: int
    url: str | None
    role: str  # "", "subject" or "more"
    fold: str = ""  # of a fold: its key, by which it is asked to be open


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One arrow. `d` is its SVG path; `access` is "", read, write, admin or assume; `title` says its hops."""

    d: str
    access: str
    grade: str
    title: str


@dataclass(frozen=True, slots=True)
class Diagram:
    """A drawing in px. Boxes run along the paths: by column, then from top to bottom."""

    width: int
    height: int
    columns: tuple[tuple[int, str], ...]  # x, title
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    description: str

    @property
    def linked(self) -> bool:
        """Whether any box leads somewhere: then it is a group of links, not one image."""
        return any(box.url for box in self.boxes)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Thing:
    kind: str
    name: str
    type: str = ""
    place: str = ""  # account or system
    ref: Ref | None = None
    members: tuple[str, ...] = ()  # names of what a fold holds
    fold: str = ""


@dataclass(slots=True)
class _Tie:
    access: Access | None = None
    grade: Grade = Grade.UNKNOWN
    sentences: dict[str, None] = field(default_factory=dict)  # in order, each once

    def join(self, other: _Tie) -> None:
        self.access = max(self.access, other.access, key=_STRENGTH.__getitem__)
        self.grade = max(self.grade, other.grade, key=_SURENESS.__getitem__)
        self.sentences |= other.sentences


Things = dict[Key, _Thing]
Ties = dict[tuple[Key, Key], _Tie]


def draw(
    paths: Sequence[Path],
    *,
    subject: str | None = None,
    address: Address = lambda _ref: None,
    unfolding: Unfolding = lambda _fold: None,
    opened: Collection[str] = (),
) -> Diagram:
    """The picture of these paths. `subject` is the key of what it is about; `address` gives an object its page,
    `unfolding` a fold the page on which it is open; `opened` are the keys of folds that are."""
    things, ties = _collect(_ranked(paths))
    columns = _columns(things, ties)
    home = _fold(things, columns, subject, opened)
    things, columns = _folded(things, columns, home)
    ties = _rewired(ties, home)
    layout = arrange(columns, ties)
    boxes = [_box(things[key], columns[key], layout.centre[key], subject, address, unfolding) for key in things]
    lines = [_line(tie, columns, layout.centre, layout.passes.get(pair, []), pair) for pair, tie in ties.items()]
    last = max(columns.values(), default=0)
    return Diagram(
        width=last * STEP + WIDTH + 2 * EDGE,
        height=HEAD + layout.height + 2 * EDGE,
        columns=_titles(things, columns),
        boxes=tuple(sorted(boxes, key=lambda box: (box.x, box.y))),
        lines=tuple(lines),
        description=_description(paths, things),
    )


def _ranked(paths: Sequence[Path]) -> list[Path]:
    """The strongest and shortest first, and behind them those that only end another one.

    That way what stays in sight of a fold belongs together. Equal ranks draw alike.
    """
    ends = {_route(path.hops[place:]) for path in paths for place in range(1, len(path.hops))}

    def rank(path: Path) -> tuple[object, ...]:
        strength = max(_STRENGTH[hop.access] for hop in path.hops)
        return _route(path.hops) in ends, -strength, len(path.hops), [_hop_rank(hop) for hop in path.hops]

    return sorted(paths, key=rank)


def _route(hops: Sequence[Hop]) -> tuple[str, ...]:
    return (hops[0].source.id, *(hop.target.id for hop in hops))


def _hop_rank(hop: Hop) -> tuple[object, ...]:
    ends = (hop.source.kind, hop.source.name, hop.source.id, hop.target.kind, hop.target.name, hop.target.id)
    return *ends, hop.relation, hop.via or "", hop.access or "", hop.grade, hop.actions, hop.target_domains


# ── What there is ───────────────────────────────────────────────────────────────────────────────────────────────────


def _collect(paths: Iterable[Path]) -> tuple[Things, Ties]:
    things: Things = {}
    ties: Ties = {}
    for hop in (hop for path in paths for hop in path.hops):
        stops = _stops(hop)
        for key, thing in stops:
            known = things.setdefault(key, thing)
            if thing.place and not known.place:
                things[key] = replace(known, place=thing.place)
        tie = _Tie(hop.access, hop.grade, {hop.sentence: None})
        domains = [
            (("domain", name), _Thing(kind="domain", name=name, type="data domain")) for name in hop.target_domains
        ]
        things.update({key: thing for key, thing in domains if key not in things})
        pairs = [(stops[place][0], stops[place + 1][0]) for place in range(len(stops) - 1)]
        for pair in pairs:
            ties.setdefault(pair, _Tie()).join(tie)
        for key, thing in domains:
            says = f"{hop.target.name} holds {thing.name} data."
            ties.setdefault((stops[-1][0], key), _Tie()).join(_Tie(hop.access, hop.grade, {says: None}))
    return things, ties


def _stops(hop: Hop) -> list[tuple[Key, _Thing]]:
    """The hop's ends, and between them the permission, unless what it permits is becoming another identity."""
    source = _Thing(kind=hop.source.kind, name=hop.source.name, type=hop.source_type, ref=hop.source)
    target = _Thing(
        kind=hop.target.kind, name=hop.target.name, type=hop.target_type, place=hop.target_account or "", ref=hop.target
    )
    ends = [((hop.source.kind, hop.source.id), source), ((hop.target.kind, hop.target.id), target)]
    if hop.relation == "permission" and hop.target.kind != "identity":
        ends.insert(1, (("permission", f"{hop.source.id}\n{hop.via or hop.actions}"), _permission(hop)))
    return ends


def _permission(hop: Hop) -> _Thing:
    first, rest = (hop.actions[0] if hop.actions else "unknown actions"), len(hop.actions) - 1
    actions = f"{first} and {rest} more" if rest > 0 else first
    says = f"{hop.access} · {actions}" if hop.access else actions
    return _Thing(kind="permission", name=hop.via or actions, place=says)


# ── Columns and folds ───────────────────────────────────────────────────────────────────────────────────────────────


def _columns(things: Things, ties: Ties) -> dict[Key, int]:
    """Each thing's column from 0: its kind's band, and within a band how far along its chain it stands."""
    bands: dict[int, list[Key]] = {}
    for key, thing in things.items():
        bands.setdefault(BANDS.get(thing.kind, BANDS["resource"]), []).append(key)
    columns: dict[Key, int] = {}
    start = 0
    for band in sorted(bands):
        depth = depths(bands[band], list(ties))
        columns.update({key: start + depth[key] for key in bands[band]})
        start += max(depth.values()) + 1
    return {key: columns[key] for key in things}


def _fold(things: Things, columns: Mapping[Key, int], subject: str | None, opened: Collection[str]) -> dict[Key, Key]:
    """Where each thing is drawn: at its own key, or at its column's fold for its type."""
    siblings: dict[tuple[int, str, str], list[Key]] = {}
    for key, thing in things.items():
        siblings.setdefault((columns[key], thing.kind, thing.type), []).append(key)
    home = {key: key for key in things}
    for (column, kind, name), keys in siblings.items():
        fold = f"{column}.{kind}.{name}"
        most = MOST_UNFOLDED if fold in opened else SIBLINGS
        if len(keys) > most:
            shown = sorted(keys, key=lambda key: key[1] != subject)[: most - 1]
            home |= dict.fromkeys(set(keys) - set(shown), (kind, f"\n{fold}"))
    return home


def _folded(things: Things, columns: Mapping[Key, int], home: Mapping[Key, Key]) -> tuple[Things, dict[Key, int]]:
    members: dict[Key, list[_Thing]] = {}
    for key, thing in things.items():
        members.setdefault(home[key], []).append(thing)
    drawn = {key: inside[0] if key in things else _more(inside, key[1][1:]) for key, inside in members.items()}
    return drawn, {home[key]: columns[key] for key in things}


def _more(inside: list[_Thing], fold: str) -> _Thing:
    first = inside[0]
    return _Thing(
        kind=first.kind,
        name=f"{len(inside):,} more",
        type=_plural(first.type or first.kind),
        members=tuple(sorted(thing.name for thing in inside)),
        fold=fold,
    )


def _rewired(ties: Ties, home: Mapping[Key, Key]) -> Ties:
    rewired: Ties = {}
    for (source, target), tie in ties.items():
        rewired.setdefault((home[source], home[target]), _Tie()).join(tie)
    return {pair: tie for pair, tie in rewired.items() if pair[0] != pair[1]}


# ── Coordinates and words ───────────────────────────────────────────────────────────────────────────────────────────


def _box(thing: _Thing, column: int, centre: int, subject: str | None, address: Address, unfolding: Unfolding) -> Box:
    about = thing.ref is not None and thing.ref.id == subject
    sub = " · ".join(part for part in (thing.type, thing.place) if part)
    return Box(
        kind=thing.kind,
        name=fit(_short(thing), NAME_WIDTH, size=12),
        sub=fit(sub, NAME_WIDTH, size=11),
        title=_title(thing, sub),
        x=EDGE + column * STEP,
        y=HEAD + EDGE + centre - BOX // 2,
        url=address(thing.ref) if thing.ref else unfolding(thing.fold) if thing.fold else None,
        role="more" if thing.members else "subject" if about else "",
        fold=thing.fold,
    )


def _short(thing: _Thing) -> str:
    """A permission is told by its policy alone; what else `via` says of it stands in the title."""
    if thing.kind != "permission":
        return thing.name
    return thing.name.partition(", ")[0].partition(" (")[0].removeprefix("policy ")


def _title(thing: _Thing, sub: str) -> str:
    if not thing.members:
        return f"{thing.name}, {sub}" if sub else thing.name
    rest = len(thing.members) - NAMED
    return f"{thing.name} {thing.type}: {', '.join(thing.members[:NAMED])}" + (
        f" and {rest:,} others" if rest > 0 else ""
    )


def _line(
    tie: _Tie,
    columns: Mapping[Key, int],
    centre: Mapping[Key, int],
    passes: list[tuple[int, int]],
    pair: tuple[Key, Key],
) -> Line:
    source, target = pair
    x, y = EDGE + columns[source] * STEP + WIDTH, HEAD + EDGE + centre[source]
    d = [f"M{x} {y}"]
    for column, through in passes:
        left, level = EDGE + column * STEP, HEAD + EDGE + through
        d.append(f"{_curve(x, y, left, level)}H{left + WIDTH}")
        x, y = left + WIDTH, level
    d.append(_curve(x, y, EDGE + columns[target] * STEP - ARROW, HEAD + EDGE + centre[target]))
    rest = len(tie.sentences) - NAMED
    title = " ".join(list(tie.sentences)[:NAMED]) + (f" And {rest:,} more." if rest > 0 else "")
    return Line(d="".join(d), access=tie.access or "", grade=tie.grade, title=title)


def _curve(x: int, y: int, to_x: int, to_y: int) -> str:
    bend = max(abs(to_x - x) // 2, 20)
    return f"C{x + bend} {y} {to_x - bend} {to_y} {to_x} {to_y}"


def _titles(things: Things, columns: Mapping[Key, int]) -> tuple[tuple[int, str], ...]:
    bands = {columns[key]: BANDS.get(thing.kind, BANDS["resource"]) for key, thing in things.items()}
    return tuple((EDGE + column * STEP, TITLES[bands[column]]) for column in sorted(bands))


def _description(paths: Sequence[Path], things: Things) -> str:
    kinds = Counter[str]()
    for thing in things.values():
        kinds[thing.kind] += len(thing.members) or 1
    named = [f"{count:,} {_plural(kind) if count > 1 else kind}" for kind, count in kinds.items()]
    return f"{len(paths):,} {'paths' if len(paths) != 1 else 'path'} over {', '.join(named)}."


def _plural(words: str) -> str:
    if words.endswith("y") and words[-2:-1] not in {"a", "e", "o", "u"}:
        return f"{words[:-1]}ies"
    return f"{words}es" if words.endswith(("s", "x", "ch")) else f"{words}s"


_NARROW = frozenset("fijlrtI.,:;|!'()[]/ -")
_WIDE = frozenset("mwMW@%&—…")


def fit(text: str, width: int, *, size: int) -> str:
    """The text on one line of at most `width` px in bold of `size` px, an ellipsis in its middle where it is cut."""
    text = (
        "".join(" " if unicodedata.category(mark) in {"Cc", "Zl", "Zp"} else mark for mark in text[:1000]) + text[1000:]
    )
    if _width(text, size) <= width:
        return text
    head = _fitting(text, (width - size) * 0.55, size)
    tail = _fitting(text[::-1], (width - size) * 0.45, size)
    return f"{text[:head].rstrip()}…{text[len(text) - tail :].lstrip()}"


def _fitting(text: str, width: float, size: int) -> int:
    taken = 0.0
    for place, mark in enumerate(text):
        taken += _width(mark, size)
        if taken > width:
            return place
    return len(text)


def _width(text: str, size: int) -> float:
    return sum(_em(mark) for mark in text) * size


def _em(mark: str) -> float:
    if unicodedata.east_asian_width(mark) in {"W", "F"}:
        return 1.05
    if mark in _NARROW:
        return 0.36
    return 0.9 if mark in _WIDE else 0.72 if mark.isupper() else 0.6
