"""Which AI agents work at Acme Media Group, with which tools and on which knowledge?"""

from demo.estate.leftovers import reading
from demo.estate.names import team_of
from tests.emulators.aws.builders import identities, workloads
from tests.emulators.aws.builders.agents import agent, knowledge_base
from tests.emulators.aws.builders.organization import Account
from tests.emulators.aws.policies import allow, by_service

MODELS = allow("bedrock:InvokeModel")


def build(accounts: dict[str, Account]) -> None:
    build_newsroom(accounts["newsroom-cms"])
    build_lawyers(accounts["rights-management"])
    build_subscribers(accounts["streaming-prod"])


def build_newsroom(account: Account) -> None:
    """The editors' assistant publishes through a function that may do anything."""
    articles = identities.role(
        account, "newsroom-knowledge", trust=by_service("bedrock"), grants=[*reading("acme-newsroom-published"), MODELS]
    )
    base = knowledge_base(account, "newsroom-articles", articles, bucket="acme-newsroom-published")
    publish = identities.role(
        account,
        "newsroom-publish-lambda",
        trust=by_service("lambda"),
        managed=["AdministratorAccess"],
        created="2025-06-30",
        tags=team_of(account.name),
    )
    publisher = workloads.function(account, "newsroom-publish", publish, tags=team_of(account.name), url_auth="NONE")
    search = workloads.function(
        account, "newsroom-search", account.role_arn("headline-tester-lambda"), tags=team_of(account.name)
    )
    assistant = identities.role(
        account,
        "newsroom-assistant",
        trust=by_service("bedrock"),
        grants=[MODELS, allow("bedrock:Retrieve"), allow("lambda:InvokeFunction", on=[publisher, search])],
    )
    agent(
        account,
        "newsroom-assistant",
        assistant,
        tools={"publish-article": publisher, "search-archive": search},
        knowledge_base_ids=[base],
        description="Drafts, fact-checks and publishes articles for the desk.",
        tags=team_of(account.name),
    )


def build_lawyers(account: Account) -> None:
    """The contract reader answers about contracts, which is its work."""
    reader = identities.role(
        account, "contract-reader", trust=by_service("bedrock"), grants=[*reading("acme-rights-contracts"), MODELS]
    )
    base = knowledge_base(account, "rights-contracts", reader, bucket="acme-rights-contracts")
    agent(account, "contract-reader", reader, knowledge_base_ids=[base], tags=team_of(account.name))


def build_subscribers(account: Account) -> None:
    """The help desk's assistant looks up subscribers."""
    lookup = allow("dynamodb:GetItem", on=f"arn:aws:dynamodb:{account.region}:{account.id}:table/subscribers")
    tool_role = identities.role(account, "subscriber-lookup-lambda", trust=by_service("lambda"), grants=[lookup])
    tool = workloads.function(account, "subscriber-lookup", tool_role, tags=team_of(account.name))
    helper = identities.role(
        account,
        "viewer-help",
        trust=by_service("bedrock"),
        grants=[MODELS, allow("lambda:InvokeFunction", on=tool)],
    )
    agent(account, "viewer-help", helper, tools={"find-subscriber": tool}, tags=team_of(account.name))
