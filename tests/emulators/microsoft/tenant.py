"""What answers for a whole tenant of Microsoft's: its directory, its Azure with AI Foundry, and its Power Platform?"""

from tests.emulators.microsoft import arm_acme, graph_acme, powerplatform_acme
from tests.emulators.microsoft.arm import Arm
from tests.emulators.microsoft.foundry import Foundry
from tests.emulators.microsoft.graph import serve
from tests.emulators.microsoft.graph_directory import Directory
from tests.emulators.microsoft.graph_older import AUDIENCE, OlderGraph
from tests.emulators.microsoft.graph_permissions import READER
from tests.emulators.microsoft.graph_scale import estate
from tests.emulators.microsoft.login import Client, Login
from tests.emulators.microsoft.powerplatform import PowerPlatform
from tests.emulators.microsoft.server import MicrosoftEmulator

MANAGER, PROJECTS = "https://management.azure.com", "https://ai.azure.com"
POWER = ("https://api.bap.microsoft.com", "https://service.powerapps.com")


def acme(*, port: int = 0) -> MicrosoftEmulator:
    """Acme Media's, every part of it."""
    microsoft = _reading(graph_acme.directory(), port)
    arm = Arm(arm_acme.ESTATE)
    microsoft.mount("arm", arm.answer, takes=(MANAGER,))
    microsoft.mount("foundry", Foundry(arm_acme.ESTATE, arm.rights).answer, takes=(PROJECTS,))
    power = PowerPlatform(powerplatform_acme.ESTATE)
    hosts = (host for each in powerplatform_acme.PLACES for host in (each, each.replace(".", ".api.", 1)))
    microsoft.mount("powerplatform", power.answer, takes=(*POWER, *(f"https://{host}" for host in hosts)))
    return microsoft


def large(size: int, *, seed: int = 1, port: int = 0) -> MicrosoftEmulator:
    """A directory of that size, as both of its APIs tell it."""
    directory = estate(size, seed=seed)
    microsoft = _reading(directory, port)
    microsoft.mount("older", OlderGraph(directory).answer, takes=(AUDIENCE,))
    return microsoft


def _reading(directory: Directory, port: int) -> MicrosoftEmulator:
    microsoft = MicrosoftEmulator(Login(Client(roles=READER)), port=port)
    serve(microsoft, directory)
    return microsoft
