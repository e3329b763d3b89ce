"""What has Acme Media in Power Platform? Made by hand, each agent for a question of its own.

HR helper acts with other people's connections and is open to anyone; Travel desk acts as whoever talks to it; Night
watch starts by itself; Old FAQ is switched off, and tells little.
"""

from collections.abc import Sequence

from tests.emulators.microsoft.acme import DOMAIN, TENANT, guid
from tests.emulators.microsoft.powerplatform_acme_flows import FLOWS
from tests.emulators.microsoft.powerplatform_acme_parts import PARTS, REFERENCES
from tests.emulators.microsoft.powerplatform_acme_people import ALICE, BOB, DATA_PLATFORM, MALLORY, USERS, roles_of
from tests.emulators.microsoft.powerplatform_estate import Contents, PowerEstate, environment, policy
from tests.emulators.microsoft.powerplatform_parts import configuration, connection, openapi, published
from tests.emulators.microsoft.powerplatform_wire import Row

DEFAULT, CARE = f"Default-{TENANT}", guid("environment", "Customer Care")
EMPTY, GONE = guid("environment", "Apps only"), guid("environment", "Old project")
DEFAULT_HOST, CARE_HOST = "orgacme0001.crm4.dynamics.com", "acmecare.crm4.dynamics.com"
PAYROLL = "shared_acme-20payroll-5f9f1743201ee220d8"
HR, TRAVEL, WATCH, FAQ = (guid("bot", name) for name in ("HR helper", "Travel desk", "Night watch", "Old FAQ"))
WHEN = {"createdon": "2026-01-10T09:00:00Z", "modifiedon": "2026-11-01T09:30:00Z"}


def _bot(key: str, name: str, schema: str, owner: dict[str, str], **told: object) -> Row:
    usual = {
        "accesscontrolpolicy": 0,
        "authenticationmode": 2,
        "authenticationtrigger": 1,
        "statecode": 0,
        "ismanaged": False,
        "publishedon": "2026-09-01T10:30:00Z",
        "configuration": configuration(["MsTeams"]),
        "synchronizationstatus": published("Integrated"),
        "iconbase64": "CANARY-icon",
        "applicationmanifestinformation": '{"teams": {"shortDescription": "CANARY-short"}}',
        "_createdby_value": ALICE,
    }
    return {"botid": key, "name": name, "schemaname": schema, **owner, **WHEN, **usual, **told}


BOTS: Sequence[Row] = (
    _bot(
        HR,
        "HR helper",
        "cr5e3_hrHelper",
        {"_owninguser_value": BOB},
        authenticationmode=1,
        configuration=configuration(["MsTeams", "Microsoft365Copilot", "webchat"]),
        synchronizationstatus=published("None"),
        _publishedby_value=ALICE,
        _createdby_value=BOB,
    ),
    _bot(
        TRAVEL,
        "Travel desk",
        "cr5e3_travelDesk",
        {"_owningteam_value": DATA_PLATFORM},
        accesscontrolpolicy=2,
        authorizedsecuritygroupids=f"{guid('group', 'Travel')},{guid('group', 'Staff')}",
        synchronizationstatus=published("None"),
        authenticationtrigger=0,
    ),
    _bot(
        WATCH,
        "Night watch",
        "cr5e3_nightWatch",
        {"_owninguser_value": ALICE},
        publishedon=None,
        synchronizationstatus=published(None),
    ),
    _bot(
        FAQ,
        "Old FAQ",
        "new_bot_23f5f58697",
        {"_owninguser_value": guid("systemuser", "somebody")},
        authenticationmode=0,
        statecode=1,
        configuration=None,
        synchronizationstatus=None,
        _createdby_value=None,
    ),
)
CONNECTORS: Sequence[Row] = (
    {
        "connectorid": guid("connector", "Payroll"),
        "name": "new_acme-20payroll",
        "displayname": "Acme Payroll",
        "description": "CANARY-connector",
        "connectorinternalid": PAYROLL,
        "connectortype": 1,
        "openapidefinition": openapi("payroll.acme-media.example"),
        "connectionparameters": '{"api_key": {"type": "securestring", "uiDefinition": "CANARY"}}',
        "_owninguser_value": ALICE,
        **WHEN,
    },
)


def _person(name: str) -> tuple[str, str, str]:
    return guid("user", name), name.title(), f"{name}@{DOMAIN}"


CONNECTIONS: Sequence[Row] = (
    connection("aa11", "shared_sharepointonline", account=f"bob@{DOMAIN}", made_by=_person("bob")),
    connection("1f2e3d4c", "shared_service-now", account=f"svc-copilot@{DOMAIN}", made_by=_person("alice")),
    connection("0ff1ce", "shared_office365", account=f"alice@{DOMAIN}", made_by=_person("alice"), status="Error"),
    connection("9a9a", PAYROLL, account=None, made_by=_person("alice")),
    connection(
        "c11e47",
        "shared_commondataserviceforapps",
        account=None,
        made_by=_person("alice"),
        client=guid("application", "Invoice Robot"),
    ),
    connection("unused", "shared_dropbox", account="CANARY-unreferenced", made_by=_person("mallory")),
)


def _shared(bot: str) -> Sequence[Row]:
    user, team = "#Microsoft.Dynamics.CRM.systemuser", "#Microsoft.Dynamics.CRM.team"
    own = guid("team", "of HR helper")
    return {
        HR: [
            {"AccessMask": "ReadAccess", "Principal": {"@odata.type": team, "ownerid": own}},
            {"AccessMask": "ReadAccess, WriteAccess", "Principal": {"@odata.type": user, "ownerid": MALLORY}},
        ],
        TRAVEL: [
            {
                "AccessMask": "ReadAccess",
                "Principal": {"@odata.type": "#Microsoft.Dynamics.CRM.organization", "ownerid": guid("org", "Acme")},
            }
        ],
    }.get(bot, [])


TEAMS: Sequence[Row] = (
    {"teamid": DATA_PLATFORM, "name": "Data Platform", "description": "CANARY-team"},
    {"teamid": guid("team", "of HR helper"), "name": f"{HR.replace('-', '')}_1", "description": "CANARY-team"},
)
HOME = Contents(
    id=DEFAULT,
    name="Acme Media (default)",
    tables={
        "bots": BOTS,
        "botcomponents": PARTS,
        "connectionreferences": REFERENCES,
        "connectors": CONNECTORS,
        "workflows": FLOWS,
        "systemusers": USERS,
        "teams": TEAMS,
    },
    connections=CONNECTIONS,
    roles_of=roles_of,
    shared=_shared,
)
CUSTOMERS = Contents(
    id=CARE,
    name="Customer Care",
    tables={
        "bots": [_bot(guid("bot", "Care"), "Care", "acme_care", {"_owninguser_value": ALICE})],
        "systemusers": USERS,
    },
    roles_of=roles_of,
)
PLACES = {DEFAULT_HOST: HOME, CARE_HOST: CUSTOMERS}
ESTATE = PowerEstate(
    environments=[
        environment(DEFAULT, "Acme Media (default)", host=DEFAULT_HOST, sku="Default"),
        environment(CARE, "Customer Care", host=CARE_HOST),
        environment(EMPTY, "Apps only", host=None, sku="Developer"),
        environment(GONE, "Old project", host="acmeold.crm4.dynamics.com", sku="Sandbox", state="Disabled"),
    ],
    contents=PLACES.get,
    at=lambda key: next((each for each in PLACES.values() if each.id.lower() == key), None),
    policies=[
        policy("Baseline", blocked=["shared_twilio"]),
        policy("No outside mail", blocked=["shared_office365"], holds="OnlyEnvironments", only=[DEFAULT]),
        policy("Care only", blocked=["shared_service-now"], holds="OnlyEnvironments", only=[CARE]),
    ],
)
