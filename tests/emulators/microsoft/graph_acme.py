"""What is in Acme Media's directory: every case that is worth a finding, or a mistake, each once.

graph_truth.py says what is true of it. Whoever changes it in a test takes a new one: directory().
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.emulators.microsoft import graph_acme_agents as agents
from tests.emulators.microsoft.acme import OTHER_TENANT, TENANT, guid
from tests.emulators.microsoft.arm_acme import ESTATE
from tests.emulators.microsoft.graph_acme_apis import APIS, EXCHANGE, GRAPH, PAYROLL, SHAREPOINT, role
from tests.emulators.microsoft.graph_directory import Row, Written
from tests.emulators.microsoft.graph_rows import (
    DEFAULT_ACCESS,
    GONE_BY,
    LATE,
    application,
    assignment,
    eligible,
    federated,
    grant,
    group,
    key,
    managed_identity,
    role_assignment,
    role_definition,
    secret,
    service_principal,
    signed_in,
    user,
)
from tests.emulators.microsoft.login import CLIENT

GITHUB = "https://token.actions.githubusercontent.com"
MANY = 25  # owners, more than Graph tells along with their application

# People. Bob left; somebody else's account, Carol's, is deleted and so nowhere.
ALICE = user("alice")
BOB = user("bob", accountEnabled=False)
MALLORY = user("mallory", userType="Guest", userPrincipalName="mallory_hooli.example#EXT#@acme-media.example",
               mail="mallory@hooli.example", externalUserState="Accepted")  # fmt: skip
CREW = [user(f"crew-{number:02}") for number in range(MANY)]

ADMINS = group("Cloud Admins", assignable=True)
DATA = group("Data Platform")
CARERS = group("Care Agents", assignable=True)
STAFF = group("Staff")

# Applications of Acme's own: by their service principals.
ROBOT = service_principal("Invoice Robot")
DEPLOY = service_principal("GitHub Deploy")
PIPELINE = service_principal("Landing Zone Pipeline")
SYNC = service_principal("Legacy Sync", passwordCredentials=[secret("slipped in")])
TOOL = service_principal("Everybody's Tool")
EXPENSES = service_principal(
    "Expenses",
    preferredSingleSignOnMode="saml",
    keyCredentials=[key("expenses", usage="Sign", mark="saml"), key("expenses", mark="saml")],
    passwordCredentials=[secret("of the signing key", id=guid("key", "expenses Sign"))],
)
REPORTER = service_principal("Decommissioned Reporter", accountEnabled=False)
READER = service_principal("sv0", appId=CLIENT, id=guid("service principal", CLIENT))
# Of others'.
HOOLI = service_principal(
    "Hooli Campaigns",
    home=OTHER_TENANT,
    signInAudience="AzureADMultipleOrgs",
    verifiedPublisher={
        "displayName": "Hooli Inc.",
        "verifiedPublisherId": "4711",
        "addedDateTime": "2023-01-01T00:00:00Z",
    },
    passwordCredentials=[secret("Hooli's, on our side")],
)
PRETENDER = service_principal("Microsoft Teams Sync", home=OTHER_TENANT, signInAudience="AzureADMultipleOrgs")
MAILER = service_principal(
    "Mass Mailer", home=OTHER_TENANT, disabledByMicrosoftStatus="DisabledDueToViolationOfServicesAgreement"
)
PRINTER = service_principal("Old Printer", kind="Legacy", home=None, displayName=None, appDisplayName=None)
OURS = [ROBOT, DEPLOY, PIPELINE, SYNC, TOOL, EXPENSES, REPORTER, READER]
THEIRS = [HOOLI, PRETENDER, MAILER, PRINTER]

REGISTRATIONS = {
    row["displayName"]: row
    for row in (
        application(
            "Invoice Robot",
            passwordCredentials=[secret("robot 2024", ends=GONE_BY), secret("robot 2026")],
            keyCredentials=[key("robot")],
            serviceManagementReference="FIN-4711",
        ),
        application("GitHub Deploy"),
        application("Landing Zone Pipeline", keyCredentials=[key("pipeline", ends=GONE_BY)]),
        application("Legacy Sync", passwordCredentials=[secret("for ever", ends=LATE)]),
        application("Everybody's Tool"),
        application("Expenses"),
        application("Decommissioned Reporter", passwordCredentials=[secret("reporter")]),
        application("sv0", appId=CLIENT, keyCredentials=[key("sv0")]),
        application("Never Installed"),  # has no service principal here
    )
}

GLOBAL = role_definition("62e90394-69f5-4237-9190-012177145e10", "Global Administrator", ["microsoft.directory/*"])
APPS = role_definition(
    "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3",
    "Application Administrator",
    ["microsoft.directory/applications/credentials/update"],
)
USERS = role_definition(
    "fe930be7-5e62-47db-91af-98c3a49a38b1", "User Administrator", ["microsoft.directory/users/password/update"]
)
READERS = role_definition(
    "f2ef992c-3afb-46b9-b7cf-a126ee74c451", "Global Reader", ["microsoft.directory/users/standard/read"]
)
DESK = role_definition(
    guid("role definition", "Media Helpdesk"),
    "Media Helpdesk",
    ["microsoft.directory/applications/standard/read"],
    built_in=False,
)
UNIT = f"/administrativeUnits/{guid('administrative unit', 'Newsroom')}"


def directory() -> Written:
    """A fresh one."""
    found = Written(
        {
            "servicePrincipals": [*APIS, *OURS, *THEIRS, *_managed(), *agents.PRINCIPALS],
            "applications": [*REGISTRATIONS.values(), *agents.BLUEPRINTS],
            "users": [ALICE, BOB, MALLORY, *CREW, *agents.USERS],
            "groups": [ADMINS, DATA, CARERS, STAFF],
            "oauth2PermissionGrants": _grants(),
            "roleDefinitions": [GLOBAL, APPS, USERS, READERS, DESK],
            "roleAssignments": _roles(),
            "roleEligibilityScheduleInstances": [
                eligible(GLOBAL, ADMINS["id"]),
                eligible(USERS, DEPLOY["id"], at=UNIT, ends="2027-06-01T00:00:00Z"),
            ],
            "servicePrincipalSignInActivities": _sign_ins(),
            "organization": [{"id": TENANT, "displayName": "Acme Media", "createdDateTime": "2019-01-01T00:00:00Z"}],
        }
    )
    _own(found)
    _join(found)
    _assign(found)
    _trust(found)
    agents.relate(found, sponsors={"alice": ALICE["id"], "bob": BOB["id"]})
    return found


def _managed() -> Iterator[Row]:
    """The service principals of what Azure says has a managed identity."""
    for subscription in ESTATE.subscriptions:
        for row in ESTATE.contents(subscription).resources.values():
            if row["type"] == "Microsoft.ManagedIdentity/userAssignedIdentities":
                yield managed_identity(row["name"], row["id"], explicit=True)
            elif "SystemAssigned" in (row.get("identity") or {}).get("type", ""):
                name = row["name"].rpartition("/")[2]
                yield {
                    **managed_identity(name, row["id"], explicit=False),
                    "id": row["identity"]["principalId"],
                    "appId": guid("application", f"of {row['id']}"),
                }


def _own(found: Written) -> None:
    registrations = {name: row["id"] for name, row in REGISTRATIONS.items()}
    owners = found.links
    owners[registrations["Invoice Robot"], "owners"] = [ALICE["id"]]
    owners[registrations["GitHub Deploy"], "owners"] = [BOB["id"]]
    owners[registrations["Legacy Sync"], "owners"] = [MALLORY["id"], guid("user", "carol")]
    owners[registrations["Everybody's Tool"], "owners"] = [each["id"] for each in CREW]
    owners[registrations["Expenses"], "owners"] = [guid("user", "carol")]  # deleted: nobody is left
    owners[ROBOT["id"], "owners"] = [PIPELINE["id"]]
    owners[HOOLI["id"], "owners"] = [ALICE["id"]]


def _join(found: Written) -> None:
    members = {ADMINS["id"]: [ALICE["id"], PIPELINE["id"]], DATA["id"]: [DEPLOY["id"], STAFF["id"]],
               CARERS["id"]: [agents.CARE_USER["id"]], STAFF["id"]: [ROBOT["id"], BOB["id"]]}  # fmt: skip
    for key_, ids in members.items():
        found.links[key_, "members"] = found.links[key_, "transitiveMembers"] = ids
        for each in ids:
            found.links.setdefault((each, "memberOf"), []).append(key_)
    found.links[DATA["id"], "transitiveMembers"] = [DEPLOY["id"], STAFF["id"], ROBOT["id"], BOB["id"]]


def _assign(found: Written) -> None:
    """App roles, from both sides."""
    held = [
        assignment(GRAPH, role(GRAPH, "Mail.Read"), ROBOT),
        assignment(GRAPH, role(GRAPH, "Files.Read.All"), ROBOT),
        assignment(GRAPH, role(GRAPH, "RoleManagement.ReadWrite.Directory"), PIPELINE),
        assignment(GRAPH, role(GRAPH, "AppRoleAssignment.ReadWrite.All"), PIPELINE),
        assignment(GRAPH, role(GRAPH, "Directory.Read.All"), SYNC),
        assignment(GRAPH, role(GRAPH, "Mail.Send"), PRETENDER),
        assignment(GRAPH, role(GRAPH, "Application.Read.All"), READER),
        assignment(EXCHANGE, role(EXCHANGE, "full_access_as_app"), SYNC),
        assignment(SHAREPOINT, role(SHAREPOINT, "Sites.Selected"), REPORTER),
        assignment(PAYROLL, role(PAYROLL, "Payroll.Read.All"), DATA, kind="Group"),
        assignment(PAYROLL, role(PAYROLL, "Payroll.Read.All"), agents.NIGHT),
        assignment(PAYROLL, guid("app role", "no longer offered"), DEPLOY),
        assignment(TOOL, DEFAULT_ACCESS, ALICE, kind="User"),
        assignment(TOOL, DEFAULT_ACCESS, ROBOT),
        assignment(PAYROLL, DEFAULT_ACCESS, agents.CARE_USER, kind="User"),
    ]
    for row in held:
        found.parts.setdefault((row["resourceId"], "appRoleAssignedTo"), []).append(row)
        found.parts.setdefault((row["principalId"], "appRoleAssignments"), []).append(row)


def _trust(found: Written) -> None:
    name = "federatedIdentityCredentials"
    thumbnails = guid("service principal", "id-thumbnails")
    found.parts[REGISTRATIONS["GitHub Deploy"]["id"], name] = [
        federated("main", issuer=GITHUB, subject="repo:acme-media/landing-zone:ref:refs/heads/main"),
        federated("pull requests", issuer=GITHUB, subject="repo:acme-media/landing-zone:pull_request"),
        federated("expression", issuer=GITHUB, subject=None),
    ]
    found.parts[REGISTRATIONS["Invoice Robot"]["id"], name] = [
        federated("thumbnails", issuer=f"https://login.microsoftonline.com/{TENANT}/v2.0", subject=thumbnails),
        federated(
            "Hooli", issuer=f"https://login.microsoftonline.com/{OTHER_TENANT}/v2.0", subject=guid("sp", "Hooli")
        ),
    ]


def _grants() -> list[Row]:
    return [
        grant(HOOLI, GRAPH, " User.Read Mail.Read Mail.Read offline_access"),
        grant(EXPENSES, GRAPH, "openid profile email"),
        grant(TOOL, GRAPH, "Files.ReadWrite.All", principal=ALICE["id"]),
        grant(TOOL, GRAPH, "Files.ReadWrite.All Calendars.Read", principal=BOB["id"]),
        grant(agents.CARE_PRINCIPAL, GRAPH, "Mail.Read Chat.Read"),
        grant(agents.CARE_PRINCIPAL, PAYROLL, "user_impersonation"),
    ]


def _roles() -> list[Row]:
    return [
        role_assignment(APPS, PIPELINE["id"]),
        role_assignment(READERS, READER["id"]),
        role_assignment(USERS, SYNC["id"], at=UNIT),
        role_assignment(DESK, ROBOT["id"], at=f"/{REGISTRATIONS['GitHub Deploy']['id']}"),
        role_assignment(READERS, CARERS["id"]),
        role_assignment(GLOBAL, ALICE["id"]),
        role_assignment(READERS, guid("service principal", "deleted long ago")),
    ]


def _sign_ins() -> list[Row]:
    """Most never signed in, or before it was written down."""
    return [
        signed_in(ROBOT["appId"], "2026-11-20T08:00:00Z"),
        signed_in(DEPLOY["appId"], "2026-11-24T23:59:59.1234567Z"),
        signed_in(PIPELINE["appId"], "2026-05-01T08:00:00Z"),
        signed_in(HOOLI["appId"], "2026-11-01T08:00:00Z"),
    ]
