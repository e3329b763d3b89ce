"""Which of allauth's pages for second factors are open?"""

from allauth.mfa.base import views as factor
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.webauthn import views as webauthn
from django.urls import path

import accounts.converters  # noqa: F401  (keys are ObjectIds, where allauth's own addresses expect numbers)
from accounts import security
from accounts.limits import limited

urlpatterns = [
    path("", factor.index, name="mfa_index"),
    path("authenticate/", limited("code")(factor.authenticate), name="mfa_authenticate"),
    path("reauthenticate/", factor.reauthenticate, name="mfa_reauthenticate"),
    path("app/", security.activate_totp, name="mfa_activate_totp"),
    path("app/remove/", security.deactivate_totp, name="mfa_deactivate_totp"),
    path("recovery-codes/", recovery_codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("recovery-codes/new/", security.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("recovery-codes/download/", recovery_codes.download_recovery_codes, name="mfa_download_recovery_codes"),
    path("passkeys/", webauthn.list_webauthn, name="mfa_list_webauthn"),
    path("passkeys/new/", security.add_webauthn, name="mfa_add_webauthn"),
    path("passkeys/reauthenticate/", webauthn.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("passkeys/<objectid:pk>/", webauthn.edit_webauthn, name="mfa_edit_webauthn"),
    path("passkeys/<objectid:pk>/remove/", security.remove_webauthn, name="mfa_remove_webauthn"),
]
