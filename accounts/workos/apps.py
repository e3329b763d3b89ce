"""Which app is this?"""

from django.apps import AppConfig


class WorkOSConfig(AppConfig):
    """Signing in through WorkOS. Always installed; mounted only where there is a key."""

    name = "accounts.workos"
    label = "workos"
