"""Which AI accounts, projects and models are there, how far are they open, and do they take keys?"""

from __future__ import annotations

from collections.abc import Iterator

from connectors.inventory.records import Access, Credential, Identity, Permission, Record, Ref, Resource
from connectors.sources.foundry.asking import Row
from connectors.sources.foundry.owners import tags
from connectors.sources.foundry.permissions import LIST_DEPLOYMENTS
from connectors.sources.foundry.place import Place, Project, created, key, moment

FOUNDRY, OPENAI = "AIServices", "OpenAI"
TYPES = {FOUNDRY: "AI Foundry account", OPENAI: "Azure OpenAI account"}
KEYS = "#keys"  # what the address of those who hold an account's keys ends with
SYSTEM_ASSIGNED = "#system-assigned"  # what the Azure source's addresses of such identities end with
API = "AI Foundry API"  # among the addresses that a project tells


def account(place: Place) -> Iterator[Record]:
    """The account, and its keys where it takes any."""
    row, said, name = place.row, place.row["properties"], place.name
    here = place.ref
    yield Resource(
        id=place.key,
        provider_id=place.key,
        name=name,
        type=TYPES.get(row.get("kind") or "", "AI services account"),
        public=public(said),
        created_at=moment(said.get("dateCreated")) or created(row),
        **place.of(row),
    )
    yield place.contains(Ref(kind="resource", id=place.subscription.key, name=place.subscription.label), here)
    group = place.key.partition("/providers/")[0]
    yield place.contains(Ref(kind="resource", id=group, name=row["id"].split("/")[4]), here)
    yield from place.owners(here, row)
    if said.get("disableLocalAuth") is not True:
        yield from _keys(place, here, known=said.get("disableLocalAuth") is False)


def public(said: Row) -> bool | None:
    """Whether it answers the internet, as its properties say."""
    access = str(said.get("publicNetworkAccess") or "").lower()
    default = str((said.get("networkAcls") or {}).get("defaultAction") or "").lower()
    if access == "disabled" or default == "deny":
        return False
    return True if access == "enabled" else None


def _keys(place: Place, here: Ref, *, known: bool) -> Iterator[Record]:
    """Whoever has one of the account's two keys may use its models. Every account has them unless told not to."""
    address = f"{place.key}{KEYS}"
    keys = (Credential(kind="account key", id=name, enabled=True if known else None) for name in ("Key1", "Key2"))
    yield Identity(
        id=address,
        provider_id=address,
        name=f"keys of {place.name}",
        type="AI account keys",
        credentials=tuple(keys),
        facts=(("Who it is", "whoever has one of the keys: no sign-in tells who"),),
        **place.of(place.row) | {"tags": ()},
    )
    yield Permission(
        source=Ref(kind="identity", id=address, name=f"keys of {place.name}"),
        target=here,
        access=Access.WRITE,
        actions=("Microsoft.CognitiveServices/accounts/*",),
        scope=place.scope.key,
        via="account key",
    )


def deployments(place: Place) -> Iterator[Record]:
    """The models that the account serves."""
    for row in place.listed(LIST_DEPLOYMENTS, place.row["id"]):
        model = row["properties"].get("model") or {}
        here = Ref(kind="resource", id=key(row["id"]), name=row["name"])
        place.models.add(row["name"].lower())
        version = " ".join(str(model[part]) for part in ("name", "version") if model.get(part))
        yield Resource(
            id=here.id,
            provider_id=here.id,
            name=row["name"] if row["name"] in version or not version else f"{row['name']} ({version})",
            type="Model deployment",
            created_at=created(row),
            **place.of(row),
        )
        yield place.contains(place.ref, here)


def project(place: Place, row: Row) -> Project:
    """What its agents need to know of it."""
    name = row["name"].rpartition("/")[2]  # Azure puts the account's name before it
    holder = place.row if not _has_identity(row) and _has_identity(place.row) else row
    address = f"{key(holder['id'])}{SYSTEM_ASSIGNED}"
    said = place.row["properties"]
    allowed = tuple(each.lower() for each in said.get("allowedFqdnList") or ())
    return Project(
        key=key(row["id"]),
        name=name,
        row=row,
        address=(row["properties"].get("endpoints") or {}).get(API),
        identity=Ref(kind="identity", id=address, name=holder["name"]),
        tags=tags(row.get("tags")),
        connections=dict(place.connections),
        allowed=allowed if said.get("restrictOutboundNetworkAccess") else None,
    )


def project_records(place: Place, found: Project) -> Iterator[Record]:
    yield Resource(
        id=found.key,
        provider_id=found.key,
        name=found.name,
        type="AI Foundry project",
        created_at=created(found.row),
        **place.of(found.row),
    )
    yield place.contains(place.ref, found.ref)
    yield from place.owners_of(found, found.ref, scope=place.scope.key)


def _has_identity(row: Row) -> bool:
    return "systemassigned" in str((row.get("identity") or {}).get("type", "")).lower()
