"""Who is there on Acme Media's instance, and what do their roles open?"""

from tests.emulators.servicenow.ids import EXPORT_EMAIL
from tests.emulators.servicenow.world import World

ROLES = ("admin", "itil", "sn_hr_core.admin", "sn_hr_core.case_reader", "mid_server", "x_sv0.reader")
INCLUDED = (("sn_hr_core.admin", "sn_hr_core.case_reader"),)
# table or column, operation, role, and what else the control says
CONTROLS: tuple[tuple[str, str, str, dict[str, str]], ...] = (
    ("incident", "read", "itil", {}),
    ("incident", "write", "itil", {}),
    ("incident.number", "write", "admin", {}),
    ("customer_account", "read", "itil", {"condition": "CANARY-condition^assigned_toDYNAMIC90d"}),
    ("sn_hr_core_case", "read", "sn_hr_core.case_reader", {"admin_overrides": "false"}),
    ("sn_hr_core_case", "write", "sn_hr_core.admin", {"admin_overrides": "false"}),
    ("sys_user", "read", "x_sv0.reader", {}),
    ("cmdb_ci", "delete", "itil", {"active": "false"}),
)


def roles(world: World) -> None:
    found = {name: world.add("sys_user_role", name, name=name) for name in ROLES}
    found["security_admin"] = world.add(
        "sys_user_role", "security_admin", name="security_admin", elevated_privilege="true"
    )
    for outer, inner in INCLUDED:
        world.add("sys_user_role_contains", outer, inner, role=found[outer], contains=found[inner])
    for name, operation, role, more in CONTROLS:
        said = {"active": "true", "admin_overrides": "true", "advanced": "false", "type": "record", **more}
        control = world.add("sys_security_acl", name, operation, name=name, operation=operation, **said)
        world.add("sys_security_acl_role", name, operation, sys_security_acl=control, sys_user_role=found[role])


def people(world: World) -> None:
    """People, one of whom has left, and accounts that are nobody's."""
    alice = person(world, "alice", "Alice Acme")
    person(world, "bob", "Bob Berg", active="false")
    person(world, "mallory", "Mallory Moss")
    hr = account(world, "svc.hr.export", email=EXPORT_EMAIL, manager=alice, internal_integration_user="true")
    jira = account(world, "svc.jira.sync", email="jira-sync@acme-media.example", web_service_access_only="true")
    legacy = account(
        world, "svc.legacy", identity_type="", web_service_access_only="true", active="false", last_login_time=""
    )
    mid = account(world, "mid.fra", identity_type="machine")
    account(world, "ai.helpdesk", identity_type="ai_agent")
    reader = account(world, "sv0.reader", web_service_access_only="true")
    integrations = world.add("sys_user_group", "Integrations", name="Integrations", active="true", manager=alice)
    holds(world, hr, "sn_hr_core.admin")
    holds(world, hr, "sn_hr_core.case_reader", inherited="true")
    holds(world, jira, "itil", inherited="true", granted_by=integrations)
    holds(world, legacy, "admin")
    holds(world, legacy, "security_admin")
    holds(world, mid, "mid_server")
    holds(world, reader, "x_sv0.reader")
    holds(world, world.id_of("sys_user", user_name="mallory"), "admin")


def person(world: World, user: str, name: str, **more: str) -> str:
    said = {"active": "true", "identity_type": "human", "last_login_time": world.ago(days=1), "locked_out": "false"}
    said |= {"web_service_access_only": "false", "internal_integration_user": "false"}
    email = f"{user}@acme-media.example"
    return world.add("sys_user", user, user_name=user, name=name, email=email, **{**said, **more})


def account(world: World, user: str, **more: str) -> str:
    said = {"active": "true", "identity_type": "machine", "last_login_time": world.ago(days=3), "locked_out": "false"}
    said |= {"web_service_access_only": "false", "internal_integration_user": "false"}
    said |= {"last_password": world.ago(days=400), "sys_created_on": world.ago(days=900)}
    return world.add("sys_user", user, user_name=user, name=user, **{**said, **more})


def holds(world: World, user: str, role: str, *, inherited: str = "false", **more: str) -> None:
    id_ = world.id_of("sys_user_role", name=role)
    world.add("sys_user_has_role", user, role, user=user, role=id_, inherited=inherited, state="active", **more)
