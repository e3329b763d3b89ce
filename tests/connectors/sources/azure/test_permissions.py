"""Is the role that customers define the one the source needs, and harmless?"""

import json
import re
from pathlib import Path

from connectors.sources import azure
from connectors.sources.azure import catalogue
from connectors.sources.azure.actions import Operation, allowed, rights
from connectors.sources.azure.permissions import CALLS, KINDS, NEEDS, QUERIES, custom_role

SETUP = (Path(azure.__file__).parent / "SETUP.md").read_text(encoding="utf-8")
GROUP = "/providers/Microsoft.Management/managementGroups/TENANT_ID"
TYPES = re.compile(r"'(microsoft\.[a-z./]+)'")


def test_the_role_only_reads():
    assert [action for action in custom_role(GROUP)["Actions"] if not action.endswith("/read")] == []
    assert custom_role(GROUP)["DataActions"] == []


def test_the_role_reaches_no_content_and_changes_nothing():
    ours = rights([{"actions": custom_role(GROUP)["Actions"]}])
    operations = {each for kind in catalogue.kinds() for given in kind.gives.values() for each in given}
    assert [each.name for each in (*operations, *catalogue.CHANGES_ACCESS) if allowed(ours, each)] == []


def test_every_call_needs_a_permission_of_the_list():
    assert {call.needs for call in CALLS} <= {need.action for need in NEEDS}


def test_every_type_that_is_asked_for_may_be_read():
    asked = {each for query in QUERIES for each in TYPES.findall(query.where)}
    ours = rights([{"actions": custom_role(GROUP)["Actions"]}])
    assert [each for each in asked if not allowed(ours, Operation(f"{each}/read"))] == []


def test_every_permission_says_why_and_for_which_coverage():
    assert [need.action for need in NEEDS if not need.why or not set(need.kinds) <= set(KINDS)] == []
    assert len({need.action for need in NEEDS}) == len(NEEDS)


def test_the_setup_page_prints_the_same_role_and_explains_every_permission():
    printed = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", SETUP, re.DOTALL)]
    assert custom_role(GROUP) in printed
    assert [need.action for need in NEEDS if f"| `{need.action}` | {need.why} |" not in SETUP] == []
