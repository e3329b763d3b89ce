"""How does the admin list what is too much to count, to sort at will, or to choose from?

At 10,000 tenants and 100,000 users a page may cost what it shows, and no more: lists follow an index, search finds
beginnings, a tenant is typed and not chosen from all of them, and columns show names that one query a page fetched.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from bson import ObjectId
from bson.errors import InvalidId
from django.contrib import admin
from django.contrib.admin.filters import ListFilter
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db.models import ForeignKey, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html

from tenants.models import Tenant

FOUND_AT_MOST = 50  # by each field that is searched
DEEPEST_PAGE = 200
NOBODYS = "none"  # what `?tenant=` says for what belongs to no tenant


def chosen_tenant(request: HttpRequest) -> Tenant | None:
    """The tenant that `?tenant=` names, by id or slug."""
    asked = request.GET.get("tenant", "")
    if not asked or asked == NOBODYS:
        return None
    try:
        return Tenant.objects.filter(pk=ObjectId(asked)).first()
    except InvalidId:
        return Tenant.objects.filter(slug=asked.lower()).first()


class OfTenant(ListFilter):
    """By tenant, whose slug or id is given."""

    title = "tenant"
    template = "admin/tenant_filter.html"
    parameter = "tenant"

    def __init__(self, request: HttpRequest, params: dict[str, Any], model: Any, model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        self.used_parameters = {self.parameter: params.pop(self.parameter)} if self.parameter in params else {}
        self.tenant = chosen_tenant(request)
        self.asked = request.GET.get(self.parameter, "")

    def has_output(self) -> bool:
        """Always."""
        return True

    def expected_parameters(self) -> list[str | None]:
        """The one that it reads."""
        return [self.parameter]

    def choices(self, changelist: Any) -> Iterator[dict[str, Any]]:
        """What the field holds, and how to be rid of it."""
        kept = [(name, value) for name, value in changelist.params.items() if name != self.parameter]
        yield {
            "tenant": self.tenant,
            "asked": self.asked,
            "kept": kept,
            "all": changelist.get_query_string(remove=[self.parameter]),
        }

    def queryset(self, _request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """That tenant's, nobody's, or none where no tenant is called so."""
        if not self.asked:
            return queryset
        if self.asked == NOBODYS:
            return queryset.filter(tenant=None)
        return queryset.filter(tenant=self.tenant) if self.tenant else queryset.none()


class Page(Paginator[Any]):
    """Pages of a list that nobody counts: whether one more row follows says whether there is another page."""

    number = 1

    @cached_property
    def count(self) -> int:
        """At least so many."""
        before = (self.number - 1) * self.per_page
        return before + len(self.object_list[before : before + self.per_page + 1])


def page_number(request: HttpRequest) -> int:
    """Which page of a list is asked for; 1 for what isn't one."""
    asked = request.GET.get("p") or request.GET.get("page") or "1"
    return int(asked) if asked.isascii() and asked.isdigit() and 0 < int(asked) <= DEEPEST_PAGE else 1


class IndexedList(ChangeList):
    """A list in the order of an index: a last sort by key would make MongoDB sort everything itself."""

    def apply_select_related(self, qs: Any) -> Any:
        """No joins."""
        return qs

    def _get_deterministic_ordering(self, ordering: Any) -> Any:
        return ordering

    def get_results(self, request: HttpRequest) -> None:
        """The rows, and with them the records that they name: one query for each kind, where a join would sort."""
        super().get_results(request)
        self.result_list = list(self.result_list)
        for name in getattr(self.model_admin, "shown_with", ()):
            field = cast("ForeignKey[Any, Any]", self.model._meta.get_field(name))
            keys = {getattr(row, field.attname) for row in self.result_list} - {None}
            found = field.related_model._base_manager.in_bulk(keys) if keys else {}
            for row in self.result_list:
                setattr(row, name, found.get(getattr(row, field.attname)))


class TenantColumn:
    """The column `tenant_name`."""

    shown_with: tuple[str, ...] = ("tenant",)

    @admin.display(description="tenant")
    def tenant_name(self, row: Any) -> str:
        """Its name, which leads to its page."""
        if row.tenant is None:
            return "none"
        return format_html(
            '<a href="{}">{}</a>', reverse("admin:tenants_tenant_change", args=[row.tenant.pk]), row.tenant
        )


def found_by_beginning(queryset: QuerySet[Any], fields: tuple[str, ...], beginning: str) -> set[Any]:
    """Keys of the rows of which one of the fields begins so, the first by each field: one index look-up a field."""
    keys: set[Any] = set()
    for field in fields:
        rows = queryset.filter(**{f"{field}__startswith": beginning}).order_by(field)
        keys.update(row.pk for row in rows[:FOUND_AT_MOST])  # whole rows: MongoDB sorts after it picks fields
    return keys
