"""How does a session that was ended here end at WorkOS?"""

from __future__ import annotations

from collections.abc import Collection

import structlog
from django.conf import settings

from accounts.workos.client import Declined, Unavailable, asked, client

log = structlog.get_logger(__name__)


def revoke(session_ids: Collection[str]) -> bool:
    """Whether all are over there. The first that gets no answer is the last that is asked for."""
    if not settings.WORKOS_API_KEY:
        return not session_ids
    for session_id in session_ids:
        try:
            _revoke(session_id)
        except Declined:
            continue  # over already
        except Unavailable as error:
            log.warning("sessions not ended at WorkOS", why=str(error), sessions=len(session_ids))
            return False
    return True


def _revoke(session_id: str) -> None:
    asked(lambda: client().user_management.revoke_session(session_id=session_id))
