"""How does Graph write down an object of a directory, with all that is usual of it filled in?

What a reader of metadata must never keep says CANARY: hints of secrets, notes, claims.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from typing import Any

from tests.emulators.microsoft.acme import DOMAIN, TENANT, guid
from tests.emulators.microsoft.graph_directory import Row

MICROSOFT = "f8cdef31-a31e-4b4a-93e4-5f571e91255a"
CANARY = "CANARY-of-the-directory"
NOBODYS = {"displayName": None, "verifiedPublisherId": None, "addedDateTime": None}
THEN, SOON, LATE = "2024-03-01T09:00:00Z", "2027-03-01T09:00:00Z", "2299-12-31T00:00:00Z"
GONE_BY = "2025-03-01T09:00:00Z"
DEFAULT_ACCESS = "00000000-0000-0000-0000-000000000000"


def mark(*parts: str) -> str:
    """An id of the kind that Graph gives to what links objects."""
    return base64.urlsafe_b64encode(hashlib.sha256(" ".join(parts).encode()).digest()).decode().rstrip("=")


def secret(name: str, *, ends: str = SOON, id: str | None = None) -> Row:  # noqa: A002 - Graph's word
    """A client secret, without the secret."""
    return {
        "customKeyIdentifier": None,
        "displayName": name,
        "startDateTime": THEN,
        "endDateTime": ends,
        "hint": CANARY,
        "keyId": id or guid("secret", name),
        "secretText": None,
    }


def key(name: str, *, ends: str = SOON, usage: str = "Verify", mark: str | None = None) -> Row:
    """A certificate, without itself."""
    return {
        "customKeyIdentifier": base64.b64encode((mark or name).encode()[:20]).decode(),
        "displayName": f"CN={name}",
        "startDateTime": THEN,
        "endDateTime": ends,
        "key": None,
        "keyId": guid("key", f"{name} {usage}"),
        "type": "AsymmetricX509Cert",
        "usage": usage,
    }


def app_role(of: str, value: str, *, id: str | None = None) -> Row:  # noqa: A002
    """An application permission that a service principal offers."""
    return {
        "allowedMemberTypes": ["Application"],
        "description": f"Allows the app to use {value} without a signed-in user.",
        "displayName": value,
        "id": id or guid("app role", f"{of} {value}"),
        "isEnabled": True,
        "origin": "Application",
        "value": value,
    }


def scope(of: str, value: str) -> Row:
    """A delegated permission that a service principal offers."""
    return {
        "adminConsentDescription": f"Allows {value} on behalf of the signed-in user.",
        "adminConsentDisplayName": value,
        "id": guid("scope", f"{of} {value}"),
        "isEnabled": True,
        "origin": "Application",
        "type": "User",
        "userConsentDescription": None,
        "userConsentDisplayName": None,
        "value": value,
    }


def service_principal(name: str, *, home: str | None = TENANT, kind: str = "Application", **more: Any) -> Row:
    """With the ids that acme.guid makes of its name."""
    client = more.get("appId", guid("application", name))
    row: Row = {
        "id": guid("service principal", name),
        "deletedDateTime": None,
        "accountEnabled": True,
        "alternativeNames": [],
        "appDisplayName": name,
        "appId": client,
        "appOwnerOrganizationId": home,
        "appRoleAssignmentRequired": False,
        "appRoles": [],
        "createdByAppId": None,
        "displayName": name,
        "isDisabled": None,
        "keyCredentials": [],
        "notes": CANARY,
        "notificationEmailAddresses": [],
        "oauth2PermissionScopes": [],
        "passwordCredentials": [],
        "replyUrls": [],
        "servicePrincipalNames": [client],
        "servicePrincipalType": kind,
        "signInAudience": "AzureADMyOrg",
        "tags": [],
        "verifiedPublisher": NOBODYS,
    }
    return {**row, **more}


def managed_identity(name: str, resource: str, *, explicit: bool) -> Row:
    """The service principal of one. `explicit`: a user made it, by itself."""
    names = [f"isExplicit={explicit}", resource]
    return service_principal(name, home=None, kind="ManagedIdentity", alternativeNames=names, signInAudience=None)


def application(name: str, **more: Any) -> Row:
    """The registration of a service principal of the same name."""
    row: Row = {
        "id": guid("registration", name),
        "deletedDateTime": None,
        "api": {"oauth2PermissionScopes": [], "knownClientApplications": [], "preAuthorizedApplications": []},
        "appId": guid("application", name),
        "appRoles": [],
        "createdByAppId": None,
        "createdDateTime": THEN,
        "displayName": name,
        "identifierUris": [],
        "isFallbackPublicClient": None,
        "keyCredentials": [],
        "notes": CANARY,
        "passwordCredentials": [],
        "publisherDomain": DOMAIN,
        "requiredResourceAccess": [],
        "serviceManagementReference": None,
        "signInAudience": "AzureADMyOrg",
        "tags": [],
        "verifiedPublisher": NOBODYS,
    }
    return {**row, **more}


def user(name: str, **more: Any) -> Row:
    """A person."""
    address = f"{name}@{DOMAIN}"
    row: Row = {
        "id": guid("user", name),
        "deletedDateTime": None,
        "accountEnabled": True,
        "businessPhones": [],
        "createdDateTime": THEN,
        "department": "Media",
        "displayName": name.title(),
        "mail": address,
        "userPrincipalName": address,
        "userType": "Member",
    }
    return {**row, **more}


def group(name: str, *, assignable: bool | None = None) -> Row:
    """`assignable`: may hold directory roles."""
    return {
        "id": guid("group", name),
        "deletedDateTime": None,
        "displayName": name,
        "groupTypes": [],
        "isAssignableToRole": assignable,
        "mailEnabled": False,
        "securityEnabled": True,
    }


def assignment(resource: Row, role: str, principal: Row, *, kind: str = "ServicePrincipal") -> Row:
    """That somebody holds an app role; `role` is its id."""
    return {
        "id": mark(principal["id"], role, resource["id"]),
        "deletedDateTime": None,
        "appRoleId": role,
        "createdDateTime": THEN,
        "principalDisplayName": principal["displayName"],
        "principalId": principal["id"],
        "principalType": kind,
        "resourceDisplayName": resource["displayName"],
        "resourceId": resource["id"],
    }


def grant(client: Row, resource: Row, scopes: str, *, principal: str | None = None) -> Row:
    """A delegated permission; `principal` is the user who consented, None for an administrator for all."""
    return {
        "id": mark(client["id"], resource["id"], principal or ""),
        "clientId": client["id"],
        "consentType": "Principal" if principal else "AllPrincipals",
        "principalId": principal,
        "resourceId": resource["id"],
        "scope": scopes,
    }


def federated(name: str, *, issuer: str, subject: str | None) -> Row:
    """That tokens of elsewhere are taken for the application's own."""
    return {
        "id": guid("federated credential", name),
        "audiences": ["api://AzureADTokenExchange"],
        "description": CANARY,
        "issuer": issuer,
        "name": name,
        "subject": subject,
    }


def role_definition(key: str, name: str, actions: Iterable[str], *, built_in: bool = True) -> Row:
    return {
        "id": key,
        "description": name,
        "displayName": name,
        "isBuiltIn": built_in,
        "isEnabled": True,
        "resourceScopes": ["/"],
        "rolePermissions": [{"allowedResourceActions": list(actions), "condition": None}],
        "templateId": key,
        "version": "1" if built_in else None,
    }


def role_assignment(role: Row, principal: str, *, at: str = "/") -> Row:
    return {
        "id": mark(role["id"], principal, at),
        "appScopeId": None,
        "condition": None,
        "directoryScopeId": at,
        "principalId": principal,
        "principalOrganizationId": TENANT,
        "roleDefinitionId": role["id"],
    }


def eligible(role: Row, principal: str, *, at: str = "/", ends: str | None = None) -> Row:
    """That somebody may activate the role."""
    return {
        "id": mark("eligible", role["id"], principal),
        "appScopeId": None,
        "directoryScopeId": at,
        "endDateTime": ends,
        "memberType": "Direct",
        "principalId": principal,
        "roleDefinitionId": role["id"],
        "roleEligibilityScheduleId": guid("eligibility", f"{role['id']}{principal}"),
        "startDateTime": THEN,
    }


def signed_in(client: str, at: str) -> Row:
    """When an application signed in last, in the report's words."""
    activity = {"lastSignInDateTime": at, "lastSignInRequestId": guid("sign-in", client)}
    return {
        "id": base64.b64encode(client.encode()).decode(),
        "appId": client,
        "lastSignInActivity": activity,
        "applicationAuthenticationClientSignInActivity": activity,
        "applicationAuthenticationResourceSignInActivity": {"lastSignInDateTime": None, "lastSignInRequestId": None},
        "delegatedClientSignInActivity": {"lastSignInDateTime": None, "lastSignInRequestId": None},
        "delegatedResourceSignInActivity": {"lastSignInDateTime": None, "lastSignInRequestId": None},
    }
