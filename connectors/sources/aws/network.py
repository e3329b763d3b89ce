"""Can what runs in a subnet, behind its security groups, send something out to the internet?

Pure. A way out takes a route from the subnet, and a security group that lets it out. What lies behind a transit
gateway, a peering or an appliance isn't read, so such a way is doubtful; what no rule leads out of is private.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Any

from connectors.inventory.records import Grade

Row = Mapping[str, Any]
SUREST = (Grade.GRANTED, Grade.CONDITIONAL, Grade.UNKNOWN)
EVERYWHERE = {"0.0.0.0/0", "::/0"}
NEEDS_ADDRESS = "internet gateway"
ONWARD = ("TransitGatewayId", "VpcPeeringConnectionId", "CoreNetworkArn", "LocalGatewayId", "CarrierGatewayId")


@dataclass(frozen=True, slots=True)
class Way:
    """A way out of a subnet or through a security group, and what shows it, in words."""

    grade: Grade
    words: str
    needs_address: bool = False  # only with a public address of one's own


@dataclass(slots=True)
class Network:
    """The ways out in one region. A subnet or group that is missing here wasn't told; one without a way is shut."""

    routes: dict[str, tuple[Way, ...]] = field(default_factory=dict)  # by subnet
    groups: dict[str, Way | None] = field(default_factory=dict)  # by security group
    read: bool = False

    def out(self, *, subnets: Sequence[str], groups: Sequence[str] | None, public: bool | None) -> Way | None:
        """The surest way to the internet; None when there certainly is none.

        `groups` is None where they aren't known. `public`: whether it has a public address; None when nobody tells.
        """
        if not self.read:
            return Way(Grade.UNKNOWN, "The network it is attached to was not read.")
        through = self._through(groups)
        routed = [each for subnet in subnets for each in self._routed(subnet, public=public)]
        if through is None or not routed:
            return None
        best = min(routed, key=lambda way: SUREST.index(way.grade))
        grade = max(best.grade, through.grade, key=SUREST.index)
        return Way(grade, f"{best.words}, and {through.words}.")

    def _routed(self, subnet: str, *, public: bool | None) -> Iterable[Way]:
        for way in self.routes.get(subnet, (Way(Grade.UNKNOWN, f"The routes of {subnet} are not told"),)):
            if not way.needs_address or public:
                yield way
            elif public is None:
                yield Way(Grade.CONDITIONAL, f"{way.words} for whoever has a public address")

    def _through(self, groups: Sequence[str] | None) -> Way | None:
        if groups is None:
            return Way(Grade.CONDITIONAL, "its security groups are not told")
        unread = Way(Grade.UNKNOWN, "its security groups were not told")
        found = [way for group in groups if (way := self.groups.get(group, unread)) is not None]
        return min(found, key=lambda way: SUREST.index(way.grade), default=None)


def routes(subnet: Row, tables: Iterable[Row], nats: Mapping[str, Row], acls: Mapping[str, Row]) -> tuple[Way, ...]:
    """The ways out of a subnet: of its own route table, else of its VPC's main one. Rows as EC2 describes them."""
    table = _table(subnet, tables)
    if table is None:
        return (Way(Grade.UNKNOWN, f"The routes of {subnet['SubnetId']} are not told"),)
    ways = [way for route in table["Routes"] if _leads_out(route) and (way := _by(route, subnet["SubnetId"], nats))]
    acl = acls.get(subnet["SubnetId"])
    return tuple(ways if acl is None or _lets_all_out(acl) else (_doubted(way, acl) for way in ways))


def _table(subnet: Row, tables: Iterable[Row]) -> Row | None:
    main = None
    for table in tables:
        for each in table.get("Associations", ()):
            if each.get("SubnetId") == subnet["SubnetId"]:
                return table
            if each.get("Main") and table["VpcId"] == subnet["VpcId"]:
                main = table
    return main


def _leads_out(route: Row) -> bool:
    cidr = route.get("DestinationCidrBlock") or route.get("DestinationIpv6CidrBlock")
    return bool(cidr) and route.get("State") != "blackhole" and not _is_inside(str(cidr))


def _is_inside(cidr: str) -> bool:
    return ip_network(cidr, strict=False).is_private


def _by(route: Row, subnet: str, nats: Mapping[str, Row]) -> Way | None:
    gateway = str(route.get("GatewayId") or "")
    if gateway.startswith("igw-"):
        return Way(Grade.GRANTED, f"{subnet} routes to the internet gateway {gateway}", needs_address=True)
    if route.get("EgressOnlyInternetGatewayId"):
        return Way(Grade.GRANTED, f"{subnet} routes IPv6 to {route['EgressOnlyInternetGatewayId']}")
    if route.get("NatGatewayId"):
        nat = nats.get(route["NatGatewayId"], {})
        public = nat.get("ConnectivityType", "public") == "public" and nat.get("State", "available") == "available"
        words = f"{subnet} routes to the NAT gateway {route['NatGatewayId']}"
        return Way(Grade.GRANTED, words) if public else Way(Grade.UNKNOWN, f"{words}, which is private")
    for kind in ONWARD:
        if route.get(kind):
            return Way(Grade.UNKNOWN, f"{subnet} routes to {route[kind]}, behind which sv0 doesn't see")
    through = route.get("NetworkInterfaceId") or route.get("InstanceId") or gateway
    if through == "local":
        return None
    return Way(Grade.CONDITIONAL, f"{subnet} routes through {through or 'an appliance'}, which may filter")


def _lets_all_out(acl: Row) -> bool:
    """Whether the first rule that counts lets everything out."""
    rules = sorted((each for each in acl["Entries"] if each["Egress"]), key=lambda each: each["RuleNumber"])
    first = rules[0] if rules else {}
    everything = first.get("CidrBlock") in EVERYWHERE and first.get("Protocol") == "-1"
    return bool(everything and first.get("RuleAction") == "allow")


def _doubted(way: Way, acl: Row) -> Way:
    grade = max(way.grade, Grade.CONDITIONAL, key=SUREST.index)
    return Way(grade, f"{way.words} as far as the network ACL {acl['NetworkAclId']} lets it", way.needs_address)


def opening(group: Row) -> Way | None:
    """What a security group lets out to the internet; None for nothing."""
    name = group["GroupId"]
    rules = group.get("IpPermissionsEgress", ())
    ranges = [each["CidrIp"] for rule in rules for each in rule.get("IpRanges", ())]
    ranges += [each["CidrIpv6"] for rule in rules for each in rule.get("Ipv6Ranges", ())]
    outside = sorted({each for each in ranges if not _is_inside(each)})
    if EVERYWHERE & {*outside}:
        return Way(Grade.GRANTED, f"the security group {name} lets it out to everywhere")
    lists = sorted({each["PrefixListId"] for rule in rules for each in rule.get("PrefixListIds", ())})
    if outside or lists:
        return Way(Grade.CONDITIONAL, f"the security group {name} lets it out to {', '.join([*outside, *lists])} only")
    return None
