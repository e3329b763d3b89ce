"""Which app is this?"""

from django.apps import AppConfig


class TenantsConfig(AppConfig):
    """Whose data."""

    name = "tenants"
