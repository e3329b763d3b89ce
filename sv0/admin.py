"""Which of the libraries' admin pages are not for staff? This app is the last, so theirs are registered by now."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django_q.models import Failure, OrmQ, Schedule, Success

# A schedule names any function, and a resubmitted or edited task runs again: code in the worker, with no audit event.
# An address is a user's own, and is proven by the code that is sent to it; so are second factors and their seeds.
for model in (Schedule, Success, Failure, OrmQ, EmailAddress, Authenticator):
    if admin.site.is_registered(model):
        admin.site.unregister(model)
