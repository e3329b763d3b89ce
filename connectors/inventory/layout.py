"""Where does each box of a layered drawing stand, so that few lines cross and no two boxes touch?

Pure geometry over keys: columns by longest path, order within a column by barycentre, heights by pooling neighbours'
wishes. A line that skips columns gets a narrow seat in each of them, so that it passes between the boxes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

Key = tuple[str, str]
Link = tuple[Key, Key]

BOX = 44  # height of a box, px
SEAT = 12  # height that a passing line takes, px
GAP = 14  # between boxes of one column, px
_SWEEPS = 6


@dataclass(frozen=True, slots=True)
class Seat:
    """A line's passage through a column that it skips: from `link`, through column `column`."""

    link: Link
    column: int


_Item = Key | Seat


@dataclass(frozen=True, slots=True)
class Layout:
    """Centres of all boxes, top edge at 0, and the heights at which each line passes the columns between its ends."""

    centre: dict[Key, int]
    passes: dict[Link, list[tuple[int, int]]]  # (column, y), left to right
    height: int


def depths(keys: Collection[Key], links: Collection[Link]) -> dict[Key, int]:
    """How many links lead to each key at most, links that close a circle left out. Deterministic in the order given."""
    after: dict[Key, list[Key]] = {key: [] for key in keys}
    for source, target in links:
        if source in after and target in after:
            after[source].append(target)
    depth = dict.fromkeys(keys, 0)
    for key in _topological(after):
        for target in after[key]:
            depth[target] = max(depth[target], depth[key] + 1)
    return depth


def _topological(after: dict[Key, list[Key]]) -> list[Key]:
    """Keys before what they lead to. Takes the links that close a circle out of `after`."""
    state: dict[Key, int] = {}  # absent, 1 = on the way down, 2 = done
    done: list[Key] = []
    for root in after:
        stack = [root] if root not in state else []
        while stack:
            key = stack[-1]
            if key not in state:
                state[key] = 1
                after[key] = [target for target in after[key] if state.get(target) != 1]
                stack += [target for target in after[key] if target not in state]
            else:
                stack.pop()
                if state[key] == 1:
                    state[key] = 2
                    done.append(key)
    return done[::-1]


def arrange(columns: Mapping[Key, int], links: Collection[Link]) -> Layout:
    """Place every key of `columns` (key → column, from 0) in its column. Deterministic in the order given."""
    layers: list[list[_Item]] = [[] for _ in range(max(columns.values(), default=-1) + 1)]
    for key, column in columns.items():
        layers[column].append(key)
    near: dict[_Item, list[_Item]] = {key: [] for key in columns}
    for source, target in links:
        seats = [Seat((source, target), column) for column in range(columns[source] + 1, columns[target])]
        for seat in seats:
            layers[seat.column].append(seat)
            near[seat] = []
        if columns[source] < columns[target]:
            stops: list[_Item] = [source, *seats, target]
            for left, right in pairwise(stops):
                near[left].append(right)
                near[right].append(left)
    _order(layers, near)
    return _layout(layers, _heights(layers, near))


def _order(layers: list[list[_Item]], near: Mapping[_Item, Sequence[_Item]]) -> None:
    """Sort each column by the mean position of its neighbours in the column before, then after, and again."""
    for sweep in range(_SWEEPS):
        forward = sweep % 2 == 0
        numbers = range(1, len(layers)) if forward else range(len(layers) - 2, -1, -1)
        for number in numbers:
            beside = {key: place for place, key in enumerate(layers[number - 1 if forward else number + 1])}
            own = {key: place for place, key in enumerate(layers[number])}
            wish = {key: _mean([beside[other] for other in near[key] if other in beside], own[key]) for key in own}
            layers[number].sort(key=lambda key: wish[key])


def _heights(layers: list[list[_Item]], near: Mapping[_Item, Sequence[_Item]]) -> dict[_Item, float]:
    centre: dict[_Item, float] = {}
    for layer in [*layers, *layers[::-1], *layers]:
        stacked = _spread(layer, [0.0] * len(layer))
        wishes = [
            _mean([centre[other] for other in near[key] if other in centre], centre.get(key, at))
            for key, at in zip(layer, stacked, strict=True)
        ]
        centre.update(zip(layer, _spread(layer, wishes), strict=True))
    return centre


def _spread(layer: Sequence[_Item], wishes: Sequence[float]) -> list[float]:
    """The centres nearest to the wishes (least squares) at which nothing overlaps: pooled adjacent violators."""
    offsets = [0.0]
    for upper, lower in pairwise(layer):
        offsets.append(offsets[-1] + (_size(upper) + _size(lower)) / 2 + GAP)
    pools: list[tuple[float, int]] = []  # (mean, members)
    for wish, offset in zip(wishes, offsets, strict=False):
        mean, members = wish - offset, 1
        while pools and pools[-1][0] >= mean:
            above, count = pools.pop()
            mean, members = (above * count + mean * members) / (count + members), count + members
        pools.append((mean, members))
    free = [mean for mean, members in pools for _ in range(members)]
    return [mean + offset for mean, offset in zip(free, offsets, strict=False)]


def _layout(layers: list[list[_Item]], centre: Mapping[_Item, float]) -> Layout:
    top = min((centre[key] - _size(key) / 2 for layer in layers for key in layer), default=0.0)
    bottom = max((centre[key] + _size(key) / 2 for layer in layers for key in layer), default=0.0)
    boxes: dict[Key, int] = {}
    passes: dict[Link, list[tuple[int, int]]] = {}
    for key in (key for layer in layers for key in layer):
        y = round(centre[key] - top)
        if isinstance(key, Seat):
            passes.setdefault(key.link, []).append((key.column, y))
        else:
            boxes[key] = y
    return Layout(centre=boxes, passes=passes, height=round(bottom - top))


def _size(key: _Item) -> int:
    return SEAT if isinstance(key, Seat) else BOX


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise
