"""Which tables does the source read, which fields of each, and why?

The one list: `tables.py` asks for exactly these fields, "Test connection" tries each table, the requirements packet
explains them, and the setup page prints them. A permission is spelled "sys_user:read" for a table and
"sys_user.email:read" for a field.
"""

from __future__ import annotations

from dataclasses import dataclass

from connectors.source import RequiredPermission


@dataclass(frozen=True, slots=True)
class Table:
    """One table. A row without one of `fields` had it hidden; `newer` fields are not in every release.

    `plugin`: not every instance has the table. `never_empty`: every instance has rows in it, so none were shown.
    `page` is the number of rows to ask for at once.
    """

    name: str
    fields: tuple[str, ...]
    why: str
    kinds: tuple[str, ...]
    newer: tuple[str, ...] = ()
    plugin: bool = False
    never_empty: bool = False
    page: int = 1_000

    @property
    def permission(self) -> str:
        return f"{self.name}:read"

    def field_permission(self, field: str) -> str:
        return f"{self.name}.{field}:read"


MADE = ("sys_created_on", "sys_created_by", "sys_updated_on")
TEXTS = 250  # rows of a table with scripts: a page is a few megabytes at most

# fmt: off
USERS = Table("sys_user",
    ("sys_id", "user_name", "name", "email", "active", "locked_out", "web_service_access_only",
     "internal_integration_user", "last_login_time", "manager", "sys_created_on"),
    "finds integration and web-service accounts, whether they are used, and whether owners are still there",
    ("accounts", "referenced"), newer=("identity_type", "last_password"), never_empty=True)
HAS_ROLE = Table("sys_user_has_role", ("sys_id", "user", "role", "inherited"),
    "tells which roles an account holds", ("accounts", "referenced"), newer=("granted_by", "state"), never_empty=True)
GROUPS = Table("sys_user_group", ("sys_id", "name"), "names the group that an account has a role from",
    ("accounts", "referenced"))
ROLES = Table("sys_user_role", ("sys_id", "name", "sys_created_on"), "names the roles", ("roles",),
    newer=("elevated_privilege", "scoped_admin"), never_empty=True)
CONTAINS = Table("sys_user_role_contains", ("sys_id", "role", "contains"),
    "tells which roles a role includes", ("roles",), never_empty=True)
ACLS = Table("sys_security_acl",
    ("sys_id", "name", "operation", "type", "active", "admin_overrides", "condition", "advanced"),
    "tells which tables a role opens; its condition is looked at for being empty only", ("access",),
    newer=("decision_type",), never_empty=True)
ACL_ROLES = Table("sys_security_acl_role", ("sys_id", "sys_security_acl", "sys_user_role"),
    "tells which tables a role opens", ("access",), never_empty=True)
ENTITIES = Table("oauth_entity",
    ("sys_id", "name", "type", "client_id", "active", "user", "access_token_lifespan", "refresh_token_lifespan",
     "token_url", *MADE),
    "finds OAuth clients, whose user they act as and how long their tokens live; never a secret", ("credentials",),
    newer=("default_grant_type",), never_empty=True)
PROFILES = Table("oauth_entity_profile", ("sys_id", "name", "oauth_entity", "grant_type"),
    "tells which OAuth client a message or connection signs in with", ("credentials",))
TOKENS = Table("oauth_credential", ("sys_id", "peer", "type", "expires", "sys_created_on"),
    "tells when a client last got a token and until when its tokens live; never a token", ("credentials",))
BASIC = Table("sys_auth_profile_basic", ("sys_id", "name", "username", *MADE),
    "names the accounts with which messages sign in elsewhere; never a password", ("credentials",))
STORED = Table("discovery_credentials", ("sys_id", "name", "type", "active", "user_name", *MADE),
    "names the accounts with which connections sign in elsewhere; never a password or key", ("credentials",))
STORED_OAUTH = Table("oauth_2_0_credentials", ("sys_id", "oauth_entity_profile"),
    "tells which OAuth client a connection signs in with", ("credentials",), plugin=True)
MESSAGES = Table("sys_rest_message",
    ("sys_id", "name", "rest_endpoint", "authentication_type", "basic_auth_profile", "oauth2_profile", "access",
     *MADE), "names the outside hosts that REST messages call", ("outbound",), newer=("basic_auth_user",))
FUNCTIONS = Table("sys_rest_message_fn",
    ("sys_id", "rest_message", "function_name", "http_method", "rest_endpoint", "use_mid_server"),
    "names the outside hosts that REST messages call", ("outbound",))
SOAP = Table("sys_soap_message", ("sys_id", "name", *MADE), "names the outside hosts that SOAP messages call",
    ("outbound",), plugin=True)
SOAP_FUNCTIONS = Table("sys_soap_message_function", ("sys_id", "soap_message", "function_name", "soap_endpoint"),
    "names the outside hosts that SOAP messages call", ("outbound",), plugin=True)
ALIASES = Table("sys_alias", ("sys_id", "name", "id", "type", "sys_scope"),
    "tells which spoke or script uses a connection", ("outbound",))
CONNECTIONS = Table("http_connection",
    ("sys_id", "name", "active", "connection_url", "host", "credential", "connection_alias", *MADE),
    "names the outside hosts and credentials of spokes", ("outbound",), newer=("use_mid",), plugin=True)
INCLUDES = Table("sys_script_include", ("sys_id", "name", "active", "client_callable", "access", "script", *MADE),
    "finds scripts that call out: their text is searched for hosts and dropped", ("script_includes",),
    newer=("api_name",), never_empty=True, page=TEXTS)
RULES = Table("sys_script", ("sys_id", "name", "collection", "active", "when", "script", *MADE),
    "finds business rules that call out: their text is searched for hosts and dropped", ("business_rules",),
    newer=("rest_method",), never_empty=True, page=TEXTS)
JOBS = Table("sysauto_script", ("sys_id", "name", "active", "run_as", "run_type", "script", *MADE),
    "finds scheduled jobs and whom they run as: their text is searched for hosts and dropped", ("scheduled_jobs",),
    never_empty=True, page=TEXTS)
SCHEDULES = Table("sysauto", ("sys_id", "name", "active", "run_as", "run_type", "sys_class_name", *MADE),
    "finds scheduled imports, reports and other jobs without a script, and whom they run as", ("schedules",),
    never_empty=True)
DELETED = Table("sys_audit_delete", ("sys_id", "tablename", "documentkey", "sys_created_on"),
    "tells what was deleted since the last scan, so that not everything must be read again",
    ("business_rules", "scheduled_jobs"))
OPERATIONS = Table("sys_ws_operation",
    ("sys_id", "name", "active", "http_method", "operation_uri", "requires_authentication",
     "requires_acl_authorization", "web_service_definition", "operation_script", *MADE),
    "finds inbound REST APIs and whether they ask who calls: their text is searched for hosts and dropped",
    ("rest_apis",), page=TEXTS)
DEFINITIONS = Table("sys_ws_definition", ("sys_id", "name", "active"), "names the inbound REST APIs", ("rest_apis",))
FLOWS = Table("sys_hub_flow", ("sys_id", "name", "type", "active", "status", "run_as", "sys_scope", *MADE),
    "finds flows and whom they run as", ("flows", "ai_agents"))
ACTIONS = Table("sys_hub_action_instance", ("sys_id", "flow", "action_type"),
    "tells which spokes' actions a flow uses", ("flows",))
ACTIONS_V2 = Table("sys_hub_action_instance_v2", ("sys_id", "flow", "action_type"),
    "tells which spokes' actions a flow uses", ("flows",), plugin=True)
ACTION_TYPES = Table("sys_hub_action_type_definition", ("sys_id", "name", "sys_scope"),
    "tells which spoke an action belongs to", ("flows", "ai_agents"))
APPLICATIONS = Table("sys_scope", ("sys_id", "scope", "name"), "names the spokes", ("flows", "ai_agents"),
    never_empty=True)
MID_SERVERS = Table("ecc_agent",
    ("sys_id", "name", "status", "validated", "user_name", "host_name", "version", "sys_created_on", "sys_updated_on"),
    "finds MID servers, the instance's way into your network, and their accounts", ("mid_servers",),
    newer=("last_refreshed",))
AGENTS = Table("sn_aia_agent", ("sys_id", "name", "agent_type", "channel", "record_type", *MADE),
    "finds AI agents; never their instructions", ("ai_agents",), plugin=True)
AGENT_CONFIGS = Table("sn_aia_agent_config", ("sys_id", "agent", "active", "public", "run_as_user"),
    "tells whom an AI agent runs as", ("ai_agents",), plugin=True)
AGENT_TOOLS = Table("sn_aia_agent_tool_m2m", ("sys_id", "agent", "tool", "execution_mode", "active"),
    "tells which tools an AI agent may use, and whether unsupervised", ("ai_agents",), plugin=True)
TOOLS = Table("sn_aia_tool", ("sys_id", "name", "type", "active", "target_document", "target_document_table", *MADE),
    "finds AI agents' tools; never their scripts", ("ai_agents",), plugin=True)
# fmt: on

TABLES = (
    USERS, HAS_ROLE, GROUPS, ROLES, CONTAINS, ACLS, ACL_ROLES, ENTITIES, PROFILES, TOKENS, BASIC, STORED, STORED_OAUTH,
    MESSAGES, FUNCTIONS, SOAP, SOAP_FUNCTIONS, ALIASES, CONNECTIONS, INCLUDES, RULES, JOBS, SCHEDULES, DELETED,
    OPERATIONS, DEFINITIONS, FLOWS, ACTIONS, ACTIONS_V2, ACTION_TYPES, APPLICATIONS, MID_SERVERS, AGENTS, AGENT_CONFIGS,
    AGENT_TOOLS, TOOLS,
)  # fmt: skip
BY_NAME = {each.name: each for each in TABLES}
PERMISSIONS = tuple(RequiredPermission(name=each.permission, why=each.why, scope_kinds=each.kinds) for each in TABLES)
