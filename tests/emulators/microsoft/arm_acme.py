"""What has Acme Media in Azure? Four subscriptions: one to work with, one to deploy from, one to play, one closed.

What must never be kept of it holds the word CANARY: bodies, headers, settings' values, connection strings.
"""

from functools import cache

from tests.emulators.microsoft import arm_finance, arm_media, foundry_acme
from tests.emulators.microsoft.acme import TENANT, guid
from tests.emulators.microsoft.arm_estate import AzureEstate, Contents, ManagementGroup, Subscription
from tests.emulators.microsoft.arm_place import Place, assignment, federated, managed_identity, schedule, system
from tests.emulators.microsoft.arm_roles import definition

ROOT = ManagementGroup(TENANT, "Tenant Root Group")
ACME = ManagementGroup("acme", "Acme Media", parent=TENANT)
LANDING = ManagementGroup("acme-production", "Production", parent="acme")
SANDBOX_GROUP = ManagementGroup("acme-sandbox", "Sandbox", parent="acme")

PRODUCTION = Subscription("5b000000-0000-4000-8000-000000000001", "acme-production", "acme-production")
PLATFORM = Subscription("5b000000-0000-4000-8000-000000000002", "acme-platform", "acme-production")
SANDBOX = Subscription("5b000000-0000-4000-8000-000000000003", "acme-sandbox", "acme-sandbox")
ARCHIVE = Subscription("5b000000-0000-4000-8000-000000000004", "acme-archive", "acme", state="Disabled")

SELF_PROMOTING = f"{ACME.id}/providers/Microsoft.Authorization/roleDefinitions/{guid('role', 'Landing Zone Operator')}"


@cache
def above() -> Contents:
    """What is granted on management groups, and on everything."""
    contents = Contents()
    contents.definitions.append(
        definition(
            scope=ACME.id,
            name="Landing Zone Operator",
            guid=guid("role", "Landing Zone Operator"),
            allowed={"actions": ("Microsoft.Authorization/roleAssignments/write", "Microsoft.Resources/*/read")},
            custom=True,
        )
    )
    for principal, role, on, kind in (
        (guid("group", "Cloud Admins"), "Owner", ROOT.id, "Group"),
        (guid("service principal", "Landing Zone Pipeline"), SELF_PROMOTING, ACME.id, "ServicePrincipal"),
        (guid("service principal", "sv0"), "Reader", ROOT.id, "ServicePrincipal"),
    ):
        contents.assignments.append(assignment(principal, role, on=on, subscription=None, kind=kind))
    alice = guid("user", "alice")
    told = {"on": LANDING.id, "kind": "User", "collection": "roleEligibilityScheduleInstances"}
    contents.eligible.append(schedule(alice, "Owner", **told))
    return contents


@cache
def contents(subscription: Subscription) -> Contents:
    """What the subscription holds."""
    found = Contents()
    fill = {PRODUCTION: production, PLATFORM: platform, SANDBOX: sandbox, ARCHIVE: archive}[subscription]
    fill(found, subscription)
    return found


def production(contents: Contents, subscription: Subscription) -> None:
    arm_finance.fill(contents, subscription)
    arm_media.fill(contents, subscription)
    foundry_acme.fill(contents, subscription)
    deploy, on = guid("service principal", "id-deploy"), subscription.path
    contents.assignments.append(
        assignment(deploy, "Contributor", on=on, subscription=subscription, kind="ServicePrincipal")
    )


def platform(contents: Contents, subscription: Subscription) -> None:
    """From here everything else is deployed, by GitHub without a secret and by an application with one."""
    place = Place(contents, subscription, "rg-deploy").opened(tags={"owner": "alice@acme-media.example"})
    deploy = managed_identity(place, "id-deploy", tags={"owner": "alice@acme-media.example"})
    issuer = "https://token.actions.githubusercontent.com"
    federated(place, deploy, "site-main", issuer=issuer, subject="repo:acme-media/site:ref:refs/heads/main")
    place.grant(guid("service principal", "GitHub Deploy"), "User Access Administrator", on=subscription.path)
    place.grant(guid("service principal", "deleted long ago"), "Contributor", on=place.path)
    place.grant(guid("user", "mallory"), "Owner", on=place.path, kind="User")
    place.contents.denials.append(
        {
            "id": f"{place.path}/providers/Microsoft.Authorization/denyAssignments/{guid('deny', 'stack')}",
            "name": guid("deny", "stack"),
            "type": "Microsoft.Authorization/denyAssignments",
            "properties": {
                "denyAssignmentName": "Deployment stack",
                "description": None,
                "permissions": [{"actions": ["*/delete"], "notActions": [], "dataActions": [], "notDataActions": []}],
                "scope": place.path,
                "doNotApplyToChildScopes": False,
                "principals": [{"id": "00000000-0000-0000-0000-000000000000", "type": "SystemDefined"}],
                "excludePrincipals": [{"id": guid("group", "Cloud Admins"), "type": "Group"}],
                "isSystemProtected": True,
            },
        }
    )


def sandbox(contents: Contents, subscription: Subscription) -> None:
    """Where bob tries things out, with more rights than he needs."""
    place = Place(contents, subscription, "rg-bob").opened()
    properties = {"vmId": guid("vm", "vm-bob"), "timeCreated": "2025-09-01T10:00:00Z", "provisioningState": "Succeeded"}
    place.add("Microsoft.Compute/virtualMachines", "vm-bob", properties, identity=system("vm-bob"))
    place.grant(guid("service principal", "vm-bob"), "Contributor", on=subscription.path)
    place.add(
        "Microsoft.Storage/storageAccounts", "stbobexperiments", {"allowBlobPublicAccess": True}, kind="StorageV2"
    )


def archive(contents: Contents, subscription: Subscription) -> None:
    """Closed; it can still be read."""
    place = Place(contents, subscription, "rg-old").opened()
    place.add("Microsoft.KeyVault/vaults", "kv-old", {"tenantId": TENANT, "enableRbacAuthorization": True})


def host(name: str) -> Subscription | None:
    """All of Acme's AI accounts are in one subscription."""
    return PRODUCTION if name.startswith("acme-ai-") else None


ESTATE = AzureEstate(
    groups=(ROOT, ACME, LANDING, SANDBOX_GROUP),
    subscriptions=(PRODUCTION, PLATFORM, SANDBOX, ARCHIVE),
    above=above(),
    contents=contents,
    hosts=host,
)
