"""A Power Platform of any size, the same for the same seed; nothing of it is kept.

Of every ten agents one acts with a stored connection, one starts by itself, one is open to anyone; most of an agent's
parts are topics that say something and call nobody, as in life.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from tests.emulators.microsoft.acme import DOMAIN, TENANT
from tests.emulators.microsoft.powerplatform_estate import Contents, PowerEstate, environment, policy
from tests.emulators.microsoft.powerplatform_parts import (
    APIS,
    KNOWLEDGE,
    SETTINGS,
    TOPIC,
    TRIGGER,
    clientdata,
    configuration,
    connection,
    http,
    knowledge,
    published,
    settings,
    tool,
    topic,
    trigger,
)
from tests.emulators.microsoft.powerplatform_wire import Made, Row

USERS = 40  # people in an environment
HOST = "org{index}.crm4.dynamics.com"
MODES = ("Maker", "Invoker", None)
CONNECTORS = ("shared_sharepointonline", "shared_office365", "shared_service-now", "shared_sql", "shared_teams")


@dataclass(frozen=True)
class Size:
    """How much there is in each environment; `parts` of each agent."""

    environments: int
    agents: int
    parts: int
    flows: int
    seed: int = 1


def estate(size: Size) -> PowerEstate:
    """The first environment is the tenant's default one."""
    make = lru_cache(maxsize=16)(lambda index: _contents(size, index))

    def contents(host: str) -> Contents | None:
        number = host.partition(".")[0].removeprefix("org")
        return make(int(number)) if number.isdigit() and int(number) < size.environments else None

    def at(key: str) -> Contents | None:
        found = 0 if key.startswith("default-") else int(key.rpartition("-")[2], 16)
        return make(found) if found < size.environments else None

    rows = Made(size.environments, _environment)
    policies = [policy("Baseline", blocked=["shared_twilio"])]
    return PowerEstate(environments=rows, contents=contents, at=at, policies=policies)


def _environment(index: int) -> Row:
    sku = "Default" if index == 0 else "Production"
    return environment(_id(index), f"Environment {index}", host=HOST.format(index=index), sku=sku)


def _id(index: int) -> str:
    return f"Default-{TENANT}" if index == 0 else f"0e0e0e0e-0000-4000-8000-{index:012x}"


@dataclass(frozen=True)
class _Maker:
    """Makes the rows of one environment."""

    size: Size
    index: int

    def key(self, kind: str, number: int) -> str:
        return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{self.size.seed}/{self.index}/{kind}/{number}"))

    def user(self, number: int) -> Row:
        return {
            "systemuserid": self.key("systemuser", number),
            "fullname": f"Person {number}",
            "domainname": f"person{number}@{DOMAIN}",
            "internalemailaddress": f"person{number}@{DOMAIN}",
            "azureactivedirectoryobjectid": self.key("user", number),
            "applicationid": None,
            "isdisabled": number % 10 == 3,
            "createdon": "2024-03-01T08:00:00Z",
        }

    def owner(self, number: int) -> dict[str, str]:
        return {"_owninguser_value": self.key("systemuser", number % USERS)}

    def bot(self, number: int) -> Row:
        open_ = number % 10 == 0
        return {
            "botid": self.key("bot", number),
            "name": f"Agent {number}",
            "schemaname": f"cr{self.index}_agent{number}",
            "accesscontrolpolicy": number % 3,
            "authenticationmode": 1 if open_ else 2,
            "authenticationtrigger": 1,
            "publishedon": "2026-09-01T10:30:00Z",
            "createdon": "2026-01-10T09:00:00Z",
            "modifiedon": "2026-11-01T09:30:00Z",
            "statecode": 0,
            "ismanaged": False,
            "configuration": configuration(["MsTeams"]),
            "synchronizationstatus": published("None" if open_ else "Integrated"),
            **self.owner(number),
        }

    def part(self, number: int) -> Row:
        bot, place = divmod(number, self.size.parts)
        kind, data = self._data(bot, place)
        return {
            "botcomponentid": self.key("botcomponent", number),
            "name": f"Part {place}",
            "componenttype": kind,
            "data": data,
            "statecode": 0,
            "_parentbotid_value": self.key("bot", bot),
        }

    def _data(self, bot: int, place: int) -> tuple[int, str]:
        if place == 0:
            return SETTINGS, settings(model="GPT41", web=bot % 2 == 0)
        if place == 1:
            return KNOWLEDGE, knowledge("SharePointSearchSource", f"https://acme.sharepoint.com/sites/site{bot % 50}")
        if place == 2:
            reference = self.reference(bot % len(CONNECTORS))["connectionreferencelogicalname"]
            return TOPIC, tool("A tool", reference=reference, operation="GetItems", mode=MODES[bot % len(MODES)])
        if place == 3 and bot % 10 == 1:
            return TRIGGER, trigger(self.key("workflow", bot % max(1, self.size.flows)))
        calls = (f"https://api{bot % 20}.example.net/",) if place == 4 else ()
        return TOPIC, topic(*calls)

    def reference(self, number: int) -> Row:
        connector = CONNECTORS[number]
        return {
            "connectionreferenceid": self.key("connectionreference", number),
            "connectionreferencelogicalname": f"cr{self.index}.{connector}.{number}",
            "connectorid": f"{APIS}{connector}",
            "connectionid": self.key("connection", number),
            "statecode": 0,
            "createdon": "2026-01-10T09:00:00Z",
            **self.owner(number),
        }

    def connection(self, number: int) -> Row:
        user = self.user(number)
        made_by = user["azureactivedirectoryobjectid"], user["fullname"], user["domainname"]
        name = self.key("connection", number)
        return connection(name, CONNECTORS[number], account=user["domainname"], made_by=made_by)

    def flow(self, number: int) -> Row:
        connections = {"c": (CONNECTORS[0], f"cr{self.index}.{CONNECTORS[0]}.0", "embedded")}
        data = clientdata(
            {"t": {"type": "Recurrence", "recurrence": {"frequency": "Day", "interval": 1}}},
            {"h": http(f"https://flow{number % 20}.example.net/")},
            connections,
        )
        return {
            "workflowid": self.key("workflow", number),
            "name": f"Flow {number}",
            "category": 5,
            "type": 1,
            "statecode": 1,
            "clientdata": data,
            "createdon": "2026-02-01T08:00:00Z",
            "modifiedon": "2026-10-01T08:00:00Z",
            **self.owner(number),
        }


def _contents(size: Size, index: int) -> Contents:
    maker = _Maker(size, index)
    tables: dict[str, Sequence[Row]] = {
        "systemusers": Made(USERS, maker.user),
        "bots": Made(size.agents, maker.bot),
        "botcomponents": Made(size.agents * size.parts, maker.part),
        "connectionreferences": Made(len(CONNECTORS), maker.reference),
        "workflows": Made(size.flows, maker.flow),
    }
    name = f"Environment {index}"
    return Contents(id=_id(index), name=name, tables=tables, connections=Made(len(CONNECTORS), maker.connection))
