"""Which applications are users of an environment's Dataverse, and with which security roles?"""

from __future__ import annotations

from collections.abc import Iterator

from connectors.inventory.records import Access, Alias, AliasKind, Grade, Identity, Permission, Record, Ref
from connectors.sources.copilot_studio.doors import Row
from connectors.sources.copilot_studio.people import application
from connectors.sources.copilot_studio.permissions import APPLICATION_USERS, ROLES_OF
from connectors.sources.copilot_studio.place import Place, abreast
from connectors.sources.copilot_studio.values import moment

KIND = "application-users"
# Templates of roles that Dataverse brings, the same everywhere.
ADMINISTRATORS = {"627090ff-40a3-4053-8790-584edc5be201", "119f245c-3cc8-4b62-b31c-d1a046ced15d"}
NARROWED = "as far as the privileges of the role go"


def read(place: Place) -> None:
    """Tells of each application user with its roles."""
    with place.noted(KIND, APPLICATION_USERS):
        for page in place.pages(KIND, APPLICATION_USERS):
            place.put(KIND, (_identity(place, row) for row in page))
            with place.noted(KIND, ROLES_OF):
                for row, roles in zip(page, abreast(lambda row: _roles(place, row), page), strict=True):
                    place.put(KIND, _held(place, row, roles))


def _roles(place: Place, row: Row) -> list[Row]:
    pages = place.dataverse.pages(ROLES_OF, place.scopes[KIND].meter, id=row["systemuserid"])
    return [role for page in pages for role in page]


def _identity(place: Place, row: Row) -> Identity:
    here = application(place.environment, row)
    disabled, entra = row.get("isdisabled"), row.get("azureactivedirectoryobjectid")
    client = Alias(kind=AliasKind.CLIENT_ID, value=row["applicationid"].lower(), because="its application ID")
    address = Alias(kind=AliasKind.ADDRESS, value=(entra or "").lower(), because="Dataverse names its id in Entra")
    return Identity(
        id=here.id,
        provider_id=row["systemuserid"],
        name=here.name,
        type="Dataverse application user",
        enabled=None if disabled is None else not disabled,
        human=False,
        created_at=moment(row.get("createdon")),
        aliases=(client, address) if entra else (client,),
        **place.of(KIND),
    )


def _held(place: Place, row: Row, roles: list[Row]) -> Iterator[Record]:
    target = Ref(kind="resource", id=place.environment.key, name=place.environment.name)
    for role in roles:
        administrator = (role.get("_roletemplateid_value") or "").lower() in ADMINISTRATORS
        yield Permission(
            source=application(place.environment, row),
            target=target,
            access=Access.ADMIN if administrator else Access.WRITE,
            actions=(role["name"],),
            scope=place.scopes[KIND].key,
            grade=Grade.GRANTED if administrator else Grade.CONDITIONAL,
            via=f"security role {role['name']}",
            conditions=() if administrator else (NARROWED,),
        )
