"""A system is where the public cloud has it, where the environment says, or at an address under an allowed name."""

from __future__ import annotations

import pytest

from connectors.http import Untrusted, endpoint, placed


def test_the_environment_decides_before_the_public_cloud(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("SV0_ENDPOINT_GRAPH", raising=False)
    assert endpoint("graph") == "https://graph.microsoft.com"
    monkeypatch.setenv("SV0_ENDPOINT_GRAPH", "https://graph.microsoft.us/")
    assert endpoint("graph") == "https://graph.microsoft.us"


@pytest.mark.parametrize(
    "address",
    [
        "http://org1.crm.dynamics.com",
        "https://org1.crm.dynamics.com.evil.example",
        "https://evildynamics.com",
        "https://alice@org1.crm.dynamics.com",
        "https://org1.crm.dynamics.com:8443",
        "org1.crm.dynamics.com",
        "",
    ],
)
def test_an_address_elsewhere_is_not_trusted(address: str):
    with pytest.raises(Untrusted):
        placed("dataverse", address, under=(".dynamics.com",))


def test_an_address_under_an_allowed_name_is(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("SV0_ENDPOINT_DATAVERSE", raising=False)
    org = "https://Org1.crm.dynamics.com/"
    assert placed("dataverse", org, under=(".dynamics.com",)) == "https://Org1.crm.dynamics.com"
    monkeypatch.setenv("SV0_ENDPOINT_DATAVERSE", "https://127.0.0.1:8443/dataverse/")
    assert (
        placed("dataverse", org, under=(".dynamics.com",)) == "https://127.0.0.1:8443/dataverse/org1.crm.dynamics.com"
    )
