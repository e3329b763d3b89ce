"""Which roles can be entered from other accounts, by whom, and with what in hand?"""

from demo.estate.names import ACCOUNTS, PAYMENT_PROVIDER, SIEM_VENDOR, UNKNOWN_BIDDER, UNKNOWN_ENCODER, team_of
from tests.emulators.aws.builders import identities, workloads
from tests.emulators.aws.builders.organization import Account
from tests.emulators.aws.policies import allow, by, by_account, by_entra, by_github, by_service
from tests.emulators.microsoft.acme import TENANT, guid

SEGMENTS = "arn:aws:s3:::acme-adx-audience-segments"
TICKET_ENRICHER = "ticket-enricher"
STATEMENTS = "arn:aws:s3:::acme-billing-customer-statements"


def build(accounts: dict[str, Account]) -> None:
    build_open_doors(accounts)
    build_guarded_doors(accounts)
    build_doors_for_entra(accounts)
    build_chain(accounts)
    build_door_for_jira(accounts)


def build_open_doors(accounts: dict[str, Account]) -> None:
    """Doors that strangers walk through."""
    identities.role(
        accounts["streaming-prod"],
        "contractor-encoding",
        trust=by_account(UNKNOWN_ENCODER),
        grants=[allow("s3:GetObject", "s3:PutObject", on="arn:aws:s3:::acme-streaming-masters/*")],
        created="2022-09-05",
        description="For the encoding contractor. Contract ended in 2024.",
        used=19,
    )
    identities.role(
        accounts["ad-exchange"],
        "bid-partner-sync",
        trust=by("*"),
        grants=[allow("s3:GetObject", on=f"{SEGMENTS}/*")],
        tags=team_of("ad-exchange"),
        used=2,
    )
    identities.role(
        accounts["ad-exchange"],
        "bidder-onboarding",
        trust=by(f"arn:aws:iam::{UNKNOWN_BIDDER}:role/sync", f"arn:aws:iam::{ACCOUNTS['data-lake']}:root"),
        grants=[allow("dynamodb:PutItem")],
    )
    identities.role(
        accounts["sandbox-innovation"],
        "hack-day-guests",
        trust=by_account(UNKNOWN_ENCODER),
        managed=["AmazonEC2ReadOnlyAccess"],
        created="2024-05-16",
        used=40,
    )


def build_guarded_doors(accounts: dict[str, Account]) -> None:
    """Doors that look open and are not."""
    identities.role(
        accounts["security-audit"],
        "siem-forwarder",
        trust=by_account(SIEM_VENDOR, external_id="siem-7c1e-acme"),
        managed=["SecurityAudit"],
    )
    identities.role(
        accounts["billing-prod"],
        "card-network-settlement",
        trust=by_account(PAYMENT_PROVIDER, external_id="settle-19aa-acme"),
        grants=[allow("s3:PutObject", on="arn:aws:s3:::acme-billing-prod-assets/settlement/*")],
    )
    organization = accounts["data-lake"].console.organizations[accounts["data-lake"].id]
    identities.role(
        accounts["data-lake"],
        "lake-reader",
        trust=by("*", when={"StringEquals": {"aws:PrincipalOrgID": organization}}),
        grants=[
            allow("s3:GetObject", "s3:ListBucket", on=["arn:aws:s3:::acme-lake-raw", "arn:aws:s3:::acme-lake-raw/*"])
        ],
    )
    tools = accounts["build-tools"]
    tools.console.client("iam", tools.id).create_open_id_connect_provider(
        Url="https://token.actions.githubusercontent.com",
        ClientIDList=["sts.amazonaws.com"],
        ThumbprintList=["a" * 40],
    )
    identities.role(
        tools,
        "github-docs",
        trust=by_github(tools.id, "repo:acme-media/docs:ref:refs/heads/main"),
        grants=[allow("s3:PutObject", on="arn:aws:s3:::acme-build-tools-assets/docs/*")],
    )


def build_doors_for_entra(accounts: dict[str, Account]) -> None:
    """A function in Azure, a runbook and an agent of AI Foundry that come in with Entra's word for who they are."""
    for name, who, on in (
        ("billing-prod", "func-invoices", f"{STATEMENTS}/*"),
        ("payroll-latam", "id-payroll", "arn:aws:s3:::acme-payroll-latam-payslips/*"),
        ("hr-core", "hr-bot", "arn:aws:s3:::acme-hr-personnel-files/*"),
    ):
        account = accounts[name]
        account.console.client("iam", account.id).create_open_id_connect_provider(
            Url=f"https://sts.windows.net/{TENANT}/", ClientIDList=["sts.amazonaws.com"], ThumbprintList=["b" * 40]
        )
        identities.role(
            account,
            f"entra-{who}",
            trust=by_entra(account.id, TENANT, guid("service principal", who)),
            grants=[allow("s3:GetObject", on=on)],
            used=1,
        )


def build_chain(accounts: dict[str, Account]) -> None:
    """A feed in the data lake becomes the ad exchange's export role, which reads what viewers paid for in billing."""
    lake, exchange, billing = accounts["data-lake"], accounts["ad-exchange"], accounts["billing-prod"]
    export_arn, statements_arn = exchange.role_arn("audience-export"), billing.role_arn("statement-reader")
    feed = identities.role(
        lake, "partner-feed-lambda", trust=by_service("lambda"), grants=[allow("sts:AssumeRole", on=export_arn)]
    )
    workloads.function(lake, "partner-feed", feed, tags=team_of(lake.name))
    read_segments = allow("s3:GetObject", on=f"{SEGMENTS}/*")
    identities.role(
        exchange, "audience-export", trust=by(feed), grants=[read_segments, allow("sts:AssumeRole", on=statements_arn)]
    )
    identities.role(
        billing, "statement-reader", trust=by(export_arn), grants=[allow("s3:GetObject", on=f"{STATEMENTS}/*")]
    )


def build_door_for_jira(accounts: dict[str, Account]) -> None:
    """An automation rule in Jira sends tickets to this function's address, which answers anybody and reads what
    customers were billed."""
    billing = accounts["billing-prod"]
    reads = identities.role(
        billing,
        "ticket-enricher",
        trust=by_service("lambda"),
        grants=[allow("s3:GetObject", on=f"{STATEMENTS}/*")],
        tags=team_of(billing.name),
        used=1,
    )
    workloads.function(billing, TICKET_ENRICHER, reads, tags=team_of(billing.name))
    workloads.let_anybody_call(billing, TICKET_ENRICHER)
