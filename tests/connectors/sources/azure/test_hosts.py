"""Which hosts do addresses and a data factory's settings name, and what is passed over?"""

import pytest

from connectors.sources.azure.edges import host_of
from connectors.sources.azure.factories import hosts


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("https://Api.Example.com/x?key=1", "api.example.com"),
        ("api.example.com", "api.example.com"),
        ("tcp:ledger.database.windows.net,1433", "ledger.database.windows.net"),
        ("https://user:pass@api.example.com:8443/", "api.example.com"),
        ("@{variables('x')}", None),
        ("https://@{variables('x')}/y", None),
        ("@parameters('x')", None),
        ("https://[::1", None),
        ("localhost", None),
        ("", None),
        (None, None),
        ({"type": "SecureString"}, None),
    ],
)
def test_a_host_is_read_where_it_is_written(said, expected):
    assert host_of(said) == expected


def test_a_linked_services_hosts_without_its_secrets():
    said = {
        "url": "https://files.example.com/CANARY",
        "connectionString": "Server=tcp:ledger.database.windows.net,1433;Password=CANARY.example.com;User=CANARY",
        "password": {"type": "SecureString", "value": "**********"},
        "servicePrincipalKey": "canary.example.com",
        "accountEndpoint": "https://crm.documents.azure.com:443/",
        "url2": "https://passed.over.example.com",
    }
    assert list(hosts(said)) == ["files.example.com", "ledger.database.windows.net", "crm.documents.azure.com"]
    assert list(hosts({"connectionString": {"type": "SecureString", "value": "Server=canary.example.com"}})) == []
    assert list(hosts({"connectionString": "DefaultEndpointsProtocol=https;AccountName=x;AccountKey=CANARY"})) == []
