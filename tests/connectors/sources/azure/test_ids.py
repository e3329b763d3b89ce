"""What does a resource id say of where something stands?"""

from connectors.sources.azure import ids

DATABASE = "/subscriptions/1/resourcegroups/fin/providers/microsoft.sql/servers/ledger/databases/main"
CHILD = "/subscriptions/1/resourcegroups/fin/providers/microsoft.sql/servers/ledger/providers/x.y/z/w"


def test_what_contains_a_resource_the_nearest_first():
    server = DATABASE.rsplit("/databases", 1)[0]
    group, subscription = "/subscriptions/1/resourcegroups/fin", "/subscriptions/1"
    assert list(ids.above(DATABASE)) == [server, group, subscription]
    assert list(ids.above(CHILD)) == [server, group, subscription]
    assert list(ids.above(group)) == [subscription]


def test_the_type_and_the_place():
    assert ids.type_of(DATABASE) == "microsoft.sql/servers/databases"
    assert ids.group(DATABASE) == "/subscriptions/1/resourcegroups/fin"
    assert ids.subscription(DATABASE.upper()) == "1"
    assert ids.subscription("/providers/microsoft.management/managementgroups/corp") is None


def test_a_name_that_begins_alike_is_not_within():
    assert ids.within("/subscriptions/1/resourcegroups/fin", "/subscriptions/1")
    assert not ids.within("/subscriptions/12", "/subscriptions/1")
    assert ids.within("/subscriptions/12", "/")


def test_a_management_group_is_no_resource():
    assert not ids.is_resource("/providers/microsoft.management/managementgroups/corp")
    assert not ids.is_resource("/subscriptions/1/resourcegroups/fin")
    assert ids.is_resource(DATABASE)
