"""What may a person do to a finding? One function per verb, and nothing else changes a decision for people.

Each guards on the version its caller saw, in one transaction with its audit event: either both are written or neither.
All return the finding as it is afterwards and raise Conflict, Illegal or Invalid.
"""

from findings.triage.deciding import accept, acknowledge, close, false_positive, lapse, reopen, warn
from findings.triage.exempting import lift
from findings.triage.proposing import approve, refuse, withdraw
from findings.triage.working import assign, comment
from findings.triage.writing import DID, LONGEST_TEXT, Conflict, Illegal, Invalid, legal

__all__ = [
    "DID",
    "LONGEST_TEXT",
    "Conflict",
    "Illegal",
    "Invalid",
    "accept",
    "acknowledge",
    "approve",
    "assign",
    "close",
    "comment",
    "false_positive",
    "lapse",
    "legal",
    "lift",
    "refuse",
    "reopen",
    "warn",
    "withdraw",
]
