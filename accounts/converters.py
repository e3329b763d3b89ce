"""Which id does an address name?"""

from __future__ import annotations

from bson import ObjectId
from django.urls import register_converter


class ObjectIdConverter:
    """24 hex digits, as MongoDB's ids are written."""

    regex = "[0-9a-f]{24}"

    def to_python(self, value: str) -> ObjectId:
        """The id."""
        return ObjectId(value)

    def to_url(self, value: ObjectId | str) -> str:
        """Its 24 hex digits."""
        return str(value)


# Here, once: the apps' urls.py import this module for it.
register_converter(ObjectIdConverter, "objectid")
