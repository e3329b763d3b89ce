"""How do a tenant's managers learn that internal staff acts as one of their people?

By mail, unless they turned it off, and in any case from their audit log. Mail goes out by the queue: a mail server that
fails holds nobody up, is tried again, and in the end leaves an event.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from bson import ObjectId
from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.utils import timezone
from django_q.tasks import async_task, schedule

from accounts.http import tenant_url
from accounts.models import Membership
from accounts.roles import Role
from tenants import audit
from tenants.audit import WORKER, Actor
from tenants.models import Tenant

if TYPE_CHECKING:
    from accounts.impersonation import Impersonation

MAIL = "accounts.support_access.mail"
ATTEMPTS = 5
WAIT = timedelta(minutes=5)  # twice as long after each attempt
log = structlog.get_logger(__name__)


def tell(acting: Impersonation) -> None:
    """Queue a mail to each manager of the tenant."""
    if not acting.tenant.notify_support_access:
        return
    urls = {f"{name}_url": f"{settings.BASE_URL}{tenant_url(acting.tenant, name)}" for name in ("audit", "members")}
    body = render_to_string("accounts/email/support_access.txt", {"acting": acting, **urls})
    # A name may hold a line break, which no mail server takes in a subject.
    title = " ".join(f"sv0 support acts as {acting.subject} at {acting.tenant}".split())
    for membership in Membership.objects.of(acting.tenant).filter(role=Role.MANAGER).select_related("user"):
        if membership.user.is_active:
            async_task(MAIL, str(acting.tenant.pk), membership.user.email, title, body, 1, task_name="support access")


def mail(tenant_id: str, address: str, title: str, body: str, attempt: int) -> None:
    """Send one mail; when that fails, try again later. The last failure is left in the tenant's audit log."""
    try:
        send_mail(f"{settings.EMAIL_SUBJECT_PREFIX}{title}", body, None, [address])
    except Exception as error:  # whatever a mail server says: nobody may miss it in silence
        log.warning("support access not told", attempt=attempt, why=str(error))
        if attempt < ATTEMPTS:
            later = timezone.now() + WAIT * 2 ** (attempt - 1)
            schedule(MAIL, tenant_id, address, title, body, attempt + 1, next_run=later)
            return
        tenant = Tenant.objects.get(pk=ObjectId(tenant_id))
        action = "session:impersonation:not_told"
        audit.record(tenant, actor=WORKER, action=action, detail={"to": address, "why": type(error).__name__})


def choose(*, tenant: Tenant, notify: bool, actor: Actor) -> None:
    """Have managers told by mail from now on, or not. What changes nothing leaves no event."""

    def work() -> None:
        if Tenant.objects.filter(pk=tenant.pk, notify_support_access=not notify).update(notify_support_access=notify):
            detail = {"tell managers of support access": "yes" if notify else "no"}
            audit.record(tenant, actor=actor, action="tenant:changed", detail=detail)

    audit.atomically(work)
