"""What do the files of an estate's directory say, and where is a mistake in them?"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import orjson

from connectors.estate import Connected, Estate, Mistake, Reading, Word
from connectors.estate.spelling import Misspelt, spelled
from connectors.inventory.records import Identity, Record, Resource, ScopeEnded, ScopeStarted, Workload
from connectors.registry import KINDS

ABOUT, SCANS, WORDS, EXPECTED, NEAR = "estate.toml", "scans", "attestations.csv", "expected.csv", "near_misses.csv"
KNOWN = {"name", "description", "now", "connections", "approved", "thresholds"}
CONNECTION = {"kind", "name", "every_hours", "paused", "made_at", "settings"}
JUDGED = (Workload, Identity, Resource)
DOMAIN = "domain/"
T = TypeVar("T")
Told = dict[str, dict[str, list[Record]]]  # connection's file → scope → what was told of it last


def read(directory: Path) -> Estate:
    """The estate in that directory. Mistake for whatever isn't as docs/estates.md says."""
    about = _about(directory / ABOUT)
    connections = {each.file: each for each in _connections(directory / ABOUT, about)}
    readings = tuple(_readings(directory / SCANS, connections))
    now = _moment(directory / ABOUT, "now", about.get("now"))
    if not readings:
        raise Mistake(directory / SCANS, None, "there is no scan")
    if readings[-1].at > now:
        raise Mistake(directory / ABOUT, None, f"now: the scan of {readings[-1].at:%Y-%m-%dT%H:%MZ} is later")
    subjects = _subjects(connections, readings)
    expected = frozenset(_expected(directory / EXPECTED, subjects))
    return Estate(
        directory=directory,
        name=_text(directory / ABOUT, "name", about.get("name")),
        description=_text(directory / ABOUT, "description", about.get("description")),
        now=now,
        connections=tuple(connections.values()),
        readings=readings,
        expected=expected,
        near=dict(_near(directory / NEAR, subjects, {(rule, subject) for rule, subject, _ in expected})),
        words=tuple(_words(directory / WORDS)),
        approved=_approved(directory / ABOUT, about.get("approved")),
        thresholds=dict(_thresholds(directory / ABOUT, about.get("thresholds", {}))),
    )


def _rows(file: Path, columns: tuple[str, ...], optional: tuple[str, ...] = ()) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a CSV with their lines; lines with # are comments."""
    lines = [(number, line) for number, line in enumerate(_text_of(file).splitlines(), 1) if line.strip()]
    kept = [(number, _cells(file, number, line)) for number, line in lines if not line.startswith("#")]
    line, head = kept[0] if kept else (None, [])
    if head not in ([*columns], [*columns, *optional]):
        raise Mistake(file, line, f"the columns must be {','.join((*columns, *optional))}")
    for number, row in kept[1:]:
        if len(row) > len(head):
            raise Mistake(file, number, f"{len(row)} columns instead of {len(head)}")
        values = dict(zip(head, row, strict=False))
        if missing := [column for column in columns if not values.get(column)]:
            raise Mistake(file, number, f"{missing[0]}: missing")
        yield number, values


def _cells(file: Path, number: int, line: str) -> list[str]:
    try:
        return next(csv.reader([line], strict=True))
    except csv.Error as error:
        raise Mistake(file, number, f"not CSV: {error}") from error


def _text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise Mistake(file, None, str(error.strerror)) from error
    except UnicodeDecodeError as error:
        raise Mistake(file, None, f"not UTF-8: {error}") from error


def _about(file: Path) -> dict[str, Any]:
    try:
        about = tomllib.loads(_text_of(file))
    except tomllib.TOMLDecodeError as error:
        raise Mistake(file, None, str(error)) from error
    if unknown := about.keys() - KNOWN:
        raise Mistake(file, None, f"{min(unknown)}: unknown; known are {', '.join(sorted(KNOWN))}")
    for name in ("connections", "approved", "thresholds"):
        _is(file, name, about.get(name, {}), dict, "a table")
    return about


def _connections(file: Path, about: Mapping[str, Any]) -> Iterator[Connected]:
    for name, said in about.get("connections", {}).items():
        where = f"connections.{name}"
        _is(file, where, said, dict, "a table")
        if unknown := said.keys() - CONNECTION:
            raise Mistake(file, None, f"{where}.{min(unknown)}: unknown; known are {', '.join(sorted(CONNECTION))}")
        kind = said.get("kind", name)
        if kind not in KINDS:
            raise Mistake(file, None, f"{where}.kind: {kind!r} is none of {', '.join(KINDS)}")
        yield Connected(
            file=name,
            kind=kind,
            name=_text(file, f"{where}.name", said.get("name", name)),
            every_hours=_is(file, f"{where}.every_hours", said.get("every_hours", 24), int, "a whole number"),
            paused=_is(file, f"{where}.paused", said.get("paused", False), bool, "true or false"),
            made_at=_moment(file, f"{where}.made_at", said.get("made_at")),
            settings=_is(file, f"{where}.settings", said.get("settings", {}), dict, "a table"),
        )


def _readings(folder: Path, connections: Mapping[str, Connected]) -> Iterator[Reading]:
    told: Told = {}
    moments = [(_moment(each, "the directory's name", each.name), each) for each in folder.glob("*") if each.is_dir()]
    for at, directory in sorted(moments):
        for file in sorted(directory.glob("*.jsonl")):
            connected = connections.get(file.stem)
            if connected is None:
                raise Mistake(file, None, f"{ABOUT} has no connections.{file.stem}")
            records = tuple(_records(file, connected, told.setdefault(file.stem, {})))
            yield Reading(at=at, connected=connected, records=records)


def _records(file: Path, connected: Connected, told: dict[str, list[Record]]) -> Iterator[Record]:
    """The file's records. `told` is what the scan before told by scope, and after this what this one told."""
    before, scope = dict(told), None
    for number, row in _lines(file):
        try:
            if row.get("record") == "again":
                records = _again(row, before)
            else:
                records = [spelled(row, system=connected.kind, scope=scope)]
        except Misspelt as error:
            raise Mistake(file, number, str(error)) from error
        for record in records:
            scope = _place(file, number, record, told, scope)
            yield record
    if scope is not None:
        raise Mistake(file, None, f"the scope {scope} has no end")


def _place(file: Path, number: int, record: Record, told: dict[str, list[Record]], scope: str | None) -> str | None:
    """Put the record with its scope's; the scope that is open after it."""
    if isinstance(record, ScopeStarted):
        if scope is not None:
            raise Mistake(file, number, f"scope: {scope} has not ended")
        told[record.scope] = [record]
        return record.scope
    if record.scope != scope:
        raise Mistake(file, number, f"scope: {record.scope} is not the scope that is open, which is {scope}")
    told[record.scope].append(record)
    return None if isinstance(record, ScopeEnded) else scope


def _again(row: Mapping[str, Any], before: Mapping[str, list[Record]]) -> list[Record]:
    """All that the scan before told of the scope, without what isn't there any more, up to its end."""
    scope, without = str(row.get("scope")), set(row.get("without", ()))
    if row.keys() - {"record", "scope", "without"}:
        raise Misspelt(min(row.keys() - {"record", "scope", "without"}), "again has only scope and without")
    if scope not in before:
        raise Misspelt("scope", f"no scan before read {scope!r}")
    records = [each for each in before[scope] if not isinstance(each, ScopeEnded)]
    known = {name for each in records for name in _about_what(each)}
    if unknown := without - known:
        raise Misspelt("without", f"{min(unknown)} was not there before")
    return [each for each in records if not without & _about_what(each)]


def _about_what(record: Record) -> set[str]:
    """The addresses that the record is about."""
    ends = (getattr(record, end, None) for end in ("source", "target", "subject"))
    return {*(each.id for each in ends if each), *([record.id] if hasattr(record, "id") else [])}


def _lines(file: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(file.read_bytes().splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            raise Mistake(file, number, f"not JSON: {error}") from error
        if not isinstance(row, dict):
            raise Mistake(file, number, "expected an object")
        yield number, row


def _words(file: Path) -> Iterator[Word]:
    if not file.exists():
        return
    for number, row in _rows(file, ("at", "until", "key", "email", "author")):
        at, until = (_moment(file, name, row[name], number) for name in ("at", "until"))
        yield Word(at=at, until=until, key=row["key"], email=row["email"], author=row["author"])


def _subjects(connections: Iterable[str], readings: Iterable[Reading]) -> set[str]:
    """What a rule can find: the addresses told, and the connections themselves. Domains follow from classification."""
    told = {record.id for each in readings for record in each.records if isinstance(record, JUDGED)}
    return told | {f"connection/{file}" for file in connections}


def _expected(file: Path, subjects: set[str]) -> Iterator[tuple[str, str, str]]:
    for number, row in _rows(file, ("rule", "subject"), ("discriminator",)):
        _known(file, number, row["subject"], subjects)
        yield row["rule"], row["subject"], row.get("discriminator", "")


def _near(file: Path, subjects: set[str], expected: set[tuple[str, str]]) -> Iterator[tuple[tuple[str, str], str]]:
    for number, row in _rows(file, ("rule", "subject", "why")):
        _known(file, number, row["subject"], subjects)
        if (row["rule"], row["subject"]) in expected:
            raise Mistake(file, number, f"subject: {EXPECTED} expects it")
        yield (row["rule"], row["subject"]), row["why"]


def _known(file: Path, number: int, subject: str, subjects: set[str]) -> None:
    if subject not in subjects and not subject.startswith(DOMAIN):
        raise Mistake(file, number, f"subject: no scan tells of {subject}")


def _approved(file: Path, said: Any) -> Mapping[str, str] | None:
    if said is None:
        return None
    return {name: _text(file, f"approved.{name}", reason) for name, reason in said.items()}


def _thresholds(file: Path, said: Mapping[str, Any]) -> Iterator[tuple[tuple[str, str], int]]:
    for rule, numbers in said.items():
        if not isinstance(numbers, dict) or not all(isinstance(number, int) for number in numbers.values()):
            raise Mistake(file, None, f"thresholds.{rule}: expected names with whole numbers")
        yield from (((rule, name), number) for name, number in numbers.items())


def _text(file: Path, name: str, value: Any) -> str:
    return _is(file, name, value or None, str, "a text")


def _is(file: Path, name: str, value: Any, kind: type[T], words: str) -> T:
    if not isinstance(value, kind):
        raise Mistake(file, None, f"{name}: expected {words}, not {value!r}")
    return value


def _moment(file: Path, name: str, value: Any, line: int | None = None) -> datetime:
    """A moment of TOML, or a text such as 2026-11-25T0900Z."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        moment = None
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        raise Mistake(file, line, f"{name}: expected a moment with its time zone, not {value!r}")
    return moment.astimezone(UTC)
