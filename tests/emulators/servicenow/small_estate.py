"""What is the smallest instance that has everything a reader must tell of? Acme Media's.

The parts are in estate_*.py; here they are put together, with what is true of the whole.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from tests.emulators.servicenow.estate_access import people, roles
from tests.emulators.servicenow.estate_outbound import outbound
from tests.emulators.servicenow.estate_running import running
from tests.emulators.servicenow.ids import EXPORT_HOST, JIRA_SITE, JIRA_SYNC_EMAIL
from tests.emulators.servicenow.world import World

HOST = "acme.service-now.com"
USER, PASSWORD = "sv0.reader", "CANARY-password"
CLIENT, SECRET = "0123456789abcdef0123456789abcdef", "CANARY-client-secret"
ADDRESS = f"https://{HOST}"


@dataclass(frozen=True, kw_only=True)
class GroundTruth:
    """What is true of the estate, written down by hand. Names throughout.

    `accounts` are those that aren't people's, `named` those that others name; `runs_as` is by workload, what it runs as
    here and signs in as elsewhere; `sends` is the hosts that it sends to for sure, `may_send` those that it may.
    """

    accounts: frozenset[str]
    named: frozenset[str]
    administrators: frozenset[str]
    runs_as: Mapping[str, frozenset[str]]
    sends: Mapping[str, frozenset[str]]
    may_send: Mapping[str, frozenset[str]]
    quiet: frozenset[str]  # scripts that call nobody, and that nobody needs to know
    unauthenticated: frozenset[str]


GROUND_TRUTH = GroundTruth(
    accounts=frozenset({"svc.hr.export", "svc.jira.sync", "svc.legacy", "mid.fra", "ai.helpdesk", "sv0.reader"}),
    named=frozenset({"Bob Berg", "System"}),
    administrators=frozenset({"svc.legacy", "System"}),
    runs_as={
        "Nightly HR export": frozenset({"svc.hr.export"}),
        "Clean up": frozenset({"System"}),
        "Load suppliers": frozenset({"svc.hr.export"}),
        "Mirror to Jira": frozenset({f"{JIRA_SYNC_EMAIL} (Jira API token)"}),
        "Weekly figures": frozenset({"Bob Berg"}),
        "Mail figures": frozenset({"Bob Berg", "Entra ID"}),
        "Orphan": frozenset({"account dddddddd…"}),
        "Sync people to Entra": frozenset({"Entra ID"}),
        "Sync incidents to Jira": frozenset({"System", f"{JIRA_SYNC_EMAIL} (Jira API token)"}),
        "Offboard": frozenset({"Entra ID"}),
        "Disable account": frozenset({"Entra ID"}),
        "Azure Graph": frozenset({"Entra ID"}),
        "ERP": frozenset({"acme-erp (ERP)"}),
        "Jira connection": frozenset({f"{JIRA_SYNC_EMAIL} (Jira API token)"}),
        "Jira sandbox connection": frozenset({f"{JIRA_SYNC_EMAIL} (Jira API token)"}),
        "Entra connection": frozenset({"Entra ID"}),
        "mid-fra-1": frozenset({"mid.fra"}),
        "Helpdesk helper": frozenset({"ai.helpdesk"}),
    },
    sends={
        "Nightly HR export": frozenset({EXPORT_HOST}),
        "Sync people to Entra": frozenset({"graph.microsoft.com"}),
        "Mirror to Jira": frozenset({JIRA_SITE}),
        "Paste incidents": frozenset({"paste.example.com", "upload.paste.example.com"}),
        "AcmeHttp": frozenset({"hooks.example.net"}),
        "Azure Graph": frozenset({"graph.microsoft.com"}),
        "Paste": frozenset({"paste.example.com", "upload.paste.example.com"}),
        "ERP": frozenset({"erp.acme-media.example"}),
        "Legacy ledger": frozenset({"ledger.acme-media.example"}),
        "Jira connection": frozenset({JIRA_SITE}),
        "Jira sandbox connection": frozenset({"acme-sandbox.atlassian.net"}),
        "Entra connection": frozenset({"graph.microsoft.com"}),
    },
    may_send={
        "Tell HR cases": frozenset({"hooks.example.net"}),
        "AcmeHr": frozenset({"hooks.example.net"}),
        "Weekly figures": frozenset({"internet"}),
        "Mail figures": frozenset({"internet"}),
        "Payments": frozenset({"internet"}),
        "Sync incidents to Jira": frozenset({JIRA_SITE}),
        "Offboard": frozenset({"graph.microsoft.com"}),
        "Disable account": frozenset({"graph.microsoft.com"}),
    },
    quiet=frozenset({"Set defaults", "Formerly sent", "AcmeDates"}),
    unauthenticated=frozenset({"Hooks: receive"}),
)


def world() -> World:
    acme = World(HOST)
    roles(acme)
    people(acme)
    outbound(acme)
    running(acme)
    acme.passwords[USER] = PASSWORD
    acme.clients[CLIENT] = SECRET, acme.id_of("sys_user", user_name=USER)
    return acme
