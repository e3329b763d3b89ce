"""What may each role do?"""

from __future__ import annotations

from enum import StrEnum


class Capability(StrEnum):
    """One thing a member may or may not do in a tenant."""

    VIEW = "view"
    TRIAGE = "triage"
    CONNECT = "connect"  # create, change, test, pause and delete connections
    SCAN = "scan"
    REPORT = "report"
    AUDIT = "audit"
    MEMBERS = "members"


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
