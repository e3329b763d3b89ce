"""Which properties has each of Graph's types, and of what are they?

Microsoft's own description (graph.csdl.xml: an excerpt of microsoftgraph/msgraph-metadata, schemas/v1.0-Prod.csdl of
2026-08-20, MIT licence), and by hand the few types that the excerpt lacks.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

FILE = Path(__file__).with_name("graph.csdl.xml")
BOOLEAN, STRING, TIME, STREAM = "Edm.Boolean", "Edm.String", "Edm.DateTimeOffset", "Edm.Stream"
# What the excerpt lacks, as far as it is told here (https://learn.microsoft.com/graph/api/resources).
BESIDE: dict[str, tuple[str, dict[str, str]]] = {
    "user": (
        "directoryObject",
        {
            **dict.fromkeys(("accountEnabled", "onPremisesSyncEnabled"), BOOLEAN),
            **dict.fromkeys(("createdDateTime", "employeeLeaveDateTime"), TIME),
            **dict.fromkeys(("displayName", "userPrincipalName", "mail", "userType", "employeeId"), STRING),
            **dict.fromkeys(("employeeType", "department", "jobTitle", "companyName", "identityParentId"), STRING),
            **dict.fromkeys(("externalUserState", "givenName", "surname", "mobilePhone"), STRING),
            **dict.fromkeys(("officeLocation", "preferredLanguage"), STRING),
            "businessPhones": "Collection(Edm.String)",
            "signInActivity": "graph.signInActivity",
        },
    ),
    "organization": ("directoryObject", {"displayName": STRING, "createdDateTime": TIME, "tenantType": STRING}),
    "servicePrincipalSignInActivity": (
        "entity",
        {
            "appId": STRING,
            **dict.fromkeys(
                (
                    "lastSignInActivity",
                    "applicationAuthenticationClientSignInActivity",
                    "applicationAuthenticationResourceSignInActivity",
                    "delegatedClientSignInActivity",
                    "delegatedResourceSignInActivity",
                ),
                "graph.signInActivity",
            ),
        },
    ),
    "appCredentialSignInActivity": (
        "entity",
        {
            **dict.fromkeys(("appId", "appObjectId", "keyId", "keyType", "keyUsage", "credentialOrigin"), STRING),
            **dict.fromkeys(("resourceId", "servicePrincipalObjectId"), STRING),
            **dict.fromkeys(("createdDateTime", "expirationDateTime"), TIME),
            "signInActivity": "graph.signInActivity",
        },
    ),
    # Subtypes of the abstract type that the excerpt has.
    "allAllowedScopes": ("inheritableScopes", {}),
    "noScopes": ("inheritableScopes", {}),
    "enumeratedScopes": ("inheritableScopes", {"scopes": "Collection(Edm.String)"}),
}
USERS_OWN = (  # what a user is told with where nothing is selected
    "businessPhones", "displayName", "givenName", "jobTitle", "mail", "mobilePhone", "officeLocation",
    "preferredLanguage", "surname", "userPrincipalName", "id",
)  # fmt: skip
ON_REQUEST = frozenset({"customSecurityAttributes", "signInActivity"})  # told only where selected


@dataclass(frozen=True)
class Property:
    """Of a type. `type`: "Edm.String", "graph.appRole", "Collection(…)"."""

    type: str
    nullable: bool

    @property
    def empty(self) -> Any:
        """What is told where there is no value."""
        if self.type.startswith("Collection("):
            return []
        return False if self.type == BOOLEAN and not self.nullable else None


@cache
def properties(name: str) -> dict[str, Property]:
    """Of a type, with those that it inherits. KeyError for a type that isn't described."""
    base, own = _described()[name]
    return {**(properties(base) if base else {}), **own}


def is_described(name: str) -> bool:
    return name in _described()


@cache
def usual(name: str) -> tuple[str, ...]:
    """What is told of a type where nothing is selected."""
    if name == "user":
        return USERS_OWN
    found = properties(name)
    return tuple(each for each in found if each not in ON_REQUEST and found[each].type != STREAM)


@cache
def kinds(name: str) -> frozenset[str]:
    """The type and all that it inherits from."""
    base, _ = _described()[name]
    return frozenset({name}) | (kinds(base) if base else frozenset())


@cache
def _described() -> dict[str, tuple[str | None, dict[str, Property]]]:
    found: dict[str, tuple[str | None, dict[str, Property]]] = {}
    for node in ElementTree.parse(FILE).getroot():
        if node.tag in {"EntityType", "ComplexType"}:
            base = node.get("BaseType", "").removeprefix("graph.") or None
            found[node.attrib["Name"]] = base, {each.attrib["Name"]: _property(each) for each in node.iter("Property")}
    for name, (base, own) in BESIDE.items():
        found[name] = base, {key: Property(kind, nullable=True) for key, kind in own.items()}
    return found


def _property(node: ElementTree.Element) -> Property:
    return Property(node.attrib["Type"], node.get("Nullable") != "false")
