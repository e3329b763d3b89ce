"""How does somebody get back in who has lost every second factor? Whoever runs sv0 takes them all away."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import factors, session
from accounts.models import User
from tenants import audit
from tenants.audit import WORKER


class Command(BaseCommand):
    """`manage.py forget_factors alice@acme.example`. Make sure first that it's the person who asks."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """The address."""
        parser.add_argument("email")

    def handle(self, *_args: Any, email: str, **_options: Any) -> None:
        """Their sessions end as well: one of them may be whose doing the loss was."""
        user = User.objects.filter(email=email.lower()).first()
        if user is None:
            raise CommandError(f"Nobody has the address {email}.")
        factors.forget(user=user)
        session.end_everywhere(user=user)
        named = {"subject_kind": "user", "subject_id": str(user.pk), "subject": user.display_name}
        audit.record(None, actor=WORKER, action="account:factor_removed", detail={"factor": "all"}, **named)
        self.stdout.write(f"{email} signs in without a second factor now, and is signed out everywhere.")
