"""What does "Test connection" tell the customer?"""

from __future__ import annotations

import pytest

from connectors.source import Check
from connectors.sources.azure import checking, source
from tests.connectors.sources.azure.conftest import SETTINGS, Emulated
from tests.emulators.microsoft.arm_acme import SANDBOX
from tests.emulators.microsoft.wire import Reply


def rows() -> dict[str, Check]:
    return {row.label: row for row in source.check(settings=SETTINGS)}


def test_a_right_connection_has_a_row_for_each_kind_in_each_subscription(azure: Emulated):
    found = rows()
    assert [row for row in found.values() if row.ok is not True] == []
    assert found["Subscriptions"].detail == "4 can be seen."
    assert found["Management groups"].detail == "4 can be seen."
    assert "Read what runs in acme-production" in found


def test_a_missing_permission_is_named_with_its_subscription(azure: Emulated):
    azure.arm.rights.withhold("Microsoft.Logic/workflows/read", at=SANDBOX.path)
    row = rows()["Read what runs in acme-sandbox"]
    assert (row.ok, row.missing) == (False, ("Microsoft.Logic/workflows/read",))
    assert rows()["Read what runs in acme-production"].ok is True


def test_a_subscription_that_refuses_everything_has_a_row(azure: Emulated):
    azure.arm.rights.withhold("*", at=SANDBOX.path)
    row = rows()["Access to acme-sandbox"]
    assert (row.ok, row.missing) == (False, ("Microsoft.Authorization/permissions/read",))


def test_seeing_no_subscription_says_what_to_do(azure: Emulated):
    azure.faults.append(lambda asked: Reply(200, {"value": []}) if asked.path == "/subscriptions" else None)
    row = rows()["Subscriptions"]
    assert (row.ok, row.missing) == (False, ("Microsoft.Resources/subscriptions/read",))


def test_many_subscriptions_are_tried_by_a_sample(azure: Emulated, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(checking, "SAMPLE", 1)
    row = rows()["The other subscriptions"]
    assert (row.ok, row.detail) == (None, "Tried: 1 of 4. A scan tells of each subscription by itself.")


def test_management_groups_that_cannot_be_seen_are_told(azure: Emulated):
    azure.arm.rights.withhold("Microsoft.Management/managementGroups/read")
    assert rows()["Management groups"].ok is False


def test_a_refused_sign_in_is_a_sentence_and_leaves_the_rest_untried(azure: Emulated):
    found = {row.label: row for row in source.check(settings={**SETTINGS, "client_secret": "wrong"})}
    assert found["Sign-in"].detail == "Entra doesn't accept the client secret: it is wrong."
    assert found["Subscriptions"].ok is None


def test_settings_without_a_secret_are_a_sentence():
    (row,) = source.check(settings={**SETTINGS, "client_secret": None})
    assert (row.label, row.detail) == ("Settings", "The connection needs a certificate or a client secret.")
