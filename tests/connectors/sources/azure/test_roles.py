"""What is read out of a role definition?"""

from connectors.inventory.records import Access
from connectors.sources.azure.roles import Reach, Role, Roles, role
from tests.connectors.sources.azure.roles_in_use import (
    ACCESS_ADMINISTRATOR,
    BLOB_READER,
    CONTRIBUTOR,
    NETWORK_OPERATOR,
    OWNER,
    READER,
    definition,
)


def managing(role: Role) -> Reach:
    assert role.manages is not None
    return role.manages


def rest(role: Role, type: str | None = None) -> Reach:  # noqa: A002 - Azure's word
    found = role.rest(type)
    assert found is not None
    return found


def kinds(role, access):
    return {key for reach in role.reaches if reach.access is access for key in reach.kinds}


def test_who_may_assign_roles_manages_access():
    assert managing(OWNER).actions == ("*",)
    assert managing(ACCESS_ADMINISTRATOR).actions == ("Microsoft.Authorization/*",)
    assert (CONTRIBUTOR.manages, READER.manages, BLOB_READER.manages) == (None, None, None)


def test_a_custom_role_is_judged_by_its_actions():
    named = definition("Harmless", custom=True, actions=["Microsoft.Authorization/roleAssignments/*"])
    assert managing(role(named)).access is Access.ADMIN
    assert role(named).title == "custom role Harmless"


def test_a_data_role_reaches_its_kind_of_resource_and_no_other():
    (reach,) = BLOB_READER.reaches
    assert (reach.access, reach.kinds) == (Access.READ, ("storage",))
    assert reach.actions == ("Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read",)


def test_a_contributor_reaches_content_by_keys_and_code_but_no_vault_that_asks_roles():
    assert {"storage-keys", "cosmos-keys", "sites", "logic-apps", "identities"} <= kinds(CONTRIBUTOR, Access.WRITE)
    assert {"vault-policies", "sql"} <= kinds(CONTRIBUTOR, Access.ADMIN)
    assert not {"vaults", "storage"} & (kinds(CONTRIBUTOR, Access.WRITE) | kinds(CONTRIBUTOR, Access.READ))


def test_a_reader_reads_logs_and_nothing_else_that_is_content():
    assert kinds(READER, Access.READ) <= {"logs", "cosmos-keys"}
    assert kinds(READER, Access.WRITE) == set()


def test_a_role_that_reaches_nothing_known_is_what_it_may_do_to_settings():
    assert NETWORK_OPERATOR.reaches == ()
    assert rest(NETWORK_OPERATOR).access is Access.WRITE
    assert rest(READER).access is Access.READ
    assert NETWORK_OPERATOR.rest("microsoft.keyvault/vaults") is None
    assert rest(CONTRIBUTOR, "microsoft.keyvault/vaults").actions == ("*",)


def test_a_role_is_found_by_its_guid_however_its_id_is_spelled():
    roles = Roles()
    guid = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
    roles.take(
        definition("Owner", actions=["*"]) | {"id": f"/providers/Microsoft.Authorization/RoleDefinitions/{guid}"}
    )
    spelled = f"/subscriptions/1/providers/Microsoft.Authorization/roleDefinitions/{guid.upper()}"
    found = roles.role(spelled, ask=lambda _: None)
    assert found is not None
    assert found.name == "Owner"


def test_a_role_that_was_not_told_is_asked_for_once():
    asked = []

    def ask(guid):
        asked.append(guid)

    roles = Roles()
    assert [roles.role("/roleDefinitions/unknown", ask=ask) for _ in range(2)] == [None, None]
    assert asked == ["unknown"]
