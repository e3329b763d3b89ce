"""What has an Azure tenant of any size? Made from a seed when asked for, the same each time, none of it kept long.

Each subscription holds the same kinds of things in the same numbers, RESOURCES of them: what acts, what it acts as, and
what it reaches. Asked for one subscription after another, a tenant of half a million resources takes the room of a few.
"""

import random
from functools import lru_cache

from tests.emulators.microsoft.acme import TENANT, guid
from tests.emulators.microsoft.arm_estate import AzureEstate, Contents, ManagementGroup, Subscription
from tests.emulators.microsoft.arm_place import Place, assigned, assignment, managed_identity, system
from tests.emulators.microsoft.arm_roles import ROLE_IDS
from tests.emulators.microsoft.foundry_acme import account, project
from tests.emulators.microsoft.foundry_agents import prompt

KEPT = 16  # subscriptions
GROUPS, EACH = 10, 25  # resource groups of a subscription, resources of a group
RESOURCES = GROUPS * EACH
AGENTS = 20  # of a project, of which each subscription has one
FLEETS = 12  # management groups


def estate(*, subscriptions: int, seed: int = 2027) -> AzureEstate:
    """A tenant with so many subscriptions, each of RESOURCES resources, and AGENTS agents."""
    root = ManagementGroup(TENANT, "Tenant Root Group")
    fleets = tuple(ManagementGroup(f"fleet-{number:02}", f"Fleet {number}", parent=TENANT) for number in range(FLEETS))
    held = [_subscription(number, seed) for number in range(subscriptions)]
    by_number = {each.id: number for number, each in enumerate(held)}

    @lru_cache(maxsize=KEPT)
    def contents(subscription: Subscription) -> Contents:
        return _contents(subscription, random.Random(f"{seed} {by_number[subscription.id]}"))

    def hosts(name: str) -> Subscription | None:
        prefix, _, number = name.rpartition("-")
        known = prefix == "ai" and number.isdigit() and int(number) < subscriptions
        return held[int(number)] if known else None

    above = Contents()
    admins = assignment(guid("group", "Cloud Admins"), "Owner", on=root.id, subscription=None, kind="Group")
    above.assignments.append(admins)
    return AzureEstate(groups=(root, *fleets), subscriptions=held, above=above, contents=contents, hosts=hosts)


def _subscription(number: int, seed: int) -> Subscription:
    id_ = f"{seed:08x}-0000-4000-8000-{number:012x}"
    return Subscription(id_, f"fleet-{number:04}", f"fleet-{number % FLEETS:02}")


def _contents(subscription: Subscription, dice: random.Random) -> Contents:
    contents = Contents()
    for number in range(GROUPS):
        _fill(
            Place(contents, subscription, f"rg-{number:02}").opened(tags={"owner": f"team{number}@acme-media.example"}),
            dice,
        )
    _agents(Place(contents, subscription, "rg-00"))
    return contents


def _fill(place: Place, dice: random.Random) -> None:
    """EACH resources: stores, machines with an identity of their own, functions with one that a user made."""
    own = f"{place.subscription.name}-{place.group}"
    stores = [_store(place, f"{own}-{number}", dice) for number in range(8)]
    shared = [managed_identity(place, f"id-{own}-{number}") for number in range(3)]
    for number in range(7):
        name = f"vm-{own}-{number}"
        place.add("Microsoft.Compute/virtualMachines", name, {"vmId": guid("vm", name)}, identity=system(name))
        place.grant(guid("service principal", name), dice.choice(list(ROLE_IDS)), on=dice.choice(stores))
    for number in range(6):
        given = assigned(dice.choice(shared))
        place.add(
            "Microsoft.Web/sites", f"func-{own}-{number}", {"state": "Running"}, kind="functionapp", identity=given
        )
    for identity in shared:
        principal = guid("service principal", identity.rpartition("/")[2])
        place.grant(principal, dice.choice(list(ROLE_IDS)), on=dice.choice(stores))
    place.add("Microsoft.KeyVault/vaults", f"kv-{own}", {"enableRbacAuthorization": True, "tenantId": TENANT})


def _store(place: Place, name: str, dice: random.Random) -> str:
    domain = dice.choice(["hr", "finance", "customer", "logs"])
    plain = name.replace("-", "")
    return place.add(
        "Microsoft.Storage/storageAccounts", f"st{plain}", {"allowSharedKeyAccess": True}, tags={"data-domain": domain}
    )


def _agents(place: Place) -> None:
    number = int(place.subscription.id.rpartition("-")[2], 16)
    made = account(place, f"ai-{number}")
    place.list(made, "deployments", [])
    place.list(made, "connections", [])
    only = project(place, made, "only")
    place.list(only, "connections", [])
    place.list(only, "agents", (prompt(f"agent-{number:03}", model="gpt-4o", tools=[]) for number in range(AGENTS)))
    place.list(only, "assistants", [])
