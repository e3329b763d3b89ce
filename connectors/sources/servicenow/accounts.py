"""Which accounts are not people, when were they used, and what may they do?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from connectors.inventory.records import (
    Access,
    Alias,
    AliasKind,
    Credential,
    Grade,
    Identity,
    Permission,
    Record,
    Ref,
    Usage,
)
from connectors.sources.servicenow import access
from connectors.sources.servicenow.permissions import GROUPS, HAS_ROLE, ROLES, USERS
from connectors.sources.servicenow.place import Place
from connectors.sources.servicenow.roles import ADMINISTRATOR
from connectors.sources.servicenow.values import Row, flag, moment, text

MACHINES = {"machine", "ai_agent"}
FLAGGED = "web_service_access_only=true^ORinternal_integration_user=true"
ELEVATED = "only in a session with elevated privileges"
Held = Mapping[str, str]  # role → how it is held


def accounts(place: Place) -> Iterator[Record]:
    """Every account that the instance marks as not a person's, with what it may do."""
    place.depends("roles", "access")
    known = place.tables.has(USERS, "identity_type")
    query = f"{FLAGGED}^ORidentity_typeINmachine,ai_agent" if known else FLAGGED
    for page in place.tables.pages(USERS, query):
        yield from told(place, [row for row in page if is_machine(row)])


def is_machine(row: Row) -> bool:
    """Whether the instance marks it as not a person's."""
    marked = flag(row, "web_service_access_only") or flag(row, "internal_integration_user")
    return bool(marked) or text(row, "identity_type") in MACHINES


def told(place: Place, rows: Sequence[Row]) -> Iterator[Record]:
    """The accounts, who manages them, and what they may do."""
    held = place.tables.by(HAS_ROLE, "user", [row["sys_id"] for row in rows])
    groups = [group for each in held.values() for row in each if (group := text(row, "granted_by"))]
    names = {id_: found[0]["name"] for id_, found in place.tables.by(GROUPS, "sys_id", groups).items() if found}
    place.people.meet(ids=[row.get("manager") for row in rows])
    for row in rows:
        found = identity(place, row)
        yield found
        ref = Ref(kind="identity", id=found.id, name=found.name)
        yield from place.people.owns(row.get("manager"), ref, place.scope.key, via="manager of the account")
        yield from grants(place, ref, roles_of(place, held[row["sys_id"]], names))


def identity(place: Place, row: Row) -> Identity:
    used = moment(row, "last_login_time")
    return Identity(
        id=place.instance.address(USERS.name, row["sys_id"]),
        provider_id=row["sys_id"],
        name=name_of(row),
        type=_type(row),
        created_at=moment(row, "sys_created_on"),
        enabled=_enabled(row),
        last_used_at=used,
        usage=Usage.USED if used else Usage.UNKNOWN,
        human=_human(row),
        credentials=tuple(_password(row)),
        aliases=tuple(_aliases(row)),
        facts=tuple(_facts(row)),
        **place.of(),
    )


def system(place: Place) -> Iterator[Record]:
    """What runs in nobody's name: the instance itself, which may do everything in it."""
    found = Identity(
        id=place.instance.address(USERS.name, "system"),
        provider_id="system",
        name="System",
        type="ServiceNow system",
        human=False,
        provider_managed=True,
        **place.of(),
    )
    yield found
    yield Permission(
        source=Ref(kind="identity", id=found.id, name=found.name),
        target=place.instance.ref,
        access=Access.ADMIN,
        actions=("*",),
        scope=place.scope.key,
        via="what runs as the system is not held by access control",
    )


def name_of(row: Row) -> str:
    """An integration account's user id says more than its name, which is often a person's."""
    names = [text(row, "name"), text(row, "user_name")]
    if is_machine(row):
        names.reverse()
    return next((name for name in names if name), "account without a name")


def roles_of(place: Place, rows: Sequence[Row], groups: Mapping[str, str]) -> Held:
    """Each role with the best reason for holding it: directly, from a group, included in another one."""
    live = [row for row in rows if text(row, "state") in {None, "active"}]
    held = {row["role"]: "granted directly" for row in live if flag(row, "inherited") is False}
    for row in live:
        if group := text(row, "granted_by"):
            held.setdefault(row["role"], f"from the group {groups.get(group, 'that granted it')}")
    ahead = list(held)
    while ahead:
        role = ahead.pop()
        for inner in sorted(place.known.contains.get(role, ())):
            if inner not in held:
                held[inner] = f"included in {held_name(place, role)}"
                ahead.append(inner)
    return {**{row["role"]: "inherited" for row in live}, **held}


def held_name(place: Place, role: str) -> str:
    found = place.known.roles.get(role)
    return found.name if found else "a role that was not read"


def grants(place: Place, who: Ref, held: Held) -> Iterator[Record]:
    """What holding the roles permits: each role, the tables that it opens, and for administrators the instance."""
    for id_, how in held.items():
        role = place.known.roles.get(id_)
        if role is None:
            continue  # the scope of roles tells that it is incomplete
        conditions = (ELEVATED,) if role.elevated else ()
        target = Ref(kind="resource", id=place.instance.address(ROLES.name, id_), name=role.name)
        targets = [(target, role.access)]
        targets += [(access.set_of(place, id_, opened), opened) for opened in sorted(place.known.opens.get(id_, ()))]
        targets += [(place.instance.ref, Access.ADMIN)] if role.name == ADMINISTRATOR else []
        for target, strength in targets:
            yield Permission(
                source=who,
                target=target,
                access=strength,
                actions=(role.name,),
                scope=place.scope.key,
                grade=Grade.CONDITIONAL if conditions else Grade.GRANTED,
                via=f"role {role.name}, {how}",
                conditions=conditions,
            )


def _type(row: Row) -> str:
    if text(row, "identity_type") == "ai_agent":
        return "ServiceNow AI agent account"
    if flag(row, "web_service_access_only"):
        return "ServiceNow web-service account"
    return "ServiceNow integration account" if is_machine(row) else "ServiceNow account"


def _enabled(row: Row) -> bool | None:
    if flag(row, "active") is False or flag(row, "locked_out") is True:
        return False
    return flag(row, "active")


def _human(row: Row) -> bool | None:
    if is_machine(row):
        return False
    return True if text(row, "identity_type") == "human" else None


def _password(row: Row) -> Iterator[Credential]:
    if changed := moment(row, "last_password"):
        yield Credential(kind="password", id=f"{row['sys_id']}/password", created_at=changed, enabled=_enabled(row))


def _aliases(row: Row) -> Iterator[Alias]:
    if email := text(row, "email"):
        yield Alias(kind=AliasKind.EMAIL, value=email.lower(), because=f"e-mail address of {name_of(row)}")


def _facts(row: Row) -> Iterator[tuple[str, str]]:
    if user := text(row, "user_name"):
        yield "User id", user
    only = flag(row, "web_service_access_only")
    if only is not None:
        yield "Signs in", "to web services only" if only else "to web services and pages"
    if flag(row, "locked_out"):
        yield "Locked out", "yes"
