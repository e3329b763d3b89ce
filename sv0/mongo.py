"""How do sessions and the driver speak MongoDB's types?"""

from __future__ import annotations

import json
from typing import Any

from bson import ObjectId


class SessionSerializer:
    """Django's JSON session serializer that writes an ObjectId as its 24 hex digits."""

    def dumps(self, obj: Any) -> bytes:
        """UTF-8 JSON. TypeError for what JSON and ObjectId can't say."""
        return json.dumps(obj, separators=(",", ":"), default=_plain).encode()

    def loads(self, data: bytes) -> Any:
        """The object back, ObjectIds as text."""
        return json.loads(data)


def _plain(value: Any) -> str:
    if isinstance(value, ObjectId):
        return str(value)
    raise TypeError(f"{type(value).__name__} is not JSON serializable")
