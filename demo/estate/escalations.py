"""Which identities can make themselves stronger than they were made?"""

from demo.estate.names import team_of
from tests.emulators.aws.builders import identities, workloads
from tests.emulators.aws.builders.organization import Account
from tests.emulators.aws.policies import allow, by_service


def build(accounts: dict[str, Account]) -> None:
    build_deployers(accounts["build-tools"])
    build_editors(accounts["streaming-prod"], accounts["newsroom-cms"])
    build_onboarding(accounts["ml-studio"])


def build_deployers(account: Account) -> None:
    """CI may hand any role to a function it makes up; one of the roles it may hand over is an administrator's."""
    operations = identities.role(
        account, "lambda-operations", trust=by_service("lambda"), managed=["AdministratorAccess"], created="2023-01-20"
    )
    workloads.function(account, "runner-rescue", operations, tags=team_of(account.name))
    deploy = allow("lambda:CreateFunction", "lambda:InvokeFunction", "lambda:TagResource")
    everything = identities.role(
        account, "ci-deploy", trust=by_service("codebuild"), grants=[allow("iam:PassRole"), deploy]
    )
    workloads.build_project(account, "deploy-everything", everything, tags=team_of(account.name))
    own_role = allow("iam:PassRole", on=account.role_arn("pipeline-notifier-lambda"))
    narrow = identities.role(account, "ci-deploy-notifier", trust=by_service("codebuild"), grants=[own_role, deploy])
    workloads.build_project(account, "deploy-notifier", narrow, tags=team_of(account.name))
    to_containers = {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
    guarded = identities.role(
        account,
        "ci-deploy-sites",
        trust=by_service("codebuild"),
        grants=[allow("iam:PassRole", when=to_containers), deploy],
    )
    workloads.build_project(account, "deploy-sites", guarded, tags=team_of(account.name))


def build_editors(streaming: Account, newsroom: Account) -> None:
    """Two ways to rewrite one's own permissions."""
    flags = identities.role(
        streaming,
        "feature-flags-lambda",
        trust=by_service("lambda"),
        grants=[allow("iam:CreatePolicyVersion", "iam:ListPolicies"), allow("appconfig:StartDeployment")],
    )
    workloads.function(streaming, "feature-flags", flags, tags=team_of(streaming.name))
    identities.user(newsroom, "cms-plugin", grants=[allow("iam:PutUserPolicy", "iam:AttachUserPolicy")])
    identities.access_key(newsroom, "cms-plugin", age=51, used=1)


def build_onboarding(account: Account) -> None:
    """Whoever starts machines for newcomers can start one with the researchers' administrator role."""
    identities.role(
        account,
        "data-science-onboarding",
        trust=by_service("lambda"),
        grants=[allow("iam:PassRole", "ec2:RunInstances", "ec2:CreateTags")],
    )
    workloads.function(
        account, "data-science-onboarding", account.role_arn("data-science-onboarding"), tags=team_of(account.name)
    )
