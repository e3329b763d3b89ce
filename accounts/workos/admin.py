"""Which of allauth's pages does staff not get?"""

from __future__ import annotations

from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.contrib import admin

# Keys come from the environment, tokens aren't stored, and whose identity it is only WorkOS may say.
admin.site.unregister([SocialAccount, SocialApp, SocialToken])
