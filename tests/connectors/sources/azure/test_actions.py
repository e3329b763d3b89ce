"""Which operations do patterns of a role allow?"""

import pytest

from connectors.sources.azure.actions import Operation, allowed, matches, rights

READ_BLOBS = Operation("Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read", data=True)
LIST_KEYS = Operation("Microsoft.Storage/storageAccounts/listKeys/action")


@pytest.mark.parametrize(
    ("pattern", "operation", "expected"),
    [
        ("*", "Microsoft.Web/sites/write", True),
        ("*/read", "Microsoft.Web/sites/config/read", True),
        ("*/read", "Microsoft.Web/sites/write", False),
        ("microsoft.web/SITES/*", "Microsoft.Web/sites/config/write", True),
        ("Microsoft.Web/sites/*/write", "Microsoft.Web/sites/config/write", True),
        ("Microsoft.Web/sites/write", "Microsoft.Web/sites/writes", False),
        ("Microsoft.Web+/sites/*", "Microsoft.Web/sites/read", False),
    ],
)
def test_a_star_stands_for_any_text_whatever_the_case(pattern, operation, expected):
    assert matches(pattern, operation) is expected


def test_what_one_permission_leaves_out_another_may_allow():
    without_keys = {"actions": ["Microsoft.Storage/*"], "notActions": ["Microsoft.Storage/storageAccounts/listKeys/*"]}
    assert not allowed(rights([without_keys]), LIST_KEYS)
    assert allowed(rights([without_keys, {"actions": ["*/listKeys/action"]}]), LIST_KEYS)


def test_content_is_allowed_by_data_actions_alone():
    assert not allowed(rights([{"actions": ["*"]}]), READ_BLOBS)
    assert allowed(rights([{"dataActions": ["*/blobs/read"]}]), READ_BLOBS)
    assert not allowed(rights([{"dataActions": ["*"], "notDataActions": ["*/blobs/*"]}]), READ_BLOBS)
