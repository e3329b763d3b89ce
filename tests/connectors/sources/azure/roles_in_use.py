"""Roles of Azure as their definitions are, for tests that need no server."""

from typing import Any

from connectors.sources.azure.roles import Role, role


def definition(name: str, *, custom: bool = False, **permissions: list[str]) -> dict[str, Any]:
    kind = "CustomRole" if custom else "BuiltInRole"
    return {"id": f"/providers/{name}", "roleName": name, "kind": kind, "permissions": [permissions]}


ACCESS = ["Microsoft.Authorization/*/Delete", "Microsoft.Authorization/*/Write"]
OWNER: Role = role(definition("Owner", actions=["*"]))
CONTRIBUTOR = role(definition("Contributor", actions=["*"], notActions=ACCESS))
READER = role(definition("Reader", actions=["*/read"]))
ACCESS_ADMINISTRATOR = role(
    definition("User Access Administrator", actions=["*/read", "Microsoft.Authorization/*", "Microsoft.Support/*"])
)
BLOB_READER = role(
    definition(
        "Storage Blob Data Reader",
        actions=["Microsoft.Storage/storageAccounts/blobServices/containers/read"],
        dataActions=["Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read"],
    )
)
SECRETS_USER = role(
    definition("Key Vault Secrets User", dataActions=["Microsoft.KeyVault/vaults/secrets/getSecret/action"])
)
NETWORK_OPERATOR = role(definition("Network operator", custom=True, actions=["Microsoft.Network/virtualNetworks/*"]))
