"""Does "Test connection" name what is wrong, one row for each?"""

from __future__ import annotations

from typing import Any

import pytest

from connectors.source import Check
from connectors.sources.foundry import source
from connectors.sources.foundry.permissions import LIST_AGENTS, LIST_CONNECTIONS, LIST_SUBSCRIPTIONS
from tests.connectors.sources.foundry.conftest import Emulated
from tests.emulators.microsoft.arm_acme import SANDBOX


def rows(azure: Emulated, **settings: Any) -> dict[str, Check]:
    return {each.label: each for each in source.check(settings={**azure.settings(), **settings})}


def test_a_working_connection_is_told_part_by_part(azure: Emulated):
    found = rows(azure)
    assert found["Subscriptions"].detail == "4 can be seen."
    assert found["Agents of acme-ai-people/hr-assistant"].ok
    wrong = [label for label, each in found.items() if not each.ok]
    assert wrong == ["Agents of acme-ai-legal/contracts"]
    assert "private endpoints only" in found[wrong[0]].detail


def test_a_missing_permission_is_named_where_it_lacks(azure: Emulated):
    azure.arm.rights.withhold(LIST_AGENTS.needs)
    azure.arm.rights.withhold(LIST_CONNECTIONS.needs)
    found = rows(azure)
    assert found["Agents of acme-ai-people/hr-assistant"].missing == (LIST_AGENTS.needs,)
    parts = found["Projects, models and connections of acme-ai-people"]
    assert (parts.ok, parts.missing) == (False, (LIST_CONNECTIONS.needs,))


def test_a_refused_subscription_is_a_row(azure: Emulated):
    azure.arm.rights.withhold("*", at=SANDBOX.path)
    assert rows(azure)["AI accounts in acme-sandbox"].ok is False


def test_no_subscription_at_all_is_a_missing_role(azure: Emulated):
    azure.arm.rights.withhold(LIST_SUBSCRIPTIONS.needs)
    assert rows(azure)["Subscriptions"].missing == (LIST_SUBSCRIPTIONS.needs,)


@pytest.mark.parametrize(
    ("settings", "label", "sentence"),
    [
        ({"tenant": "t", "client_id": "c"}, "Settings", "needs a certificate or a client secret"),
        ({"tenant": "t", "client_id": "c", "certificate": "no"}, "Settings", "certificate can't be read"),
    ],
)
def test_settings_that_cannot_sign_in_are_told(settings: dict[str, Any], label: str, sentence: str):
    (found,) = source.check(settings=settings)
    assert (found.label, found.ok) == (label, False)
    assert sentence in found.detail


def test_a_refused_sign_in_leaves_the_rest_untried(azure: Emulated):
    found = rows(azure, client_secret="CANARY-wrong")
    assert (found["Sign-in"].ok, found["Subscriptions"].ok) == (False, None)
    assert found["Sign-in"].detail == "Entra doesn't accept the client secret: it is wrong."
