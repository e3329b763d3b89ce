"""How can a table have half a million rows that nobody keeps?

A row is made up from its number and a seed each time it is asked for. Its sys_id begins with the number, spread over
all ids there can be, so that the order of the ids is the order of the numbers, and an id tells its number.
"""

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from tests.emulators.servicenow.query import Condition, Query, Row
from tests.emulators.servicenow.world import made_id

KEY = "sys_id"
SPREAD = 16**8
Make = Callable[[int], dict[str, str]]
Find = Callable[[str], Sequence[int]]


class MadeUp:
    """`size` rows. `find` says for a column which numbers can have a value; without it, every row is looked at once.

    What matches a query but for its key is found once and remembered as numbers: four bytes a row.
    """

    def __init__(self, table: str, size: int, make: Make, *, find: Mapping[str, Find], seed: int) -> None:
        self.size, self._make, self._table, self._seed = size, make, table, seed
        self._find = {KEY: self.by_id, **find}
        self._matching: dict[object, Sequence[int]] = {}

    def id_of(self, number: int) -> str:
        """The sys_id of a row by its number."""
        return f"{self._step * number:08x}{made_id(self._table, self._seed, number)[:24]}"

    def row(self, number: int) -> dict[str, str]:
        return {**self._make(number), KEY: self.id_of(number)}

    def matching(self, query: Query) -> tuple[int, Iterator[Row]]:
        """How many match, and they, in the order of their ids, whatever order was asked for."""
        (groups,) = query.alternatives
        after = [group[0] for group in groups if len(group) == 1 and (group[0].column, group[0].how) == (KEY, ">")]
        others = tuple(group for group in groups if group[0] not in after)
        numbers = self._numbers(others)
        start = max((self._behind(numbers, each.value) for each in after), default=0)
        return len(numbers) - start, map(self.row, _from(numbers, start))

    @property
    def _step(self) -> int:
        return max(1, SPREAD // max(1, self.size))

    def _numbers(self, groups: tuple[tuple[Condition, ...], ...]) -> Sequence[int]:
        if not groups:
            return range(self.size)
        found = self._matching.get(groups)
        if found is None:
            found = array("I", self._look_for(groups))
            if not any(each.how == "IN" for group in groups for each in group):
                self._matching[groups] = found
        return found

    def _look_for(self, groups: tuple[tuple[Condition, ...], ...]) -> Iterator[int]:
        holds = partial(_holds, groups)
        return (number for number in self._candidates(groups) if holds(self.row(number)))

    def _candidates(self, groups: tuple[tuple[Condition, ...], ...]) -> Sequence[int]:
        for group in groups:
            only = group[0]
            if len(group) == 1 and only.how in {"=", "IN"} and only.column in self._find:
                find = self._find[only.column]
                values = only.value.split(",") if only.how == "IN" else [only.value]
                return sorted({number for value in values for number in find(value)})
        return range(self.size)

    def by_id(self, value: str) -> Sequence[int]:
        """The number of the row with that sys_id, if there is one."""
        try:
            number = int(value[:8], 16) // self._step
        except ValueError:
            return ()
        return (number,) if number < self.size and self.id_of(number) == value else ()

    def _behind(self, numbers: Sequence[int], key: str) -> int:
        return bisect_right(numbers, key, key=self.id_of)


def _holds(groups: tuple[tuple[Condition, ...], ...], row: Row) -> bool:
    return all(any(each.holds(row) for each in group) for group in groups)


def _from(numbers: Sequence[int], start: int) -> Iterator[int]:
    return (numbers[place] for place in range(start, len(numbers)))
