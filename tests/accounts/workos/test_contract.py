"""WorkOS' own SDK, our emulator and WorkOS' own description agree with each other."""

from __future__ import annotations

from typing import Any

import pytest
from workos import AuthenticationError, BadRequestError, NotFoundError, WorkOSClient

from accounts.workos import client as workos_client
from accounts.workos.events import HANDLERS
from tests.emulators.workos import WorkOSEmulator, World, description
from tests.emulators.workos.server import CLIENT_ID
from tests.emulators.workos.world import Thing


@pytest.fixture
def sdk(workos: WorkOSEmulator) -> WorkOSClient:
    """The SDK as sv0 makes it. The emulator's fixture checks every answer against the description."""
    return workos_client.client()


def test_organizations(sdk: WorkOSClient):
    made = sdk.organizations.create_organization(name="Acme Media", external_id="tenant-1")
    assert sdk.organizations.get_organization(made.id).name == "Acme Media"
    assert sdk.organizations.get_organization_by_external_id("tenant-1").id == made.id
    with pytest.raises(NotFoundError):
        sdk.organizations.get_organization("org_unknown")


def test_memberships_and_invitations(sdk: WorkOSClient, acme: Thing, anna: Thing):
    page = sdk.organization_membership.list_organization_memberships(user_id=anna["id"])
    assert [(one.organization_id, one.role.slug, one.status) for one in page.data] == [
        (acme["id"], "analyst", "active")
    ]
    invited = sdk.user_management.send_invitation(
        email="new@acme.example", organization_id=acme["id"], role_slug="viewer"
    )
    assert (invited.email, invited.state) == ("new@acme.example", "pending")


def test_users_and_sessions(sdk: WorkOSClient, anna: Thing):
    assert sdk.user_management.get_user(anna["id"]).email == anna["email"]
    magic = sdk.user_management.create_magic_auth(email=anna["email"])
    granted = sdk.user_management.authenticate_with_magic_auth(code=magic.code, email=anna["email"])
    assert granted.user.id == anna["id"]
    (session,) = sdk.user_management.list_sessions(anna["id"]).data
    sdk.user_management.revoke_session(session_id=session.id)
    with pytest.raises(BadRequestError):
        sdk.user_management.authenticate_with_refresh_token(refresh_token=granted.refresh_token)
    with pytest.raises(BadRequestError):
        sdk.user_management.revoke_session(session_id="session_unknown")


def test_a_refresh_token_works_once_and_opens_no_other_organization(sdk: WorkOSClient, anna: Thing, globex: Thing):
    um = sdk.user_management
    first = um.authenticate_with_magic_auth(code=um.create_magic_auth(email=anna["email"]).code, email=anna["email"])
    second = um.authenticate_with_refresh_token(refresh_token=first.refresh_token)
    for token, arguments in (
        (first.refresh_token, {}),
        (second.refresh_token, {"organization_id": globex["id"]}),
    ):
        with pytest.raises(BadRequestError):
            um.authenticate_with_refresh_token(refresh_token=token, **arguments)


def test_the_published_keys(sdk: WorkOSClient):
    (key,) = sdk.user_management.get_jwks(CLIENT_ID).keys
    assert (key.alg, key.kty) == ("RS256", "RSA")


def test_a_wrong_key_is_told(workos: WorkOSEmulator):
    sdk = WorkOSClient(api_key="sk_wrong", client_id=CLIENT_ID, base_url=workos.url, max_retries=0)
    with pytest.raises(AuthenticationError):
        sdk.organizations.get_organization("org_1")


def test_events_as_the_sdk_and_the_description_know_them(
    workos: WorkOSEmulator, sdk: WorkOSClient, acme: Thing, anna: Thing
):
    everything_happens(workos.world, acme, anna)
    told = workos_client.events(names=list(HANDLERS), after=None, since="2020-01-01T00:00:00.000Z")
    assert {event["event"] for event in told} == set(HANDLERS)
    page = sdk.events.list_events(events=list(HANDLERS), limit=100, order="asc", range_start="2020-01-01T00:00:00.000Z")
    assert [getattr(event, "id", None) for event in page.data] == [event["id"] for event in told]


def everything_happens(world: World, acme: Thing, anna: Thing) -> None:
    """Every event that sv0 acts on."""
    person, group = world.directory_user(acme, anna["email"]), world.directory_group(acme, "analysts")
    pair = {"directory_id": group["directory_id"], "user": person, "group": group}
    happenings: dict[str, Any] = {
        "dsync.user.created": person,
        "dsync.user.updated": person,
        "dsync.user.deleted": person,
        "dsync.group.user_added": pair,
        "dsync.group.user_removed": pair,
        "dsync.group.deleted": group,
        "dsync.deleted": world.directory(acme),
    }
    for name, data in happenings.items():
        world.happen(name, data)
    world.revoke_session(world.start_session(anna, acme["id"]))
    world.change_user(anna, first_name="Anna")
    world.change_membership(next(iter(world.memberships.values())), role="viewer")
    world.delete_user(anna)


def test_the_description_is_not_satisfied_by_anything():
    path = "/user_management/authenticate"
    assert description.faults_of_answer("POST", path, 200, {"user": {}, "access_token": 1})
    assert description.faults_of_question("POST", path, {"grant_type": "refresh_token"})
    with pytest.raises(LookupError):
        description.faults_of_answer("GET", "/no/such/thing", 200, {})
