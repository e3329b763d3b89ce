"""Which accounts does Acme Media Group have, under which units, and who watches over all of them?"""

from demo.estate.names import ACCOUNTS, AUDIT_TEAM, HOME, LATAM, UNITED_STATES
from tests.emulators.aws.builders import identities
from tests.emulators.aws.builders.organization import Account, Organization, found
from tests.emulators.aws.console import Console
from tests.emulators.aws.estate import Estate
from tests.emulators.aws.policies import allow, by_account, by_service, by_sso, deny, document

# Unit → its accounts. "Production/Data" is a unit within a unit.
UNITS: dict[str, tuple[str, ...]] = {
    "Security": ("security-audit", "log-archive"),
    "Production": ("streaming-prod", "billing-prod", "ad-exchange", "newsroom-cms", "rights-management"),
    "Production/Data": ("data-lake",),
    "Non-production": ("streaming-dev", "ml-studio", "sandbox-innovation"),
    "Corporate": ("hr-core", "payroll-latam", "build-tools"),
    "Acquired": ("indiecast", "oldwave-studios"),
}
REGIONS = {"ad-exchange": UNITED_STATES, "ml-studio": UNITED_STATES, "indiecast": UNITED_STATES, "payroll-latam": LATAM}
CLOSED = "oldwave-studios"
# Bought in spring; its administrators haven't rolled out the reader role yet.
NOT_YET_LET_IN = "indiecast"


def build(console: Console, estate: Estate) -> dict[str, Account]:
    """Found the organization and return its accounts by name, the management account included."""
    organization = found(console, estate, "acme-media-group", region=HOME)
    accounts = {"acme-media-group": organization.management}
    units: dict[str, str] = {}
    for path, members in UNITS.items():
        parent, _, _ = path.rpartition("/")
        units[path] = organization.unit(path.rpartition("/")[2], under=units.get(parent))
        for name in members:
            accounts[name] = organization.account(
                ACCOUNTS[name], name, under=units[path], region=REGIONS.get(name, HOME), created="2022-06-01"
            )
    organization.guardrail("keep-the-logs", KEEP_LOGS, targets=[units["Security"], units["Production"]])
    for name, account in accounts.items():
        furnish(organization, account, with_reader=name not in ("acme-media-group", NOT_YET_LET_IN))
    organization.suspend(accounts[CLOSED])
    return accounts


KEEP_LOGS = document(deny("cloudtrail:StopLogging", "cloudtrail:DeleteTrail"))


def furnish(organization: Organization, account: Account, *, with_reader: bool) -> None:
    """Give an account what every account has: AWS's own roles, people's roles, the auditors' role, sv0's."""
    if with_reader:
        organization.let_reader_in(account)
    for service in ("support", "trustedadvisor", "ecs"):
        identities.role(
            account,
            f"AWSServiceRoleFor{service.title()}",
            trust=by_service(service),
            path=f"/aws-service-role/{service}.amazonaws.com/",
            grants=[allow(f"{service}:Describe*")],
            created="2022-06-02",
            used=None,
        )
    for permission_set, policy in {"ReadOnly": "ViewOnlyAccess", "Support": "AWSSupportAccess"}.items():
        identities.role(
            account,
            f"AWSReservedSSO_{permission_set}_{account.id[-4:]}5d0c3f8a1b2e",
            trust=by_sso(account.id),
            path="/aws-reserved/sso.amazonaws.com/eu-west-1/",
            managed=[policy],
            created="2022-06-02",
            used=4,
        )
    identities.role(
        account,
        "acme-security-audit",
        trust=by_account(ACCOUNTS["security-audit"]),
        managed=["SecurityAudit"],
        tags={"owner": AUDIT_TEAM, "team": "security"},
        description="Read by the security team's weekly review.",
        used=3,
    )
