"""What do applications ask WorkOS about users, memberships and invitations?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from werkzeug.datastructures import MultiDict
from werkzeug.routing import Rule
from werkzeug.wrappers import Request

from tests.emulators.workos.world import ROLES, Thing, World

MEMBERSHIPS, INVITATIONS = "/user_management/organization_memberships", "/user_management/invitations"
RULES = [
    Rule("/user_management/users", methods=["GET"], endpoint="users"),
    Rule("/user_management/users/<id>", methods=["GET"], endpoint="user"),
    Rule(MEMBERSHIPS, methods=["GET"], endpoint="memberships"),
    Rule(f"{MEMBERSHIPS}/<id>", methods=["PUT"], endpoint="change_membership"),
    Rule(f"{MEMBERSHIPS}/<id>/deactivate", methods=["PUT"], endpoint="deactivate"),
    Rule(f"{MEMBERSHIPS}/<id>/reactivate", methods=["PUT"], endpoint="reactivate"),
    Rule(INVITATIONS, methods=["GET"], endpoint="invitations"),
    Rule(INVITATIONS, methods=["POST"], endpoint="invite"),
    Rule(f"{INVITATIONS}/<id>", methods=["GET"], endpoint="invitation"),
    Rule(f"{INVITATIONS}/<id>/resend", methods=["POST"], endpoint="resend_invitation"),
    Rule(f"{INVITATIONS}/<id>/revoke", methods=["POST"], endpoint="revoke_invitation"),
]
PROCESSED = "Request could not be processed."
Answer = tuple[int, Any]


class Members:
    """The answers; `world` is who and what there is."""

    world: World

    def _users(self, request: Request) -> Answer:
        found = fitting(self.world.users.values(), request.args, "email")
        if organization_id := request.args.get("organization_id"):
            found = [user for user in found if organization_id in self.world.organizations_of(user["id"])]
        return 200, listed(found)

    def _user(self, _request: Request, id: str) -> Answer:  # noqa: A002
        user = self.world.users.get(id)
        return (200, user) if user else (404, not_found("User", id))

    def _memberships(self, request: Request) -> Answer:
        statuses = request.args.get("statuses", "active").split(",")
        found = fitting(self.world.memberships.values(), request.args, "user_id", "organization_id")
        return 200, listed([self._with_user(one) for one in found if one["status"] in statuses])

    def _with_user(self, membership: Thing) -> Thing:
        return {**membership, "user": self.world.users[membership["user_id"]]}

    def _change_membership(self, request: Request, id: str) -> Answer:  # noqa: A002
        membership, role = self.world.memberships.get(id), request.get_json()["role_slug"]
        if membership is None:
            return 404, not_found("Organization membership", id)
        if role not in ROLES:
            return 422, {"message": f"Role not found: '{role}'.", "code": "invalid_role"}
        self.world.change_membership(membership, role=role)
        return 200, self._with_user(membership)

    def _deactivate(self, _request: Request, id: str) -> Answer:  # noqa: A002
        return self._set_status(id, "inactive")

    def _reactivate(self, _request: Request, id: str) -> Answer:  # noqa: A002
        return self._set_status(id, "active")

    def _set_status(self, id: str, status: str) -> Answer:  # noqa: A002
        membership = self.world.memberships.get(id)
        if membership is None:
            return 404, not_found("Organization membership", id)
        if membership["status"] != status:  # else nothing happens, and no event
            self.world.change_membership(membership, status=status)
        return 200, self._with_user(membership)

    def _invitations(self, request: Request) -> Answer:
        return 200, listed(fitting(self.world.invitations.values(), request.args, "email", "organization_id"))

    def _invite(self, request: Request) -> Answer:
        asked = request.get_json()
        email, organization_id = asked["email"], asked.get("organization_id")
        if organization_id and self._has_member(organization_id, email):
            return 400, {"code": "user_already_organization_member", "message": PROCESSED}
        if any(self._pending(one, organization_id, email) for one in self.world.invitations.values()):
            return 400, {"code": "email_already_invited_to_organization", "message": PROCESSED}
        if asked.get("role_slug", "member") not in ROLES:
            return 400, {"code": "invalid_role", "message": PROCESSED}
        invitation = self.world.invite(email, organization_id=organization_id, role_slug=asked.get("role_slug"))
        return 201, invitation

    def _has_member(self, organization_id: str, email: str) -> bool:
        """An inactive membership is one, too."""
        memberships = fitting(self.world.memberships.values(), {"organization_id": organization_id}, "organization_id")
        return any(self.world.users[one["user_id"]]["email"] == email for one in memberships)

    @staticmethod
    def _pending(invitation: Thing, organization_id: str | None, email: str) -> bool:
        whose = (invitation["email"], invitation["organization_id"])
        return invitation["state"] == "pending" and whose == (email, organization_id)

    def _invitation(self, _request: Request, id: str) -> Answer:  # noqa: A002
        found = self.world.invitations.get(id)
        return (200, found) if found else (404, not_found("Invitation", id))

    def _resend_invitation(self, _request: Request, id: str) -> Answer:  # noqa: A002
        found = self.world.invitations.get(id)
        if found is None:
            return 404, not_found("Invitation", id)
        if found["state"] != "pending":
            return 400, {"code": f"invite_{found['state']}", "message": PROCESSED}
        self.world.mails.append(found["email"])
        return 200, found

    def _revoke_invitation(self, _request: Request, id: str) -> Answer:  # noqa: A002
        found = self.world.invitations.get(id)
        if found is None or found["state"] != "pending":
            return 400, {"code": "invite_not_pending", "message": PROCESSED}
        found.update(state="revoked", revoked_at=_now(), updated_at=_now())
        return 200, found


def fitting(things: Any, asked: MultiDict[str, str] | Thing, *names: str) -> list[Thing]:
    """The things that have the values asked for; a name that isn't asked for fits any."""
    wanted = {name: asked[name] for name in names if name in asked}
    return [thing for thing in things if all(thing[name] == value for name, value in wanted.items())]


def listed(things: list[Thing]) -> Thing:
    """A page of a list, the only one."""
    after = things[-1]["id"] if things else None
    return {"object": "list", "data": things, "list_metadata": {"before": None, "after": after}}


def not_found(kind: str, id: str) -> Thing:  # noqa: A002
    """What WorkOS says of an id that it doesn't know."""
    return {"message": f"{kind} not found: '{id}'.", "code": "entity_not_found", "entity_id": id}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
