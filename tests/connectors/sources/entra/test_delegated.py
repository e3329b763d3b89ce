"""What may an application do on behalf of its users?"""

from __future__ import annotations

from typing import Any

import pytest

from connectors.inventory.records import Access, Grade, Ref
from connectors.sources.entra import delegated
from connectors.sources.entra.tenant import identity


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        (" User.Read Mail.Read offline_access", ["User.Read", "Mail.Read"]),
        ("Mail.Read Mail.Read  User.Read", ["Mail.Read", "User.Read"]),
        ("openid profile email", []),
        (None, []),
    ],
)
def test_one_grant_holds_many_permissions_each_once(scope: str | None, expected: list[str]):
    assert delegated.scopes_of({"scope": scope}) == expected


def held(consent: str) -> Any:
    target = Ref(kind="resource", id="graph/scope/mail.send", name="Mail.Send")
    return delegated.permission(identity("sp-1", "Mailer"), target, {"consentType": consent}, "s")


def test_it_never_acts_alone():
    everybody, some = held("AllPrincipals"), held("Principal")
    assert everybody.grade is some.grade is Grade.CONDITIONAL
    assert everybody.conditions == ("acts only on behalf of a signed-in user",)
    assert some.conditions == ("acts only on behalf of users who consented",)
    assert everybody.access is Access.WRITE


def test_the_consent_of_all_and_of_some_are_two_edges():
    assert held("AllPrincipals").via != held("Principal").via


def test_what_an_agent_inherits_says_from_whom():
    via = delegated.inherited(held("AllPrincipals")).via
    assert via == "delegated permission, consented for every user, inherited from Mailer"
