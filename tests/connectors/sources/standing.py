"""Which stand-in does each kind of source read in tests, and how is one steered, whoever's system it plays?

    with STAND_INS["jira"]() as jira:
        patch_environment(jira.environment)
        records = list(source.pull(Pull(settings=jira.settings, now=NOW)))
        jira.asked()

Each holds its small estate, in short pages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

from connectors.sources.copilot_studio.permissions import FLOW
from connectors.sources.entra.permissions import DELEGATED
from connectors.sources.jira.permissions import BROWSE_USERS
from tests.connectors.sources.aws.conftest import right
from tests.connectors.sources.jira.conftest import basic
from tests.emulators.aws import AwsEmulator
from tests.emulators.aws import small_estate as aws_estate
from tests.emulators.jira import JiraEmulator
from tests.emulators.jira import small_estate as jira_estate
from tests.emulators.jira.faults import Fault
from tests.emulators.microsoft import arm_acme, graph_acme, powerplatform_acme
from tests.emulators.microsoft.acme import TENANT
from tests.emulators.microsoft.arm import Arm
from tests.emulators.microsoft.foundry import AGENTS_READ, Foundry
from tests.emulators.microsoft.graph import serve
from tests.emulators.microsoft.graph_permissions import READER
from tests.emulators.microsoft.login import CLIENT, SECRET, Client, Login
from tests.emulators.microsoft.powerplatform import PowerPlatform, Weather, audiences
from tests.emulators.microsoft.server import MicrosoftEmulator
from tests.emulators.servicenow import ServiceNowEmulator
from tests.emulators.servicenow import small_estate as servicenow_estate

PAGE = 3  # rows
LAMBDA, FUNCTIONS = "lambda:ListFunctions", "Microsoft.Web/sites/functions/read"
TABLE = "sys_hub_flow"


@dataclass(frozen=True)
class Asked:
    """One call that was answered, be it a request of a batch: its HTTP method and, in the vendor's words, what for:
    "iam:ListAccessKeys", "graph/v1.0/servicePrincipals"."""

    method: str
    what: str


@dataclass(frozen=True, kw_only=True)
class StandIn:
    """A system that runs. `settings` are right, `environment` leads the source to it; `asked` is its log.

    `disown` has it take whoever signed in for a stranger (401), `refuse` has it refuse one permission and names that;
    `restore` takes both back, and empties the log.
    """

    settings: Mapping[str, Any]
    environment: Mapping[str, str]
    asked: Callable[[], list[Asked]]
    disown: Callable[[], None]
    refuse: Callable[[], str]
    restore: Callable[[], None]


@contextmanager
def aws() -> Iterator[StandIn]:
    with AwsEmulator(aws_estate.ESTATE, page_cap=PAGE) as emulator:

        def refuse() -> str:
            emulator.faults.add(do="deny", action=LAMBDA)
            return LAMBDA

        yield StandIn(
            settings=right(emulator),
            environment={"AWS_ENDPOINT_URL": emulator.url},
            asked=lambda: [Asked(each.method, each.iam_action) for each in emulator.log.entries],
            disown=lambda: emulator.faults.add(do="expire"),
            refuse=refuse,
            restore=lambda: _cleared(emulator.faults, emulator.log),
        )


@contextmanager
def entra() -> Iterator[StandIn]:
    with MicrosoftEmulator(Login(Client(roles=READER))) as microsoft:
        serve(microsoft, graph_acme.directory()).page = PAGE
        (reader,) = microsoft.login.clients.values()

        def refuse() -> str:
            reader.roles = READER - {DELEGATED}
            return DELEGATED

        yield _of_microsoft(microsoft, refuse=refuse, restore=lambda: setattr(reader, "roles", READER))


@contextmanager
def azure() -> Iterator[StandIn]:
    arm = Arm(arm_acme.ESTATE, page=PAGE)
    with MicrosoftEmulator() as microsoft:
        microsoft.mount("arm", arm.answer, takes=("https://management.azure.com",))

        def refuse() -> str:
            arm.rights.withhold(FUNCTIONS)
            return FUNCTIONS

        yield _of_microsoft(microsoft, refuse=refuse, restore=arm.rights.restore)


@contextmanager
def foundry() -> Iterator[StandIn]:
    arm = Arm(arm_acme.ESTATE, page=PAGE)
    with MicrosoftEmulator() as microsoft:
        microsoft.mount("arm", arm.answer, takes=("https://management.azure.com",))
        projects = Foundry(arm_acme.ESTATE, arm.rights, page=PAGE)
        microsoft.mount("foundry", projects.answer, takes=("https://ai.azure.com",))

        def refuse() -> str:
            arm.rights.withhold(AGENTS_READ)
            return AGENTS_READ

        yield _of_microsoft(microsoft, refuse=refuse, restore=arm.rights.restore)


@contextmanager
def copilot_studio() -> Iterator[StandIn]:
    estate = powerplatform_acme.ESTATE
    platform = PowerPlatform(estate, page=PAGE)
    with MicrosoftEmulator() as microsoft:
        microsoft.mount("powerplatform", platform.answer, takes=audiences(estate))

        def refuse() -> str:
            platform.weather.lacking[powerplatform_acme.DEFAULT_HOST] = {FLOW}
            return FLOW

        yield _of_microsoft(microsoft, refuse=refuse, restore=lambda: setattr(platform, "weather", Weather()))


@contextmanager
def servicenow() -> Iterator[StandIn]:
    world = servicenow_estate.world()
    settings = {
        "address": servicenow_estate.ADDRESS,
        "client_id": servicenow_estate.CLIENT,
        "client_secret": servicenow_estate.SECRET,
    }
    with ServiceNowEmulator(world, page_cap=PAGE) as emulator:

        def refuse() -> str:
            world.refused.add(TABLE)
            return f"{TABLE}:read"

        def restore() -> None:
            world.refused.clear()
            _cleared(emulator.faults, emulator.log)

        yield StandIn(
            settings=settings,
            environment={"SV0_ENDPOINT_SERVICENOW": emulator.url},
            asked=lambda: [Asked(each.method, each.path) for each in emulator.log.entries],
            disown=lambda: emulator.faults.add(do="expire"),
            refuse=refuse,
            restore=restore,
        )


@contextmanager
def jira() -> Iterator[StandIn]:
    with JiraEmulator(jira_estate.ESTATE, page_cap=PAGE) as emulator:

        def refuse() -> str:
            emulator.faults.add(Fault(do="forbid", path="*/users/search"))
            return BROWSE_USERS

        yield StandIn(
            settings=basic(emulator),
            environment={"SV0_ENDPOINT_JIRA": emulator.url},
            asked=lambda: [Asked(each.method, f"{each.host}{each.path}") for each in emulator.log.entries],
            disown=lambda: emulator.faults.add(Fault(do="expire")),
            refuse=refuse,
            restore=lambda: _cleared(emulator.faults, emulator.log),
        )


STAND_INS: Mapping[str, Callable[[], AbstractContextManager[StandIn]]] = {
    each.__name__: each for each in (aws, entra, azure, foundry, copilot_studio, servicenow, jira)
}


def _of_microsoft(microsoft: MicrosoftEmulator, *, refuse: Callable[[], str], restore: Callable[[], None]) -> StandIn:
    def disown() -> None:
        for part in ("graph", "arm", "foundry", "powerplatform"):
            microsoft.faults.add(do="expire", part=part)

    def restored() -> None:
        restore()
        _cleared(microsoft.faults, microsoft.log)

    return StandIn(
        settings={"tenant": TENANT, "client_id": CLIENT, "client_secret": SECRET},
        environment=microsoft.environment(),
        asked=lambda: [Asked(each.method, f"{each.part}{each.path}") for each in list(microsoft.log.entries)],
        disown=disown,
        refuse=refuse,
        restore=restored,
    )


def _cleared(*kept: Any) -> None:
    for each in kept:
        each.clear()
