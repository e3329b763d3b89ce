"""Does axe find anything wrong for people who use a screen reader, a keyboard or little contrast, light and dark?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from accounts.models import User
from findings.models import Finding
from tenants.models import Tenant
from tests.browser.conftest import PHONE, WIDE, sign_in
from tests.factories import make_connection, make_finding

WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
PAGES = (
    "findings/",
    "findings/?status=all&selected={finding}",
    "findings/{finding}/",
    "rules/",
    "rules/sight/",
    "posture/",
    "rules/approved-ai/",
    "rules/accepting-risks/",
    "inventory/",
    "paths/",
    "owners/",
    "domains/",
    "coverage/",
    "changes/",
    "connections/",
    "connections/{connection}/",
    "ticket-systems/",
    "reports/",
    "audit/",
    "members/",
)


def violations(page: Page) -> list[str]:
    """What axe finds, each with where."""
    found: dict[str, Any] = Axe().run(page, options=WCAG).response
    return [
        f"{each['id']} at {node['target']}: {node['failureSummary']}"
        for each in found["violations"]
        for node in each["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_no_page_has_a_violation(
    visit: Callable[..., Page], alice: User, tenant: Tenant, scheme: str, viewport: dict[str, int]
):
    known = {"connection": make_connection(tenant).pk}
    found: list[Finding] = [make_finding(tenant, subject_name=f"role-{number}") for number in range(3)]
    known["finding"] = found[0].pk
    page = visit(color_scheme=scheme, viewport=viewport)
    sign_in(page, alice)
    wrong: dict[str, list[str]] = {}
    for address in PAGES:
        answer = page.goto(f"/t/{tenant.slug}/{address.format(**known)}")
        assert answer is not None
        assert answer.status == 200, address
        wrong |= {address: told} if (told := violations(page)) else {}
    assert wrong == {}
