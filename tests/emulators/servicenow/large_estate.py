"""What is an instance of any size, the same each time for one seed?

Beside the small estate: of `size` objects half are people, a tenth accounts that are nobody's, a fifth business rules;
the rest are flows, jobs, script includes and inbound APIs. What is made up is made up as it is read, and never kept.
"""

from collections.abc import Callable, Sequence

from tests.emulators.servicenow import small_estate
from tests.emulators.servicenow.made_up import Find, MadeUp
from tests.emulators.servicenow.world import World

CALLS = "var r = new sn_ws.RESTMessageV2('Azure Graph', 'Default GET'); r.execute(); // CANARY-note"
KEEPS_TO_ITSELF = "var total = 0; current.work_notes = 'CANARY-text'; // " + "CANARY-filler " * 60
ONE_IN = 20  # scripts calls out
ONE_IN_USERS = 6  # is nobody's account
ROLES_EACH, ACTIONS_EACH = 3, 4
ROLES = ("itil", "mid_server", "x_sv0.reader")
Make = Callable[[int], dict[str, str]]


def large(size: int, *, seed: int = 1) -> World:
    """An instance of about that many objects."""
    world = small_estate.world()
    made = _Made(world, seed)
    users = made.table("sys_user", size * 6 // 10, _user, user_name=_numbered)
    made.children("sys_user_has_role", users, "user", ROLES_EACH, every=ONE_IN_USERS, make=_has_role(world))
    made.table("sys_script", size // 5, _rule)
    made.table("sysauto_script", size // 20, _job(users))
    made.table("sys_script_include", size // 20, _include)
    flows = made.table("sys_hub_flow", size // 20, _flow)
    made.children("sys_hub_action_instance", flows, "flow", ACTIONS_EACH, make=_action(world))
    made.table("sys_ws_operation", size // 20, _operation)
    return world


class _Made:
    """Puts made-up rows beside the small estate's."""

    def __init__(self, world: World, seed: int) -> None:
        self._world, self._seed = world, seed

    def table(self, name: str, size: int, make: Make, **find: Find) -> MadeUp:
        rows = MadeUp(name, size, self._whole(name, make), find=find, seed=self._seed)
        self._world.tables[name].others = rows
        return rows

    def children(self, name: str, parents: MadeUp, column: str, each: int, *, every: int = 1, make: Make) -> None:
        """`each` rows for every `every`-th parent, which `column` names."""

        def made(number: int) -> dict[str, str]:
            return {column: parents.id_of(number // each * every), **make(number)}

        def find(value: str) -> Sequence[int]:
            found = [number // every for number in parents.by_id(value) if number % every == 0]
            return [number * each + place for number in found for place in range(each)]

        size = (parents.size + every - 1) // every * each
        rows = MadeUp(name, size, self._whole(name, made), find={column: find}, seed=self._seed)
        self._world.tables[name].others = rows

    def _whole(self, name: str, make: Make) -> Make:
        blank = dict.fromkeys(self._world.columns(name), "") | {"sys_created_by": "admin"}
        blank |= {column: f"CANARY-{name}-{column}" for column in self._world.schemas[name].secret}
        blank |= {"sys_created_on": "2025-05-05 05:05:05", "sys_updated_on": "2025-06-06 06:06:06"}
        return lambda number: {**blank, **make(number)}


def _user(number: int) -> dict[str, str]:
    nobody = number % ONE_IN_USERS == 0
    return {
        "user_name": f"svc.{number}" if nobody else f"person.{number}",
        "name": f"Integration {number}" if nobody else f"Person {number}",
        "email": f"{number}@acme-media.example",
        "active": "true",
        "locked_out": "false",
        "web_service_access_only": "true" if nobody else "false",
        "internal_integration_user": "false",
        "identity_type": "machine" if nobody else "human",
        "last_login_time": "2027-01-12 03:00:00",
    }


def _numbered(user_name: str) -> Sequence[int]:
    number = user_name.rpartition(".")[2]
    return (int(number),) if number.isdigit() else ()


def _has_role(world: World) -> Make:
    ids = [world.id_of("sys_user_role", name=name) for name in ROLES]
    return lambda number: {"role": ids[number % len(ids)], "inherited": "false", "state": "active"}


def _script(number: int) -> dict[str, str]:
    return {"active": "true", "script": CALLS if number % ONE_IN == 0 else KEEPS_TO_ITSELF}


def _rule(number: int) -> dict[str, str]:
    return {**_script(number), "name": f"Rule {number}", "collection": "incident", "when": "after"}


def _job(users: MadeUp) -> Make:
    def make(number: int) -> dict[str, str]:
        account = users.id_of(number % 100 * ONE_IN_USERS)
        return {**_script(number), "name": f"Job {number}", "run_as": account, "run_type": "daily"}

    return make


def _include(number: int) -> dict[str, str]:
    return {**_script(number), "name": f"Include{number}", "access": "public", "client_callable": "false"}


def _flow(number: int) -> dict[str, str]:
    return {"name": f"Flow {number}", "type": "flow", "active": "true", "status": "published", "run_as": "user"}


def _action(world: World) -> Make:
    action = world.id_of("sys_hub_action_type_definition", name="Create Jira issue")
    return lambda number: {"action_type": action, "order": str(number % ACTIONS_EACH)}


def _operation(number: int) -> dict[str, str]:
    said = {"name": f"operation {number}", "http_method": "GET", "operation_uri": f"/api/x_acme/{number}"}
    asks = {"requires_authentication": "true", "requires_acl_authorization": "true"}
    return {**said, **asks, "active": "true", "operation_script": KEEPS_TO_ITSELF}
