"""What may each role do, in a tenant and as internal staff?"""

from __future__ import annotations

from enum import StrEnum


class Capability(StrEnum):
    """One thing a member may or may not do in a tenant."""

    VIEW = "view"
    TRIAGE = "triage"
    APPROVE = "approve"  # of an acceptance that somebody else has proposed
    CONNECT = "connect"  # create, change, test, pause and delete connections
    SCAN = "scan"
    REPORT = "report"
    AUDIT = "audit"
    MEMBERS = "members"
    RULES = "rules"  # switch rules off, change their thresholds, approve of AI


class Role(StrEnum):
    """A member's role in a tenant."""

    ANALYST = "analyst"
    MANAGER = "manager"
    VIEWER = "viewer"
    AUDITOR = "auditor"


CAPABILITIES: dict[Role, frozenset[Capability]] = {
    Role.ANALYST: frozenset({Capability.VIEW, Capability.TRIAGE, Capability.SCAN, Capability.REPORT}),
    Role.MANAGER: frozenset(Capability),
    Role.VIEWER: frozenset({Capability.VIEW, Capability.REPORT}),
    Role.AUDITOR: frozenset({Capability.VIEW, Capability.REPORT, Capability.AUDIT}),
}


def allows(role: Role, capability: Capability) -> bool:
    """Whether the role has the capability."""
    return capability in CAPABILITIES[role]


class StaffCapability(StrEnum):
    """One thing that internal staff may or may not do, outside any tenant."""

    READ = "internal.read"  # see the admin
    PROVISION = "internal.provision"  # create and change tenants, people, memberships and connections
    IMPERSONATE = "internal.impersonate"  # act as a user
    ERASE = "internal.erase"  # deactivate and erase tenants
    STAFF = "internal.staff"  # hand out staff rights


class StaffRole(StrEnum):
    """A role in the internal organization. It gives nothing in any tenant."""

    SUPPORT = "support"
    OWNER = "owner"


STAFF_CAPABILITIES: dict[StaffRole, frozenset[StaffCapability]] = {
    StaffRole.SUPPORT: frozenset({StaffCapability.READ, StaffCapability.PROVISION, StaffCapability.IMPERSONATE}),
    StaffRole.OWNER: frozenset(StaffCapability),
}


def staff_allows(role: StaffRole | None, capability: StaffCapability) -> bool:
    """Whether the internal role, if there is one, has the capability."""
    return role is not None and capability in STAFF_CAPABILITIES[role]
