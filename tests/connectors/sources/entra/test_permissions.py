"""Are the permissions that customers grant the ones the source needs, and does the page that asks for them say so?"""

from __future__ import annotations

import re
from pathlib import Path

from connectors.inventory.records import Access
from connectors.sources import entra
from connectors.sources.entra.permissions import CALLS, GRANTS
from connectors.sources.entra.strength import of_permission
from connectors.sources.entra.tenant import LABELS

SETUP = (Path(entra.__file__).parent / "SETUP.md").read_text(encoding="utf-8")


def printed(block: str) -> list[list[str]]:
    """The rows of a table of the page, without its head."""
    found = re.search(rf"<!-- {block} -->\n(.*?)<!-- end -->", SETUP, re.DOTALL)
    assert found is not None
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in found[1].strip().splitlines()[2:]]


def test_the_setup_page_asks_for_them_and_for_nothing_else():
    expected = [[f"`{g.name}`", f"`{g.id}`", "optional" if g.optional else "yes", f"{g.why}"] for g in GRANTS]
    assert printed("permissions") == expected


def test_the_setup_page_says_what_each_costs():
    expected = [
        [f"`{g.name}`", ", ".join(LABELS[kind].lower() for kind in g.kinds) or "the tenant's name"] for g in GRANTS
    ]
    assert printed("costs") == expected


def test_every_one_only_reads():
    assert [grant.name for grant in GRANTS if of_permission(grant.name) is not Access.READ] == []


def test_every_call_needs_one_of_them_and_every_one_is_needed():
    assert {call.needs for call in CALLS} == {grant.name for grant in GRANTS}


def test_a_permission_is_blamed_for_the_kinds_that_its_calls_read():
    blamed = {grant.name: set(grant.kinds) for grant in GRANTS}
    for call in CALLS:
        assert set(call.kinds) <= blamed[call.needs], call.path


def test_no_call_selects_what_is_nobodys_business():
    selected = {field for call in CALLS for field in call.params.get("$select", "").split(",")}
    assert selected.isdisjoint({"notes", "description", "secretText", "key", "web", "info", "replyUrls"})


def test_whatever_is_listed_is_listed_in_pages_as_large_as_graph_gives():
    listed = [call for call in CALLS if "$top" in call.params and "agent" not in call.path.lower()]
    assert {call.params["$top"] for call in listed} == {"999", "100"}
    assert [call.path for call in listed if call.params["$top"] == "100"] == [
        "/servicePrincipals/{id}/appRoleAssignedTo"
    ]
