"""What does an agent inherit from its blueprint, and what becomes of its account?"""

from __future__ import annotations

from connectors.inventory.records import AliasKind
from connectors.sources.entra.agents import inherited, user, workload
from connectors.sources.entra.tenant import Tenant

ACME = Tenant(id="t", name="Acme Media")


def rule(client: str, kind: str, *scopes: str) -> dict[str, object]:
    return {"resourceAppId": client, "inheritableScopes": {"@odata.type": f"#microsoft.graph.{kind}", "scopes": scopes}}


def test_a_blueprint_hands_down_all_some_or_none():
    rows = [rule("A", "allAllowedScopes"), rule("B", "enumeratedScopes", "Mail.Read"), rule("C", "noScopes")]
    assert inherited(rows) == {"a": None, "b": ["Mail.Read"]}


def test_an_agent_is_a_workload_beside_its_identity():
    kept = {"name": "Support Agent", "blueprint": "b", "created": "2026-05-01T00:00:00Z", "enabled": True}
    found = workload("sp-1", kept, "Support blueprint", ACME, "s")
    assert (found.id, found.provider_id, found.role) == ("sp-1/agent", "sp-1", "agent")
    assert found.facts == (("Blueprint", "Support blueprint"),)


def test_an_agents_account_is_no_persons():
    row = {"displayName": "Support Agent", "userPrincipalName": "Support@acme.example", "accountEnabled": False}
    found = user("u-1", row, ACME, "s")
    assert (found.type, found.human, found.enabled) == ("agent user", False, False)
    assert [(each.kind, each.value) for each in found.aliases] == [(AliasKind.EMAIL, "support@acme.example")]
