"""What sv0 asks of WorkOS, as Prism judges it by WorkOS' own description; and what sv0 makes of the described answers.

Prism has no state, so whatever takes two steps at WorkOS is shown against our emulator. What the description can't show
at all is asserted here as well: that it has no real keys, no `roles` in a membership, and no answer of a broken WorkOS.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from bson import ObjectId
from django.utils import timezone
from pytest_django.fixtures import Settings
from workos.user_management.models import User as Person

from accounts.models import Invitation, User
from accounts.roles import Role
from accounts.workos import client, events, invitations, memberships, organizations, sessions, token
from accounts.workos.client import Declined, Unavailable
from accounts.workos.models import Event, Removal
from accounts.workos.token import Claims
from tenants.models import Tenant
from tests.emulators.workos.keys import key
from tests.emulators.workos.prism import ANSWER_SECONDS, Line, Prism
from tests.emulators.workos.server import API_KEY, CLIENT_ID

SINCE = "2026-01-01T00:00:00.000Z"
# Of the description's examples.
PERSON = "user_01E4ZCR3C56J083X43JQXF3JK5"
ORGANIZATION = "org_01EHWNCE74X7JSDV0X3SZ3KJNY"
INVITATION = "invitation_01E4ZCR3C56J083X43JQXF3JK5"
INVITING = "org_01E4ZCR3C56J083X43JQXF3JK5"  # the organization that the invitation is to, in the role "admin"
MEMBERSHIP = "om_01HXYZ123456789ABCDEFGHIJ"

UM = "/user_management"
AUTHENTICATE = f"POST {UM}/authenticate"
USERS = f"GET {UM}/users"
MEMBERSHIPS = f"GET {UM}/organization_memberships"
ONE = f"PUT {UM}/organization_memberships/{MEMBERSHIP}"


@pytest.fixture(scope="module")
def prism(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prism]:
    with Prism(tmp_path_factory.mktemp("prism")) as running:
        yield running


@pytest.fixture
def line(prism: Prism, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Line:
    """sv0's own client with Prism at its other end."""
    settings.WORKOS_API_KEY, settings.WORKOS_CLIENT_ID, settings.WORKOS_BASE_URL = API_KEY, CLIENT_ID, prism.url
    sdk = client.client()
    line = Line(sdk._backend)
    monkeypatch.setattr(sdk, "_backend", line)
    monkeypatch.setattr(token, "TIMEOUT_SECONDS", ANSWER_SECONDS)
    return line


def a_tenant() -> Tenant:
    return Tenant(pk=ObjectId(), slug="acme", name="Acme Media", workos_organization_id=INVITING)


def an_invitation(**fields: Any) -> Invitation:
    return Invitation(**{"tenant": a_tenant(), "email": "eve@acme.example", "role": Role.VIEWER, **fields})


def exchange() -> client.Granted:
    return client.exchange(code="code", verifier="verifier", ip="192.0.2.1", user_agent="Mozilla/5.0")


def renew() -> client.Granted:
    return client.renew(refresh_token="refresh")


def poll() -> list[dict[str, Any]]:
    return client.events(names=list(events.HANDLERS), after=None, since=SINCE)


@pytest.mark.parametrize("ask", [exchange, renew])
def test_a_sign_in_and_its_renewal(line: Line, monkeypatch: pytest.MonkeyPatch, ask: Callable[[], client.Granted]):
    verified: list[tuple[str, str]] = []
    claims = Claims(sub=PERSON, sid="session", org_id=None, role=None, permissions=[], act=None, exp=0)

    def verify(access_token: str, *, jwks_url: str, user_id: str) -> Claims:
        verified.append((access_token, user_id))
        return claims

    monkeypatch.setattr(token, "verify", verify)
    granted = ask()
    assert line.accepted() == [AUTHENTICATE]
    assert isinstance(granted.user, Person)
    assert (granted.user.id, granted.user.email) == (PERSON, "marcelina.davis@example.com")
    name = (granted.user.first_name, granted.user.last_name)
    assert (granted.user.email_verified, name) == (True, ("Marcelina", "Davis"))
    assert (granted.claims, granted.refresh_token) == (claims, "yAjhKk123NLIjdrBdGZPf8pLIDvK")
    assert verified == [("eyJhb.nNzb19vaWRjX2tleV9.lc5Uk4yWVk5In0", PERSON)]


def test_the_described_token_is_none_and_nobody_signs_in_with_it(line: Line):
    with pytest.raises(Declined, match="DecodeError"):
        exchange()
    assert line.accepted() == [AUTHENTICATE]


def test_the_described_keys_are_where_we_look_but_are_none(line: Line, prism: Prism):
    """They are cut short, and described as secret, while WorkOS shows them to everybody."""
    jwks_url = client.client().user_management.get_jwks_url()
    assert jwks_url == f"{prism.url}/sso/jwks/{CLIENT_ID}"
    (described,) = client.client().request_raw("GET", ("sso", "jwks", CLIENT_ID))["keys"]
    assert line.accepted() == [f"GET /sso/jwks/{CLIENT_ID}"]
    assert described.keys() == key("first").published().keys()
    assert "..." in described["n"]
    with pytest.raises(token.NoKeys, match="401"):
        token.verify(key("first").sign({"sub": PERSON}), jwks_url=jwks_url, user_id=PERSON)


def test_a_session_is_revoked(line: Line):
    assert sessions.revoke(["session_1"])
    assert line.accepted() == [f"POST {UM}/sessions/revoke"]


@pytest.mark.parametrize("after", [None, "event_1"])
def test_events_are_listed_and_stored(line: Line, db: None, after: str | None):
    (told,) = client.events(names=list(events.HANDLERS), after=after, since=SINCE)
    assert line.accepted() == ["GET /events"]
    events.store(told)
    events.apply_pending()
    stored = Event.objects.get()
    assert (stored.event_id, stored.name) == ("event_01EHZNVPK3SFK441A1RGBFSHRT", "dsync.user.created")
    assert stored.happened_at == datetime(2021, 6, 25, 19, 7, 33, 155000, tzinfo=UTC)
    assert stored.applied_at is not None


def test_an_organization_is_found_or_made(line: Line):
    tenant = a_tenant()
    assert organizations.organization_for(tenant) == ORGANIZATION
    line.prefer = {"GET": 404}
    assert organizations.organization_for(tenant).startswith("org_")
    by_external_id = f"GET /organizations/external_id/{tenant.pk}"
    assert line.accepted() == [by_external_id, by_external_id, "POST /organizations"]


def test_an_organization_is_looked_at_linked_and_deleted(line: Line):
    said = organizations.obstacle(organization_id=ORGANIZATION, tenant_key="other")
    assert said
    assert "“Acme Inc.” belongs to something else" in said
    organizations.link(organization_id=ORGANIZATION, tenant=a_tenant())
    organizations.delete(organization_id=ORGANIZATION)
    address = f"/organizations/{ORGANIZATION}"
    assert line.accepted() == [f"GET {address}", f"PUT {address}", f"DELETE {address}"]


def test_an_invitation_is_sent(line: Line):
    invitation = an_invitation()
    invitations.send(invitation, days=7)
    assert line.accepted() == [f"GET {UM}/invitations", f"POST {UM}/invitations"]
    assert invitation.workos_invitation_id == INVITATION
    assert invitation.expires_at == datetime(2026, 1, 15, 12, tzinfo=UTC)


def test_a_waiting_invitation_is_found_and_sent_again(line: Line):
    invitation = an_invitation(role="admin")
    invitations.send(invitation, days=7)
    assert line.accepted() == [f"GET {UM}/invitations", f"POST {UM}/invitations/{INVITATION}/resend"]
    assert invitation.workos_invitation_id == INVITATION


def test_an_invitation_is_revoked_or_looked_at(line: Line):
    invitation = an_invitation(workos_invitation_id=INVITATION)
    assert invitations.revoke(invitation)
    line.prefer = {"POST": 400}
    assert invitations.revoke(invitation)
    address = f"{UM}/invitations/{INVITATION}"
    assert line.accepted() == [f"POST {address}/revoke", f"POST {address}/revoke", f"GET {address}"]


@pytest.fixture
def member(line: Line, tenant: Tenant, alice: User) -> dict[str, Any]:
    """Alice at Acme, known to WorkOS by her address."""
    tenant.workos_organization_id = ORGANIZATION
    tenant.save()
    return {"tenant": tenant, "user": alice}


def test_described_memberships_lack_roles_which_the_sdk_insists_on(line: Line, member: dict[str, Any]):
    """The question is right, and the answer is as described: it can't be shown here that the SDK reads a real one."""
    with pytest.raises(Unavailable) as raised:
        memberships.change_role(**member, role=Role.VIEWER)
    assert "parsing OrganizationMembership: 'roles'" in str(raised.value.__cause__)
    assert line.accepted() == [USERS, MEMBERSHIPS]


@pytest.fixture
def with_roles(line: Line) -> None:
    """What the described memberships lack, as the SDK's package has it; nothing else."""
    line.completes = {"roles": [{"slug": "viewer"}]}


def test_a_role_is_changed(line: Line, member: dict[str, Any], with_roles: None):
    memberships.change_role(**member, role=Role.VIEWER)
    assert not memberships.directory_managed(**member)
    assert line.accepted() == [USERS, MEMBERSHIPS, ONE, USERS, MEMBERSHIPS]


def test_a_removed_member_is_deactivated(line: Line, member: dict[str, Any], with_roles: None):
    memberships.request_removal(**member)
    removal = memberships.removal_of(**member)
    assert memberships.follow(removal)
    assert line.accepted() == [USERS, MEMBERSHIPS, f"{ONE}/deactivate"]
    assert removal.done_at == datetime(2026, 1, 15, 12, tzinfo=UTC)


def test_a_removed_member_is_taken_back(line: Line, member: dict[str, Any], with_roles: None):
    Removal.objects.create(**member, done_at=timezone.now())
    line.completes["status"] = "inactive"
    assert memberships.take_back(tenant=member["tenant"], email=member["user"].email, role=Role.VIEWER)
    assert line.accepted() == [USERS, MEMBERSHIPS, f"{ONE}/reactivate", ONE]


# What WorkOS may say instead


def found_or_made() -> str:
    return organizations.organization_for(a_tenant())


def link() -> None:
    organizations.link(organization_id=ORGANIZATION, tenant=a_tenant())


def delete() -> None:
    organizations.delete(organization_id=ORGANIZATION)


def waiting() -> object:
    return invitations.waiting(an_invitation())


def send() -> None:
    invitations.send(an_invitation(), days=7)


def send_again() -> None:
    invitations.send(an_invitation(role="admin"), days=7)


def revoke() -> bool:
    return invitations.revoke(an_invitation(workos_invitation_id=INVITATION))


Ask = Callable[[], object]
REFUSALS: list[tuple[Ask, dict[str, int]]] = [
    *((ask, {"POST": status}) for ask in (exchange, renew) for status in (400, 403, 404, 422)),
    *((poll, {"GET": status}) for status in (400, 422)),
    *((found_or_made, {"GET": 404, "POST": status}) for status in (400, 409, 422)),
    *((link, {"PUT": status}) for status in (400, 403, 404, 409, 422)),
    (delete, {"DELETE": 403}),
    (waiting, {"GET": 422}),
    *((ask, {"POST": status}) for ask in (send, send_again) for status in (400, 404, 422)),
    (revoke, {"POST": 400, "GET": 404}),
]


@pytest.mark.parametrize(("ask", "prefer"), REFUSALS)
def test_a_described_refusal_is_declined(line: Line, ask: Ask, prefer: dict[str, int]):
    line.prefer = prefer
    with pytest.raises(Declined):
        ask()
    assert line.accepted()


def test_a_refusal_says_why(line: Line):
    line.prefer = {"POST": 403}
    with pytest.raises(Declined, match="mfa_enrollment"):
        exchange()


@pytest.mark.parametrize("prefer", [{"GET": 422}, {"PUT": 404}, {"PUT": 422}])
def test_a_refused_change_of_a_membership_is_declined(
    line: Line, member: dict[str, Any], with_roles: None, prefer: dict[str, int]
):
    line.prefer = prefer
    with pytest.raises(Declined):
        memberships.change_role(**member, role=Role.VIEWER)
    assert line.accepted()


@pytest.mark.parametrize("status", [400, 404, 422])
def test_a_refused_removal_waits(line: Line, member: dict[str, Any], with_roles: None, status: int):
    memberships.request_removal(**member)
    line.prefer = {"PUT": status}
    removal = memberships.removal_of(**member)
    assert not memberships.follow(removal)
    assert (removal.trouble or "").startswith("it declined")
    assert line.accepted()


def test_a_session_that_cannot_be_revoked_is_over(line: Line):
    line.prefer = {"POST": 400}
    assert sessions.revoke(["session_1"])
    assert line.accepted()


def test_no_organization_of_that_id(line: Line):
    line.prefer = {"GET": 404}
    said = organizations.obstacle(organization_id="org_unknown", tenant_key=None)
    assert said == "WorkOS knows no organization of this id."
    assert line.accepted()


@pytest.mark.parametrize("ask", [exchange, renew])
def test_too_many_sign_ins_is_unavailable(line: Line, ask: Ask):
    line.prefer = {"POST": 429}
    with pytest.raises(Unavailable):
        ask()
    assert line.accepted()


@pytest.mark.parametrize("status", [500, 503])
def test_a_broken_workos_is_not_described(line: Line, status: int):
    """That it is Unavailable is shown against our emulator."""
    line.prefer = {"POST": status}
    with pytest.raises(Declined):
        exchange()
    (asked,) = line.heard
    assert f"Requested status code {status} is not defined" in asked.faults[0]


# All this can fail


def revoke_nothing() -> bool:
    return sessions.revoke([None])  # type: ignore[list-item]


def send_for_a_week() -> None:
    invitations.send(an_invitation(), days="a week")  # type: ignore[arg-type]


def make_nameless() -> object:
    return client.asked(lambda: client.client().request_raw("POST", ("organizations",), body={"external_id": "1"}))


def exchange_without_code() -> object:
    body = {"grant_type": "authorization_code", "client_id": CLIENT_ID, "client_secret": API_KEY}
    return client.asked(lambda: client.client().request_raw("POST", ("user_management", "authenticate"), body=body))


def poll_too_much() -> object:
    return client.asked(lambda: client.client().request_raw("GET", ("events",), params={"limit": 1000}))


@pytest.mark.parametrize(
    ("ask", "fault"),
    [
        (revoke_nothing, "request.body.session_id"),
        (send_for_a_week, "request.body.expires_in_days"),
        (make_nameless, "required property 'name'"),
        (exchange_without_code, "required property 'code'"),
        (poll_too_much, "limit must be <= 100"),
    ],
)
def test_a_malformed_question_is_found_out(line: Line, ask: Ask, fault: str):
    with suppress(Declined):
        ask()
    assert line.heard[-1].status in {400, 422}
    assert fault in str(line.heard[-1].faults)
    with pytest.raises(AssertionError):
        line.accepted()


def test_an_undescribed_address_is_found_out(line: Line):
    with suppress(Declined):
        client.asked(lambda: client.client().request_raw("DELETE", ("organisations", "org_1")))
    assert "answered 404" in str(line.heard[-1].faults)


def test_an_undescribed_parameter_is_found_out(line: Line):
    client.client().request_raw("GET", ("events",), params={"since": SINCE})
    assert line.heard[-1].faults == ["request.query: since is not described"]


def test_a_missing_key_is_found_out(line: Line, prism: Prism):
    line.request("GET", f"{prism.url}/organizations/org_1", headers={}, content=None, timeout=5)
    assert "answered 401" in str(line.heard[-1].faults)
