"""What runs on Acme Media's instance: scripts, APIs, flows, a MID server and AI agents?"""

from tests.emulators.servicenow.ids import EXPORT_HOST
from tests.emulators.servicenow.world import World

NOTHING = "CANARY-script; gs.info('CANARY-text');"
INCLUDES = {
    "AcmeHttp": "var AcmeHttp = Class.create(); AcmeHttp.prototype = { post: function(body) {"
    " var r = new sn_ws.RESTMessageV2(); r.setEndpoint('https://hooks.example.net/in?key=CANARY-key');"
    " r.setRequestBody(body); r.execute(); } };",
    "AcmeHr": "var AcmeHr = Class.create(); AcmeHr.prototype = { send: function(c) { new AcmeHttp().post(c); } };",
    "AcmeDates": f"var AcmeDates = Class.create(); {NOTHING}",
}
# name, table, script
RULES = (
    ("Sync people to Entra", "sys_user", "var r = new sn_ws.RESTMessageV2('Azure Graph', 'Default GET'); r.execute();"),
    ("Tell HR cases", "sn_hr_core_case", "new AcmeHr().send(current);"),
    (
        "Paste incidents",
        "incident",
        "var m = new RESTMessageV2('Paste', 'Default GET'); m.execute(); // CANARY-comment",
    ),
    ("Mirror to Jira", "incident", "var c = new sn_cc.ConnectionInfoProvider().getConnectionInfo('x_acme.Jira');"),
    ("Set defaults", "incident", NOTHING),
    (
        "Formerly sent",
        "incident",
        "/* new sn_ws.RESTMessageV2('Paste', 'x') */ // r.setEndpoint('https://old.example.org')\n" + NOTHING,
    ),
)
EXPORT = (
    "var cases = new GlideRecord('sn_hr_core_case'); cases.query();\n"
    f"var target = 'https://{EXPORT_HOST}/cases';\n"
    "var r = new sn_ws.RESTMessageV2(); r.setEndpoint(target); r.setBasicAuth('export', 'CANARY-secret');\n"
)
WORKED_OUT = "var r = new sn_ws.RESTMessageV2(); r.setEndpoint(gs.getProperty('acme.target')); r.execute();"


def running(world: World) -> None:
    scripts(world)
    jobs(world)
    apis(world)
    flows(world)
    world.add(
        "ecc_agent", "mid-fra-1", name="mid-fra-1", status="Up", validated="true", user_name="mid.fra",
        host_name="mid1.fra.acme-media.example", version="zurich-07-02-2026", last_refreshed=world.ago(minutes=4),
    )  # fmt: skip
    agents(world)


def scripts(world: World) -> None:
    for name, text in INCLUDES.items():
        said = {"active": "true", "client_callable": "false", "access": "public", "sys_created_by": "bob"}
        world.add("sys_script_include", name, name=name, api_name=f"global.{name}", script=text, **said)
    for name, table, text in RULES:
        rule(world, name, table, text)


def rule(world: World, name: str, table: str, text: str, *, by: str = "mallory") -> str:
    said = {"active": "true", "when": "async_always", "sys_created_by": by}
    return world.add("sys_script", name, name=name, collection=table, script=text, **said)


def jobs(world: World) -> None:
    hr, bob = (world.id_of("sys_user", user_name=each) for each in ("svc.hr.export", "bob"))
    job(world, "Nightly HR export", hr, EXPORT, by="alice")
    job(world, "Clean up", "", NOTHING, by="admin")
    job(world, "Weekly figures", bob, WORKED_OUT, by="bob")
    profile = world.id_of("oauth_entity_profile", name="Entra ID default_profile")
    signing_in = f"{WORKED_OUT} r.setAuthenticationProfile('oauth2', '{profile}');"
    job(world, "Mail figures", bob, signing_in, by="bob")
    world.add(
        "sysauto", "Load suppliers", name="Load suppliers", active="true", run_as=hr, run_type="daily",
        sys_class_name="scheduled_import_set", sys_created_by="alice",
    )  # fmt: skip
    job(world, "Orphan", "d" * 32, NOTHING, by="carol.who.left")


def job(world: World, name: str, run_as: str, text: str, *, by: str) -> str:
    """In its own table and, as the instance has it, in the one that this one extends."""
    said = {"active": "true", "run_type": "daily", "sys_created_by": by, "name": name, "run_as": run_as}
    sys_id = world.add("sysauto_script", name, script=text, **said)
    world.add("sysauto", sys_id=sys_id, sys_class_name="sysauto_script", **said)
    return sys_id


def apis(world: World) -> None:
    for name, operation, asked in (("Orders", "create order", "true"), ("Hooks", "receive", "false")):
        api = world.add("sys_ws_definition", name, name=name, active="true", namespace="x_acme")
        world.add(
            "sys_ws_operation", name, name=operation, active="true", http_method="POST",
            operation_uri=f"/api/x_acme/{name.lower()}", requires_authentication=asked,
            requires_acl_authorization=asked, web_service_definition=api, operation_script=NOTHING,
            sys_created_by="alice",
        )  # fmt: skip


def flows(world: World) -> None:
    jira, entra = (world.id_of("sys_scope", scope=each) for each in ("sn_jira_spoke", "sn_azure_ad_spoke"))
    create = world.add("sys_hub_action_type_definition", "jira", name="Create Jira issue", sys_scope=jira)
    disable = world.add("sys_hub_action_type_definition", "entra", name="Disable user", sys_scope=entra)
    sync = flow(world, "Sync incidents to Jira", "system", by="alice")
    offboard = flow(world, "Offboard", "user", by="mallory")
    flow(world, "Approve", "user", by="alice")
    for number in range(2):
        world.add("sys_hub_action_instance", "sync", number, flow=sync, action_type=create, order=str(number))
    world.add("sys_hub_action_instance_v2", "offboard", flow=offboard, action_type=disable, order="1")


def flow(world: World, name: str, run_as: str, *, by: str) -> str:
    said = {"type": "flow", "active": "true", "status": "published", "sys_created_by": by}
    scope = world.id_of("sys_scope", scope="global")
    return world.add("sys_hub_flow", name, name=name, run_as=run_as, sys_scope=scope, **said)


def agents(world: World) -> None:
    runs_as = {"Helpdesk helper": world.id_of("sys_user", user_name="ai.helpdesk"), "Case summariser": ""}
    tools = {
        "Escalate to Jira": ("subflow", "sys_hub_flow", world.id_of("sys_hub_flow", name="Sync incidents to Jira")),
        "Disable account": (
            "flow_action",
            "sys_hub_action_type_definition",
            world.id_of("sys_hub_action_type_definition", name="Disable user"),
        ),
    }
    for name, (kind, table, target) in tools.items():
        world.add(
            "sn_aia_tool", name, name=name, type=kind, active="true", target_document=target,
            target_document_table=table, sys_created_by="alice",
        )  # fmt: skip
    for name, user in runs_as.items():
        said = {"agent_type": "internal", "channel": "nap_and_va", "record_type": "custom", "sys_created_by": "alice"}
        agent = world.add("sn_aia_agent", name, name=name, **said)
        world.add("sn_aia_agent_config", name, agent=agent, active="true", public="false", run_as_user=user)
    helper = world.id_of("sn_aia_agent", name="Helpdesk helper")
    for name, mode in (("Escalate to Jira", "autopilot"), ("Disable account", "copilot")):
        tool = world.id_of("sn_aia_tool", name=name)
        world.add("sn_aia_agent_tool_m2m", name, agent=helper, tool=tool, execution_mode=mode, active="true")
