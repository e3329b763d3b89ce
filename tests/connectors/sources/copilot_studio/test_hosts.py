"""Which host does an address lead to, written as it is or as a formula?"""

from __future__ import annotations

import pytest

from connectors.sources.copilot_studio.hosts import host_of


@pytest.mark.parametrize(
    ("said", "host"),
    [
        ("https://hooks.example.net/in?sig=1", "hooks.example.net"),
        ("  http://Api.Example.NET:8443 ", "api.example.net"),
        ('="https://api.example.net/a"', "api.example.net"),
        ('="https://api.example.net"', "api.example.net"),
        ('=Concatenate("https://api.example.net/a/", Topic.id)', "api.example.net"),
        ('=concatenate( "https://api.example.net?q=" , Topic.id )', "api.example.net"),
        ('="https://api.example.net/" & Topic.id', "api.example.net"),
        ("https://api.example.net/@{triggerBody()?['id']}", "api.example.net"),
    ],
)
def test_the_host_is_told_where_it_is_certain(said: str, host: str):
    assert host_of(said) == host


@pytest.mark.parametrize(
    "said",
    [
        None,
        7,
        "",
        "set-OpenAI-Endpoint",
        "=Env.cr_host",
        '=Concatenate(Env.cr_host, "/x")',
        '=Concatenate("https://", Topic.host, "/x")',
        '=Concatenate("https://api.example", Topic.rest)',
        '="https://api.example.net" & Topic.rest',
        '=If(Topic.a, "https://a.example/", "https://b.example/")',
        "@parameters('host')",
        "https://@{parameters('host')}/x",
        "https://{Env.host}/x",
        "https://alice@mallory.example/x",
        "https://[::1",
        "ftp://files.example.net/x",
    ],
)
def test_what_only_the_run_knows_is_unknown(said: object):
    assert host_of(said) is None
