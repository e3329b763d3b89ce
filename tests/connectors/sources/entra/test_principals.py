"""Does a service principal become the identity that it is?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.inventory.records import Alias, AliasKind, Usage
from connectors.sources.entra.principals import NO_RECORD, NOT_READ, Joined, identity
from connectors.sources.entra.tenant import Tenant

ACME = Tenant(id="11111111-1111-1111-1111-111111111111", name="Acme Media")
MICROSOFT = "f8cdef31-a31e-4b4a-93e4-5f571e91255a"
OTHER = "99999999-9999-9999-9999-999999999999"
ROW: dict[str, Any] = {
    "id": "AAAAAAAA-0000-0000-0000-000000000001",
    "appId": "BBBBBBBB-0000-0000-0000-000000000001",
    "displayName": "CI deployer",
    "servicePrincipalType": "Application",
    "accountEnabled": True,
    "appOwnerOrganizationId": ACME.id,
    "passwordCredentials": [],
}
ARM = "/subscriptions/S1/resourcegroups/RG/providers/Microsoft.Web/sites/Export"


def told(joined: Joined | None = None, **changed: Any):
    return identity({**ROW, **changed}, joined or Joined(), ACME, "entra:x:service-principals")


def test_ids_are_in_small_letters_and_the_client_id_is_an_alias():
    found = told()
    assert (found.id, found.provider_id) == ("aaaaaaaa-0000-0000-0000-000000000001",) * 2
    assert found.aliases == (
        Alias(
            kind=AliasKind.CLIENT_ID,
            value="bbbbbbbb-0000-0000-0000-000000000001",
            because="its application's client ID",
        ),
    )
    assert (found.type, found.account_name, found.human) == ("service principal", "Acme Media", False)


@pytest.mark.parametrize(
    ("home", "marks"),
    [(ACME.id, set()), (ACME.id.upper(), set()), (OTHER, {"external"}), (MICROSOFT, {"provider_managed"})],
)
def test_whose_application_it_is(home: str, marks: set[str]):
    found = told(appOwnerOrganizationId=home)
    assert {mark for mark in ("external", "provider_managed") if getattr(found, mark)} == marks
    named = {OTHER: OTHER, MICROSOFT: "Microsoft's"}
    assert dict(found.facts).get("Home tenant") == named.get(home)


def test_of_unknown_origin_nothing_is_claimed():
    found = told(appOwnerOrganizationId=None)
    assert (found.external, found.provider_managed) == (False, False)


@pytest.mark.parametrize(("explicit", "address"), [("True", ARM.lower()), ("False", f"{ARM.lower()}#system-assigned")])
def test_a_managed_identity_is_known_to_azure_by_its_resource(explicit: str, address: str):
    names = [f"isExplicit={explicit}", ARM]
    found = told(servicePrincipalType="ManagedIdentity", alternativeNames=names, appOwnerOrganizationId=MICROSOFT)
    assert [each.value for each in found.aliases if each.kind is AliasKind.ADDRESS] == [address]
    assert (found.type, found.provider_managed) == ("managed identity", False)


def test_what_azure_rotates_is_nobodys_credential():
    keys = Joined(keys=({"keyId": "k1", "usage": "Verify"},))
    assert told(keys, servicePrincipalType="ManagedIdentity").credentials == ()
    assert len(told(keys).credentials) == 1


def test_no_record_of_a_sign_in_is_unknown_and_said_to_be():
    assert (told().usage, told().last_used_at) == (Usage.UNKNOWN, None)
    assert ("Last sign-in", NO_RECORD) in told().facts
    unread = told(Joined(lacking=frozenset({"sign-ins"})))
    assert ("Last sign-in", NOT_READ) in unread.facts


def test_a_sign_in_is_use():
    found = told(Joined(signed_in="2026-11-01T08:00:00Z"))
    assert (found.usage, found.last_used_at) == (Usage.USED, datetime(2026, 11, 1, 8, tzinfo=UTC))
    assert "Last sign-in" not in dict(found.facts)


def secret(key: str) -> dict[str, Any]:
    return {"keyId": key, "startDateTime": "2026-01-01T00:00:00Z", "endDateTime": "2027-01-01T00:00:00Z"}


def test_its_own_credentials_and_its_applications_are_told_together():
    application = {"passwordCredentials": [secret("k2")], "createdDateTime": "2025-03-01T00:00:00Z"}
    federated = ({"id": "f1", "name": "main", "issuer": "https://ci.example", "subject": "repo:acme/app"},)
    joined = Joined(application=application, application_keys=({"keyId": "k3"},), federated=federated)
    found = told(joined, passwordCredentials=[secret("k1")])
    assert [each.id for each in found.credentials] == ["k3", "k1", "k2", "f1"]
    assert found.created_at == datetime(2025, 3, 1, tzinfo=UTC)
    assert ("Credentials beside the application's", "1") in found.facts
    assert [each.value for each in found.aliases if each.kind is AliasKind.FEDERATED_SUBJECT] == [
        "https://ci.example|repo:acme/app"
    ]


def test_credentials_that_were_not_read_are_not_taken_for_none():
    found = told(Joined(lacking=frozenset({"certificates", "sign-ins"})))
    assert ("Credentials", "not all of them were read (certificates)") in found.facts


def test_the_publisher_is_none_only_where_graph_says_so():
    assert "Verified publisher" not in dict(told().facts)
    assert dict(told(verifiedPublisher={"displayName": None}).facts)["Verified publisher"] == "none"
    assert dict(told(verifiedPublisher={"displayName": "Acme"}).facts)["Verified publisher"] == "Acme"


@pytest.mark.parametrize(
    ("said", "type_"),
    [
        ({"servicePrincipalType": "ServiceIdentity"}, "agent identity"),
        ({"@odata.type": "#microsoft.graph.agentIdentityBlueprintPrincipal"}, "agent blueprint principal"),
        ({"servicePrincipalType": "Legacy"}, "legacy service principal"),
        ({"servicePrincipalType": "SomethingNew"}, "service principal"),
    ],
)
def test_every_type_is_told_in_words(said: dict[str, Any], type_: str):
    assert told(**said).type == type_


def test_one_without_a_name_is_told_by_its_type_and_the_beginning_of_its_id():
    assert told(displayName=None).name == "service principal aaaaaaaa…"
