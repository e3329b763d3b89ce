"""What does the job queue run for ticket systems?"""

from __future__ import annotations

from django.utils import timezone

from ticketing.kinds import opened
from ticketing.models import TicketSystem
from ticketing.system import TicketError


def check(pk: str) -> str:
    """Whether it lets us in. Returns what it says, which its page shows where it is trouble."""
    system = TicketSystem.objects.across_tenants().filter(pk=pk).first()
    if system is None:
        return "gone"
    same = TicketSystem.objects.of(system.tenant).filter(pk=pk)
    try:
        said = opened(system).check()
    except TicketError as error:
        same.update(trouble=str(error))
        return str(error)
    same.update(trouble=None, reached_at=timezone.now())
    return said
