"""Where does a directory role hold, and does it hold now?"""

from __future__ import annotations

from connectors.inventory.records import Access, Grade
from connectors.sources.entra.directory_roles import ELIGIBLE, permission, role
from connectors.sources.entra.tenant import identity

DEFINITION = {
    "id": "9B895D92-2CD3-44C7-9D02-A6AC2D5EA5C3",
    "displayName": "Application Administrator",
    "isBuiltIn": True,
}
ROBOT = identity("sp-1", "Invoice Robot")


def test_a_role_in_the_whole_tenant():
    found = role(DEFINITION, "/")
    assert found.key == "directory-role/9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3"
    assert (found.name, found.access) == ("Application Administrator", Access.ADMIN)


def test_a_role_over_a_part_of_it_is_another():
    unit = role(DEFINITION, "/administrativeUnits/ABCDEF01-0000-0000-0000-000000000000")
    assert unit.key.endswith("@/administrativeunits/abcdef01-0000-0000-0000-000000000000")
    assert unit.name == "Application Administrator over administrative unit abcdef01…"
    assert role(DEFINITION, "/ABCDEF01-0").name == "Application Administrator over object abcdef01…"


def test_a_role_that_must_be_activated_is_conditional():
    now, later = (permission(ROBOT, role(DEFINITION, "/"), "s", eligible=eligible) for eligible in (False, True))
    assert (now.grade, now.conditions) == (Grade.GRANTED, ())
    assert (later.grade, later.conditions) == (Grade.CONDITIONAL, (ELIGIBLE,))
    assert now.via != later.via
