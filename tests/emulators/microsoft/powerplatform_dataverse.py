"""How does the Dataverse Web API answer a read (https://learn.microsoft.com/power-apps/developer/data-platform/webapi)?"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from tests.emulators.microsoft.powerplatform_columns import COLUMNS, COMMON, KEYS, PRIVILEGES
from tests.emulators.microsoft.powerplatform_estate import Contents, PowerEstate
from tests.emulators.microsoft.powerplatform_wire import API, Row, page
from tests.emulators.microsoft.wire import Asked, Reply, refused

if TYPE_CHECKING:
    from tests.emulators.microsoft.powerplatform import Weather

READER = "59e617e5-e447-4adc-8b88-00af644d7c92"
NO_TABLE, NO_MEMBER, NO_PRIVILEGE, BUSY = "0x80060888", "0x80072560", "0x80040220", "0x80072322"
COPILOT = {"bots", "botcomponents"}
TARGET = re.compile(r"\{'@odata\.id':'bots\(([0-9a-f-]+)\)'\}")
ROLES = re.compile(r"systemusers\(([0-9a-f-]+)\)/systemuserroles_association")
TEST = re.compile(r"(\w+) (eq|ne) (null|true|false|-?\d+|[0-9a-fA-F-]{36}|'[^']*')")
Keep = Callable[[Row], bool]


@dataclass
class Dataverse:
    """Every Dataverse of a tenant."""

    estate: PowerEstate
    weather: "Weather"

    def answer(self, asked: Asked) -> Reply:
        host, _, rest = asked.path.lstrip("/").partition("/")
        known = host.replace(".api.", ".")
        found = self.estate.contents(known)
        if found is None or not f"/{rest}".startswith(API):
            return refused(404, "0x80048408", "The organization could not be found.")
        what = f"/{rest}".removeprefix(API)
        return _stranger(asked, known) or self._kept_out(known) or self._read(asked, known, found, what)

    def _kept_out(self, host: str) -> Reply | None:
        if host in self.weather.shut:
            return refused(503, "0x80044150", "The environment is in administration mode.")
        if host in self.weather.strangers:
            return refused(403, NO_MEMBER, "The user is not a member of the organization.")
        if self.weather.busy[host] > 0:
            self.weather.busy[host] -= 1
            message = "Number of requests exceeded the limit of 6000 over time window of 300 seconds."
            return refused(429, BUSY, message, {"Retry-After": "2"})
        return None

    def _read(self, asked: Asked, host: str, found: Contents, what: str) -> Reply:
        if what == "RetrieveCurrentOrganization(AccessType=@p)":
            return _organization(asked, found, self.estate.tenant)
        if what == "RetrieveSharedPrincipalsAndAccess(Target=@p)":
            return self._lacks(host, "bots") or _shared(asked, found)
        if roles := ROLES.fullmatch(what):
            return self._lacks(host, "roles") or _table(asked, "roles", found.roles_of(roles[1]))
        if what not in COLUMNS or (what in COPILOT and host in self.weather.bare):
            return refused(404, NO_TABLE, f"Resource not found for the segment '{what}'.")
        answer = self._lacks(host, what) or _table(asked, what, found.tables.get(what, ()))
        if host in self.weather.looping and "@odata.nextLink" in answer.body and "$skiptoken" in asked.query:
            pairs = "&".join(f"{quote(key, safe='$@')}={quote(value, safe='')}" for key, value in asked.query.items())
            answer.body["@odata.nextLink"] = f"{asked.base}{asked.path}?{pairs}"
        return answer

    def _lacks(self, host: str, table: str) -> Reply | None:
        privilege = PRIVILEGES[table]
        if privilege not in self.weather.lacking.get(host, ()):
            return None
        message = (
            f"Principal user (Id={READER}, type=8, roleCount=1, privilegeCount=12) is missing {privilege} privilege "
            f"on OTC=10191 for entity '{table}' (LocalizedName='CANARY')."
        )
        return refused(403, NO_PRIVILEGE, message)


def _stranger(asked: Asked, host: str) -> Reply | None:
    """A token for one Dataverse opens no other one."""
    if asked.claims.get("aud", f"https://{host}").rstrip("/") == f"https://{host}":
        return None
    return refused(401, "0x80048306", "The token's audience is another organization.")


def _organization(asked: Asked, found: Contents, tenant: str) -> Reply:
    if asked.query.get("@p") != "Microsoft.Dynamics.CRM.EndpointAccessType'Default'":
        return refused(400, "0x80060888", "The parameter is missing.")
    detail = {
        "OrganizationId": "4e5a2b60-97f7-4d6f-a7e2-8f7f6a4fd0f5",
        "FriendlyName": found.name,
        "OrganizationVersion": "9.2.26101.180",
        "EnvironmentId": found.id,
        "Geo": "EUR",
        "TenantId": tenant,
        "UniqueName": "unqacme",
        "State": "Enabled",
    }
    return Reply(200, {"Detail": detail})


def _shared(asked: Asked, found: Contents) -> Reply:
    target = TARGET.fullmatch(asked.query.get("@p", ""))
    if target is None:
        return refused(400, "0x80060888", "The target is not understood.")
    return Reply(200, {"PrincipalAccesses": list(found.shared(target[1]))})


def _table(asked: Asked, what: str, rows: Sequence[Row]) -> Reply:
    known = COLUMNS[what] | COMMON
    select = [each for each in asked.query.get("$select", "").split(",") if each]
    keep = _filter(asked.query.get("$filter"))
    wrong = next((each for each in select if each not in known), None)
    if wrong or keep is None:
        message = f"Could not find a property named '{wrong}' on type 'Microsoft.Dynamics.CRM.{what[:-1]}'."
        return refused(400, NO_TABLE, message)
    columns = {*select, KEYS[what]} if select else known
    return page(asked, rows, keep, lambda row: _told(row, columns, known), what)


def _told(row: Row, columns: set[str], known: set[str]) -> Row:
    """The columns that were asked for: null where the row has nothing, as Dataverse writes it."""
    strange = row.keys() - known
    if strange:
        raise ValueError(f"Dataverse has no such columns: {strange}")
    return {"@odata.etag": 'W/"1429641"', **{each: row.get(each) for each in sorted(columns)}}


def _filter(said: str | None) -> Keep | None:
    """Tests joined by "or", or by "and"; None for what isn't understood."""
    if not said:
        return lambda row: True
    joint, meets = (" or ", any) if " or " in said else (" and ", all)
    tests = [TEST.fullmatch(each) for each in said.split(joint)]
    if None in tests:
        return None
    found = [(test[1], test[2] == "eq", _value(test[3])) for test in tests if test]
    return lambda row: meets((_plain(row.get(column)) == value) is equal for column, equal, value in found)


def _value(said: str) -> str | None:
    return None if said == "null" else said.strip("'").lower()


def _plain(value: object) -> str | None:
    return None if value is None else str(value).lower()
