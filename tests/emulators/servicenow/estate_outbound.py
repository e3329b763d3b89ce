"""As whom does Acme Media's instance sign in elsewhere, and by which messages and connections does it get there?"""

from tests.emulators.servicenow.ids import ENTRA_SYNC, JIRA_SITE, JIRA_SYNC_EMAIL, REPORTING, TENANT
from tests.emulators.servicenow.world import World


def outbound(world: World) -> None:
    profile = clients(world)
    messages(world, profile)
    connections(world, profile)


def clients(world: World) -> str:
    """One application that calls in, one as which the instance calls out; the latter's profile."""
    user = world.id_of("sys_user", user_name="svc.hr.export")
    lives = {"access_token_lifespan": "1800", "refresh_token_lifespan": "8640000", "active": "true"}
    inward = world.add(
        "oauth_entity", "Reporting gateway", name="Reporting gateway", type="client", client_id=REPORTING, user=user,
        default_grant_type="client_credentials", sys_created_by="alice", **lives,
    )  # fmt: skip
    for days in (40, 2):
        world.add(
            "oauth_credential", "Reporting gateway", days, peer=inward, type="access_token", user=user,
            sys_created_on=world.ago(days=days), expires=world.ago(days=days - 30),
        )  # fmt: skip
    outward = world.add(
        "oauth_entity", "Entra ID", name="Entra ID", type="oauth_provider", client_id=ENTRA_SYNC,
        token_url=f"https://login.microsoftonline.com/{TENANT}/oauth2/v2.0/token", sys_created_by="alice", **lives,
    )  # fmt: skip
    return world.add("oauth_entity_profile", "Entra ID", name="Entra ID default_profile", oauth_entity=outward)


def messages(world: World, profile: str) -> None:
    basic = world.add("sys_auth_profile_basic", "ERP", name="ERP", username="acme-erp", sys_created_by="bob")
    message(
        world, "Azure Graph", "https://graph.microsoft.com/v1.0/users", authentication_type="oauth2",
        oauth2_profile=profile, sys_created_by="alice",
    )  # fmt: skip
    message(world, "Payments", "https://${payments_host}/v1/charges", authentication_type="no_authentication")
    message(
        world, "Paste", "http://paste.example.com/api", authentication_type="no_authentication",
        function="https://upload.paste.example.com/new", sys_created_by="mallory",
    )  # fmt: skip
    message(world, "ERP", "https://erp.acme-media.example/rest", authentication_type="basic", basic_auth_profile=basic)
    soap = world.add("sys_soap_message", "Legacy ledger", name="Legacy ledger")
    world.add(
        "sys_soap_message_function", "Legacy ledger", soap_message=soap, function_name="post",
        soap_endpoint="https://ledger.acme-media.example/soap",
    )  # fmt: skip


def message(world: World, name: str, endpoint: str, *, function: str = "", **more: str) -> None:
    id_ = world.add("sys_rest_message", name, name=name, rest_endpoint=endpoint, access="public", **more)
    world.add(
        "sys_rest_message_fn", name, rest_message=id_, function_name="Default GET", http_method="get",
        rest_endpoint=function,
    )  # fmt: skip


def connections(world: World, profile: str) -> None:
    """Spokes with a connection: Jira's by an account, Entra's by the OAuth client; and one that is switched off."""
    jira = world.add("sys_scope", "sn_jira_spoke", scope="sn_jira_spoke", name="Jira Spoke")
    entra = world.add("sys_scope", "sn_azure_ad_spoke", scope="sn_azure_ad_spoke", name="Microsoft Entra ID Spoke")
    world.add("sys_scope", "global", scope="global", name="Global")
    token = world.add(
        "discovery_credentials", "Jira", name="Jira API token", type="basic_auth", active="true",
        user_name=JIRA_SYNC_EMAIL, sys_created_by="alice",
    )  # fmt: skip
    oauth = world.add("discovery_credentials", "Entra", name="Entra OAuth", type="oauth_2_0", active="true")
    world.add("oauth_2_0_credentials", sys_id=oauth, name="Entra OAuth", oauth_entity_profile=profile)
    connected(world, "Jira", jira, f"https://{JIRA_SITE}/rest", token)
    connected(world, "Entra", entra, "https://graph.microsoft.com", oauth)
    connected(world, "Jira sandbox", jira, "https://acme-sandbox.atlassian.net", token, active="false")


def connected(world: World, name: str, scope: str, url: str, credential: str, *, active: str = "true") -> None:
    alias = world.add("sys_alias", name, name=name, id=f"x_acme.{name}", type="connection", sys_scope=scope)
    world.add(
        "http_connection", name, name=f"{name} connection", active=active, connection_url=url, credential=credential,
        connection_alias=alias, use_mid="false",
    )  # fmt: skip
