"""What does an ARN name, and what do people call it?"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Arn:
    """arn:partition:service:region:account:resource; parts may hold wildcards when a policy spelled it."""

    partition: str
    service: str
    region: str
    account: str
    resource: str

    def __str__(self) -> str:
        return f"arn:{self.partition}:{self.service}:{self.region}:{self.account}:{self.resource}"


def parse(text: str) -> Arn | None:
    """The parts of an ARN; None for anything else ("*", an id, a service's name)."""
    parts = text.split(":", 5)
    if len(parts) < 6 or parts[0] != "arn":
        return None
    return Arn(*parts[1:])


def short_name(text: str) -> str:
    """The last part of an address, as its owner would call it: "role/app/export" is "export"."""
    return text.rstrip("/").rsplit("/", 1)[-1].rsplit(":", 1)[-1] or text


def role_arn(role: str, *, partition: str, account: str) -> str:
    """The ARN of a role given as an ARN or as a bare name (Glue, CodeBuild). A bare name hides the role's path."""
    return role if role.startswith("arn:") else f"arn:{partition}:iam::{account}:role/{role}"


def function_arn(text: str) -> str | None:
    """The Lambda function an ARN means, without alias or version; None when it means something else."""
    arn = parse(text)
    if arn is None or arn.service != "lambda" or not arn.resource.startswith("function:"):
        return None
    return ":".join(text.split(":")[:7])
