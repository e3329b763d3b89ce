"""What may a person do to a finding? One function per verb, and nothing else changes a decision for people.

Each guards on the version its caller saw, in one transaction with its audit event: either both are written or neither.
All return the finding as it is afterwards and raise Conflict, Illegal or Invalid.
"""

from findings.triage.deciding import accept, acknowledge, close, false_positive, lapse, reopen, terms_of, warn
from findings.triage.exempting import lift
from findings.triage.proposing import approve, refuse, withdraw
from findings.triage.working import assign, assigned, require_triager
from findings.triage.writing import (
    DID,
    LONGEST_TEXT,
    VOIDED,
    Change,
    Conflict,
    Illegal,
    Invalid,
    accepted,
    conflict,
    decision,
    entry,
    following,
    illegal,
    legal,
    record,
)

__all__ = [
    "DID",
    "LONGEST_TEXT",
    "VOIDED",
    "Change",
    "Conflict",
    "Illegal",
    "Invalid",
    "accept",
    "accepted",
    "acknowledge",
    "approve",
    "assign",
    "assigned",
    "close",
    "conflict",
    "decision",
    "entry",
    "false_positive",
    "following",
    "illegal",
    "lapse",
    "legal",
    "lift",
    "record",
    "refuse",
    "reopen",
    "require_triager",
    "terms_of",
    "warn",
    "withdraw",
]
