"""Has anyone tampered with the audit log?"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tenants.audit import verify
from tenants.models import Tenant


class Command(BaseCommand):
    """Verifies the hash chain of one tenant's audit log, or of all and of the events that belong to none."""

    help = "Verify the audit log's hash chains. Exit status 1 when one is broken."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """An optional slug."""
        parser.add_argument("slug", nargs="?", help="only this tenant's chain")

    def handle(self, *_args: Any, slug: str | None, **_options: Any) -> None:
        """One line per chain."""
        chosen = Tenant.objects.filter(slug=slug) if slug else Tenant.objects.order_by("slug")
        chains: list[Tenant | None] = list(chosen)
        if slug and not chains:
            raise CommandError(f"There is no tenant {slug}.")
        verdicts = [verify(tenant) for tenant in ([*chains] if slug else [*chains, None])]
        for verdict in verdicts:
            told = f"broken at event {verdict.broken_at}: {verdict.why}" if verdict.why else "intact"
            self.stdout.write(f"{verdict.tenant}: {verdict.events} events, {told}")
        if any(verdict.why for verdict in verdicts):
            raise CommandError("The audit log was tampered with.")
