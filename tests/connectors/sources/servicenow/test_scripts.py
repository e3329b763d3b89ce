"""Is what a script sends data to found in its text, and what isn't known told as unknown?"""

from __future__ import annotations

import pytest

from connectors.sources.servicenow.scripts import Found, found_in


@pytest.mark.parametrize(
    "script",
    [
        "gs.info('hello');",
        "// var r = new sn_ws.RESTMessageV2('Old', 'get');",
        "/* r.setEndpoint('https://old.example.org') */",
        "var text = 'see https://example.org for more';",
        "",
    ],
)
def test_what_calls_nobody(script):
    assert found_in(script).calls_out is False


@pytest.mark.parametrize(
    ("script", "rest"),
    [
        ("new sn_ws.RESTMessageV2('Azure Graph', 'get')", ("Azure Graph",)),
        ('var r = new RESTMessageV2("Paste");', ("Paste",)),
        ("new sn_ws.RESTMessageV2('A','x'); new sn_ws.RESTMessageV2('A','y')", ("A",)),
    ],
)
def test_messages_are_named(script, rest):
    assert found_in(script) == Found(rest=rest, made=frozenset({"RESTMessageV2"}))


def test_soap_messages_are_named():
    assert found_in("var s = new SOAPMessageV2('Ledger', 'post')").soap == ("Ledger",)


@pytest.mark.parametrize(
    "script",
    [
        "r.setEndpoint('https://hooks.example.net/in')",
        'r.setEndpoint("https://hooks.example.net/in?key=" + key)',
        "r.setEndpoint(`https://hooks.example.net/${path}`)",
        "var url = 'https://hooks.example.net';\nr.setEndpoint(url + '/x')",
        "this.url = 'https://hooks.example.net'; r.setEndpoint(this.url)",
        "new GlideHTTPRequest('https://hooks.example.net/a')",
        "// note: '\nr.setEndpoint('https://hooks.example.net') // it's",
    ],
)
def test_an_address_in_the_text_is_a_host(script):
    found = found_in(script)
    assert (found.hosts, found.unknown) == (("hooks.example.net",), False)


@pytest.mark.parametrize(
    "script",
    [
        "r.setEndpoint(gs.getProperty('acme.target'))",
        "r.setEndpoint('https://' + host + '/x')",
        "r.setEndpoint(`https://${host}/x`)",
        "r.setEndpoint(endpointFor(current))",
        "var r = new sn_ws.RESTMessageV2(name, 'get'); r.execute();",
    ],
)
def test_an_address_that_is_worked_out_is_unknown_never_none(script):
    found = found_in(script)
    assert (found.hosts, found.unknown, found.calls_out) == ((), True, True)


def test_tables_that_are_read_are_named():
    script = "var g = new GlideRecord('sn_hr_core_case'); var s = new GlideRecordSecure(\"incident\");"
    assert found_in(script).tables == ("sn_hr_core_case", "incident")


def test_classes_that_are_used_are_named():
    script = "var h = new global.AcmeHttp(); var B = Object.extendsObject(AcmeBase, {});"
    assert found_in(script).made == {"AcmeHttp", "AcmeBase"}


def test_a_password_in_the_text_is_noticed_and_not_kept():
    found = found_in("r.setBasicAuth('user', 'CANARY-password')")
    assert found.password
    assert "CANARY" not in repr(found)
    assert not found_in("r.setBasicAuth(user, password)").password


def test_aliases_and_profiles_are_named():
    profile = "0123456789abcdef0123456789abcdef"
    script = "new sn_cc.ConnectionInfoProvider().getConnectionInfo('x_acme.Jira');"
    script += f"r.setAuthenticationProfile('oauth2', '{profile}')"
    found = found_in(script)
    assert (found.aliases, found.profiles, found.calls_out) == (("x_acme.Jira",), (profile,), True)
