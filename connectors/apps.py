"""Which app is this?"""

from django.apps import AppConfig


class ConnectorsConfig(AppConfig):
    """From source API to inventory."""

    name = "connectors"
