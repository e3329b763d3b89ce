"""What runs, and as which managed identities? One kind of record for whatever has an identity of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from connectors.inventory.records import Grade, Record, Workload
from connectors.sources.azure import automation, edges, factories, ids, logic_apps, network, sites
from connectors.sources.azure.arm import Row
from connectors.sources.azure.network import WayOut
from connectors.sources.azure.permissions import WORKLOADS
from connectors.sources.azure.place import Place, first
from connectors.sources.azure.shelf import Member

Details = Callable[[Place, Workload, Row], Iterator[Record]]
TYPES: dict[str, tuple[str, str]] = {  # resource type → what people call it, and its role
    "microsoft.web/sites": ("App Service app", "service"),
    "microsoft.web/sites/slots": ("App Service slot", "service"),
    "microsoft.logic/workflows": ("Logic App", "automation"),
    "microsoft.automation/automationaccounts": ("Automation account", "automation"),
    "microsoft.compute/virtualmachines": ("Virtual machine", "service"),
    "microsoft.compute/virtualmachinescalesets": ("Virtual machine scale set", "service"),
    "microsoft.app/containerapps": ("Container app", "service"),
    "microsoft.app/jobs": ("Container job", "automation"),
    "microsoft.containerinstance/containergroups": ("Container group", "service"),
    "microsoft.containerservice/managedclusters": ("AKS cluster", "service"),
    "microsoft.datafactory/factories": ("Data factory", "pipeline"),
    "microsoft.synapse/workspaces": ("Synapse workspace", "pipeline"),
    "microsoft.eventgrid/topics": ("Event Grid topic", "automation"),
    "microsoft.eventgrid/systemtopics": ("Event Grid topic", "automation"),
    "microsoft.botservice/botservices": ("Bot", "agent"),
    "microsoft.batch/batchaccounts": ("Batch account", "automation"),
    "microsoft.apimanagement/service": ("API Management service", "service"),
    "microsoft.databricks/accessconnectors": ("Databricks access connector", "pipeline"),
}
# Of these only the identity is told here: the Foundry source tells the rest.
OF_FOUNDRY = ("microsoft.cognitiveservices/", "microsoft.machinelearningservices/")
OFF = {"stopped", "disabled", "suspended", "powerstate/deallocated", "powerstate/stopped"}
ON = {"running", "enabled", "ok", "powerstate/running"}


def workload(place: Place, row: Row) -> Iterator[Record]:
    """A row of permissions.ACTING."""
    kind = row["type"].lower()
    if kind.startswith(OF_FOUNDRY):
        return
    if row.get("issuer"):
        place.issuers[row["issuer"].rstrip("/").lower()] = row["name"]
    title, role = _titled(kind, str(row.get("kind") or "").lower())
    found = Workload(
        id=ids.key(row["id"]),
        provider_id=ids.key(row["id"]),
        name=row["name"],
        type=title,
        role=role,
        enabled=_enabled(row),
        created_at=first(row, "created", "creation", "vmCreated"),
        modified_at=first(row, "changed", "modified", "lastModified"),
        facts=tuple(_facts(row)),
        **place.of(WORKLOADS, row),
    )
    member = Member(found.id, "workload", found.name, kind, frozenset())
    place.reading.shelf.keep_member(place.subscription.id, member)
    yield from DETAILS.get(kind, _plain)(place, found, row)
    yield from _edges(place, found, row)


def _titled(kind: str, details: str) -> tuple[str, str]:
    if kind in ("microsoft.web/sites", "microsoft.web/sites/slots"):
        if "workflowapp" in details:
            return "Logic App (Standard)", "automation"
        if "functionapp" in details:
            return "Function app", "function"
    return TYPES.get(kind, (kind.removeprefix("microsoft."), "service"))


def _enabled(row: Row) -> bool | None:
    said = str(row.get("powerState") or row.get("state") or "").lower()
    return True if said in ON else False if said in OFF else None


def _facts(row: Row) -> Iterator[tuple[str, str]]:
    if row.get("hostName"):
        yield "Address", row["hostName"]
    if row.get("ingress") is not None:
        yield "Reachable from outside", "yes" if row["ingress"] else "no"
    if row.get("trigger"):
        yield "Started", str(row["trigger"]).lower()
    access = row.get("publicNetworkAccess")  # a word, of Automation accounts a truth value
    if access is not None and access != "":
        yield "Public network access", {True: "enabled", False: "disabled"}.get(access, str(access).lower())


def _plain(place: Place, found: Workload, row: Row) -> Iterator[Record]:
    yield found


def _edges(place: Place, found: Workload, row: Row) -> Iterator[Record]:
    source, scope = edges.ref(found), place.scopes[WORKLOADS].key
    yield from edges.runs_as(source, row, scope)
    if row.get("kubelet"):
        block: Row = {"identity": {"userAssignedIdentities": {row["kubelet"]: {}}}}
        yield from edges.runs_as(source, block, scope, whose=" of its nodes")
    way = _way_out(place, row)
    if way is not None:
        yield from edges.reaches_out(source, way, scope)
    yield from place.owners(source, row, WORKLOADS)


def _way_out(place: Place, row: Row) -> WayOut | None:
    """The way to the internet; None where the metadata tells nothing of it."""
    match row["type"].lower():
        case "microsoft.web/sites" | "microsoft.web/sites/slots":
            return network.site(row, place.networks)
        case "microsoft.compute/virtualmachines":
            return _machine(place, row)
        case "microsoft.app/containerapps" | "microsoft.app/jobs":
            return _container(place, str(row.get("environment") or row.get("jobEnvironment") or ""))
    return None


def _machine(place: Place, row: Row) -> WayOut | None:
    """By way of any of its interfaces, the widest."""
    said = [found for each in network.interfaces(row) if (found := place.reading.shelf.interface(each))]
    ways = [place.networks.way_out(each["subnet"], group=each["group"]) for each in said if each["subnet"]]
    return min(ways, key=lambda way: (way.grade is None, way.grade is not Grade.GRANTED), default=None)


def _container(place: Place, environment: str) -> WayOut | None:
    key = ids.key(environment)
    if key not in place.networks.environments:
        return None
    subnet = place.networks.environments[key]
    if subnet is None:
        words = "Its environment isn't joined to a network, so nothing stands between it and the internet."
        return WayOut(Grade.GRANTED, words)
    return place.networks.way_out(subnet)


DETAILS: dict[str, Details] = {
    "microsoft.web/sites": sites.site,
    "microsoft.logic/workflows": logic_apps.logic_app,
    "microsoft.automation/automationaccounts": automation.account,
    "microsoft.datafactory/factories": factories.factory,
}
