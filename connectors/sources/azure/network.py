"""Through which network does a workload reach out, and what stands in its way to the internet?

Pure, but for what it was told: the networks of some subscriptions, as Resource Graph tells them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, ip_network
from typing import Any

from connectors.inventory.records import Grade
from connectors.sources.azure import ids

EVERYWHERE = ("*", "0.0.0.0/0", "internet", "any")
INSIDE = ("virtualnetwork", "azureloadbalancer", "azureplatformdns", "azureplatformimds", "azureplatformlkm")
OWN = [IPv4Network(each) for each in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")]
SECURITY_GROUP, ROUTE_TABLE = "microsoft.network/networksecuritygroups", "microsoft.network/routetables"
Row = Mapping[str, Any]
_ALL_PORTS = re.compile(r"\*|0-65535")


@dataclass(frozen=True, slots=True)
class WayOut:
    """What the metadata shows of the way to the internet. `grade` is None where there is none."""

    grade: Grade | None
    words: str


@dataclass(frozen=True, slots=True)
class _Subnet:
    group: str | None
    routes: str | None
    gateway: str | None


@dataclass(slots=True)
class Networks:
    """Addresses in small letters. A rule that ends or narrows the way out is told by its name."""

    groups: dict[str, WayOut | None] = field(default_factory=dict)  # security group → what it narrows, None: nothing
    routes: dict[str, WayOut | None] = field(default_factory=dict)
    subnets: dict[str, _Subnet] = field(default_factory=dict)
    environments: dict[str, str | None] = field(default_factory=dict)  # of container apps → subnet

    def take(self, row: Row) -> None:
        """A row of permissions.NETWORKS."""
        key, kind = ids.key(row["id"]), row["type"].lower()
        if kind == SECURITY_GROUP:
            self.groups[key] = by_rules(row["name"], row.get("rules") or ())
        elif kind == ROUTE_TABLE:
            self.routes[key] = by_routes(row["name"], row.get("routes") or ())
        for each in row.get("subnets") or ():
            said = each.get("properties") or {}
            parts = (_id(said, part) for part in ("networkSecurityGroup", "routeTable", "natGateway"))
            self.subnets[ids.key(each["id"])] = _Subnet(*parts)

    def way_out(self, subnet: str, *, group: str | None = None) -> WayOut:
        """From a subnet; `group` is the security group of the machine itself."""
        found = self.subnets.get(ids.key(subnet))
        name = "/".join(subnet.split("/")[-3::2])
        if found is None:
            return WayOut(Grade.UNKNOWN, f"It is in the network {name}, which was not read.")
        routed = self.routes.get(found.routes, _unread(found.routes)) if found.routes else None
        groups = [each for each in (found.group, group) if each]
        narrowing = [routed, *(self.groups.get(each, _unread(each)) for each in groups)]
        told = [each for each in narrowing if each is not None]
        if told:
            return min(told, key=lambda each: (each.grade is not None, each.grade is Grade.UNKNOWN))
        gateway = f", through the NAT gateway {ids.name(found.gateway)}" if found.gateway else ""
        return WayOut(Grade.GRANTED, f"Nothing in the network {name} keeps it from the internet{gateway}.")


def by_rules(name: str, rules: Iterable[Row]) -> WayOut | None:
    """What the outbound rules of a security group leave; None: everything, as Azure's own last rule does."""
    outbound = [each["properties"] | {"name": each["name"]} for each in rules]
    outbound = [each for each in outbound if each["direction"] == "Outbound"]
    some: list[str] = []
    for rule in sorted(outbound, key=lambda each: int(each["priority"])):
        outside = [each for each in _destinations(rule) if not _is_inside(each)]
        whole = any(each.lower() in EVERYWHERE for each in outside) and _is_any(rule)
        if rule["access"] == "Allow" and outside:
            if whole:
                return None
            some.append(rule["name"])
        elif rule["access"] == "Deny" and whole:
            if some:
                words = f"The security group {name} lets out only what its rules {', '.join(some)} allow."
                return WayOut(Grade.CONDITIONAL, words)
            return WayOut(None, f"denied by the rule {rule['name']} of the security group {name}")
    return None


def by_routes(name: str, routes: Iterable[Row]) -> WayOut | None:
    """Where a route table sends what is for the internet; None: straight there."""
    for each in routes:
        said = each["properties"]
        if said["addressPrefix"] != "0.0.0.0/0":
            continue
        match said["nextHopType"]:
            case "VirtualAppliance":
                at = said.get("nextHopIpAddress") or "an unknown address"
                words = f"All its traffic goes through the firewall at {at}, whose rules were not read."
                return WayOut(Grade.CONDITIONAL, words)
            case "VirtualNetworkGateway":
                return WayOut(Grade.CONDITIONAL, f"The route table {name} sends all its traffic to the own network.")
            case "None":
                return WayOut(None, f"dropped by the route table {name}")
    return None


def site(row: Row, networks: Networks) -> WayOut:
    """A function or web app's way out (a row of permissions.ACTING)."""
    subnet = row.get("subnet")
    if not subnet:
        return WayOut(Grade.GRANTED, "It isn't joined to a network, so nothing stands between it and the internet.")
    said = [row.get(each) for each in ("routesAll", "routeAll", "oldRouteAll")]
    if any(said):
        return networks.way_out(subnet)
    if all(each is None for each in said):
        return WayOut(Grade.UNKNOWN, "It is joined to a network; whether all its traffic goes there isn't told.")
    return WayOut(Grade.GRANTED, "It sends only private addresses' traffic through its network, the rest straight out.")


def interfaces(row: Row) -> Iterator[str]:
    """The addresses of a machine's network interfaces."""
    yield from (ids.key(each["id"]) for each in row.get("interfaces") or () if each.get("id"))


def interface(row: Row) -> dict[str, Any]:
    """What is kept of a row of permissions.INTERFACES."""
    said = [each.get("properties") or {} for each in row.get("addresses") or ()]
    subnets = [_id(each, "subnet") for each in said]
    return {
        "subnet": next((each for each in subnets if each), None),
        "group": ids.key(row["group"]) if row.get("group") else None,
        "public": any(each.get("publicIPAddress") for each in said),
    }


def _unread(address: str) -> WayOut:
    return WayOut(Grade.UNKNOWN, f"What {ids.name(address)} lets out was not read.")


def _destinations(rule: Row) -> list[str]:
    one = rule.get("destinationAddressPrefix")
    return [*([one] if one else []), *(rule.get("destinationAddressPrefixes") or ())]


def _is_any(rule: Row) -> bool:
    one = rule.get("destinationPortRange")
    ports = [*([one] if one else []), *(rule.get("destinationPortRanges") or ())]
    return rule.get("protocol") == "*" and any(_ALL_PORTS.fullmatch(each) for each in ports)


def _is_inside(destination: str) -> bool:
    if destination.lower() in INSIDE:
        return True
    try:
        network = ip_network(destination, strict=False)
    except ValueError:
        return False
    return isinstance(network, IPv4Network) and any(network.subnet_of(each) for each in OWN)


def _id(said: Row, part: str) -> str | None:
    found = (said.get(part) or {}).get("id")
    return ids.key(found) if found else None
