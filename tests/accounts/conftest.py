"""What starts anew with each test of signing in: rate limits count over tests otherwise."""

from __future__ import annotations

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def nothing_counted(db: None) -> None:
    """No attempt has been made yet."""
    cache.clear()
