"""What is in a Power Platform tenant: environments, data policies, and what each environment's Dataverse holds?

Contents are asked for when a call needs them, so that a tenant of any size can be served.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from tests.emulators.microsoft.acme import TENANT
from tests.emulators.microsoft.powerplatform_wire import Row

ENVIRONMENTS = "/providers/Microsoft.BusinessAppPlatform/scopes/admin/environments"


@dataclass(frozen=True, kw_only=True)
class Contents:
    """An environment's Dataverse, and its connections at Power Apps. `tables` by the name of a table's set.

    `roles_of` and `shared` answer for a user's, and an agent's, id.
    """

    id: str
    name: str
    tables: Mapping[str, Sequence[Row]]
    connections: Sequence[Row] = ()
    roles_of: Callable[[str], Sequence[Row]] = lambda _: ()
    shared: Callable[[str], Sequence[Row]] = lambda _: ()


@dataclass(frozen=True, kw_only=True)
class PowerEstate:
    """A tenant. `contents` finds a Dataverse by its host ("acme.crm4.dynamics.com"), `at` by its environment's id."""

    environments: Sequence[Row]
    contents: Callable[[str], Contents | None]
    at: Callable[[str], Contents | None]
    policies: Sequence[Row] = field(default_factory=tuple)
    tenant: str = TENANT


def environment(id: str, name: str, *, host: str | None, sku: str = "Production", state: str = "Ready") -> Row:  # noqa: A002 - the vendor's word
    """As the tenant's administration tells it, with what sv0 passes over."""
    organization, _, rest = (host or "").partition(".")
    metadata = {
        "resourceId": "6450637c-f9a8-4988-8cf7-b03723d51ab7",
        "friendlyName": name,
        "uniqueName": f"unq{organization}",
        "domainName": organization,
        "version": "9.2.26101.00180",
        "instanceUrl": f"https://{host}/",
        "instanceApiUrl": f"https://{organization}.api.{rest}",
        "baseLanguage": 1033,
        "instanceState": state,
        "createdTime": "2024-02-15T08:02:46.87Z",
    }
    properties = {
        "tenantId": TENANT,
        "azureRegion": "westeurope",
        "displayName": name,
        "description": "CANARY-environment-description",
        "createdTime": "2024-02-15T08:02:36.1799125Z",
        "createdBy": {"id": "SYSTEM", "displayName": "SYSTEM", "type": "NotSpecified"},
        "provisioningState": "Succeeded",
        "creationType": "User",
        "environmentSku": sku,
        "isDefault": sku == "Default",
        "databaseType": "CommonDataService" if host else "None",
        "linkedEnvironmentMetadata": metadata if host else None,
        "states": {"management": {"id": "Ready"}, "runtime": {"id": "Enabled"}},
        "governanceConfiguration": {"protectionLevel": "Basic"},
    }
    kind = "Microsoft.BusinessAppPlatform/scopes/environments"
    return {"id": f"{ENVIRONMENTS}/{id}", "type": kind, "location": "europe", "name": id, "properties": properties}


def policy(name: str, *, blocked: Sequence[str], holds: str = "AllEnvironments", only: Sequence[str] = ()) -> Row:
    """A data policy that blocks some connectors."""
    groups = [
        {"classification": "Confidential", "connectors": []},
        {"classification": "General", "connectors": []},
        {
            "classification": "Blocked",
            "connectors": [
                {
                    "id": f"/providers/Microsoft.PowerApps/apis/{each}",
                    "name": each,
                    "type": "Microsoft.PowerApps/apis",
                }
                for each in blocked
            ],
        },
    ]
    return {
        "name": f"policy-{name.lower().replace(' ', '-')}",
        "displayName": name,
        "defaultConnectorsClassification": "General",
        "connectorGroups": groups,
        "environmentType": holds,
        "environments": [{"id": f"{ENVIRONMENTS}/{each}", "name": each} for each in only],
        "createdBy": {"displayName": "admin"},
        "createdTime": "2023-10-02T07:38:50.3269899Z",
        "etag": "dcf783da-6eb1-4c5a-a6ee-118a64bafbdb",
        "isLegacySchemaVersion": False,
    }
