"""What do Acme's finance and people teams run in Azure? Functions, Logic Apps, runbooks, and the data they touch."""

from typing import Any

from tests.emulators.microsoft.acme import TENANT, guid
from tests.emulators.microsoft.arm_estate import Contents, Row, Subscription
from tests.emulators.microsoft.arm_place import Place, assigned, made_by, managed_identity, system

OWNER = {"owner": "alice@acme-media.example"}


def fill(contents: Contents, subscription: Subscription) -> None:
    finance = Place(contents, subscription, "rg-finance").opened(tags=OWNER)
    invoices = storage(finance, "stinvoices", tags={"data-domain": "finance", **OWNER})
    vault = key_vault(finance)
    ledger(finance)
    functions(finance, invoices, vault)
    payments(finance)
    people = Place(contents, subscription, "rg-people").opened()
    runbooks(people, storage(people, "sthrfiles", tags={"data-domain": "hr"}, keys=False))


def storage(place: Place, name: str, *, tags: dict[str, str], keys: bool | None = None) -> str:
    properties = {
        "allowBlobPublicAccess": False,
        "allowSharedKeyAccess": keys,
        "publicNetworkAccess": "Enabled",
        "networkAcls": {"bypass": "AzureServices", "defaultAction": "Allow", "ipRules": [], "virtualNetworkRules": []},
        "primaryEndpoints": {"blob": f"https://{name}.blob.core.windows.net/"},
        "creationTime": "2024-02-01T09:00:00.0000000Z",
        "provisioningState": "Succeeded",
    }
    sku = {"name": "Standard_LRS", "tier": "Standard"}
    return place.add("Microsoft.Storage/storageAccounts", name, properties, kind="StorageV2", sku=sku, tags=tags)


def key_vault(place: Place) -> str:
    """A vault with policies of its own, which no role assignment tells of."""
    policy = {"tenantId": TENANT, "permissions": {"keys": [], "secrets": ["get", "list"], "certificates": []}}
    properties = {
        "tenantId": TENANT,
        "sku": {"family": "A", "name": "standard"},
        "vaultUri": "https://kv-finance.vault.azure.net/",
        "enableRbacAuthorization": False,
        "accessPolicies": [
            {**policy, "objectId": guid("service principal", name)} for name in ("Invoice Robot", "id-payroll")
        ],
        "publicNetworkAccess": "Enabled",
        "enableSoftDelete": True,
    }
    return place.add("Microsoft.KeyVault/vaults", "kv-finance", properties, tags=OWNER)


def ledger(place: Place) -> None:
    administrators = {
        "administratorType": "ActiveDirectory",
        "principalType": "Group",
        "login": "Data Platform",
        "sid": guid("group", "Data Platform"),
        "tenantId": TENANT,
        "azureADOnlyAuthentication": False,
    }
    properties = {
        "administrators": administrators,
        "publicNetworkAccess": "Enabled",
        "state": "Ready",
        "version": "12.0",
    }
    server = place.add("Microsoft.Sql/servers", "sql-finance", properties, kind="v12.0")
    database = {"status": "Online", "creationDate": "2024-02-01T09:00:00Z"}
    place.below(server, "Microsoft.Sql/servers/databases", "ledger", database, tags={"data-domain": "finance"})


def functions(place: Place, invoices: str, vault: str) -> None:
    """An app that exports invoices every night, and answers whoever knows its key."""
    media = f"{place.subscription.path}/resourceGroups/rg-media"
    subnet = f"{media}/providers/Microsoft.Network/virtualNetworks/vnet-media/subnets/apps"
    properties = {
        "state": "Running",
        "enabled": True,
        "defaultHostName": "func-invoices.azurewebsites.net",
        "hostNames": ["func-invoices.azurewebsites.net"],
        "lastModifiedTimeUtc": "2026-09-30T11:20:00",
        "outboundIpAddresses": "20.50.1.1",
        "possibleOutboundIpAddresses": "20.50.1.1,20.50.1.2",
        "virtualNetworkSubnetId": subnet,
        "outboundVnetRouting": {"allTraffic": False},
        "publicNetworkAccess": "Enabled",
        "httpsOnly": True,
        "siteConfig": {"appSettings": None, "linuxFxVersion": "Python|3.12"},
    }
    app = place.add(
        "Microsoft.Web/sites",
        "func-invoices",
        properties,
        kind="functionapp,linux",
        tags=OWNER,
        identity=system("func-invoices"),
    )
    place.list(
        app,
        "functions",
        [
            function(app, "nightly-export", type="timerTrigger", schedule="0 0 2 * * *"),
            function(app, "lookup", type="httpTrigger", authLevel="function"),
        ],
    )
    place.grant(guid("service principal", "func-invoices"), "Storage Blob Data Contributor", on=invoices)
    place.grant(guid("service principal", "func-invoices"), "Key Vault Secrets User", on=vault)
    place.grant(guid("service principal", "Invoice Robot"), "Storage Blob Data Reader", on=invoices)
    place.grant(guid("group", "Data Platform"), "Reader", on=place.path, kind="Group")


def function(app: str, name: str, **binding: Any) -> Row:
    properties = {
        "name": name,
        "language": "python",
        "isDisabled": False,
        "config": {"bindings": [{"name": "request", "direction": "in", **binding}], "scriptFile": "function_app.py"},
        "test_data": "CANARY-test-data",
        "files": {"function_app.py": "CANARY-source-code"},
    }
    return {
        "id": f"{app}/functions/{name}",
        "name": f"{app.rpartition('/')[2]}/{name}",
        "type": "Microsoft.Web/sites/functions",
        "properties": properties,
    }


def payments(place: Place) -> None:
    """A Logic App that sends payments out, and mail as somebody who has left."""
    office = place.add(
        "Microsoft.Web/connections",
        "office365",
        {
            "displayName": "mallory@acme-media.example",
            "authenticatedUser": {"name": "mallory@acme-media.example"},
            "overallStatus": "Connected",
            "statuses": [{"status": "Connected"}],
            "parameterValues": {"token": "CANARY-parameter"},
            "createdTime": "2024-05-06T07:08:09.0000000Z",
            "changedTime": "2025-05-06T07:08:09.0000000Z",
            "api": {
                "name": "office365",
                "displayName": "Office 365 Outlook",
                "id": office_api(place),
            },
        },
        kind="V1",
    )
    properties = {
        "state": "Enabled",
        "provisioningState": "Succeeded",
        "createdTime": "2024-05-06T07:00:00.0000000Z",
        "changedTime": "2026-08-01T07:00:00.0000000Z",
        "version": "08585000000000000001",
        "accessEndpoint": "https://prod-01.westeurope.logic.azure.com:443/workflows/CANARY-callback",
        "definition": definition(),
        "parameters": {
            "$connections": {
                "value": {
                    "office365": {
                        "connectionId": office,
                        "connectionName": "office365",
                        "id": office_api(place),
                    }
                }
            },
            "apiKey": {"value": "CANARY-parameter-value"},
        },
        "endpointsConfiguration": {"workflow": {"outgoingIpAddresses": [{"address": "20.60.1.1"}]}},
    }
    place.add("Microsoft.Logic/workflows", "la-payments", properties, identity=system("la-payments"), tags=OWNER)
    place.grant(guid("service principal", "la-payments"), "Contributor", on=place.path)
    place.add("Microsoft.Logic/workflows", "la-retired", {**properties, "state": "Disabled"}, identity={"type": "None"})


def office_api(place: Place) -> str:
    at = f"{place.subscription.path}/providers/Microsoft.Web/locations"
    return f"{at}/westeurope/managedApis/office365"


def definition() -> Row:
    """A workflow's text: hosts and kinds are metadata, what it sends is not."""
    call = {
        "type": "Http",
        "inputs": {
            "uri": "https://api.payments.example/v2/transfers?token=CANARY-query",
            "method": "POST",
            "body": {"account": "CANARY-body"},
            "headers": {"x-api-key": "CANARY-header"},
            "authentication": {"type": "Raw", "value": "CANARY-authentication"},
        },
    }
    mail = {
        "type": "ApiConnection",
        "inputs": {
            "host": {"connection": {"name": "@parameters('$connections')['office365']['connectionId']"}},
            "method": "post",
            "path": "/v2/Mail",
            "body": {"To": "CANARY-recipient"},
        },
    }
    told = {
        "type": "If",
        "expression": {"and": [{"equals": ["CANARY-expression", 1]}]},
        "actions": {"Tell": mail},
        "else": {"actions": {}},
    }
    return {
        "$schema": "https://schema.management.azure.com/providers/Microsoft.Logic/schemas/2016-06-01/workflowdefinition.json#",
        "contentVersion": "1.0.0.0",
        "parameters": {
            "$connections": {"defaultValue": {}, "type": "Object"},
            "apiKey": {"defaultValue": "CANARY-default", "type": "SecureString"},
        },
        "triggers": {"Daily": {"type": "Recurrence", "recurrence": {"frequency": "Day", "interval": 1}}},
        "actions": {"Transfer": call, "Check": told},
        "outputs": {},
    }


def runbooks(place: Place, files: str) -> None:
    """A script that a schedule and a webhook start, as an identity that a user made."""
    payroll = managed_identity(place, "id-payroll")
    account = place.add(
        "Microsoft.Automation/automationAccounts",
        "aa-people",
        {"state": "Ok", "publicNetworkAccess": True, "disableLocalAuth": False},
        identity=assigned(payroll),
    )
    properties = {
        "runbookType": "PowerShell72",
        "state": "Published",
        "creationTime": "2024-03-01T08:00:00+00:00",
        "lastModifiedTime": "2025-12-01T08:00:00+00:00",
        "lastModifiedBy": "mallory@acme-media.example",
        "description": "CANARY-runbook-description",
        "parameters": {"Password": {"type": "System.String", "defaultValue": "CANARY-default"}},
    }
    kind = "Microsoft.Automation/automationAccounts/runbooks"
    place.below(account, kind, "Sync-Employees", properties, systemData=made_by("mallory@acme-media.example"))
    starts(place, account)
    place.grant(guid("service principal", "id-payroll"), "Storage Blob Data Reader", on=files)
    place.grant(guid("service principal", "id-payroll"), "Virtual Machine Contributor", on=place.subscription.path)


def starts(place: Place, account: str) -> None:
    """What starts the script, and what it is given."""
    script = {"name": "Sync-Employees"}
    nightly = {"isEnabled": True, "frequency": "Day", "interval": 1, "timeZone": "Etc/UTC"}
    place.told(account, "schedules", {"nightly": {**nightly, "startTime": "2024-03-01T01:00:00+00:00"}})
    job = guid("job schedule", "nightly")
    given = {"Password": "CANARY-job-parameter"}
    linked = {"jobScheduleId": job, "runbook": script, "schedule": {"name": "nightly"}, "parameters": given}
    place.told(account, "jobSchedules", {job: linked})
    called = {"isEnabled": True, "expiryTime": "2027-01-01T00:00:00+00:00", "runbook": script}
    place.told(account, "webhooks", {"from-hr": {**called, "parameters": {"Key": "CANARY-webhook-parameter"}}})
    place.told(account, "variables", {"token": {"value": "CANARY-variable", "isEncrypted": False}})
