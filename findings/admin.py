"""How does staff look at findings and comments, to see what a user sees?"""

from __future__ import annotations

from django.contrib import admin

from findings.models import Comment, Finding
from tenants.admin import EvidenceAdmin


@admin.register(Finding)
class FindingAdmin(EvidenceAdmin):
    """Findings over all tenants. Only shown: the engine and people decide on them, nobody else."""

    list_display = (
        "subject_name",
        "title",
        "severity",
        "status",
        "observation",
        "account_name",
        "first_seen",
        "tenant",
    )
    list_filter = ("severity", "status", "observation", "rule")
    list_select_related = ("tenant",)
    search_fields = ("=subject_key", "=subject_name", "=rule")
    ordering = ("-id",)


@admin.register(Comment)
class CommentAdmin(EvidenceAdmin):
    """Comments as they were written."""

    list_display = ("at", "author", "body", "tenant")
    list_select_related = ("tenant",)
    search_fields = ("=author",)
    ordering = ("-id",)
