"""Who answers for an application, and what is known of their account?"""

from __future__ import annotations

from typing import Any

from connectors.sources.entra.owners import owner
from connectors.sources.entra.tenant import Tenant

ACME = Tenant(id="t", name="Acme Media")
ALICE: dict[str, Any] = {
    "@odata.type": "#microsoft.graph.user",
    "id": "AAAA0000-0000-0000-0000-000000000001",
    "displayName": "Alice",
    "userPrincipalName": "Alice@acme-media.example",
    "mail": None,
}


def test_whether_an_account_is_switched_on():
    told = [owner({**ALICE, "accountEnabled": said}, ACME, "s").active for said in (True, False, None)]
    assert told == [True, False, None]


def test_where_graph_does_not_say_it_is_unknown():
    found = owner(ALICE, ACME, "s")
    assert (found.active, found.email, found.name) == (None, "alice@acme-media.example", "Alice")
    hidden = owner({"@odata.type": "#microsoft.graph.user", "id": ALICE["id"]}, ACME, "s")
    assert (hidden.active, hidden.email, hidden.name) == (None, None, "user aaaa0000…")


def test_guests_and_groups_are_told_as_such():
    assert owner({**ALICE, "userType": "Guest"}, ACME, "s").type == "guest user"
    group = {"@odata.type": "#microsoft.graph.group", "id": "g", "displayName": "Data Platform"}
    assert (owner(group, ACME, "s").type, owner(group, ACME, "s").email) == ("group", None)
