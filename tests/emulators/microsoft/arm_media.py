"""What does Acme's media team run in Azure? Machines, clusters, containers and factories, in a network of their own."""

from tests.emulators.microsoft.acme import TENANT, guid
from tests.emulators.microsoft.arm_estate import Contents, Row, Subscription
from tests.emulators.microsoft.arm_place import Place, assigned, federated, managed_identity, system

CLUSTER_ISSUER = "https://westeurope.oic.prod-aks.azure.com/11111111-aaaa-4bbb-8ccc-000000000001/7a1e/"


def fill(contents: Contents, subscription: Subscription) -> None:
    place = Place(contents, subscription, "rg-media").opened(tags={"owner": "bob@acme-media.example"})
    network(place)
    machines(place)
    cluster(place)
    containers(place)
    factory(place)
    catalogue(place)
    events(place)


def network(place: Place) -> None:
    """One way out is watched by a firewall, one is shut, one is open."""
    at = f"{place.path}/providers/Microsoft.Network"
    rules = [
        {"name": "no-internet", "properties": rule("Deny", "Internet", 4000)},
        {"name": "to-partners", "properties": rule("Allow", "203.0.113.0/24", 300)},
    ]
    shut = place.add("Microsoft.Network/networkSecurityGroups", "nsg-shut", {"securityRules": rules})
    place.add("Microsoft.Network/networkSecurityGroups", "nsg-open", {"securityRules": []})
    out = {"addressPrefix": "0.0.0.0/0", "nextHopType": "VirtualAppliance", "nextHopIpAddress": "10.0.255.4"}
    place.add("Microsoft.Network/routeTables", "rt-firewall", {"routes": [{"name": "out", "properties": out}]})
    place.add("Microsoft.Network/natGateways", "nat-media", {"publicIpAddresses": []}, sku={"name": "Standard"})
    subnets = [
        subnet(at, "apps", routeTable={"id": f"{at}/routeTables/rt-firewall"}),
        subnet(at, "machines", networkSecurityGroup={"id": shut}, defaultOutboundAccess=False),
        subnet(
            at,
            "containers",
            networkSecurityGroup={"id": f"{at}/networkSecurityGroups/nsg-open"},
            natGateway={"id": f"{at}/natGateways/nat-media"},
        ),
    ]
    place.add(
        "Microsoft.Network/virtualNetworks",
        "vnet-media",
        {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}, "subnets": subnets},
    )


def rule(access: str, destination: str, priority: int) -> Row:
    return {
        "protocol": "*",
        "access": access,
        "direction": "Outbound",
        "priority": priority,
        "sourceAddressPrefix": "*",
        "sourcePortRange": "*",
        "destinationAddressPrefix": destination,
        "destinationPortRange": "*",
    }


def subnet(at: str, name: str, **properties: object) -> Row:
    id_ = f"{at}/virtualNetworks/vnet-media/subnets/{name}"
    return {"id": id_, "name": name, "properties": {"addressPrefix": "10.0.1.0/24", **properties}}


def machines(place: Place) -> None:
    at = f"{place.path}/providers/Microsoft.Network/virtualNetworks/vnet-media/subnets/machines"
    address = {"name": "ipconfig1", "properties": {"privateIPAddress": "10.0.1.4", "subnet": {"id": at}}}
    card = place.add("Microsoft.Network/networkInterfaces", "nic-transcoder", {"ipConfigurations": [address]})
    properties = {
        "vmId": guid("vm", "vm-transcoder"),
        "timeCreated": "2024-06-01T10:00:00Z",
        "networkProfile": {"networkInterfaces": [{"id": card}]},
        "osProfile": {"computerName": "transcoder", "adminUsername": "acme", "customData": "CANARY-custom-data"},
        "extended": {"instanceView": {"powerState": {"code": "PowerState/running"}}},
        "provisioningState": "Succeeded",
    }
    place.add("Microsoft.Compute/virtualMachines", "vm-transcoder", properties, identity=system("vm-transcoder"))
    place.grant(guid("service principal", "vm-transcoder"), "Reader", on=place.subscription.path)


def cluster(place: Place) -> None:
    """Accounts of the cluster act as identities of Azure, one of them as an account of another cluster does."""
    kubelet = managed_identity(place, "aks-media-agentpool")
    thumbnails = managed_identity(place, "id-thumbnails")
    properties = {
        "oidcIssuerProfile": {"enabled": True, "issuerURL": CLUSTER_ISSUER},
        "securityProfile": {"workloadIdentity": {"enabled": True}},
        "identityProfile": {
            "kubeletidentity": {"resourceId": kubelet, "objectId": guid("service principal", "aks-media-agentpool")}
        },
        "powerState": {"code": "Running"},
        "disableLocalAccounts": False,
    }
    place.add("Microsoft.ContainerService/managedClusters", "aks-media", properties, identity=system("aks-media"))
    federated(place, thumbnails, "thumbnails", issuer=CLUSTER_ISSUER, subject="system:serviceaccount:media:thumbnails")
    place.grant(guid("service principal", "id-thumbnails"), "Storage Blob Data Contributor", on=place.path)


def containers(place: Place) -> None:
    subnet_ = f"{place.path}/providers/Microsoft.Network/virtualNetworks/vnet-media/subnets/containers"
    environment = place.add(
        "Microsoft.App/managedEnvironments", "cae-media", {"vnetConfiguration": {"infrastructureSubnetId": subnet_}}
    )
    template = {
        "containers": [
            {"name": "app", "image": "acme.azurecr.io/recommender:7", "env": [{"name": "KEY", "value": "CANARY-env"}]}
        ]
    }
    app = {"managedEnvironmentId": environment, "template": template, "configuration": {"ingress": {"external": True}}}
    place.add("Microsoft.App/containerApps", "ca-recommender", app, identity=system("ca-recommender"))
    job = {
        "environmentId": environment,
        "template": template,
        "configuration": {"triggerType": "Schedule", "scheduleTriggerConfig": {"cronExpression": "0 4 * * *"}},
    }
    place.add("Microsoft.App/jobs", "job-purge", job, identity={"type": "None"})


def factory(place: Place) -> None:
    """Copies data to and from elsewhere, with keys in its connection strings."""
    loader = managed_identity(place, "id-loader")
    id_ = place.add(
        "Microsoft.DataFactory/factories",
        "adf-analytics",
        {"createTime": "2024-04-01T08:00:00Z", "provisioningState": "Succeeded", "publicNetworkAccess": "Enabled"},
        identity=assigned(loader, also=system("adf-analytics")),
    )
    services = {
        "AmazonS3": {
            "serviceUrl": "https://s3.eu-west-1.amazonaws.com",
            "accessKeyId": "CANARY-key-id",
            "secretAccessKey": {"type": "SecureString", "value": "CANARY-secret-key"},
        },
        "Salesforce": {
            "environmentUrl": "https://acme.my.salesforce.example",
            "username": "loader@acme-media.example",
            "password": {"type": "SecureString", "value": "CANARY-password"},
        },
        "AzureBlobStorage": {
            "connectionString": "DefaultEndpointsProtocol=https;AccountName=stinvoices;AccountKey=CANARY-account-key"
        },
    }
    linked = {name: {"type": name, "typeProperties": said} for name, said in services.items()}
    place.told(id_, "linkedservices", linked)
    trigger = {
        "type": "ScheduleTrigger",
        "runtimeState": "Started",
        "pipelines": [
            {
                "pipelineReference": {"referenceName": "load", "type": "PipelineReference"},
                "parameters": {"key": "CANARY-pipeline-parameter"},
            }
        ],
        "typeProperties": {"recurrence": {"frequency": "Hour", "interval": 6}},
    }
    place.told(id_, "triggers", {"often": trigger})
    place.grant(guid("service principal", "adf-analytics"), "Storage Blob Data Reader", on=place.subscription.path)


def catalogue(place: Place) -> None:
    """Databases and what else holds data. Cosmos DB has roles of its own."""
    cosmos = place.add(
        "Microsoft.DocumentDB/databaseAccounts",
        "cosmos-catalogue",
        {
            "disableLocalAuth": False,
            "publicNetworkAccess": "Enabled",
            "documentEndpoint": "https://cosmos-catalogue.documents.azure.com:443/",
        },
        kind="GlobalDocumentDB",
    )
    cosmos_roles(place, cosmos)
    place.add(
        "Microsoft.Search/searchServices",
        "srch-acme",
        {"publicNetworkAccess": "enabled", "disableLocalAuth": False, "status": "running"},
        sku={"name": "basic"},
    )
    place.add(
        "Microsoft.ServiceBus/namespaces",
        "sb-media",
        {"disableLocalAuth": True, "publicNetworkAccess": "Enabled"},
        sku={"name": "Standard"},
    )
    place.add(
        "Microsoft.OperationalInsights/workspaces",
        "log-media",
        {"customerId": guid("workspace", "log-media"), "publicNetworkAccessForIngestion": "Enabled"},
    )


def cosmos_roles(place: Place, cosmos: str) -> None:
    kind = "Microsoft.DocumentDB/databaseAccounts"
    reader = "00000000-0000-0000-0000-000000000001"
    data = {"dataActions": [f"{kind}/readMetadata", f"{kind}/sqlDatabases/containers/items/read"]}
    said = {"roleName": "Cosmos DB Built-in Data Reader", "type": "BuiltInRole", "assignableScopes": [cosmos]}
    place.told(cosmos, "sqlRoleDefinitions", {reader: {**said, "permissions": [data]}})
    principal = guid("service principal", "ca-recommender")
    held = {"roleDefinitionId": f"{cosmos}/sqlRoleDefinitions/{reader}", "principalId": principal, "scope": cosmos}
    place.told(cosmos, "sqlRoleAssignments", {guid("cosmos role assignment", "ca-recommender"): held})


def events(place: Place) -> None:
    """Tells a partner of new films."""
    about = f"{place.path}/providers/Microsoft.Storage/storageAccounts/stmaster"
    place.add(
        "Microsoft.Storage/storageAccounts",
        "stmaster",
        {"allowBlobPublicAccess": True, "publicNetworkAccess": "Enabled"},
        kind="StorageV2",
    )
    topic = place.add(
        "Microsoft.EventGrid/systemTopics",
        "egst-films",
        {"source": about, "topicType": "Microsoft.Storage.StorageAccounts"},
    )
    webhook = {
        "endpointType": "WebHook",
        "properties": {
            "endpointBaseUrl": "https://hooks.partner.example/films",
            "endpointUrl": "CANARY-endpoint-url",
            "azureActiveDirectoryTenantId": TENANT,
        },
    }
    place.told(topic, "eventSubscriptions", {"partner": {"destination": webhook, "topic": about}})
