"""How does an estate get its organization, its units, and its accounts under the ids that the estate gave them?"""

from dataclasses import dataclass
from unittest.mock import patch
from uuid import NAMESPACE_URL, uuid5

from moto.organizations import utils
from moto.organizations.models import organizations_backends

from tests.emulators.aws.console import PLATFORM_USER, Console
from tests.emulators.aws.estate import Estate
from tests.emulators.aws.policies import allow, by, deny, document
from tests.emulators.aws.trust import iam_of

ORGANIZATION_ROLE = "OrganizationAccountAccessRole"
# What sv0's two roles may do here, in the words of the packet that asks customers for them.
HUB_ACTIONS = (
    "organizations:DescribeOrganization",
    "organizations:DescribePolicy",
    "organizations:ListAccounts",
    "organizations:ListAccountsForParent",
    "organizations:ListOrganizationalUnitsForParent",
    "organizations:ListPolicies",
    "organizations:ListRoots",
    "organizations:ListTargetsForPolicy",
)
READER_ACTIONS = (
    "bedrock:GetAgent",
    "bedrock:GetAgentActionGroup",
    "bedrock:GetDataSource",
    "bedrock:GetKnowledgeBase",
    "bedrock:ListAgentActionGroups",
    "bedrock:ListAgentAliases",
    "bedrock:ListAgentKnowledgeBases",
    "bedrock:ListAgents",
    "bedrock:ListDataSources",
    "bedrock:ListKnowledgeBases",
    "codebuild:BatchGetProjects",
    "codebuild:ListProjects",
    "dynamodb:ListTables",
    "ec2:DescribeInstances",
    "ec2:DescribeRegions",
    "ecs:DescribeServices",
    "ecs:DescribeTaskDefinition",
    "ecs:DescribeTasks",
    "ecs:ListClusters",
    "ecs:ListServices",
    "ecs:ListTasks",
    "events:ListApiDestinations",
    "events:ListEventBuses",
    "events:ListRules",
    "events:ListTargetsByRule",
    "glue:GetJobs",
    "iam:GetAccessKeyLastUsed",
    "iam:GetAccountAuthorizationDetails",
    "iam:ListAccessKeys",
    "kms:DescribeKey",
    "kms:ListAliases",
    "kms:ListKeys",
    "lambda:ListEventSourceMappings",
    "lambda:ListFunctions",
    "rds:DescribeDBClusters",
    "rds:DescribeDBInstances",
    "s3:GetBucketPolicyStatus",
    "s3:GetBucketPublicAccessBlock",
    "s3:GetBucketTagging",
    "s3:ListAllMyBuckets",
    "scheduler:GetSchedule",
    "scheduler:ListSchedules",
    "secretsmanager:ListSecrets",
    "states:DescribeStateMachine",
    "states:ListStateMachines",
    "sts:GetCallerIdentity",
    "tag:GetResources",
)
CONTENT_ACTIONS = (
    "s3:GetObject*",
    "secretsmanager:GetSecretValue",
    "lambda:GetFunction",
    "kms:Decrypt",
    "dynamodb:Scan",
)


@dataclass(frozen=True)
class Account:
    """An account of the estate, and the console that acts in it. `region` is where its things live by default."""

    console: Console
    id: str
    name: str
    region: str

    def role_arn(self, name: str) -> str:
        return f"arn:aws:iam::{self.id}:role/{name}"


@dataclass(frozen=True)
class Organization:
    """An organization under construction: its management account, its root's id, and how sv0 is let in."""

    management: Account
    root_id: str
    estate: Estate

    def unit(self, name: str, *, under: str | None = None) -> str:
        """Create an organizational unit under another one (or the root) and return its id."""
        organizations = self.management.console.client("organizations", self.management.id)
        unit = organizations.create_organizational_unit(ParentId=under or self.root_id, Name=name)
        return str(unit["OrganizationalUnit"]["Id"])

    def account(self, account_id: str, name: str, *, under: str, region: str, created: str = "2022-06-01") -> Account:
        """Create a member account in a unit, with the role AWS Organizations makes in it."""
        console = self.management.console
        console.on(created)
        with patch.object(utils, "make_random_account_id", lambda: account_id):
            organizations = console.client("organizations", self.management.id)
            organizations.create_account(AccountName=name, Email=f"aws+{name}@acme-media.example")
        organizations.move_account(AccountId=account_id, SourceParentId=self.root_id, DestinationParentId=under)
        console.client("iam", account_id).attach_role_policy(
            RoleName=ORGANIZATION_ROLE, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess"
        )
        iam_of(account_id).get_role(ORGANIZATION_ROLE).last_used = console.days_ago(12)
        console.organizations[account_id] = console.organizations[self.management.id]
        return Account(console, account_id, name, region)

    def suspend(self, account: Account) -> None:
        """Close an account: AWS lists it as SUSPENDED for ninety days."""
        account.console.client("organizations", self.management.id).close_account(AccountId=account.id)

    def guardrail(self, name: str, document: str, *, targets: list[str]) -> None:
        """Attach a service control policy to units or accounts, beside what is on them."""
        organizations = self.management.console.client("organizations", self.management.id)
        policy = organizations.create_policy(
            Name=name, Description=name, Type="SERVICE_CONTROL_POLICY", Content=document
        )
        for target in targets:
            organizations.attach_policy(PolicyId=policy["Policy"]["PolicySummary"]["Id"], TargetId=target)

    def let_hub_in(self) -> None:
        """Create sv0-hub in the management account: it lists the organization, and becomes sv0-reader elsewhere."""
        platform = f"arn:aws:iam::{self.estate.platform_account}:user/{PLATFORM_USER}"
        become_reader = allow("sts:AssumeRole", on="arn:aws:iam::*:role/sv0-reader")
        read = [allow(*READER_ACTIONS), deny(*CONTENT_ACTIONS)]
        self._sv0_role(self.management, "sv0-hub", [platform], document(allow(*HUB_ACTIONS), become_reader, *read))

    def let_reader_in(self, account: Account) -> None:
        """Create sv0-reader in an account, for the hub role and for sv0 itself."""
        platform = f"arn:aws:iam::{self.estate.platform_account}:user/{PLATFORM_USER}"
        policy = document(allow(*READER_ACTIONS), deny(*CONTENT_ACTIONS))
        self._sv0_role(account, "sv0-reader", [self.estate.hub_role_arn, platform], policy)

    def _sv0_role(self, account: Account, name: str, principals: list[str], policy: str) -> None:
        console = account.console
        console.on("2026-01-12")
        iam = console.client("iam", account.id)
        trusted = document(by(*principals, external_id=self.estate.external_id))
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=trusted, Tags=[{"Key": "sv0", "Value": "reader"}])
        iam.put_role_policy(RoleName=name, PolicyName=f"{name}-metadata", PolicyDocument=policy)
        iam_of(account.id).get_role(name).last_used = console.days_ago(0)


def found(console: Console, estate: Estate, name: str, *, region: str) -> Organization:
    """Create the estate's organization with its management account, and let sv0's hub role in."""
    account_id = estate.management_account
    console.on("2021-02-01")
    organizations = console.client("organizations", account_id)
    organization_id = organizations.create_organization(FeatureSet="ALL")["Organization"]["Id"]
    console.organizations[account_id] = organization_id
    name_management(account_id, name)
    root_id = organizations.list_roots()["Roots"][0]["Id"]
    organizations.enable_policy_type(RootId=root_id, PolicyType="SERVICE_CONTROL_POLICY")
    organization = Organization(Account(console, account_id, name, region), root_id, estate)
    organization.let_hub_in()
    organization.let_reader_in(organization.management)
    return organization


def name_management(account_id: str, name: str) -> None:
    """Call the management account by its name: moto calls every one "master"."""
    backend = organizations_backends[account_id]["aws"]
    assert backend.org is not None
    email = f"aws+{name}@acme-media.example"
    backend.org.master_account_email = backend.accounts[0].email = email
    backend.accounts[0].name = name


def token(name: str) -> str:
    """Return an idempotency token that is the same at every start; boto3 would make up another one each time."""
    return str(uuid5(NAMESPACE_URL, name))


def tag_list(tags: dict[str, str]) -> list[dict[str, str]]:
    """Return tags as most of AWS's APIs want them."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]
