"""Does a network let something out to the internet, and is what isn't known never taken for open or shut?"""

from __future__ import annotations

from typing import Any

import pytest

from connectors.inventory.records import Grade
from connectors.sources.aws.network import Network, Way, opening, routes

SUBNET = {"SubnetId": "subnet-1", "VpcId": "vpc-1"}
NATS = {
    "nat-public": {"ConnectivityType": "public", "State": "available"},
    "nat-private": {"ConnectivityType": "private", "State": "available"},
}
LOCAL = {"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "State": "active"}


def route(**fields: Any) -> dict[str, Any]:
    return {"DestinationCidrBlock": "0.0.0.0/0", "State": "active", **fields}


def table(*rows: dict[str, Any], main: bool = True, subnet: str | None = None) -> dict[str, Any]:
    association = {"SubnetId": subnet} if subnet else {"Main": main}
    return {"VpcId": "vpc-1", "Associations": [association], "Routes": [LOCAL, *rows]}


def ways(*rows: dict[str, Any], acls: dict[str, Any] | None = None) -> list[tuple[Grade, str]]:
    return [(way.grade, way.words) for way in routes(SUBNET, [table(*rows)], NATS, acls or {})]


def group(*cidrs: str, **more: Any) -> dict[str, Any]:
    return {"GroupId": "sg-1", "IpPermissionsEgress": [{"IpRanges": [{"CidrIp": each} for each in cidrs], **more}]}


@pytest.mark.parametrize(
    ("default", "grade", "words"),
    [
        ({"GatewayId": "igw-1"}, Grade.GRANTED, "subnet-1 routes to the internet gateway igw-1"),
        ({"NatGatewayId": "nat-public"}, Grade.GRANTED, "subnet-1 routes to the NAT gateway nat-public"),
        (
            {"NatGatewayId": "nat-private"},
            Grade.UNKNOWN,
            "subnet-1 routes to the NAT gateway nat-private, which is private",
        ),
        (
            {"TransitGatewayId": "tgw-1"},
            Grade.UNKNOWN,
            "subnet-1 routes to tgw-1, behind which sv0 doesn't see",
        ),
        ({"NetworkInterfaceId": "eni-1"}, Grade.CONDITIONAL, "subnet-1 routes through eni-1, which may filter"),
        ({"GatewayId": "vpce-1"}, Grade.CONDITIONAL, "subnet-1 routes through vpce-1, which may filter"),
    ],
)
def test_where_the_default_route_leads_to(default: dict[str, str], grade: Grade, words: str):
    assert ways(route(**default)) == [(grade, words)]


def test_an_ipv6_route_out_is_one_too():
    six = {"DestinationIpv6CidrBlock": "::/0", "EgressOnlyInternetGatewayId": "eigw-1", "State": "active"}
    assert ways(six) == [(Grade.GRANTED, "subnet-1 routes IPv6 to eigw-1")]


@pytest.mark.parametrize(
    "row",
    [
        route(NatGatewayId="nat-public", State="blackhole"),
        {"DestinationCidrBlock": "10.9.0.0/16", "VpcPeeringConnectionId": "pcx-1", "State": "active"},
        {"DestinationPrefixListId": "pl-s3", "GatewayId": "vpce-s3", "State": "active"},
    ],
    ids=["blackhole", "to another network of ours", "to S3 by its endpoint"],
)
def test_other_routes_lead_nowhere_outside(row: dict[str, Any]):
    assert ways(row) == []


def test_a_subnet_s_own_route_table_goes_before_the_main_one():
    tables = [table(route(GatewayId="igw-1")), table(subnet="subnet-1")]
    assert routes(SUBNET, tables, NATS, {}) == ()
    other = {**table(route(GatewayId="igw-1")), "VpcId": "vpc-2"}
    ((grade, _),) = [(way.grade, way.words) for way in routes(SUBNET, [other], NATS, {})]
    assert grade is Grade.UNKNOWN  # a shared subnet: its owner's route tables aren't told


@pytest.mark.parametrize(
    ("entries", "grade"),
    [
        ([("allow", 100)], Grade.GRANTED),
        ([("deny", 90), ("allow", 100)], Grade.CONDITIONAL),
        ([("deny", 32767)], Grade.CONDITIONAL),
    ],
)
def test_a_network_acl_that_may_forbid_it_casts_doubt(entries: list[tuple[str, int]], grade: Grade):
    rows = [
        {"Egress": True, "RuleNumber": number, "RuleAction": action, "Protocol": "-1", "CidrBlock": "0.0.0.0/0"}
        for action, number in entries
    ]
    acl = {"NetworkAclId": "acl-1", "Entries": [*rows, {**rows[0], "Egress": False, "RuleNumber": 1}]}
    assert [found for found, _ in ways(route(GatewayId="igw-1"), acls={"subnet-1": acl})] == [grade]


@pytest.mark.parametrize(
    ("rules", "grade"),
    [
        (group("0.0.0.0/0"), Grade.GRANTED),
        (group("10.0.0.0/8", Ipv6Ranges=[{"CidrIpv6": "::/0"}]), Grade.GRANTED),
        (group("203.0.112.0/22"), Grade.CONDITIONAL),
        (group("10.0.0.0/8", PrefixListIds=[{"PrefixListId": "pl-1"}]), Grade.CONDITIONAL),
        (group("10.0.0.0/8"), None),
        ({"GroupId": "sg-1", "IpPermissionsEgress": []}, None),
    ],
)
def test_what_a_security_group_lets_out(rules: dict[str, Any], grade: Grade | None):
    found = opening(rules)
    assert (found.grade if found else None) == grade


# ── Together ────────────────────────────────────────────────────────────────────────────────────────────────────────

NAT, GATEWAY = Way(Grade.GRANTED, "subnet-n routes to nat"), Way(Grade.GRANTED, "subnet-g routes to igw", True)
NETWORK = Network(
    routes={"subnet-n": (NAT,), "subnet-g": (GATEWAY,), "subnet-0": ()},
    groups={"sg-open": Way(Grade.GRANTED, "sg-open lets it out"), "sg-shut": None},
    read=True,
)


@pytest.mark.parametrize(
    ("subnets", "groups", "public", "grade"),
    [
        (["subnet-n"], ["sg-open"], False, Grade.GRANTED),
        (["subnet-0", "subnet-n"], ["sg-shut", "sg-open"], False, Grade.GRANTED),
        (["subnet-n"], ["sg-shut"], False, None),
        (["subnet-0"], ["sg-open"], True, None),
        (["subnet-g"], ["sg-open"], True, Grade.GRANTED),
        (["subnet-g"], ["sg-open"], False, None),
        (["subnet-g"], ["sg-open"], None, Grade.CONDITIONAL),
        (["subnet-n"], None, False, Grade.CONDITIONAL),
        (["subnet-of-others"], ["sg-open"], False, Grade.UNKNOWN),
        (["subnet-n"], ["sg-of-others"], False, Grade.UNKNOWN),
    ],
)
def test_a_way_out_takes_a_route_and_a_group(subnets, groups, public, grade):
    way = NETWORK.out(subnets=subnets, groups=groups, public=public)
    assert (way.grade if way else None) == grade


def test_a_network_that_was_not_read_is_neither_open_nor_shut():
    way = Network().out(subnets=["subnet-n"], groups=["sg-open"], public=False)
    assert way == Way(Grade.UNKNOWN, "The network it is attached to was not read.")
