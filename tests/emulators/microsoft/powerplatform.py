"""How does Power Platform answer a read: its administration, Power Apps, and the Dataverse of each environment?

The first two by their paths (/providers/…), a Dataverse by its host in front (/{host}/api/data/v9.2/…). Whatever isn't
a read is refused.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.emulators.microsoft.powerplatform_dataverse import Dataverse
from tests.emulators.microsoft.powerplatform_estate import ENVIRONMENTS, PowerEstate
from tests.emulators.microsoft.powerplatform_wire import Row
from tests.emulators.microsoft.wire import Asked, Reply, refused

POLICIES = "/providers/PowerPlatform.Governance/v2/policies"
CONNECTIONS = "/providers/Microsoft.PowerApps/scopes/admin/environments/"
PAGE = 250  # rows of a page of the tenant's administration


@dataclass
class Weather:
    """What goes wrong, by the environment's host. `lacking`: privileges; `strangers`: where the application is no user;
    `bare`: without Copilot Studio's tables; `shut`: in administration mode; `busy`: so many calls are throttled yet;
    `looping`: where each page is followed by itself; `manages`: whether the application is a management application;
    `hides`: whether one that isn't is shown nothing, instead of being refused."""

    manages: bool = True
    hides: bool = False
    lacking: dict[str, set[str]] = field(default_factory=dict)
    strangers: set[str] = field(default_factory=set)
    bare: set[str] = field(default_factory=set)
    shut: set[str] = field(default_factory=set)
    busy: Counter[str] = field(default_factory=Counter)
    looping: set[str] = field(default_factory=set)


def audiences(estate: PowerEstate) -> tuple[str, ...]:
    """What tokens may be for that are answered here: the tenant's administration, and each Dataverse."""
    linked = [row["properties"]["linkedEnvironmentMetadata"] for row in estate.environments]
    instances = [each["instanceUrl"].rstrip("/") for each in linked if each]
    return ("https://api.bap.microsoft.com", "https://service.powerapps.com", *instances)


@dataclass
class PowerPlatform:
    """A tenant's Power Platform in front of an estate."""

    estate: PowerEstate
    weather: Weather = field(default_factory=Weather)
    page: int = PAGE

    def answer(self, asked: Asked) -> Reply:
        if asked.method != "GET":
            return refused(403, "MethodNotAllowed", "Only reads are answered here.")
        if not asked.path.startswith("/providers/"):
            return Dataverse(self.estate, self.weather).answer(asked)
        if "api-version" not in asked.query:
            return refused(400, "MissingApiVersionParameter", "The api-version query parameter is required.")
        return self._administration(asked) if self.weather.manages else self._refused()

    def _administration(self, asked: Asked) -> Reply:
        if asked.path == ENVIRONMENTS:
            return self._paged(asked, self.estate.environments)
        if asked.path == POLICIES:
            return self._paged(asked, self.estate.policies)
        if asked.path.startswith(CONNECTIONS) and asked.path.endswith("/connections"):
            found = self.estate.at(asked.path.removeprefix(CONNECTIONS).removesuffix("/connections").lower())
            if found is not None:
                return self._paged(asked, found.connections)
        return refused(404, "ResourceNotFound", "The resource could not be found.")

    def _refused(self) -> Reply:
        if self.weather.hides:
            return Reply(200, {"value": []})
        message = "The service principal with id 'CANARY' does not have permission to access the path."
        return refused(403, "Forbidden", message)

    def _paged(self, asked: Asked, rows: Sequence[Row]) -> Reply:
        start = int(asked.query.get("$skiptoken", 0))
        body: Row = {"value": list(rows[start : start + self.page])}
        if start + self.page < len(rows):
            query = {**asked.query, "$skiptoken": str(start + self.page)}
            body["nextLink"] = f"{asked.base}{asked.path}?{'&'.join(f'{key}={value}' for key, value in query.items())}"
        return Reply(200, body)
