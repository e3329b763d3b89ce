"""Does the source ask for what it declares, and for nothing else; and do its pages say the same?"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from connectors.sources import foundry as package
from connectors.sources.foundry.limits import LIMITS
from connectors.sources.foundry.permissions import CALLS, KINDS, PERMISSIONS, Call, custom_roles
from tests.connectors.sources.foundry.conftest import Emulated, read
from tests.emulators.microsoft.arm_rights import Rights
from tests.emulators.microsoft.arm_wire import Asked

SETUP = (Path(package.__file__).parent / "SETUP.md").read_text(encoding="utf-8")
ROLES = custom_roles(
    "/providers/Microsoft.Management/managementGroups/MANAGEMENT_GROUP", ["/subscriptions/SUBSCRIPTION"]
)


def declared(asked: Asked) -> Call | None:
    """The call of the list that this one is."""
    for call in CALLS:
        path = re.escape(call.path).replace(re.escape("{id}"), ".+")
        whole = rf"/[^/]+\.services\.ai\.azure\.com/api/projects/[^/]+/{path}" if call.data else path
        if re.fullmatch(whole, asked.path) and asked.query.get("api-version") == call.version:
            return call
    return None


def test_only_declared_calls_are_made_and_all_of_them(azure: Emulated):
    read(azure)
    package.source.check(settings=azure.settings())
    assert {asked.method for asked, _ in azure.log} == {"GET"}
    found = {declared(asked) for asked, _ in azure.log}
    assert None not in found
    # The connections of accounts and of projects are asked for in the same way.
    assert {(call.path, call.version) for call in found if call} == {(call.path, call.version) for call in CALLS}


def test_the_two_roles_are_enough(azure: Emulated):
    hold(azure.arm.rights)
    statuses = {status for _, status in logged(azure)}
    azure.arm.rights.restore()
    assert statuses == {200, 403}  # 403: the private account, to whoever asks
    assert {asked.path.split("/")[1] for asked, status in azure.log if status == 403} == {
        "acme-ai-legal.services.ai.azure.com"
    }


def hold(rights: Rights) -> None:
    rights.hold(actions=ROLES[0]["Actions"], data_actions=ROLES[1]["DataActions"])


def logged(azure: Emulated) -> list[tuple[Asked, int]]:
    read(azure)
    return azure.log


@pytest.mark.parametrize("permission", PERMISSIONS, ids=lambda each: each.name)
def test_each_permission_is_missed_where_it_lacks(azure: Emulated, permission: object):
    name = permission.name  # type: ignore[attr-defined]
    azure.arm.rights.withhold(name)
    told = {missing for record in read(azure) for missing in getattr(record, "missing", ())}
    assert told == {name}


def test_every_permission_only_reads_and_says_why():
    assert [each.name for each in PERMISSIONS if not each.name.endswith("/read")] == []
    assert [each.name for each in PERMISSIONS if not each.why or not set(each.scope_kinds) <= set(KINDS)] == []
    assert len({each.name for each in PERMISSIONS}) == len(PERMISSIONS)


def test_no_role_opens_anything_else():
    assert [action for role in ROLES for action in (*role["Actions"], *role["DataActions"]) if "*" in action] == []
    assert ROLES[0]["DataActions"] == ROLES[1]["Actions"] == []


def test_the_setup_page_has_the_roles_and_every_permission():
    written = [json.loads(text) for text in re.findall(r"```json\n(.*?)```", SETUP, re.DOTALL)]
    assert written == ROLES
    rows = re.findall(r"^\| `([^`]+)` \| (.+) \|$", SETUP, re.MULTILINE)
    assert rows == [(each.name, each.why) for each in PERMISSIONS]


def test_the_setup_page_says_what_nobody_is_told():
    assert [limit for limit in LIMITS if f"- {limit}" not in SETUP.replace("\n  ", " ")] == []
    assert [limit for limit in LIMITS if not limit.endswith(".")] == []
