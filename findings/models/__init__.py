"""What is kept about findings, in plain collections?"""

from findings.models.evaluating import EvaluationRun
from findings.models.finding import Comment, Finding, Tally
from findings.models.operation import Operation, OperationMember
from findings.models.ruling import Approval, Exemption, Policy, RuleSetting, RuleState

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
]
