"""Which workloads act with far more authority than their work takes, and how did it come to that?"""

from demo.estate.names import ALICE, team_of
from tests.emulators.aws.builders import identities, workloads
from tests.emulators.aws.builders.organization import Account
from tests.emulators.aws.policies import allow, by_service

ADMINISTRATOR = ["AdministratorAccess"]
EVERYTHING = [allow("*")]


def build(accounts: dict[str, Account]) -> None:
    build_billing(accounts["billing-prod"])
    build_streaming(accounts["streaming-prod"])
    build_data(accounts["data-lake"], accounts["ml-studio"])
    build_tools(accounts["build-tools"], accounts["streaming-dev"])
    build_limited(accounts["rights-management"], accounts["security-audit"])


def build_billing(account: Account) -> None:
    """A month-end export got the finance team's administrator role "for now", in 2023. It runs outside any VPC."""
    admin = identities.role(
        account,
        "Billing-Admin",
        trust=by_service("lambda", "states"),
        managed=ADMINISTRATOR,
        created="2023-03-31",
        tags={"owner": ALICE, "team": "billing"},
        description="Temporary, until the export has a role of its own.",
    )
    export = workloads.function(
        account,
        "billing-export",
        admin,
        description="Writes last month's customer statements to acme-billing-customer-statements.",
        tags={"owner": ALICE, "team": "billing"},
        secrets={"CARD_NETWORK_KEY": "CANARY-billing-export"},
        modified="2023-04-03",
    )
    timer = identities.role(
        account, "month-end-timer", trust=by_service("scheduler"), grants=[allow("lambda:InvokeFunction", on=export)]
    )
    workloads.schedule(account, "month-end-close", export, timer, expression="cron(0 3 1 * ? *)")
    workloads.state_machine(account, "refund-batch", admin, resources=[export], tags=team_of(account.name))


def build_streaming(account: Account) -> None:
    """A rebuild of the catalogue failed at night; "*" on "*" fixed it."""
    rebuild = identities.role(
        account, "catalogue-rebuild-steps", trust=by_service("states"), grants=EVERYTHING, created="2024-11-18"
    )
    workloads.state_machine(account, "catalogue-rebuild", rebuild, tags=team_of(account.name))
    edge = workloads.network(account)
    patcher = identities.role(account, "fleet-patcher", trust=by_service("lambda"), managed=ADMINISTRATOR)
    workloads.function(account, "fleet-patcher", patcher, vpc=edge, tags=team_of(account.name))


def build_data(lake: Account, studio: Account) -> None:
    """A data job and a notebook machine that were never narrowed down after their trial."""
    identities.role(lake, "lake-compaction-etl", trust=by_service("glue"), managed=ADMINISTRATOR)
    workloads.glue_job(lake, "nightly-lake-compaction", "lake-compaction-etl", tags=team_of(lake.name))
    identities.role(studio, "ml-research", trust=by_service("ec2", "sagemaker"), managed=ADMINISTRATOR)
    workloads.instance(
        studio,
        "research-notebook",
        "ml-research",
        profile="research-machines",
        tags={"owner": "mallory@acme-media.example"},
    )


def build_tools(tools: Account, development: Account) -> None:
    """Terraform needs to make everything; the preview environments don't."""
    terraform = identities.role(tools, "terraform-runner", trust=by_service("codebuild"), managed=ADMINISTRATOR)
    workloads.build_project(tools, "landing-zone", terraform, tags=team_of(tools.name))
    execution = development.role_arn("task-execution")
    previews = identities.role(development, "preview-task", trust=by_service("ecs-tasks"), managed=ADMINISTRATOR)
    workloads.container_service(development, "previews", previews, execution_role_arn=execution)


def build_limited(rights: Account, audit: Account) -> None:
    """Not administrators, though they look like it: one is kept in bounds, the other only reads."""
    bounds = identities.policy(rights, "rights-bounds", grants=[allow("s3:GetObject", "s3:ListBucket")])
    bounded = identities.role(
        rights, "contract-scanner-lambda", trust=by_service("lambda"), managed=ADMINISTRATOR, boundary=bounds
    )
    workloads.function(rights, "contract-scanner", bounded, tags=team_of(rights.name))
    reading = identities.role(audit, "posture-reader", trust=by_service("lambda"), managed=["SecurityAudit"])
    workloads.function(audit, "posture-reader", reading, tags=team_of(audit.name))
