"""What may be reached while staff acts as somebody? Whatever isn't said here is closed."""

from __future__ import annotations

from django.urls import ResolverMatch

from accounts.roles import Capability

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# Reading: a tenant's pages of these capabilities. Connections' credentials and memberships are never reached.
READABLE = frozenset({Capability.VIEW, Capability.TRIAGE, Capability.SCAN, Capability.REPORT, Capability.AUDIT})
# Changing, once it was confirmed: a tenant's pages of these names.
WRITABLE = frozenset(
    {
        "finding_acknowledge",
        "finding_false_positive",
        "finding_accept",
        "finding_close",
        "finding_reopen",
        "finding_withdraw",
        "finding_assign",
        "finding_comment",
        "operation_draft",
        "operation_start",
        "operation_undo",
        "comment_preview",
        "comment_edit",
        "domain_decide",
        "domain_withdraw",
        "object_domain_decide",
        "connection_scan",
        "scan_cancel",
    }
)
ALWAYS = frozenset({"home", "tenant:front", "diagnostics", "acting_write", "acting_end"})
CLOSED = "This is closed while you act as somebody else."
READ_ONLY = "You may only look while you act as somebody else. Changes need a confirmation of their own."


def closed(match: ResolverMatch, method: str, *, write: bool) -> str | None:
    """Why the page can't be reached, in words; None when it can. `write` says whether changing was confirmed."""
    if match.view_name in ALWAYS:
        return None
    if match.namespaces != ["tenant"] or getattr(match.func, "capability", None) not in READABLE:
        return CLOSED
    if method in SAFE:
        return None
    if match.url_name not in WRITABLE:
        return CLOSED
    return None if write else READ_ONLY
