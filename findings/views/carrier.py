"""Who carries an accepted risk, as a form names them?"""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from accounts.http import TenantRequest
from findings import triage
from findings.proposal import RiskOwner
from findings.views.decision import people

OUTSIDE = "outside"
LONGEST = 254  # of a name or an address


def risk_owner(request: TenantRequest) -> RiskOwner | None:
    """Somebody of the tenant, or the name and the e-mail of somebody outside; None where nobody is named."""
    given = request.POST.get("owner", "")
    if given == OUTSIDE:
        return _outside(request.POST.get("owner_name", "").strip(), request.POST.get("owner_email", "").strip())
    for user in people(request) if given else ():
        if str(user.pk) == given:
            return RiskOwner(user.display_name, user.email)
    if given:
        raise triage.Invalid("owner", "Choose somebody who belongs to this tenant, or somebody outside.")
    return None


def _outside(name: str, email: str) -> RiskOwner:
    if not name or len(name) > LONGEST:
        raise triage.Invalid("owner_name", f"Say who it is, in at most {LONGEST} characters.")
    try:
        validate_email(email)
    except ValidationError as error:
        raise triage.Invalid("owner_email", "Enter an e-mail address at which they can be asked.") from error
    if len(email) > LONGEST:
        raise triage.Invalid("owner_email", f"Use at most {LONGEST} characters.")
    return RiskOwner(name, email)
