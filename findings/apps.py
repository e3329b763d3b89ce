"""Which app is this?"""

from django.apps import AppConfig


class FindingsConfig(AppConfig):
    """From inventory to finding, triage and report."""

    name = "findings"
