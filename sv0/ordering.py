"""How does a sorted query follow an index?

django-mongodb-backend 5.2 writes `{"$addFields": {"email": "$email"}}` before a sort by `email`. MongoDB takes that for
a new field, which no index has: it reads and sorts everything that matches, for the first row as for the last.
"""

from __future__ import annotations

from typing import Any

from django_mongodb_backend.compiler import SQLCompiler

_build_query = SQLCompiler.build_query


def follow_indexes() -> None:
    """Have the backend leave out fields that it would add as what they are."""
    SQLCompiler.build_query = _plainly


def _plainly(compiler: Any, columns: Any = None) -> Any:
    query = _build_query(compiler, columns)
    added = query.extra_fields or {}
    query.extra_fields = {name: value for name, value in added.items() if value != f"${name}"} or None
    return query
