"""What stands between a workload and the internet?"""

from connectors.inventory.records import Grade
from connectors.sources.azure.network import Networks, WayOut, interface, site
from connectors.sources.azure.network import by_routes as routed
from connectors.sources.azure.network import by_rules as ruled

VNET = "/subscriptions/1/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/hub"
SUBNET = f"{VNET}/subnets/apps"
GROUP = "/subscriptions/1/resourceGroups/net/providers/Microsoft.Network/networkSecurityGroups/closed"
TABLE = "/subscriptions/1/resourceGroups/net/providers/Microsoft.Network/routeTables/forced"
GATEWAY = "/subscriptions/1/resourceGroups/net/providers/Microsoft.Network/natGateways/out"


def by_rules(rules) -> WayOut:
    """What narrows the way out."""
    found = ruled("g", rules)
    assert found is not None
    return found


def by_routes(routes) -> WayOut:
    found = routed("t", routes)
    assert found is not None
    return found


def rule(name, access, priority, to="Internet", ports="*", protocol="*", direction="Outbound"):
    said = {"direction": direction, "access": access, "priority": priority, "protocol": protocol}
    return {"name": name, "properties": said | {"destinationAddressPrefix": to, "destinationPortRange": ports}}


def route(kind, prefix="0.0.0.0/0"):
    return {"properties": {"addressPrefix": prefix, "nextHopType": kind, "nextHopIpAddress": "10.0.0.4"}}


def networks(*, rules=(), routes=(), parts=()):
    found = Networks()
    tied = {
        "networkSecurityGroup": {"id": GROUP},
        "routeTable": {"id": TABLE},
        "natGateway": {"id": GATEWAY},
    }
    subnet = {"id": SUBNET, "properties": {name: tied[name] for name in parts}}
    found.take({"id": VNET, "name": "hub", "type": "Microsoft.Network/virtualNetworks", "subnets": [subnet]})
    found.take({"id": GROUP, "name": "closed", "type": "microsoft.network/networksecuritygroups", "rules": list(rules)})
    found.take({"id": TABLE, "name": "forced", "type": "microsoft.network/routetables", "routes": list(routes)})
    return found


def test_without_rules_of_its_own_a_security_group_lets_everything_out():
    assert ruled("g", []) is None
    assert ruled("g", [rule("in", "Deny", 100, direction="Inbound")]) is None


def test_the_first_rule_that_is_about_the_internet_decides():
    deny, allow = rule("deny", "Deny", 200, to="*"), rule("allow", "Allow", 100)
    assert by_rules([deny]).grade is None
    assert ruled("g", [deny, allow]) is None
    inside = rule("inside", "Allow", 100, to="VirtualNetwork")
    private = rule("private", "Allow", 110, to="10.1.0.0/16")
    assert by_rules([deny, inside, private]).grade is None


def test_exceptions_from_a_denial_narrow_the_way_out():
    found = by_rules([rule("deny", "Deny", 200), rule("web", "Allow", 100, ports="443", protocol="Tcp")])
    assert found.grade is Grade.CONDITIONAL
    assert "web" in found.words
    assert ruled("g", [rule("some", "Deny", 100, ports="25")]) is None


def test_a_route_for_everything_decides_where_it_goes():
    assert by_routes([route("VirtualAppliance")]).grade is Grade.CONDITIONAL
    assert by_routes([route("VirtualNetworkGateway")]).grade is Grade.CONDITIONAL
    assert by_routes([route("None")]).grade is None
    assert routed("t", [route("Internet"), route("VirtualAppliance", prefix="10.0.0.0/8")]) is None


def test_an_app_that_is_in_no_network_goes_straight_out():
    assert site({}, Networks()).grade is Grade.GRANTED


def test_an_app_whose_traffic_goes_through_a_network_is_judged_by_it():
    app = {"subnet": SUBNET, "routeAll": True}
    assert site(app, networks()).grade is Grade.GRANTED
    assert "NAT gateway out" in site(app, networks(parts=["natGateway"])).words
    forced = networks(routes=[route("VirtualAppliance")], parts=["routeTable"])
    assert site(app, forced).grade is Grade.CONDITIONAL
    closed = networks(rules=[rule("deny", "Deny", 100)], parts=["networkSecurityGroup"])
    assert site(app, closed).grade is None
    assert site({"subnet": SUBNET, "routesAll": False}, closed).grade is Grade.GRANTED


def test_what_was_not_read_is_unknown_rather_than_open():
    assert site({"subnet": SUBNET, "routeAll": True}, Networks()).grade is Grade.UNKNOWN
    assert site({"subnet": SUBNET}, networks()).grade is Grade.UNKNOWN
    unread = networks(parts=["networkSecurityGroup"])
    unread.groups.clear()
    assert site({"subnet": SUBNET, "routeAll": True}, unread).grade is Grade.UNKNOWN


def test_the_group_of_a_machines_own_interface_counts_as_well():
    found = networks(rules=[rule("deny", "Deny", 100)])
    said = interface({"addresses": [{"properties": {"subnet": {"id": SUBNET}}}], "group": GROUP})
    assert said == {"subnet": SUBNET.lower(), "group": GROUP.lower(), "public": False}
    assert found.way_out(said["subnet"], group=said["group"]).grade is None
    assert found.way_out(said["subnet"]).grade is Grade.GRANTED
