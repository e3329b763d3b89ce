"""Who are the users of Acme Media's Dataverse, people and applications?"""

from collections.abc import Sequence

from tests.emulators.microsoft.acme import DOMAIN, guid
from tests.emulators.microsoft.powerplatform_wire import Row

ALICE, BOB, MALLORY = (guid("systemuser", name) for name in ("alice", "bob", "mallory"))
READER, ROBOT = guid("systemuser", "sv0-reader"), guid("systemuser", "Invoice Robot")
DATA_PLATFORM = guid("team", "Data Platform")
ADMINISTRATOR = "627090ff-40a3-4053-8790-584edc5be201"  # the template of System Administrator


def _person(key: str, name: str, *, disabled: bool = False) -> Row:
    return {
        "systemuserid": key,
        "fullname": name.title(),
        "domainname": f"{name}@{DOMAIN}",
        "internalemailaddress": f"{name}@{DOMAIN}",
        "azureactivedirectoryobjectid": guid("user", name),
        "applicationid": None,
        "isdisabled": disabled,
        "accessmode": 0,
        "createdon": "2024-03-01T08:00:00Z",
    }


def _application(key: str, name: str) -> Row:
    return {
        "systemuserid": key,
        "fullname": f"# {name}",
        "domainname": None,
        "internalemailaddress": None,
        "azureactivedirectoryobjectid": guid("service principal", name),
        "applicationid": guid("application", name),
        "isdisabled": False,
        "accessmode": 4,
        "createdon": "2025-03-01T08:00:00Z",
    }


USERS: Sequence[Row] = (
    _person(ALICE, "alice"),
    _person(BOB, "bob", disabled=True),
    _person(MALLORY, "mallory"),
    _application(READER, "sv0-reader"),
    _application(ROBOT, "Invoice Robot"),
)


def roles_of(user: str) -> Sequence[Row]:
    """Security roles, by the user's id."""
    reader: Row = {
        "roleid": guid("role", "sv0 metadata reader"),
        "name": "sv0 metadata reader",
        "_roletemplateid_value": None,
    }
    administrator: Row = {
        "roleid": guid("role", "System Administrator"),
        "name": "System Administrator",
        "_roletemplateid_value": ADMINISTRATOR,
    }
    return {READER: [reader], ROBOT: [administrator]}.get(user, [])
