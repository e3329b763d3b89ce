"""Which address leads to which view?"""

from __future__ import annotations

from allauth.account.views import confirm_login_code, request_login_code
from django.conf import settings
from django.contrib import admin
from django.urls import include, path, re_path

from accounts.acting import acting, acting_end, acting_start, acting_write
from accounts.diagnostics import diagnostics
from accounts.limits import limited
from accounts.sessions import session_end, sessions, sessions_end_others
from accounts.views import front, home, not_offered

tenant_pages = (
    [path("", include(f"{app}.urls")) for app in ("findings", "ticketing", "connectors", "accounts")],
    "tenant",
)

handler429 = "accounts.limits.too_many"  # what allauth answers with
handler500 = "accounts.views.server_error"
urlpatterns = [
    path("", home, name="home"),
    path("diagnostics/", diagnostics, name="diagnostics"),
    path("acting/", acting, name="acting"),
    path("acting/changes/", acting_write, name="acting_write"),
    path("acting/end/", acting_end, name="acting_end"),
    path("acting/<slug:slug>/<uuid:person>/", acting_start, name="acting_start"),
    path("admin/", admin.site.urls),
    *([path("accounts/", include("accounts.workos.urls"))] if settings.WORKOS_API_KEY else []),
    # Without WorkOS a code is the only way in.
    path("accounts/login/", limited("sign_in")(request_login_code), name="account_login"),
    path("accounts/login/code/", limited("sign_in")(request_login_code), name="account_request_login_code"),
    path("accounts/login/code/confirm/", limited("code")(confirm_login_code), name="account_confirm_login_code"),
    re_path(r"^accounts/(?:confirm-email|email|password|reauthenticate|signup)/", not_offered),
    path("accounts/security/", include("accounts.security_urls")),
    path("accounts/sessions/", sessions, name="sessions"),
    path("accounts/sessions/end-others/", sessions_end_others, name="sessions_end_others"),
    path("accounts/sessions/<slug:name>/end/", session_end, name="session_end"),
    path("accounts/", include("allauth.account.urls")),
]
if settings.SINGLE_TENANT_SLUG:
    urlpatterns += [path("", include(tenant_pages))]
else:
    urlpatterns += [path("t/<slug:slug>/", include(([path("", front, name="front"), *tenant_pages[0]], "tenant")))]
