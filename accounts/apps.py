"""Which app is this?"""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Who asks."""

    name = "accounts"
