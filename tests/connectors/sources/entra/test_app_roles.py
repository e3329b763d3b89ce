"""What does holding an application permission mean?"""

from __future__ import annotations

import pytest

from connectors.inventory.records import Access, Grade, Permission
from connectors.sources.entra import groups
from connectors.sources.entra.app_roles import BY_SITE, DEFAULT, app_role, permission
from connectors.sources.entra.tenant import Tenant, identity

ACME = Tenant(id="t", name="Acme Media")
ROBOT = identity("sp-1", "Invoice Robot")


def held(name: str, role: str = "role-1") -> Permission:
    return permission(ROBOT, app_role("graph", role, name, "Microsoft Graph", ACME, "s"), "s", via="app role of X")


@pytest.mark.parametrize(
    ("name", "access"),
    [("Mail.Read", Access.READ), ("Mail.Send", Access.WRITE), ("Sites.FullControl.All", Access.ADMIN)],
)
def test_it_is_granted_as_strong_as_its_name_says(name: str, access: Access):
    found = held(name)
    assert (found.access, found.grade, found.conditions, found.actions) == (access, Grade.GRANTED, (), (name,))
    assert (found.target.id, found.target.name) == ("graph/role-1", name)


def test_what_each_site_decides_is_conditional():
    found = held("Sites.Selected")
    assert (found.grade, found.conditions) == (Grade.CONDITIONAL, (BY_SITE,))


def test_being_let_in_is_no_more_than_that():
    assert held("Sign-in to Orders", DEFAULT).access is Access.READ


def test_what_a_group_holds_its_member_holds_by_way_of_it():
    key, row = groups.kept(held("Mail.Read"), "Group")
    member = identity("sp-2", "Export Robot")
    found = groups.handed_on(row, member, "groups", group="Mail readers")
    assert key.startswith("sp-1 ")
    assert (found.source, found.target, found.scope) == (member, held("Mail.Read").target, "groups")
    assert found.via == "app role of X, as member of Mail readers"
    assert (found.access, found.grade) == (Access.READ, Grade.GRANTED)
