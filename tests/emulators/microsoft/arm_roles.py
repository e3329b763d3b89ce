"""Which of Azure's built-in roles does the stand-in know, and what do they allow?

A selection, their ids and permissions as Microsoft documents them
(https://learn.microsoft.com/azure/role-based-access-control/built-in-roles); long lists of actions are cut short.
"""

from collections.abc import Mapping
from typing import Any

Permissions = Mapping[str, tuple[str, ...]]
COGNITIVE = "Microsoft.CognitiveServices"
STORAGE = "Microsoft.Storage/storageAccounts"
READ_AND_ASK = ("Microsoft.Authorization/*/read", "Microsoft.Resources/subscriptions/resourceGroups/read")

# fmt: off
BUILT_IN: Mapping[str, tuple[str, Permissions]] = {
    "Owner": ("8e3af657-a8ff-443c-a75c-2fe8c4bcb635", {"actions": ("*",)}),
    "Contributor": ("b24988ac-6180-42a0-ab88-20f7382dd24c", {
        "actions": ("*",),
        "notActions": ("Microsoft.Authorization/*/Delete", "Microsoft.Authorization/*/Write",
                       "Microsoft.Authorization/elevateAccess/Action")}),
    "Reader": ("acdd72a7-3385-48ef-bd42-f606fba81ae7", {"actions": ("*/read",)}),
    "User Access Administrator": ("18d7d88d-d35e-4fb5-a5c3-7773c20a72d9", {
        "actions": ("*/read", "Microsoft.Authorization/*", "Microsoft.Support/*")}),
    "Website Contributor": ("de139f84-1756-47ae-9be6-808fbbe84772", {
        "actions": (*READ_AND_ASK, "Microsoft.Web/sites/*", "Microsoft.Web/serverFarms/join/action")}),
    "Managed Identity Operator": ("f1a07417-d97a-45cb-824c-7a7467783830", {
        "actions": ("Microsoft.ManagedIdentity/userAssignedIdentities/*/read",
                    "Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action", *READ_AND_ASK)}),
    "Virtual Machine Contributor": ("9980e02c-c2be-4d73-94e8-173b1dc7cf3c", {
        "actions": (*READ_AND_ASK, "Microsoft.Compute/virtualMachines/*")}),
    "Storage Account Contributor": ("17d1049b-9a84-46fb-8f53-869881c3d3ab", {
        "actions": (*READ_AND_ASK, f"{STORAGE}/*")}),
    "Storage Blob Data Reader": ("2a2b9908-6ea1-4ae2-8e65-a410df84e7d1", {
        "actions": (f"{STORAGE}/blobServices/containers/read",
                    f"{STORAGE}/blobServices/generateUserDelegationKey/action"),
        "dataActions": (f"{STORAGE}/blobServices/containers/blobs/read",)}),
    "Storage Blob Data Contributor": ("ba92f5b4-2d11-453d-a403-e96b0029c9fe", {
        "actions": (f"{STORAGE}/blobServices/containers/delete", f"{STORAGE}/blobServices/containers/read",
                    f"{STORAGE}/blobServices/containers/write",
                    f"{STORAGE}/blobServices/generateUserDelegationKey/action"),
        "dataActions": (f"{STORAGE}/blobServices/containers/blobs/delete",
                        f"{STORAGE}/blobServices/containers/blobs/read",
                        f"{STORAGE}/blobServices/containers/blobs/write")}),
    "Key Vault Secrets User": ("4633458b-17de-408a-b874-0445c86b69e6", {
        "dataActions": ("Microsoft.KeyVault/vaults/secrets/getSecret/action",
                        "Microsoft.KeyVault/vaults/secrets/readMetadata/action")}),
    "Key Vault Contributor": ("f25e0fa2-a7c8-4377-a976-54943a77a395", {
        "actions": (*READ_AND_ASK, "Microsoft.KeyVault/*"),
        "notActions": ("Microsoft.KeyVault/locations/deletedVaults/purge/action",)}),
    "Search Index Data Reader": ("1407120a-92aa-4202-b7e9-c0e197c71c8f", {
        "dataActions": ("Microsoft.Search/searchServices/indexes/documents/read",)}),
    "Cognitive Services OpenAI User": ("5e0bd9bd-7b93-4f28-af87-19fc36ad61bd", {
        "actions": (f"{COGNITIVE}/*/read",),
        "dataActions": (f"{COGNITIVE}/accounts/OpenAI/*/read",
                        f"{COGNITIVE}/accounts/OpenAI/deployments/chat/completions/action")}),
    "Azure AI User": ("53ca6127-db72-4b80-b1b0-d745d6d5456d", {
        "actions": (f"{COGNITIVE}/*/read", f"{COGNITIVE}/accounts/listkeys/action"),
        "dataActions": (f"{COGNITIVE}/*",)}),
}
# fmt: on
ROLE_IDS = {name: guid for name, (guid, _) in BUILT_IN.items()}


def permissions(allowed: Permissions) -> list[dict[str, Any]]:
    """Permissions of a role as Azure tells them."""
    kinds = ("actions", "notActions", "dataActions", "notDataActions")
    return [{kind: list(allowed.get(kind, ())) for kind in kinds}]


def definition(*, scope: str, name: str, guid: str, allowed: Permissions, custom: bool = False) -> dict[str, Any]:
    """A role definition as Azure tells it: a built-in one at the tenant, a custom one where it may be assigned."""
    return {
        "id": f"{scope}/providers/Microsoft.Authorization/roleDefinitions/{guid}",
        "type": "Microsoft.Authorization/roleDefinitions",
        "name": guid,
        "properties": {
            "roleName": name,
            "type": "CustomRole" if custom else "BuiltInRole",
            "description": f"CANARY-description-{name}" if custom else name,
            "assignableScopes": [scope or "/"],
            "permissions": permissions(allowed),
            "createdOn": "2015-02-02T21:55:09.8806423Z",
            "updatedOn": "2021-11-11T20:13:55.2973410Z",
            "createdBy": None,
            "updatedBy": None,
        },
    }


def built_in() -> list[dict[str, Any]]:
    """Every built-in role's definition."""
    return [definition(scope="", name=name, guid=guid, allowed=allowed) for name, (guid, allowed) in BUILT_IN.items()]
