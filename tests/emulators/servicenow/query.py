"""What does an encoded query ask for?

The subset that integrations use: `^`, `^OR`, `^NQ`, `=`, `!=`, `>`, `>=`, `<`, `<=`, `IN`, `LIKE`, `STARTSWITH`,
`ISEMPTY`, `ISNOTEMPTY`, `ORDERBY` and `ORDERBYDESC`. As on an instance, a condition on a column that the table doesn't
have is ignored (ServiceNow: Table API, glide.invalid_query.returns_no_rows), and the case of letters doesn't matter.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

Row = Mapping[str, str]
CONDITION = re.compile(
    r"(?P<column>[a-z0-9_.]+)(?P<how>ISNOTEMPTY|ISEMPTY|STARTSWITH|LIKE|IN|!=|>=|<=|=|>|<)(?P<value>.*)", re.DOTALL
)
TESTS: dict[str, Callable[[str, str], bool]] = {
    "=": lambda here, value: here.lower() == value.lower(),
    "!=": lambda here, value: here.lower() != value.lower(),
    ">": lambda here, value: here > value,
    ">=": lambda here, value: here >= value,
    "<": lambda here, value: here < value,
    "<=": lambda here, value: here <= value,
    "IN": lambda here, value: here.lower() in value.lower().split(","),
    "LIKE": lambda here, value: value.lower() in here.lower(),
    "STARTSWITH": lambda here, value: here.lower().startswith(value.lower()),
    "ISEMPTY": lambda here, value: not here,
    "ISNOTEMPTY": lambda here, value: bool(here),
}


@dataclass(frozen=True)
class Condition:
    """One comparison."""

    column: str
    how: str
    value: str

    def holds(self, row: Row) -> bool:
        return TESTS[self.how](row.get(self.column, ""), self.value)


@dataclass(frozen=True)
class Query:
    """Alternatives (^NQ) of conditions that all hold (^), each of which may have alternatives (^OR)."""

    alternatives: tuple[tuple[tuple[Condition, ...], ...], ...]
    order: tuple[tuple[str, bool], ...] = ()  # column, and whether from the greatest on

    def holds(self, row: Row) -> bool:
        return any(all(any(each.holds(row) for each in group) for group in groups) for groups in self.alternatives)


def parse(text: str, columns: Collection[str], *, caller: str = "") -> Query:
    """Read a query. `caller` is what javascript:gs.getUserID() means."""
    alternatives: list[list[list[Condition]]] = [[]]
    order: list[tuple[str, bool]] = []
    for part in text.replace("javascript:gs.getUserID()", caller).split("^"):
        if part.startswith("ORDERBY"):
            falling = part.startswith("ORDERBYDESC")
            order.append((part.removeprefix("ORDERBYDESC" if falling else "ORDERBY"), falling))
            continue
        if part.startswith("NQ"):
            alternatives.append([])
        found = CONDITION.fullmatch(part.removeprefix("NQ").removeprefix("OR"))
        if found is None or found["column"] not in columns:
            continue
        condition = Condition(found["column"], found["how"], found["value"])
        if part.startswith("OR") and alternatives[-1]:
            alternatives[-1][-1].append(condition)
        else:
            alternatives[-1].append([condition])
    found_all = tuple(tuple(tuple(group) for group in groups) for groups in alternatives)
    return Query(found_all, tuple(order))
