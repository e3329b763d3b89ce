"""What is in a directory of any size? Made from a seed when asked for, the same each time, nothing of it kept.

`size` service principals, in this order: the APIs that offer permissions, Acme's own applications with a registration
each, other companies' applications, managed identities, blueprints' principals, agent identities. An id says which
object it is of, so whatever is asked about it can be told without having made any other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.emulators.microsoft.acme import OTHER_TENANT, TENANT
from tests.emulators.microsoft.graph_directory import Directory, Locate, Made, Row, Table
from tests.emulators.microsoft.graph_rows import (
    CANARY,
    GONE_BY,
    MICROSOFT,
    NOBODYS,
    SOON,
    THEN,
    app_role,
    role_assignment,
    role_definition,
)

GITHUB = "https://token.actions.githubusercontent.com"
OFFERED = 8  # permissions of an API
READ_USERS = ("microsoft.directory/users/standard/read",)
ROLES = [
    role_definition(f"{number:08x}-0000-4000-8000-00000000d1de", f"Role {number}", READ_USERS) for number in range(12)
]
NO_ROWS: list[Row] = []
# What an id is of.
PRINCIPAL, CLIENT, REGISTRATION, PERSON, GROUP, SECRET, KEY, TRUST, AGENT_USER = range(1, 10)


@dataclass(frozen=True)
class Shares:
    """At which service principal each kind begins; `end` is their number."""

    own: int
    others: int
    managed: int
    blueprints: int
    agents: int
    end: int

    @classmethod
    def of(cls, size: int) -> Shares:
        agents = size // 50
        blueprints = agents // 20
        managed = size // 4
        own = min(200, size // 10 + 1)
        others = size // 10
        end = size
        return cls(own, end - agents - blueprints - managed - others, end - agents - blueprints - managed,
                   end - agents - blueprints, end - agents, end)  # fmt: skip


def estate(size: int, *, seed: int = 1) -> Scaled:
    """A directory with so many service principals (at least 10)."""
    return Scaled(size, seed)


class Scaled(Directory):
    """Every row is arithmetic on its place."""

    def __init__(self, size: int, seed: int) -> None:
        self.seed, self.shares = seed, Shares.of(size)
        self.people = max(50, size // 20)
        self.groups = max(5, min(50, size // 1000))
        shares, self._apis = self.shares, [self._api(place) for place in range(self.shares.own)]
        # An application for each of Acme's own service principals, and one for each blueprint.
        self.own = range(shares.own, shares.others)
        self.blueprints = range(shares.blueprints, shares.agents)
        registered = len(self.own) + len(self.blueprints)
        casts = {"agentIdentity": range(shares.agents, shares.end), "agentIdentityBlueprintPrincipal": self.blueprints}
        super().__init__(
            {
                "servicePrincipals": Table(
                    "servicePrincipal",
                    Made(size, self._principal),
                    locate={"id": self._place(PRINCIPAL, size), "appId": self._place(CLIENT, size)},
                    casts=casts,
                ),
                "applications": Table(
                    "application",
                    Made(registered, self._registration),
                    locate={"id": self._registered(REGISTRATION), "appId": self._registered(CLIENT)},
                    casts={"agentIdentityBlueprint": range(len(self.own), registered)},
                ),
                "users": Table(
                    "user",
                    Made(self.people, self._person),
                    locate={"id": self._place(PERSON, self.people)},
                    casts={"agentUser": range(0)},
                ),
                "groups": Table(
                    "group", Made(self.groups, self._group), locate={"id": self._place(GROUP, self.groups)}
                ),
                "oauth2PermissionGrants": Table("oAuth2PermissionGrant", Made(size // 5, self._grant)),
                "roleDefinitions": Table("unifiedRoleDefinition", ROLES),
                "roleAssignments": Table("unifiedRoleAssignment", Made(size // 200 + self.groups, self._role_holder)),
                "servicePrincipalSignInActivities": Table(
                    "servicePrincipalSignInActivity", Made(size // 3, self._sign_in)
                ),
                "organization": Table("organization", [{"id": TENANT, "displayName": f"Acme {size}"}]),
            }
        )

    # Ids

    def id(self, kind: int, place: int) -> str:
        """Of an object: told apart by its beginning, found again by its end."""
        return f"{(place * 2654435761 + kind * 97 + self.seed * 31) & 0xFFFFFFFF:08x}-{kind:04x}-4000-8000-{place:012x}"

    def _place(self, kind: int, size: int) -> Locate:
        def place(key: str) -> int | None:
            try:
                found = int(key[24:], 16)
            except ValueError:
                return None
            return found if found < size and self.id(kind, found) == key else None

        return place

    def _registered(self, kind: int) -> Locate:
        """Where the registration of a service principal is."""
        principal = self._place(kind, self.shares.end)

        def place(key: str) -> int | None:
            found = principal(key)
            if found is None:
                return None
            if found in self.own:
                return found - self.own.start
            return found - self.blueprints.start + len(self.own) if found in self.blueprints else None

        return place

    def _principal_of(self, registration: int) -> int:
        own = len(self.own)
        return self.own[registration] if registration < own else self.blueprints[registration - own]

    # Rows

    def _api(self, place: int) -> Row:
        name = "Microsoft Graph" if place == 0 else f"API {place}"
        roles = [
            app_role(name, f"Thing{number}.Read.All", id=self.id(100 + number, place)) for number in range(OFFERED)
        ]
        return self._plain(place, name, home=MICROSOFT if place % 4 == 0 else TENANT) | {"appRoles": roles}

    def _principal(self, place: int) -> Row:
        shares = self.shares
        if place < shares.own:
            return self._apis[place]
        if place < shares.others:
            row = self._plain(place, f"sp-service-{place}", home=TENANT)
            if place % 50 == 0:
                row["passwordCredentials"] = [self._secret(SECRET, place)]
            return row
        if place < shares.managed:
            return self._plain(place, f"Vendor application {place}", home=OTHER_TENANT)
        if place < shares.blueprints:
            return self._managed(place)
        return self._agent(place)

    def _plain(self, place: int, name: str, *, home: str | None) -> Row:
        client = self.id(CLIENT, place)
        return {
            "id": self.id(PRINCIPAL, place),
            "accountEnabled": place % 11 != 0,
            "appDisplayName": name,
            "appId": client,
            "appOwnerOrganizationId": home,
            "appRoleAssignmentRequired": False,
            "displayName": name,
            "notes": CANARY,
            "replyUrls": [f"https://{place}.acme-media.example/callback"],
            "servicePrincipalNames": [client, f"api://{client}"],
            "servicePrincipalType": "Application",
            "signInAudience": "AzureADMyOrg",
            "tags": ["WindowsAzureActiveDirectoryIntegratedApp"],
            "verifiedPublisher": NOBODYS,
        }

    def _managed(self, place: int) -> Row:
        name = f"id-{place}"
        resource = (
            f"/subscriptions/{self.seed:08x}-0000-4000-8000-{place % 100:012x}/resourcegroups/rg-{place % 10:02}"
            f"/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{name}"
        )
        row = self._plain(place, name, home=None)
        row.update(servicePrincipalType="ManagedIdentity", alternativeNames=["isExplicit=True", resource])
        return row

    def _agent(self, place: int) -> Row:
        is_agent = place >= self.shares.agents
        kind = "agentIdentity" if is_agent else "agentIdentityBlueprintPrincipal"
        row = self._plain(place, f"{'Agent' if is_agent else 'Blueprint'} {place}", home=TENANT)
        row.update({"servicePrincipalType": "ServiceIdentity", "@odata.type": f"#microsoft.graph.{kind}"})
        if is_agent:
            of = self.blueprints[place % len(self.blueprints)] if self.blueprints else place
            row.update(agentIdentityBlueprintId=self.id(CLIENT, of), createdDateTime=THEN)
        return row

    def _registration(self, number: int) -> Row:
        place = self._principal_of(number)
        name = f"sp-service-{place}" if number < len(self.own) else f"Blueprint {place}"
        row: Row = {
            "id": self.id(REGISTRATION, place),
            "appId": self.id(CLIENT, place),
            "createdDateTime": THEN,
            "displayName": name,
            "notes": CANARY,
            "passwordCredentials": [self._secret(SECRET, place)] if place % 2 else [],
            "publisherDomain": "acme-media.example",
            "signInAudience": "AzureADMyOrg",
            "verifiedPublisher": NOBODYS,
        }
        if place % 3 == 0:
            row["keyCredentials"] = [self._key(place)]
        if number >= len(self.own):
            row["@odata.type"] = "#microsoft.graph.agentIdentityBlueprint"
        return row

    def _secret(self, kind: int, place: int) -> Row:
        ends = GONE_BY if place % 7 == 0 else SOON
        told = {"displayName": "secret", "hint": CANARY, "keyId": self.id(kind, place), "secretText": None}
        return {"customKeyIdentifier": None, "startDateTime": THEN, "endDateTime": ends, **told}

    def _key(self, place: int) -> Row:
        told = {"displayName": "CN=acme", "key": None, "keyId": self.id(KEY, place), "type": "AsymmetricX509Cert"}
        return {
            "customKeyIdentifier": "QUNNRQ==",
            "startDateTime": THEN,
            "endDateTime": SOON,
            "usage": "Verify",
            **told,
        }

    def _person(self, place: int) -> Row:
        address = f"person{place}@acme-media.example"
        told = {"displayName": f"Person {place}", "mail": address, "userPrincipalName": address, "userType": "Member"}
        return {"id": self.id(PERSON, place), "accountEnabled": place % 13 != 0, "createdDateTime": THEN, **told}

    def _group(self, place: int) -> Row:
        told = {"displayName": f"Group {place}", "isAssignableToRole": True, "securityEnabled": True}
        return {"id": self.id(GROUP, place), **told}

    def _grant(self, number: int) -> Row:
        client, resource = number * 5 % self.shares.end, number % len(self._apis)
        return {
            "id": f"grant-{self.seed}-{number}",
            "clientId": self.id(PRINCIPAL, client),
            "consentType": "AllPrincipals",
            "principalId": None,
            "resourceId": self.id(PRINCIPAL, resource),
            "scope": " User.Read Mail.Read offline_access" if number % 2 else "Files.Read",
        }

    def _role_holder(self, number: int) -> Row:
        if number < self.groups:
            return role_assignment(ROLES[number % len(ROLES)], self.id(GROUP, number))
        return role_assignment(ROLES[number % len(ROLES)], self.id(PRINCIPAL, (number - self.groups) * 200))

    def _sign_in(self, number: int) -> Row:
        client = self.id(CLIENT, number * 3)
        activity = {"lastSignInDateTime": "2026-11-20T08:00:00Z", "lastSignInRequestId": client}
        return {"id": f"sign-in-{number}", "appId": client, "lastSignInActivity": activity}

    # Relations

    def size(self) -> int:
        """How many rows there are to read: objects, delegated grants, roles, and who holds which app role."""
        return self.assigned() + sum(len(table) for table in self.tables.values())

    def assigned(self) -> int:
        """How many app roles are held."""
        return sum(len(self._assigned_to(place)) for place in range(len(self._apis)))

    def count(self, collection: str, place: int, relation: str) -> int:
        if collection == "applications" and relation in {"owners", "federatedIdentityCredentials"}:
            principal = self._principal_of(place)
            return len(self._owners(principal) if relation == "owners" else self._trusted(principal))
        if collection == "servicePrincipals" and relation == "owners":
            return int(self._is_owned_itself(place))
        return super().count(collection, place, relation)

    def related(self, key: str, relation: str) -> Sequence[Row]:
        place = int(key[24:], 16)
        kind = int(key[9:13], 16)
        found: dict[tuple[int, str], Callable[[int], Sequence[Row]]] = {
            (REGISTRATION, "owners"): lambda place: [self._seen(each) for each in self._owners(place)],
            (REGISTRATION, "federatedIdentityCredentials"): self._trusted,
            (PRINCIPAL, "owners"): lambda place: [self._seen(place)] if self._is_owned_itself(place) else NO_ROWS,
            (PRINCIPAL, "sponsors"): lambda place: [self._seen(place)] if place % 9 else NO_ROWS,
            (PRINCIPAL, "appRoleAssignedTo"): self._assigned_to,
            (PRINCIPAL, "appRoleAssignments"): self._assignments,
            (GROUP, "members"): self._members,
            (GROUP, "transitiveMembers"): self._members,
        }
        made = found.get((kind, relation))
        return made(place) if made else NO_ROWS

    def _owners(self, principal: int) -> Sequence[int]:
        """Every fourth application has none, others one or two."""
        if principal % 4 == 0 or principal in self.blueprints:
            return ()
        return (principal,) if principal % 4 < 3 else (principal, principal + 1)

    def _is_owned_itself(self, principal: int) -> bool:
        return principal in self.own and principal % 20 == 0

    def _seen(self, number: int) -> Row:
        return {"@odata.type": "#microsoft.graph.user", **self._person(number % self.people)}

    def _trusted(self, principal: int) -> Sequence[Row]:
        if principal % 25 or principal not in self.own:
            return NO_ROWS
        subject = f"repo:acme-media/service-{principal}:ref:refs/heads/main"
        told = {"audiences": ["api://AzureADTokenExchange"], "issuer": GITHUB, "name": "github", "subject": subject}
        return [{"id": self.id(TRUST, principal), "description": CANARY, **told}]

    def _assigned_to(self, api: int) -> Sequence[Row]:
        """Of Graph to every second service principal, of each other API to those whose turn it is."""
        first, every = len(self._apis), 2 if api == 0 else max(1, len(self._apis) - 1)
        if api >= first:
            return NO_ROWS
        start = first if api == 0 else first + api - 1
        length = max(0, -(-(self.shares.end - start) // every))
        return Made(length, lambda number: self._assignment(start + number * every, api))

    def _assignments(self, principal: int) -> Sequence[Row]:
        after = principal - len(self._apis)
        if after < 0:
            return NO_ROWS
        others = [] if len(self._apis) == 1 else [1 + after % (len(self._apis) - 1)]
        return [self._assignment(principal, api) for api in ([0] if after % 2 == 0 else []) + others]

    def _assignment(self, principal: int, api: int) -> Row:
        offer = self._apis[api]
        row = self._principal(principal)
        told = {
            "principalDisplayName": row["displayName"],
            "principalId": row["id"],
            "principalType": "ServicePrincipal",
        }
        return {
            "id": f"assignment-{self.seed}-{principal}-{api}",
            "deletedDateTime": None,
            "appRoleId": offer["appRoles"][principal % OFFERED]["id"],
            "createdDateTime": THEN,
            **told,
            "resourceDisplayName": offer["displayName"],
            "resourceId": offer["id"],
        }

    def _members(self, group: int) -> Sequence[Row]:
        """Twenty of Acme's own service principals."""
        if not self.own:
            return NO_ROWS
        places = (self.own[(group * 20 + each) % len(self.own)] for each in range(20))
        return [{"@odata.type": "#microsoft.graph.servicePrincipal", **self._principal(place)} for place in places]
