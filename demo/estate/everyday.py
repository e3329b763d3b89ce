"""What runs at Acme Media Group on an ordinary day, each with a role of its own that may do just its work?"""

from dataclasses import dataclass

from demo.estate.names import team_of
from tests.emulators.aws.builders import data, identities, workloads
from tests.emulators.aws.builders.organization import Account
from tests.emulators.aws.policies import Statement, allow, by_service


@dataclass(frozen=True)
class Everyday:
    """The ordinary workloads of an account, by kind. `timed` are those of its functions that a schedule starts."""

    functions: tuple[str, ...] = ()
    containers: tuple[str, ...] = ()
    instances: tuple[str, ...] = ()
    machines: tuple[str, ...] = ()
    jobs: tuple[str, ...] = ()
    builds: tuple[str, ...] = ()
    timed: tuple[str, ...] = ()


EVERYDAY = {
    "streaming-prod": Everyday(
        functions=(
            "thumbnail-resizer",
            "caption-sync",
            "playback-heartbeat",
            "cdn-purge",
            "device-registry",
            "drm-lease",
        ),
        containers=("transcoder", "playback-api", "recommendations", "catalogue-api"),
        instances=("edge-cache-1", "edge-cache-2"),
        machines=("ingest-pipeline", "premiere-countdown"),
        timed=("caption-sync", "cdn-purge"),
    ),
    "billing-prod": Everyday(
        functions=("vat-lookup", "dunning-reminder", "voucher-check"),
        containers=("checkout", "plans-api"),
        machines=("renewal-run",),
        timed=("dunning-reminder",),
    ),
    "ad-exchange": Everyday(
        functions=("bid-logger", "creative-scan", "pacing-adjuster", "viewability-beacon"),
        containers=("bidder-us", "auction-api", "reporting-api"),
        instances=("bid-cache-1",),
        timed=("pacing-adjuster",),
    ),
    "newsroom-cms": Everyday(
        functions=("headline-tester", "image-crop", "push-alerts", "live-blog-relay", "wire-importer"),
        containers=("cms-editor", "cms-preview"),
        machines=("evening-bulletin",),
        timed=("wire-importer", "push-alerts"),
    ),
    "data-lake": Everyday(
        functions=("schema-watch", "partition-adder"),
        jobs=("sessions-daily", "plays-hourly", "ads-daily", "search-terms"),
        machines=("lake-refresh",),
        timed=("partition-adder",),
    ),
    "rights-management": Everyday(
        functions=("window-checker", "territory-lookup"), containers=("rights-api",), timed=("window-checker",)
    ),
    "hr-core": Everyday(functions=("desk-booking", "canteen-menu"), containers=("intranet",), timed=("canteen-menu",)),
    "payroll-latam": Everyday(functions=("holiday-calendar", "fx-rates"), timed=("fx-rates",)),
    "build-tools": Everyday(
        functions=("pipeline-notifier", "runner-scaler"),
        builds=("web-player", "ios-player", "android-player", "cms-frontend", "ad-sdk"),
        timed=("runner-scaler",),
    ),
    "streaming-dev": Everyday(
        functions=("thumbnail-resizer", "caption-sync", "playback-heartbeat"),
        containers=("transcoder", "playback-api"),
        instances=("load-generator",),
    ),
    "ml-studio": Everyday(
        functions=("feature-refresh", "label-queue"), jobs=("embeddings-weekly",), instances=("gpu-bench",)
    ),
    "sandbox-innovation": Everyday(functions=("voice-search-trial", "mood-lights"), machines=("hack-day",)),
    "log-archive": Everyday(functions=("trail-indexer",), timed=("trail-indexer",)),
    "security-audit": Everyday(functions=("finding-router", "access-review-mailer"), timed=("access-review-mailer",)),
}


def build(accounts: dict[str, Account]) -> None:
    for name, everyday in EVERYDAY.items():
        build_account(accounts[name], everyday)


def build_account(account: Account, everyday: Everyday) -> None:
    assets = data.bucket(account, f"acme-{account.name}-assets", tags=team_of(account.name))
    work = [allow("s3:GetObject", on=f"{assets}/*"), allow("logs:CreateLogStream", "logs:PutLogEvents")]
    arns = {name: ordinary_function(account, name, work) for name in everyday.functions}
    if everyday.containers:
        build_containers(account, everyday.containers, work)
    for name in everyday.instances:
        role(account, f"{name}-machine", "ec2", work)
        workloads.instance(account, name, f"{name}-machine", tags=team_of(account.name))
    for name in everyday.machines:
        steps = [allow("lambda:InvokeFunction", on=arn) for arn in arns.values()]
        runs_as = role(account, f"{name}-steps", "states", steps)
        workloads.state_machine(account, name, runs_as, resources=list(arns.values())[:2], tags=team_of(account.name))
    for name in everyday.jobs:
        role(account, f"{name}-etl", "glue", work)
        workloads.glue_job(account, name, f"{name}-etl", tags=team_of(account.name))
    for name in everyday.builds:
        runs_as = role(account, f"{name}-build", "codebuild", work)
        workloads.build_project(account, name, runs_as, tags=team_of(account.name))
    if everyday.timed:
        build_timers(account, {name: arns[name] for name in everyday.timed})


def role(account: Account, name: str, service: str, grants: list[Statement]) -> str:
    return identities.role(account, name, trust=by_service(service), grants=grants, tags=team_of(account.name), used=1)


def ordinary_function(account: Account, name: str, work: list[Statement]) -> str:
    runs_as = role(account, f"{name}-lambda", "lambda", work)
    return workloads.function(account, name, runs_as, tags=team_of(account.name), secrets={"KEY": f"CANARY-{name}"})


def build_containers(account: Account, names: tuple[str, ...], work: list[Statement]) -> None:
    execution = identities.role(
        account, "task-execution", trust=by_service("ecs-tasks"), managed=["AmazonECSTaskExecutionRolePolicy"]
    )
    for name in names:
        task = role(account, f"{name}-task", "ecs-tasks", work)
        workloads.container_service(account, name, task, execution_role_arn=execution, tags=team_of(account.name))


def build_timers(account: Account, functions: dict[str, str]) -> None:
    """Start functions in turn by a rule of EventBridge and by a schedule of EventBridge Scheduler."""
    invoke = allow("lambda:InvokeFunction", on=list(functions.values()))
    timer = identities.role(account, "timer", trust=by_service("events", "scheduler"), grants=[invoke])
    for number, (name, arn) in enumerate(functions.items()):
        if number % 2:
            workloads.rule(account, f"{name}-timer", arn, role_arn=timer, description=f"Starts {name}.")
        else:
            workloads.schedule(account, f"{name}-timer", arn, timer)
