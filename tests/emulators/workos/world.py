"""Who and what is there at the emulated WorkOS, and what happens among them?

Each verb leaves the events that WorkOS documents for it (https://workos.com/docs/events).
"""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

Thing = dict[str, Any]
ROLES = {"analyst", "manager", "viewer", "auditor", "member", "support", "owner"}  # of the environment


class World:
    """Organizations, users, memberships, sessions and events, each as the API shows it."""

    def __init__(self) -> None:
        self.organizations: dict[str, Thing] = {}
        self.users: dict[str, Thing] = {}
        self.memberships: dict[str, Thing] = {}
        self.sessions: dict[str, Thing] = {}
        self.invitations: dict[str, Thing] = {}
        self.events: list[Thing] = []
        self.mails: list[str] = []  # to whom invitations were sent
        self._numbers = itertools.count(1)
        self._last = datetime(2020, 1, 1, tzinfo=UTC)

    def new_id(self, kind: str) -> str:
        """An id that sorts after all before it, as WorkOS' do."""
        return f"{kind}_{next(self._numbers):026d}"

    def now(self) -> str:
        """The time, later at each look."""
        self._last = max(datetime.now(UTC), self._last + timedelta(milliseconds=1))
        return self._last.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def happen(self, name: str, data: Thing, *, at: str | None = None) -> Thing:
        """An event, as the API and webhooks tell it."""
        event = {
            "object": "event",
            "id": self.new_id("event"),
            "event": name,
            "data": dict(data),
            "created_at": at or self.now(),
        }
        self.events.append(event)
        return event

    def add_organization(self, name: str, *, external_id: str | None = None) -> Thing:
        organization = {
            **self._made("organization", "org"),
            "name": name,
            "domains": [],
            "metadata": {},
            "external_id": external_id,
        }
        self.organizations[organization["id"]] = organization
        return organization

    def add_user(self, email: str, *, email_verified: bool = True, name: str = "") -> Thing:
        user = {
            **self._made("user", "user"),
            "email": email,
            "email_verified": email_verified,
            "first_name": name or email.partition("@")[0].capitalize(),
            "last_name": None,
            "profile_picture_url": None,
            "external_id": None,
            "last_sign_in_at": None,
            "metadata": {},
        }
        self.users[user["id"]] = user
        return user

    def change_user(self, user: Thing, **fields: Any) -> Thing:
        user.update(fields, updated_at=self.now())
        return self.happen("user.updated", user)

    def delete_user(self, user: Thing) -> Thing:
        del self.users[user["id"]]
        for membership in [m for m in self.memberships.values() if m["user_id"] == user["id"]]:
            self.delete_membership(membership)
        return self.happen("user.deleted", user)

    def add_membership(self, organization: Thing, user: Thing, *, role: str = "analyst") -> Thing:
        membership = {
            **self._made("organization_membership", "om"),
            "user_id": user["id"],
            "organization_id": organization["id"],
            "organization_name": organization["name"],
            "status": "active",
            "role": {"slug": role},
            "roles": [{"slug": role}],
            "directory_managed": False,
            "custom_attributes": {},
        }
        self.memberships[membership["id"]] = membership
        self.happen("organization_membership.created", membership)
        return membership

    def change_membership(self, membership: Thing, *, role: str | None = None, status: str | None = None) -> Thing:
        if role:
            membership.update(role={"slug": role}, roles=[{"slug": role}])
        membership.update(status=status or membership["status"], updated_at=self.now())
        return self.happen("organization_membership.updated", membership)

    def delete_membership(self, membership: Thing) -> Thing:
        del self.memberships[membership["id"]]
        return self.happen("organization_membership.deleted", membership)

    def membership(self, organization_id: str | None, user_id: str) -> Thing | None:
        """The user's active membership in the organization."""
        pairs = ((m, (m["organization_id"], m["user_id"], m["status"])) for m in self.memberships.values())
        return next((m for m, key in pairs if key == (organization_id, user_id, "active")), None)

    def organizations_of(self, user_id: str) -> list[str]:
        """The ids of the organizations that the user is an active member of."""
        active = (m for m in self.memberships.values() if m["user_id"] == user_id and m["status"] == "active")
        return [m["organization_id"] for m in active]

    def start_session(self, user: Thing, organization_id: str | None) -> Thing:
        session = {
            **self._made("session", "session"),
            "user_id": user["id"],
            "ip_address": None,
            "user_agent": None,
            "auth_method": "magic_code",
            "status": "active",
            "expires_at": (self._last + timedelta(days=7)).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "ended_at": None,
            **({"organization_id": organization_id} if organization_id else {}),
        }
        self.sessions[session["id"]] = session
        self.happen("session.created", session)
        return session

    def revoke_session(self, session: Thing) -> Thing:
        now = self.now()
        session.update(status="revoked", ended_at=now, updated_at=now)
        return self.happen("session.revoked", session)

    def invite(self, email: str, *, organization_id: str | None, role_slug: str | None) -> Thing:
        invitation = {
            **self._made("invitation", "invitation"),
            "email": email,
            "state": "pending",
            "accepted_at": None,
            "revoked_at": None,
            "expires_at": (self._last + timedelta(days=7)).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "organization_id": organization_id,
            "inviter_user_id": None,
            "accepted_user_id": None,
            "role_slug": role_slug,
            "token": self.new_id("token"),
            "accept_invitation_url": "https://acme.authkit.app/invite",
        }
        self.invitations[invitation["id"]] = invitation
        self.mails.append(email)
        return invitation

    def accept(self, invitation: Thing, user: Thing) -> Thing:
        """The invited says yes on WorkOS' pages; their membership."""
        now = self.now()
        invitation.update(state="accepted", accepted_at=now, updated_at=now, accepted_user_id=user["id"])
        organization = self.organizations[invitation["organization_id"]]
        return self.add_membership(organization, user, role=invitation["role_slug"])

    def directory_user(self, organization: Thing, email: str, *, state: str = "active") -> Thing:
        """A directory's user, of which WorkOS tells by events alone."""
        return {
            **self._made("directory_user", "directory_user"),
            "directory_id": f"directory_{organization['id'][4:]}",
            "organization_id": organization["id"],
            "idp_id": email,
            "email": email,
            "state": state,
            "raw_attributes": {},
            "custom_attributes": {},
        }

    def directory_group(self, organization: Thing, name: str) -> Thing:
        return {
            **self._made("directory_group", "directory_group"),
            "idp_id": name,
            "directory_id": f"directory_{organization['id'][4:]}",
            "organization_id": organization["id"],
            "name": name,
        }

    def directory(self, organization: Thing) -> Thing:
        return {
            **self._made("directory", "directory"),
            "id": f"directory_{organization['id'][4:]}",
            "organization_id": organization["id"],
            "type": "okta scim v2.0",
            "state": "active",
            "name": "Okta",
        }

    def _made(self, kind: str, prefix: str) -> Thing:
        now = self.now()
        return {"object": kind, "id": self.new_id(prefix), "created_at": now, "updated_at": now}
