"""How does an estate's author write down what is in a subscription, without a page of JSON for each thing?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.emulators.microsoft.acme import TENANT, guid
from tests.emulators.microsoft.arm_estate import Contents, Row, Subscription
from tests.emulators.microsoft.arm_roles import ROLE_IDS

MADE = "2025-03-03T08:30:00.0000000Z"


@dataclass(frozen=True)
class Place:
    """A resource group being filled."""

    contents: Contents
    subscription: Subscription
    group: str
    location: str = "westeurope"

    @property
    def path(self) -> str:
        return f"{self.subscription.path}/resourceGroups/{self.group}"

    def opened(self, *, tags: Mapping[str, str] | None = None) -> "Place":
        """The same place, its resource group made."""
        self.contents.groups[self.path.lower()] = {
            "id": self.path,
            "name": self.group,
            "type": "Microsoft.Resources/resourceGroups",
            "location": self.location,
            "tags": dict(tags or {}),
            "properties": {"provisioningState": "Succeeded"},
        }
        return self

    def add(self, kind: str, name: str, properties: Mapping[str, Any] | None = None, /, **told: Any) -> str:
        """Make a resource of a type ("Microsoft.Web/sites") and return its id; `told` are its other members."""
        return self._put(f"{self.path}/providers/{kind}/{name}", kind, name, properties, told)

    def below(
        self, parent: str, kind: str, name: str, properties: Mapping[str, Any] | None = None, /, **told: Any
    ) -> str:
        """Make a resource that is part of another; its type ends in the word that stands between them in its id."""
        return self._put(f"{parent}/{kind.rpartition('/')[2]}/{name}", kind, name, properties, told)

    def told(self, parent: str, word: str, rows: Mapping[str, Mapping[str, Any]]) -> None:
        """What is listed below a resource, as names and properties: "schedules", "webhooks" …"""
        kind = f"{self.contents.resources[parent.lower()]['type']}/{word}"
        made = (
            {"id": f"{parent}/{word}/{name}", "name": name, "type": kind, "properties": dict(said)}
            for name, said in rows.items()
        )
        self.list(parent, word, made)

    def list(self, parent: str, word: str, rows: Iterable[Row]) -> None:
        """What is answered at {parent}/{word}."""
        self.contents.listed.setdefault(f"{parent}/{word}".lower(), []).extend(rows)

    def grant(self, principal: str, role: str, *, on: str, kind: str = "ServicePrincipal", **told: Any) -> Row:
        """Assign a role (a built-in one's name, or the id of any) to a principal's object id."""
        row = assignment(principal, role, on=on, subscription=self.subscription, kind=kind, **told)
        self.contents.assignments.append(row)
        return row

    def _put(self, id: str, kind: str, name: str, properties: Any, told: Mapping[str, Any]) -> str:  # noqa: A002
        row = {"id": id, "name": name, "type": kind, "location": self.location, "tags": {}}
        self.contents.resources[id.lower()] = {**row, **told, "properties": dict(properties or {})}
        return id


def assignment(
    principal: str, role: str, *, on: str, subscription: Subscription | None, kind: str | None, **told: Any
) -> Row:
    """A role assignment as Azure tells it. A built-in role's id is told below the subscription, where there is one."""
    name = guid("role assignment", f"{principal} {role} {on}")
    above = subscription.path if subscription else ""
    known = f"{above}/providers/Microsoft.Authorization/roleDefinitions/{ROLE_IDS[role]}" if role in ROLE_IDS else role
    return {
        "id": f"{on.rstrip('/')}/providers/Microsoft.Authorization/roleAssignments/{name}",
        "type": "Microsoft.Authorization/roleAssignments",
        "name": name,
        "properties": {
            "scope": on,
            "roleDefinitionId": known,
            "principalId": principal,
            **({"principalType": kind} if kind else {}),
            "condition": None,
            "conditionVersion": None,
            "description": None,
            "delegatedManagedIdentityResourceId": None,
            "createdOn": MADE,
            "updatedOn": MADE,
            "createdBy": guid("user", "alice"),
            "updatedBy": guid("user", "alice"),
            **told,
        },
    }


def schedule(principal: str, role: str, *, on: str, kind: str, collection: str, **told: Any) -> Row:
    """An instance of a role that may be activated ("roleEligibilityScheduleInstances"), or is for a while."""
    name = guid(collection, f"{principal} {role} {on}")
    return {
        "id": f"{on.rstrip('/')}/providers/Microsoft.Authorization/{collection}/{name}",
        "name": name,
        "type": f"Microsoft.Authorization/{collection}",
        "properties": {
            "scope": on,
            "roleDefinitionId": f"/providers/Microsoft.Authorization/roleDefinitions/{ROLE_IDS[role]}",
            "principalId": principal,
            "principalType": kind,
            "status": "Provisioned",
            "memberType": "Direct",
            "startDateTime": MADE,
            "endDateTime": None,
            "createdOn": MADE,
            **told,
        },
    }


def system(name: str) -> Row:
    """The identity that Azure itself makes for a resource, its service principal having the resource's name."""
    return {"type": "SystemAssigned", "principalId": guid("service principal", name), "tenantId": TENANT}


def assigned(*ids: str, also: Row | None = None) -> Row:
    """Identities that users made, given to a resource; told with the spelling that Azure gives the ids there."""
    given = {each.replace("/resourceGroups/", "/resourcegroups/"): _names(each.rpartition("/")[2]) for each in ids}
    kind = "SystemAssigned, UserAssigned" if also else "UserAssigned"
    return {**(also or {}), "type": kind, "userAssignedIdentities": given}


def managed_identity(place: Place, name: str, **told: Any) -> str:
    """A user-assigned identity."""
    properties = {"tenantId": TENANT, "isolationScope": "None", **_names(name)}
    return place.add("Microsoft.ManagedIdentity/userAssignedIdentities", name, properties, **told)


def federated(place: Place, identity: str, name: str, *, issuer: str, subject: str) -> None:
    """Tokens of elsewhere that a user-assigned identity accepts."""
    kind = "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials"
    properties = {"issuer": issuer, "subject": subject, "audiences": ["api://AzureADTokenExchange"]}
    id_ = f"{identity}/federatedIdentityCredentials/{name}"
    place.list(
        identity, "federatedIdentityCredentials", [{"id": id_, "name": name, "type": kind, "properties": properties}]
    )


def made_by(name: str, *, kind: str = "User") -> Row:
    """Who made something, and when."""
    at = "2025-03-03T08:30:00Z"
    return {
        "createdBy": name,
        "createdByType": kind,
        "createdAt": at,
        "lastModifiedBy": name,
        "lastModifiedByType": kind,
        "lastModifiedAt": at,
    }


def _names(name: str) -> Row:
    return {"principalId": guid("service principal", name), "clientId": guid("application", name)}
