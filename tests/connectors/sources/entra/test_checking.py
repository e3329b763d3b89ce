"""Does "Test connection" name what is missing, and what is too much?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from connectors.http import SignInFailed
from connectors.source import Check, ErrorKind, SourceError
from connectors.sources.entra import checking, source
from connectors.sources.entra.permissions import CALLS, GRANTS
from tests.connectors.sources.entra.conftest import SignedIn, at
from tests.connectors.sources.entra.directory import DENIED, Directory, Reply

NAMES = [grant.name for grant in GRANTS]


class Granted(SignedIn):
    """Signed in, with these roles in the token."""

    client_id = "22222222-1111-1111-1111-111111111111"
    held: frozenset[str] = frozenset(NAMES)

    def roles(self, audience: str) -> frozenset[str]:
        return self.held


@pytest.fixture(autouse=True)
def signed_in(graph: Directory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "Microsoft", Granted)


def checks() -> dict[str, Check]:
    return {check.label: check for check in source.check(settings={})}


def holding(monkeypatch: pytest.MonkeyPatch, *roles: str) -> None:
    monkeypatch.setattr(Granted, "held", frozenset(roles))


def test_a_connection_where_everything_is_right():
    found = checks()
    assert {check.ok for check in found.values()} == {True}
    assert list(found) == ["Sign-in", *NAMES, "Nothing that writes"]


def test_every_call_is_tried_as_small_as_it_can_be(graph: Directory):
    checks()
    assert {call.split()[0] for call in graph.calls} == {"GET"}
    assert len(graph.calls) == len(CALLS)
    assert {each.query["$top"] for each in graph.log if "$top" in each.query} == {"1"}


def test_what_is_missing_is_named(graph: Directory, monkeypatch: pytest.MonkeyPatch):
    holding(monkeypatch, *(name for name in NAMES if name != "GroupMember.Read.All"))
    graph.faults.append(at("/groups", Reply(403, DENIED)))
    found = checks()["GroupMember.Read.All"]
    assert (found.ok, found.missing) == (False, ("GroupMember.Read.All",))
    assert found.detail.startswith("Missing: an administrator has not granted it.")


def test_a_permission_that_was_granted_and_is_refused_is_said_to_be(graph: Directory):
    graph.faults.append(at("/groups", Reply(403, DENIED)))
    found = checks()["GroupMember.Read.All"]
    assert (found.ok, found.detail.startswith("GroupMember.Read.All is refused")) == (False, True)


def test_a_wider_permission_covers_it(monkeypatch: pytest.MonkeyPatch):
    holding(monkeypatch, "Directory.Read.All")
    found = checks()["DelegatedPermissionGrant.Read.All"]
    assert (found.ok, "a wider permission covers it" in found.detail) == (True, True)


def test_a_licence_that_is_missing_is_nobodys_fault(graph: Directory):
    reply = Reply(403, {"error": {"code": "Authentication_RequestFromNonPremiumTenantOrB2CTenant", "message": ""}})
    graph.faults.append(at("servicePrincipalSignInActivities", reply))
    found = checks()["AuditLog.Read.All"]
    assert (found.ok, found.detail) == (None, "The tenant's licence doesn't include what it reads.")


def test_a_permission_to_write_is_one_too_many(monkeypatch: pytest.MonkeyPatch):
    holding(monkeypatch, *NAMES, "Application.ReadWrite.All", "Directory.Read.All")
    found = checks()["Nothing that writes"]
    assert (found.ok, "Application.ReadWrite.All." in found.detail) == (False, True)
    assert "Directory.Read.All" not in found.detail


@pytest.mark.parametrize(
    ("error", "label", "words"),
    [
        (SourceError("The connection needs a secret.", kind=ErrorKind.CONFIG), "Settings", "needs a secret"),
        (SignInFailed("The client secret has expired."), "Sign-in", "has expired"),
    ],
)
def test_without_a_sign_in_nothing_is_tried(
    error: Exception, label: str, words: str, graph: Directory, monkeypatch: pytest.MonkeyPatch
):
    class Stranger(Granted):
        def __init__(self, settings: Mapping[str, Any]) -> None:
            raise error

    monkeypatch.setattr(checking, "Microsoft", Stranger)
    found = checks()[label]
    assert (found.ok, words in found.detail, graph.calls) == (False, True, [])
