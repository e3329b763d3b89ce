"""The admin has no page that would run code in the worker."""

from __future__ import annotations

import pytest

from accounts.models import User
from tests.conftest import signed_in


@pytest.mark.parametrize(
    "page",
    ["django_q/schedule/add/", "django_q/schedule/", "django_q/success/", "django_q/ormq/", "account/emailaddress/"],
)
def test_the_libraries_pages_are_not_there(staff: User, page: str):
    client = signed_in(staff)
    assert client.get("/admin/").status_code == 200
    assert client.get(f"/admin/{page}").status_code == 404
