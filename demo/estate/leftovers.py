"""What was left behind: roles nobody uses, and workloads that may read what they never read?"""

from demo.estate.names import team_of
from tests.emulators.aws.builders import identities, workloads
from tests.emulators.aws.builders.organization import Account
from tests.emulators.aws.policies import Statement, allow, by_service


def build(accounts: dict[str, Account]) -> None:
    build_idle_roles(accounts)
    build_unread_data(accounts)
    build_read_data(accounts)


def build_idle_roles(accounts: dict[str, Account]) -> None:
    """Roles of work that ended."""
    idle: dict[tuple[str, str], int | None] = {
        ("newsroom-cms", "wordpress-legacy"): 320,
        ("log-archive", "archive-replicator"): 210,
        ("streaming-dev", "load-test-2023"): None,
        ("rights-management", "licensing-ftp-machine"): 260,
        ("data-lake", "hadoop-edge"): 390,
        ("ad-exchange", "flash-creatives"): None,
    }
    for (account_name, name), used in idle.items():
        account = accounts[account_name]
        assets = f"arn:aws:s3:::acme-{account_name}-assets/*"
        identities.role(
            account,
            name,
            trust=by_service("ec2"),
            grants=[allow("s3:GetObject", on=assets)],
            created="2023-02-06",
            used=used,
            tags=team_of(account_name),
        )
    workloads.instance(accounts["rights-management"], "licensing-ftp", "licensing-ftp-machine")
    identities.role(
        accounts["billing-prod"],
        "installments-lambda",
        trust=by_service("lambda"),
        grants=[allow("dynamodb:GetItem")],
        created=accounts["billing-prod"].console.days_ago(6).date().isoformat(),
        used=None,
        description="New: goes live next week.",
    )


def reading(*names: str) -> list[Statement]:
    """Return statements that read buckets, all of them."""
    arns = [f"arn:aws:s3:::{name}{rest}" for name in names for rest in ("", "/*")]
    return [allow("s3:GetObject", "s3:ListBucket", on=arns)]


def build_unread_data(accounts: dict[str, Account]) -> None:
    """Workloads that reach customers', personnel's or lawyers' data and never touched it."""
    never: list[tuple[str, str, list[Statement]]] = [
        ("hr-core", "anniversary-mailer", reading("acme-hr-personnel-files")),
        ("data-lake", "gdpr-erasure-2023", reading("acme-lake-customer-360")),
        ("rights-management", "litigation-export", reading("acme-rights-litigation", "acme-rights-contracts")),
        ("newsroom-cms", "tip-line-archive", reading("acme-newsroom-sources-confidential")),
    ]
    for account_name, name, grants in never:
        account = accounts[account_name]
        role_arn = identities.role(
            account,
            f"{name}-lambda",
            trust=by_service("lambda"),
            grants=grants,
            created="2023-06-12",
            used=None,
            tags=team_of(account_name),
        )
        workloads.function(account, name, role_arn, tags=team_of(account_name), modified="2023-06-12")


def build_read_data(accounts: dict[str, Account]) -> None:
    """Workloads that read sensitive data because that is their work."""
    billing, hr, lake = accounts["billing-prod"], accounts["hr-core"], accounts["data-lake"]
    invoices = identities.role(
        billing, "invoice-renderer-lambda", trust=by_service("lambda"), grants=reading("acme-billing-invoices")
    )
    workloads.function(billing, "invoice-renderer", invoices, tags=team_of(billing.name))
    employees = allow("dynamodb:Query", on=f"arn:aws:dynamodb:{hr.region}:{hr.id}:table/employees")
    portal = identities.role(hr, "hr-portal-task", trust=by_service("ecs-tasks"), grants=[employees])
    workloads.container_service(hr, "hr-portal", portal, execution_role_arn=hr.role_arn("task-execution"))
    payslips = identities.role(
        hr, "payslip-import-task", trust=by_service("ecs-tasks"), grants=reading("acme-hr-personnel-files")
    )
    workloads.task(hr, "payslip-import", payslips, execution_role_arn=hr.role_arn("task-execution"))
    identities.role(lake, "customer-360-etl", trust=by_service("glue"), grants=reading("acme-lake-customer-360"))
    workloads.glue_job(lake, "customer-360", "customer-360-etl", tags=team_of(lake.name))
