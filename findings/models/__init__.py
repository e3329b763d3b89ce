"""What is kept about findings, in plain collections?"""

from findings.models.comment import Comment
from findings.models.evaluating import EvaluationRun
from findings.models.finding import Finding, Tally
from findings.models.operation import Operation, OperationMember
from findings.models.ruling import Approval, Exemption, Policy, RuleSetting, RuleState
from findings.models.ticket import Ticket

__all__ = [
    "Approval",
    "Comment",
    "EvaluationRun",
    "Exemption",
    "Finding",
    "Operation",
    "OperationMember",
    "Policy",
    "RuleSetting",
    "RuleState",
    "Tally",
    "Ticket",
]
