"""Which app is this?"""

from django.apps import AppConfig


class FindingsConfig(AppConfig):
    """From inventory to finding, triage and report."""

    name = "findings"

    def ready(self) -> None:
        from findings.evaluator import rules

        rules()  # a broken rule stops the process
