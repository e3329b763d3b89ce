"""What does a role assignment give, at each level of the tree?"""

from connectors.inventory.records import Access, Grade, Ref
from connectors.sources.azure.access import ACTIVATED, Assignment, edges
from connectors.sources.azure.denies import EVERYONE, denial
from connectors.sources.azure.shelf import Member
from tests.connectors.sources.azure.roles_in_use import (
    ACCESS_ADMINISTRATOR,
    BLOB_READER,
    CONTRIBUTOR,
    NETWORK_OPERATOR,
    OWNER,
    READER,
    SECRETS_USER,
)

PRINCIPAL = "59e617e5-0000-0000-0000-000000000001"
WHO = Ref(kind="identity", id="/subscriptions/1/mi", name="exporter")
PROD = "/subscriptions/1"
GROUP = f"{PROD}/resourcegroups/billing"
ACCOUNT = f"{GROUP}/providers/microsoft.storage/storageaccounts/invoices"
VAULT = f"{GROUP}/providers/microsoft.keyvault/vaults/keys"
SERVER = f"{GROUP}/providers/microsoft.sql/servers/ledger"


def member(id, type, *traits):  # noqa: A002
    return Member(id, "resource", id.rsplit("/", 1)[-1], type, frozenset(traits))


KNOWN = {
    ACCOUNT: member(ACCOUNT, "microsoft.storage/storageaccounts", "keys"),
    VAULT: member(VAULT, "microsoft.keyvault/vaults", "policies"),
    SERVER: member(SERVER, "microsoft.sql/servers"),
}


def given(role, scope, where=("subscription", "prod"), denials=(), **more):
    what, name = where
    said = Assignment(source=WHO, principal=PRINCIPAL, role=role, scope=scope, what=what, name=name, **more)
    return list(edges(said, known=KNOWN, denials=denials, scope="azure:1:rbac"))


def test_an_owner_administers_the_scope_and_needs_no_other_edge():
    (edge,) = given(OWNER, PROD)
    assert (edge.permission.access, edge.permission.target.id, edge.permission.grade) == (
        Access.ADMIN,
        PROD,
        Grade.GRANTED,
    )
    assert edge.permission.via == "role Owner on subscription prod"


def test_a_data_role_on_a_subscription_points_at_the_set_of_what_it_reaches():
    (edge,) = given(BLOB_READER, PROD)
    assert edge.target.id == f"{PROD}#storage"
    assert edge.target.name == "Storage accounts in subscription prod"
    assert edge.target.pattern == f"{PROD}/* of microsoft.storage/storageaccounts"
    assert (edge.permission.access, edge.permission.target.id) == (Access.READ, edge.target.id)


def test_two_roles_that_reach_the_same_share_the_set():
    one, two = given(BLOB_READER, PROD)[0], given(BLOB_READER, PROD, where=("subscription", "renamed"))[0]
    assert one.target.id == two.target.id


def test_a_role_on_a_resource_points_at_it_and_on_its_part_says_which():
    (edge,) = given(BLOB_READER, ACCOUNT, where=("resource", "invoices"))
    assert (edge.target, edge.permission.target.id, edge.permission.target.name) == (None, ACCOUNT, "invoices")
    (edge,) = given(BLOB_READER, f"{ACCOUNT}/blobservices/default/containers/2026")
    assert edge.permission.target.id == ACCOUNT
    assert edge.permission.conditions == ("only in blobservices/default/containers/2026",)
    assert edge.permission.grade is Grade.GRANTED


def test_a_role_on_a_server_reaches_its_databases():
    admin = [edge for edge in given(CONTRIBUTOR, SERVER) if edge.permission.access is Access.ADMIN]
    assert [edge.target.id for edge in admin] == [f"{SERVER}#sql"]


def test_a_vault_with_access_policies_does_not_ask_roles():
    assert given(SECRETS_USER, VAULT, where=("resource", "keys")) == []
    (edge,) = given(READER, VAULT, where=("resource", "keys"))
    assert (edge.permission.access, edge.permission.target.name) == (Access.READ, "Settings in resource keys")


def test_a_resource_that_was_not_read_is_pointed_at_all_the_same_as_far_as_can_be_told():
    (edge,) = given(SECRETS_USER, f"{VAULT}-unread", where=("resource", "keys-unread"))
    assert (edge.permission.target.id, edge.permission.grade) == (f"{VAULT}-unread", Grade.UNKNOWN)


def test_administering_a_group_is_told_by_its_name():
    (edge,) = given(OWNER, GROUP, where=("resource group", "billing"))
    assert (edge.permission.target.name, edge.permission.via) == ("billing", "role Owner on resource group billing")


def test_a_role_that_reaches_nothing_known_is_still_told():
    (edge,) = given(NETWORK_OPERATOR, GROUP, where=("resource group", "billing"))
    assert (edge.permission.access, edge.permission.target.name) == (
        Access.WRITE,
        "Settings in resource group billing",
    )


def test_an_eligible_role_is_conditional():
    edge = given(OWNER, PROD, eligible=True)[0]
    assert (edge.permission.grade, edge.permission.conditions) == (Grade.CONDITIONAL, (ACTIVATED,))
    assert edge.permission.via == "eligible for role Owner on subscription prod"


def test_a_condition_narrows_and_its_values_are_not_kept():
    said = "((@Resource[Microsoft.Storage/storageAccounts/blobServices/containers:name] StringEquals 'CANARY'))"
    (edge,) = given(BLOB_READER, PROD, condition=said)
    assert edge.permission.grade is Grade.CONDITIONAL
    assert edge.permission.conditions == ("a condition on containers:name",)


def test_who_assigns_roles_under_a_condition_is_also_told_what_else_he_reaches():
    said = "@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {1}"
    found = given(ACCESS_ADMINISTRATOR, PROD, condition=said)
    assert [edge.permission.access for edge in found] == [Access.ADMIN, Access.READ]
    assert {edge.permission.grade for edge in found} == {Grade.CONDITIONAL}


def deny(scope, *, spared=(), data=(), actions=("*",)):
    return denial(
        {
            "name": "d1",
            "properties": {
                "denyAssignmentName": "managed by the platform",
                "scope": scope,
                "principals": [{"id": EVERYONE, "type": "SystemDefined"}],
                "excludePrincipals": [{"id": each, "type": "ServicePrincipal"} for each in spared],
                "permissions": [{"actions": list(actions), "dataActions": list(data)}],
            },
        }
    )


def test_a_denial_at_or_above_the_scope_narrows_whom_it_does_not_spare():
    (edge,) = given(OWNER, GROUP, denials=[deny(PROD)])
    assert edge.permission.conditions == ("unless deny assignment managed by the platform applies",)
    assert edge.permission.grade is Grade.CONDITIONAL
    assert given(OWNER, GROUP, denials=[deny(PROD, spared=[PRINCIPAL])])[0].permission.grade is Grade.GRANTED
    assert given(OWNER, PROD, denials=[deny(GROUP)])[0].permission.grade is Grade.GRANTED


def test_a_denial_of_other_operations_narrows_nothing():
    assert given(BLOB_READER, PROD, denials=[deny(PROD)])[0].permission.grade is Grade.GRANTED
    assert given(BLOB_READER, PROD, denials=[deny(PROD, data=["*"])])[0].permission.grade is Grade.CONDITIONAL


def test_a_denial_of_some_operations_is_told_and_leaves_the_rest():
    (edge,) = given(ACCESS_ADMINISTRATOR, PROD, denials=[deny(PROD, actions=["*/roleDefinitions/write"])])
    assert edge.permission.grade is Grade.GRANTED
    assert edge.permission.conditions == ("not what deny assignment managed by the platform denies",)
