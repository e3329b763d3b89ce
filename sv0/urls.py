"""Which address leads to which view?"""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from accounts.views import front, home
from sv0.health import health, ready

tenant_pages = (
    [path("", include(f"{app}.urls")) for app in ("findings", "connectors", "accounts")],
    "tenant",
)

urlpatterns = [
    path("", home, name="home"),
    path("health", health, name="health"),
    path("ready", ready, name="ready"),
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.account.urls")),
]
if settings.SINGLE_TENANT_SLUG:
    urlpatterns += [path("", include(tenant_pages))]
else:
    urlpatterns += [path("t/<slug:slug>/", include(([path("", front, name="front"), *tenant_pages[0]], "tenant")))]
