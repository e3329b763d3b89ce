"""How strong is a permission of Jira?

Keys as in https://support.atlassian.com/jira-cloud-administration/docs/permissions-for-company-managed-projects/ and
the page on global permissions. What isn't known by name, such as an app's own permission, counts as writing.
"""

from __future__ import annotations

from collections.abc import Iterable

from connectors.inventory.records import Access

ADMIN = {"ADMINISTER", "SYSTEM_ADMIN", "ADMINISTER_PROJECTS"}
READ = {
    "BROWSE_PROJECTS", "VIEW_DEV_TOOLS", "VIEW_READONLY_WORKFLOW", "VIEW_VOTERS_AND_WATCHERS", "VIEW_AGGREGATED_DATA",
    "VIEW_PROJECTS", "VIEW_ISSUES", "USER_PICKER",
}  # fmt: skip
BROWSE = "BROWSE_PROJECTS"


def access(permission: str) -> Access:
    """What one permission lets its holder do."""
    if permission in ADMIN:
        return Access.ADMIN
    return Access.READ if permission in READ else Access.WRITE


def by_access(permissions: Iterable[str]) -> dict[Access, tuple[str, ...]]:
    """The permissions by their strength, each once, by name."""
    found: dict[Access, list[str]] = {}
    for permission in sorted(set(permissions)):
        found.setdefault(access(permission), []).append(permission)
    return {strength: tuple(keys) for strength, keys in found.items()}
