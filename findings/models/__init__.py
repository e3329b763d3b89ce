"""What is kept about findings, in plain collections?"""

from findings.models.evaluating import EvaluationRun
from findings.models.finding import Comment, Finding, Tally
from findings.models.ruling import Approval, Exemption, Policy, RuleSetting, RuleState

__all__ = [
    "Approval",
    "Comment",
    "EvaluationRun",
    "Exemption",
    "Finding",
    "Policy",
    "RuleSetting",
    "RuleState",
    "Tally",
]
