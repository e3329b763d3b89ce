"""Consent by single users to what opens more than themselves is a finding."""

from __future__ import annotations

from dataclasses import replace

import pytest

from findings.evaluators.risky_user_consent import risky_user_consent
from tests.findings.estate import Estate, may, resource, role

TOOL = role("Everybody's Tool", type="service principal", system="entra")
BY_SOME, BY_ADMIN = "delegated permission, consented by single users", "delegated permission, consented for every user"


def consent(scope: str, via: str = BY_SOME):
    return may(TOOL, resource(scope, type="delegated permission"), scope, via=via)


@pytest.mark.parametrize("scope", ["Mail.ReadWrite", "Files.Read.All", "mail.send", "Directory.AccessAsUser.All"])
def test_it_says_what_they_gave(scope: str):
    hit = risky_user_consent(TOOL, Estate().link(consent(scope), consent("User.Read")))
    assert hit is not None
    assert hit.because == f"Users themselves have consented that Everybody's Tool uses {scope} on their behalf."
    assert list(hit.facts) == [scope]


@pytest.mark.parametrize("scope", ["User.Read", "openid", "Files.Read", "Calendars.Read", "Mailbox"])
def test_what_opens_only_themselves_is_fine(scope: str):
    assert risky_user_consent(TOOL, Estate().link(consent(scope))) is None


def test_near_misses():
    assert risky_user_consent(TOOL, Estate().link(consent("Mail.Read", BY_ADMIN))) is None
    for other in (replace(TOOL, enabled=False), replace(TOOL, provider_managed=True)):
        assert risky_user_consent(other, Estate().link(consent("Mail.Read"))) is None
