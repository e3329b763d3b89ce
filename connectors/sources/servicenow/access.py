"""Which tables do the roles open, and for what?

Access controls on whole tables, as far as their metadata shows: one that names a role lets its holders in, if it has no
condition and no script; else perhaps. Controls on single fields, and those that a table inherits, are not followed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from connectors.inventory.records import Access, Grade, Record, Ref, Relation, Resource
from connectors.sources.servicenow.instance import linked
from connectors.sources.servicenow.permissions import ACL_ROLES, ACLS, ROLES
from connectors.sources.servicenow.place import Place
from connectors.sources.servicenow.values import Row, flag, text

OPERATIONS = {"read": Access.READ, "write": Access.WRITE, "create": Access.WRITE, "delete": Access.WRITE}
MAY = {Access.READ: "may read", Access.WRITE: "may change"}
SURER = (Grade.GRANTED, Grade.CONDITIONAL)
Opened = dict[tuple[str, Access], dict[str, Grade]]  # role and access → table → how surely


@dataclass(frozen=True, slots=True)
class _Control:
    table: str
    access: Access
    grade: Grade
    administrators: bool  # pass it whatever it says


def access(place: Place) -> Iterator[Record]:
    """The tables, a set of them for each role and access, and what is in the sets."""
    place.depends("roles")
    controls = {row["sys_id"]: found for row in place.tables.rows(ACLS) if (found := _control(row))}
    yield from _tables(place, controls)
    opened: Opened = {}
    for row in place.tables.rows(ACL_ROLES):
        control = controls.get(row["sys_security_acl"])
        if control and row["sys_user_role"] in place.known.roles:
            tables = opened.setdefault((row["sys_user_role"], control.access), {})
            tables[control.table] = min(control.grade, tables.get(control.table, control.grade), key=SURER.index)
    for (role, how), tables in opened.items():
        place.known.opens.setdefault(role, set()).add(how)
        yield from _opened(place, role, how, tables)


def set_of(place: Place, role: str, how: Access) -> Ref:
    """The set of tables that a role opens in that way."""
    name = f"tables that {place.known.roles[role].name} {MAY[how]}"
    return Ref(kind="resource", id=f"{place.instance.address(ROLES.name, role)}/{how.value}", name=name)


def _control(row: Row) -> _Control | None:
    """None for one that isn't about a whole table, is switched off, or only takes away."""
    how = OPERATIONS.get(row.get("operation", ""))
    name = row.get("name", "")
    whole = row.get("type") == "record" and name and "." not in name and "*" not in name
    if how is None or not whole or flag(row, "active") is False or text(row, "decision_type") == "deny":
        return None
    narrowed = text(row, "condition") is not None or flag(row, "advanced") is not False
    grade = Grade.CONDITIONAL if narrowed else Grade.GRANTED
    return _Control(name, how, grade, administrators=flag(row, "admin_overrides") is not False)


def _tables(place: Place, controls: dict[str, _Control]) -> Iterator[Record]:
    """Each table once; administrators reach it, unless a control on reading it says otherwise."""
    closed: dict[str, bool] = {}
    for control in controls.values():
        shut = control.access is Access.READ and not control.administrators
        closed[control.table] = closed.get(control.table, False) or shut
    for name, shut in closed.items():
        ref = place.instance.table(name)
        yield Resource(id=ref.id, provider_id=name, name=name, type="ServiceNow table", **place.of())
        grade = Grade.CONDITIONAL if shut else Grade.GRANTED
        yield linked(Relation.CONTAINS, place.instance.ref, ref, place.scope.key, via="instance", grade=grade)


def _opened(place: Place, role: str, how: Access, tables: dict[str, Grade]) -> Iterator[Record]:
    ref = set_of(place, role, how)
    told = f"access control: {place.known.roles[role].name} {MAY[how]}"
    yield Resource(id=ref.id, provider_id=ref.id, name=ref.name, type="Tables of a role", pattern=told, **place.of())
    for table, grade in tables.items():
        target = place.instance.table(table)
        yield linked(Relation.CONTAINS, ref, target, place.scope.key, via=f"access control on {table}", grade=grade)
