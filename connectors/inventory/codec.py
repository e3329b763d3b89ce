"""How does a record become JSON for the database, become a record again, and show that it differs?

Pure. Fields at their default are left out of the JSON, so that a new optional field changes nothing that is stored.
"""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import blake2b
from operator import attrgetter
from typing import Any, NamedTuple, TypeVar

import orjson

from connectors.inventory.records import (
    Alert,
    Alias,
    Credential,
    Domain,
    EdgeRecord,
    Identity,
    ObjectRecord,
    Owner,
    Ref,
    Resource,
    Workload,
)

KINDS: dict[str, type[ObjectRecord]] = {
    "workload": Workload,
    "identity": Identity,
    "resource": Resource,
    "owner": Owner,
}
KIND_OF = {record: kind for kind, record in KINDS.items()}
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # NUL, and halves of surrogate pairs, which UTF-8 can't say
_SIGN_OF_NUL = b"\\u0000"  # how JSON spells it
_Convert = Callable[[Any], Any]
_Stored = TypeVar("_Stored", bound=ObjectRecord | EdgeRecord | Alert)


class _Codec(NamedTuple):
    """How one field is said. `encode` is None where the value is JSON already."""

    name: str
    default: Any
    encode: _Convert | None
    decode: _Convert


def encode(record: Any) -> dict[str, Any]:
    """A record as JSON-able values, without the fields at their default. Times become ISO 8601 in UTC."""
    encoded = {}
    for (name, default, convert, _), value in zip(_CODECS[type(record)], _VALUES[type(record)](record), strict=True):
        if value is not default and value != default:
            encoded[name] = convert(value) if convert else value
    return encoded


def decode(kind: str, data: dict[str, Any]) -> ObjectRecord:
    """The record of a node's kind and data."""
    record: ObjectRecord = _decode(KINDS[kind], data)
    return record


def decode_alert(data: dict[str, Any]) -> Alert:
    """The alert of a stored alert's data."""
    alert: Alert = _decode(Alert, data)
    return alert


def settle(record: _Stored) -> tuple[_Stored, str]:
    """The record, and a hash of all that it says: 32 hex digits, equal for equal records of one type.

    Characters that no database or page can show come back as U+FFFD.
    """
    try:
        text = orjson.dumps(record)
    except orjson.JSONEncodeError:  # UTF-8 can't say it
        text = _SIGN_OF_NUL
    if _SIGN_OF_NUL in text:
        record = _cleaned(record)
        text = orjson.dumps(record)
    return record, blake2b(text, digest_size=16).hexdigest()


def _cleaned(value: Any) -> Any:
    if isinstance(value, StrEnum):
        return value
    if isinstance(value, str):
        return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", value)
    if isinstance(value, tuple):
        return tuple(_cleaned(each) for each in value)
    if is_dataclass(value) and not isinstance(value, type):
        return type(value)(**{each.name: _cleaned(getattr(value, each.name)) for each in fields(value)})
    return value


def _decode(record: Any, data: dict[str, Any]) -> Any:
    known = {each.name: each.decode(data[each.name]) for each in _CODECS[record] if each.name in data}
    return record(**known)


def _codecs(record: type) -> tuple[_Codec, ...]:
    hints = typing.get_type_hints(record)
    codecs = ((each.name, each.default, *_converters(hints[each.name])) for each in fields(record))
    return tuple(_Codec(name, default, None if out is _same else out, back) for name, default, out, back in codecs)


def _converters(hint: Any) -> tuple[_Convert, _Convert]:
    """How a value of that type becomes JSON, and back. TypeError for a type that no record has had yet."""
    if isinstance(hint, types.UnionType):
        inner = next(each for each in typing.get_args(hint) if each is not types.NoneType)
        return tuple(_or_none(convert) for convert in _converters(inner))  # type: ignore[return-value]
    if typing.get_origin(hint) is tuple:
        return _tuple_converters(typing.get_args(hint))
    if hint is datetime:
        return _time_out, datetime.fromisoformat
    if is_dataclass(hint):
        return encode, lambda data: _decode(hint, data)
    if issubclass(hint, StrEnum):
        return str, hint
    if hint in (str, bool):
        return _same, _same
    raise TypeError(f"connectors.inventory.codec does not know {hint}")


def _tuple_converters(inner: tuple[Any, ...]) -> tuple[_Convert, _Convert]:
    """tuple[X, ...], or a pair of texts."""
    if inner == (str, str):
        return list, tuple
    encode_each, decode_each = _converters(inner[0])
    return (
        lambda values: [encode_each(each) for each in values],
        lambda values: tuple(decode_each(each) for each in values),
    )


def _or_none(convert: _Convert) -> _Convert:
    return convert if convert is _same else lambda value: None if value is None else convert(value)


def _same(value: Any) -> Any:
    return value


def _time_out(value: datetime) -> str:
    return value.astimezone(UTC).isoformat()


_SAID: tuple[type, ...] = (*KINDS.values(), Alias, Credential, Domain, Alert, Ref)
_CODECS: dict[type, tuple[_Codec, ...]] = {record: _codecs(record) for record in _SAID}
_VALUES: dict[type, Callable[[Any], tuple[Any, ...]]] = {
    record: attrgetter(*(each.name for each in codecs)) for record, codecs in _CODECS.items()
}
