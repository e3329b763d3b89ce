"""How does Dataverse write a page of a table, and the cookie of the next one?"""

import re
from collections.abc import Callable, Sequence
from typing import Any, overload
from urllib.parse import quote

from tests.emulators.microsoft.wire import Asked, Reply

Row = dict[str, Any]
MOST = 5000  # rows of a page where the caller doesn't say
API = "/api/data/v9.2/"
_SIZE = re.compile(r"odata\.maxpagesize=(\d+)")
_NEXT = re.compile(r'pagenumber="(\d+)" pagingcookie="from (\d+)"')


class Made(Sequence[Row]):
    """Rows that are made when they are looked at."""

    def __init__(self, length: int, make: Callable[[int], Row]) -> None:
        self._length, self._make = length, make

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> list[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | list[Row]:
        if isinstance(index, slice):
            return [self._make(each) for each in range(*index.indices(self._length))]
        return self._make(range(self._length)[index])


def page_size(asked: Asked) -> int:
    found = _SIZE.search(asked.headers.get("prefer", ""))
    return min(MOST, int(found[1])) if found else MOST


def page(
    asked: Asked, rows: Sequence[Row], keep: Callable[[Row], bool], told: Callable[[Row], Row], what: str
) -> Reply:
    """One page of the rows that are kept, as they are told, with the cookie of the next one where there may be more."""
    number, index = _position(asked)
    found: list[Row] = []
    while index < len(rows) and len(found) < page_size(asked):
        row = rows[index]
        index += 1
        if keep(row):
            found.append(told(row))
    body: Row = {"@odata.context": f"{asked.base}{asked.path.rpartition('/')[0]}/$metadata#{what}", "value": found}
    if index < len(rows):
        cookie = f'<cookie pagenumber="{number + 1}" pagingcookie="from {index}" istracking="False" />'
        query = {key: value for key, value in asked.query.items() if key != "$skiptoken"}
        pairs = [*((key, value) for key, value in query.items()), ("$skiptoken", cookie)]
        said = "&".join(f"{quote(key, safe='$@')}={quote(value, safe='')}" for key, value in pairs)
        body["@odata.nextLink"] = f"{asked.base}{asked.path}?{said}"
    return Reply(200, body, {"OData-Version": "4.0", "Preference-Applied": f"odata.maxpagesize={page_size(asked)}"})


def _position(asked: Asked) -> tuple[int, int]:
    """The page's number and the first row that it looks at."""
    found = _NEXT.search(asked.query.get("$skiptoken", ""))
    return (int(found[1]), int(found[2])) if found else (1, 0)
