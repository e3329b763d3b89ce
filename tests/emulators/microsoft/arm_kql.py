"""What does a question to Resource Graph ask for, in the part of Kusto's language that is understood here?

A table, then any number of `where`, `extend`, `project` and at last `order by`. Whatever else is asked is refused with
a sentence (`Misunderstood`): guessing would hide a question that Azure answers otherwise. Names of columns are compared
by letter, the text that `=~` and its kind compare whatever its case; a path that leads nowhere is null
(https://learn.microsoft.com/azure/governance/resource-graph/concepts/query-language).
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

Row = Mapping[str, Any]
Value = Callable[[Row], Any]

TABLES = ("resources", "resourcecontainers", "authorizationresources")
TOKEN = re.compile(r"""\s*('[^']*'|"[^"]*"|\d+|[A-Za-z_][\w]*|=~|!~|==|!=|[=|.,()\[\]~])""")
WHOLE = re.compile(r"\s*\S")
LITERALS: Mapping[str, Any] = {"true": True, "false": False}


class Misunderstood(Exception):
    """The question isn't in the part of the language that is understood here."""


@dataclass(frozen=True)
class Question:
    """A question as steps over rows. `columns`: None where every column is told; `descending` orders by the last."""

    table: str
    steps: tuple[Callable[[dict[str, Any]], dict[str, Any] | None], ...]
    columns: tuple[str, ...] | None = None
    order: tuple[str, ...] = ()
    descending: bool = field(default=False, kw_only=True)

    def answer(self, row: dict[str, Any]) -> dict[str, Any] | None:
        """What is told of a row, None where it isn't asked for."""
        found: dict[str, Any] | None = row
        for step in self.steps:
            if found is None:
                return None
            found = step(found)
        return found

    @property
    def pages(self) -> bool:
        """Whether Azure can say where the next page begins: only by ids."""
        return self.columns is None or "id" in self.columns


@lru_cache(maxsize=256)
def understood(text: str) -> Question:
    """Read a question; raises Misunderstood."""
    return _Reader(text).question()


class _Reader:
    """Reads a question from left to right."""

    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._at = 0

    def question(self) -> Question:
        table = self._word()
        if table.lower() not in TABLES:
            raise Misunderstood(f"'{table}' is not a table that is known here.")
        steps: list[Any] = []
        columns: tuple[str, ...] | None = None
        order: tuple[str, ...] = ()
        descending = False
        while self._take("|"):
            verb = self._word().lower()
            if verb == "where":
                steps.append(_keeping(self._either()))
            elif verb == "extend":
                steps.append(_extending(self._columns()))
            elif verb == "project":
                chosen = self._columns()
                steps.append(_projecting(chosen))
                columns = tuple(chosen)
            elif verb in {"order", "sort"}:
                order, descending = self._order()
            else:
                raise Misunderstood(f"'{verb}' is not understood here.")
        if self._at < len(self._tokens):
            raise Misunderstood(f"'{self._tokens[self._at]}' was not expected.")
        return Question(table.lower(), tuple(steps), columns, order, descending=descending)

    def _order(self) -> tuple[tuple[str, ...], bool]:
        self._expect("by")
        column = self._word()
        direction = self._word().lower() if self._peek() in {"asc", "desc"} else "desc"
        return (column,), direction == "desc"

    def _columns(self) -> dict[str, Value]:
        found: dict[str, Value] = {}
        while True:
            start = self._at
            name = self._word()
            if self._take("="):
                found[name] = self._value()
            else:
                self._at = start
                value = self._value()
                found[self._alias(start)] = value
            if not self._take(","):
                return found

    def _alias(self, start: int) -> str:
        """Azure names a path without a name by its parts: properties.scope is properties_scope."""
        return "_".join(token for token in self._tokens[start : self._at] if token != ".")

    def _either(self) -> Value:
        found = self._both()
        while self._take("or"):
            found = _or(found, self._both())
        return found

    def _both(self) -> Value:
        found = self._condition()
        while self._take("and"):
            found = _and(found, self._condition())
        return found

    def _condition(self) -> Value:
        if self._peek() == "(":
            self._at += 1
            found = self._either()
            self._expect(")")
            return found
        left = self._value()
        sign = self._comparison()
        if sign is None:
            return left
        if sign in {"in", "in~"}:
            return _among(left, self._list(), sign)
        return _compared(left, self._value(), sign)

    def _comparison(self) -> str | None:
        token = self._peek().lower()
        if token not in {*COMPARISONS, "in"}:
            return None
        self._at += 1
        return "in~" if token == "in" and self._take("~") else token

    def _list(self) -> list[Value]:
        self._expect("(")
        found = [self._value()]
        while self._take(","):
            found.append(self._value())
        self._expect(")")
        return found

    def _value(self) -> Value:
        token = self._next()
        if token[0] in "'\"":
            return _literal(token[1:-1])
        if token.isdigit():
            return _literal(int(token))
        if token in LITERALS:
            return _literal(LITERALS[token])
        if self._take("("):
            if token.lower() not in FUNCTIONS:
                raise Misunderstood(f"The function '{token}' is not understood here.")
            inner = self._value()
            self._expect(")")
            return _calling(FUNCTIONS[token.lower()], inner)
        return self._path(token)

    def _path(self, first: str) -> Value:
        if not (first[0].isalpha() or first[0] == "_"):
            raise Misunderstood(f"'{first}' was not expected.")
        parts = [first]
        while True:
            if self._take("."):
                parts.append(self._word())
            elif self._take("["):
                parts.append(self._next().strip("'\""))
                self._expect("]")
            else:
                return _following(parts)

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _next(self) -> str:
        if self._at >= len(self._tokens):
            raise Misunderstood("The question ends too early.")
        self._at += 1
        return self._tokens[self._at - 1]

    def _take(self, token: str) -> bool:
        taken = self._peek().lower() == token
        self._at += taken
        return taken

    def _expect(self, token: str) -> None:
        if not self._take(token):
            raise Misunderstood(f"'{token}' was expected, not '{self._peek()}'.")

    def _word(self) -> str:
        token = self._next()
        if not (token[0].isalpha() or token[0] == "_"):
            raise Misunderstood(f"'{token}' is not a name.")
        return token


def _tokens(text: str) -> list[str]:
    found: list[str] = []
    at = 0
    while WHOLE.match(text, at):
        match = TOKEN.match(text, at)
        if match is None:
            raise Misunderstood(f"'{text[at : at + 20].strip()}' is not understood here.")
        found.append(match.group().strip())
        at = match.end()
    return found


def _keeping(condition: Value) -> Any:
    return lambda row: row if condition(row) else None


def _extending(columns: Mapping[str, Value]) -> Any:
    return lambda row: {**row, **{name: value(row) for name, value in columns.items()}}


def _projecting(columns: Mapping[str, Value]) -> Any:
    return lambda row: {name: value(row) for name, value in columns.items()}


def _or(one: Value, other: Value) -> Value:
    return lambda row: bool(one(row) or other(row))


def _and(one: Value, other: Value) -> Value:
    return lambda row: bool(one(row) and other(row))


def _literal(value: Any) -> Value:
    return lambda row: value


def _following(parts: list[str]) -> Value:
    def value(row: Row) -> Any:
        found: Any = row
        for part in parts:
            if isinstance(found, list) and part.isdigit():
                found = found[int(part)] if int(part) < len(found) else None
            else:
                found = found.get(part) if isinstance(found, dict) else None
        return found

    return value


def _calling(function: Callable[[Any], Any], inner: Value) -> Value:
    return lambda row: function(inner(row))


def _text(value: Any) -> str:
    """Kusto's text of a value: none of null, JSON of what has parts."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, separators=(",", ":")) if isinstance(value, dict | list) else str(value)


def _compared(left: Value, right: Value, sign: str) -> Value:
    compare = COMPARISONS[sign]
    return lambda row: compare(left(row), right(row))


def _among(left: Value, choices: list[Value], sign: str) -> Value:
    same = COMPARISONS["=~"] if sign.endswith("~") else COMPARISONS["=="]
    return lambda row: any(same(left(row), choice(row)) for choice in choices)


COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": lambda one, other: one == other,
    "!=": lambda one, other: one != other,
    "=~": lambda one, other: one is not None and _text(one).lower() == _text(other).lower(),
    "!~": lambda one, other: _text(one).lower() != _text(other).lower(),
    "has": lambda one, other: re.search(rf"(?i)\b{re.escape(_text(other))}\b", _text(one)) is not None,
    "contains": lambda one, other: _text(other).lower() in _text(one).lower(),
    "startswith": lambda one, other: _text(one).lower().startswith(_text(other).lower()),
}
FUNCTIONS: Mapping[str, Callable[[Any], Any]] = {
    "isnull": lambda value: value is None,
    "isnotnull": lambda value: value is not None,
    "isempty": lambda value: _text(value) == "",
    "isnotempty": lambda value: _text(value) != "",
    "tostring": _text,
    "tolower": lambda value: _text(value).lower(),
    "tobool": lambda value: {"true": True, "false": False}.get(_text(value).lower()),
}
