"""Which columns has each table, which of them refer to other tables, and which hold what nobody may keep?

From ServiceNow's own type definitions (@servicenow/sdk-core) and its table dictionary, cut to what an estate fills in.
`secret` columns hold a canary in every row: whoever asks for them, keeps or logs them is found.
"""

from dataclasses import dataclass

BASE = ("sys_id", "sys_created_on", "sys_created_by", "sys_updated_on", "sys_updated_by", "sys_mod_count")


@dataclass(frozen=True)
class Schema:
    """The columns of one table beside those that every table has. `references`: column → the table it points to."""

    columns: tuple[str, ...]
    secret: tuple[str, ...] = ()
    references: tuple[tuple[str, str], ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        return (*BASE, *self.columns, *self.secret)


def _of(columns: str, *, secret: str = "", **references: str) -> Schema:
    return Schema(tuple(columns.split()), tuple(secret.split()), tuple(references.items()))


SCHEMAS = {
    "incident": _of(
        "number short_description description state correlation_id correlation_display assignment_group close_code "
        "close_notes work_notes"
    ),
    "sys_user": _of(
        "user_name name email active locked_out web_service_access_only internal_integration_user identity_type "
        "last_login_time last_password manager department",
        secret="user_password",
        manager="sys_user",
    ),
    "sys_user_has_role": _of(
        "user role inherited granted_by state", user="sys_user", role="sys_user_role", granted_by="sys_user_group"
    ),
    "sys_user_group": _of("name manager active", manager="sys_user"),
    "sys_user_role": _of("name elevated_privilege scoped_admin description"),
    "sys_user_role_contains": _of("role contains", role="sys_user_role", contains="sys_user_role"),
    "sys_security_acl": _of(
        "name operation type active admin_overrides condition advanced decision_type", secret="script"
    ),
    "sys_security_acl_role": _of(
        "sys_security_acl sys_user_role", sys_security_acl="sys_security_acl", sys_user_role="sys_user_role"
    ),
    "oauth_entity": _of(
        "name type client_id active user access_token_lifespan refresh_token_lifespan token_url default_grant_type",
        secret="client_secret",
        user="sys_user",
    ),
    "oauth_entity_profile": _of("name oauth_entity grant_type", oauth_entity="oauth_entity"),
    "oauth_credential": _of("peer type expires user", secret="token token_received", peer="oauth_entity"),
    "sys_auth_profile_basic": _of("name username", secret="password"),
    "discovery_credentials": _of("name type active user_name", secret="password ssh_private_key"),
    "oauth_2_0_credentials": _of("name oauth_entity_profile", oauth_entity_profile="oauth_entity_profile"),
    "sys_rest_message": _of(
        "name rest_endpoint authentication_type basic_auth_profile oauth2_profile access basic_auth_user",
        secret="basic_auth_password",
        basic_auth_profile="sys_auth_profile_basic",
        oauth2_profile="oauth_entity_profile",
    ),
    "sys_rest_message_fn": _of(
        "rest_message function_name http_method rest_endpoint use_mid_server",
        secret="content basic_auth_password",
        rest_message="sys_rest_message",
    ),
    "sys_soap_message": _of("name", secret="wsdl basic_auth_password"),
    "sys_soap_message_function": _of(
        "soap_message function_name soap_endpoint", secret="envelope", soap_message="sys_soap_message"
    ),
    "sys_alias": _of("name id type connection_type sys_scope", sys_scope="sys_scope"),
    "http_connection": _of(
        "name active connection_url host credential connection_alias use_mid",
        credential="discovery_credentials",
        connection_alias="sys_alias",
    ),
    "sys_script_include": _of("name api_name active client_callable access script", secret="description"),
    "sys_script": _of(
        "name collection active when script rest_method", secret="description", rest_method="sys_rest_message_fn"
    ),
    "sysauto_script": _of("name active run_as run_type script", secret="condition", run_as="sys_user"),
    "sysauto": _of("name active run_as run_type sys_class_name", secret="condition", run_as="sys_user"),
    "sys_audit_delete": _of("tablename documentkey", secret="payload"),
    "sys_ws_definition": _of("name active namespace base_uri"),
    "sys_ws_operation": _of(
        "name active http_method operation_uri requires_authentication requires_acl_authorization "
        "web_service_definition operation_script",
        secret="request_example",
        web_service_definition="sys_ws_definition",
    ),
    "sys_hub_flow": _of("name type active status run_as sys_scope", secret="description annotation"),
    "sys_hub_action_instance": _of(
        "flow action_type order", flow="sys_hub_flow", action_type="sys_hub_action_type_definition"
    ),
    "sys_hub_action_instance_v2": _of(
        "flow action_type order",
        secret="values",
        flow="sys_hub_flow",
        action_type="sys_hub_action_type_definition",
    ),
    "sys_hub_action_type_definition": _of("name internal_name sys_scope", sys_scope="sys_scope"),
    "sys_scope": _of("scope name"),
    "ecc_agent": _of("name status validated user_name host_name version last_refreshed", secret="password"),
    "sn_aia_agent": _of("name agent_type channel record_type", secret="description role instructions"),
    "sn_aia_agent_config": _of("agent active public run_as_user", agent="sn_aia_agent", run_as_user="sys_user"),
    "sn_aia_agent_tool_m2m": _of("agent tool execution_mode active", agent="sn_aia_agent", tool="sn_aia_tool"),
    "sn_aia_tool": _of("name type active target_document target_document_table", secret="description script"),
}
