"""Which ways lead out of a region's networks? Read once, before what runs in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.inventory.records import Record
from connectors.sources.aws.network import Network, opening, routes
from connectors.sources.aws.place import Place

Row = Mapping[str, Any]


def networks(place: Place) -> Iterator[Record]:
    """Fills in what is known of the region's networks; yields nothing, because ways are told on what takes them."""
    tables = list(_described(place, "DescribeRouteTables", "RouteTables"))
    nats = {row["NatGatewayId"]: row for row in _described(place, "DescribeNatGateways", "NatGateways")}
    acls = {
        each["SubnetId"]: row
        for row in _described(place, "DescribeNetworkAcls", "NetworkAcls")
        for each in row["Associations"]
    }
    found = Network(read=True)
    for row in _described(place, "DescribeSubnets", "Subnets"):
        found.routes[row["SubnetId"]] = routes(row, tables, nats, acls)
    for row in _described(place, "DescribeSecurityGroups", "SecurityGroups"):
        found.groups[row["GroupId"]] = opening(row)
    place.known.networks[place.region] = found
    yield from ()


def _described(place: Place, operation: str, member: str) -> Iterator[Row]:
    for page in place.pages("ec2", operation, by="NextToken", MaxResults=1000):
        yield from page[member]
