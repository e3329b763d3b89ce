"""What does an IAM action do: reach content, change permissions, become another identity, or merely describe?

The permission-changing actions are AWS's own access level "Permissions management" (data/, one action a line); the
content actions are the ones whose answer or request carries the customer's data. All is compared in small letters.
"""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path

from connectors.inventory.records import Access
from connectors.sources.aws.pattern import covers, overlaps

ASSUME_ROLE = "sts:assumerole"
PASS_ROLE = "iam:passrole"  # noqa: S105

READS_CONTENT: dict[str, tuple[str, ...]] = {
    "s3": ("s3:getobject", "s3:getobjectversion", "s3:getobjecttorrent"),
    "secretsmanager": ("secretsmanager:getsecretvalue", "secretsmanager:batchgetsecretvalue"),
    "ssm": ("ssm:getparameter", "ssm:getparameters", "ssm:getparametersbypath", "ssm:getparameterhistory"),
    "kms": ("kms:decrypt", "kms:reencryptfrom"),
    "dynamodb": (
        "dynamodb:getitem",
        "dynamodb:batchgetitem",
        "dynamodb:query",
        "dynamodb:scan",
        "dynamodb:partiqlselect",
        "dynamodb:getrecords",
        "dynamodb:exporttabletopointintime",
    ),
    "rds": ("rds:downloadcompletedblogfile", "rds:downloaddblogfileportion", "rds:startexporttask"),
    "rds-data": ("rds-data:executestatement", "rds-data:batchexecutestatement", "rds-data:executesql"),
    "rds-db": ("rds-db:connect",),
    "sqs": ("sqs:receivemessage",),
    "sns": ("sns:subscribe",),
}
WRITES_CONTENT: dict[str, tuple[str, ...]] = {
    "s3": ("s3:putobject", "s3:deleteobject", "s3:deleteobjectversion", "s3:restoreobject", "s3:replicateobject"),
    "secretsmanager": (
        "secretsmanager:putsecretvalue",
        "secretsmanager:updatesecret",
        "secretsmanager:deletesecret",
        "secretsmanager:rotatesecret",
    ),
    "ssm": ("ssm:putparameter", "ssm:deleteparameter", "ssm:deleteparameters"),
    "kms": ("kms:encrypt", "kms:schedulekeydeletion", "kms:disablekey", "kms:deleteimportedkeymaterial"),
    "dynamodb": (
        "dynamodb:putitem",
        "dynamodb:updateitem",
        "dynamodb:deleteitem",
        "dynamodb:batchwriteitem",
        "dynamodb:partiqlinsert",
        "dynamodb:partiqlupdate",
        "dynamodb:partiqldelete",
        "dynamodb:deletetable",
    ),
    "rds": ("rds:deletedbinstance", "rds:deletedbcluster", "rds:modifydbinstance", "rds:modifydbcluster"),
    "rds-data": ("rds-data:executestatement", "rds-data:batchexecutestatement", "rds-data:executesql"),
    "rds-db": ("rds-db:connect",),
    "sqs": ("sqs:sendmessage", "sqs:deletemessage", "sqs:purgequeue", "sqs:deletequeue"),
    "sns": ("sns:publish", "sns:deletetopic"),
}
# Actions of the escalation catalogue's services that policies with NotAction must still be seen to allow.
ACTING_SERVICES = (
    "apprunner", "bedrock", "bedrock-agentcore", "cloudformation", "codebuild", "datapipeline", "ec2",
    "ec2-instance-connect", "ecs", "glue", "iam", "lambda", "sagemaker", "ssm", "states", "sts",
)  # fmt: skip
METADATA_VERBS = (
    "get", "list", "describe", "batchget", "lookup", "search", "view", "query", "scan", "select", "check", "simulate",
    "validate", "estimate", "preview", "test", "generateservicelastaccessed",
)  # fmt: skip


@cache
def permission_changing() -> dict[str, tuple[str, ...]]:
    """Service → its actions that change permissions, in small letters."""
    found: dict[str, list[str]] = {}
    text = Path(__file__).with_name("data").joinpath("permissions_management_actions.txt").read_text(encoding="utf-8")
    for action in text.lower().split():
        found.setdefault(action.split(":", 1)[0], []).append(action)
    found.pop("rds-db", None)  # connecting to a database is content, above
    return {service: tuple(actions) for service, actions in found.items()}


@cache
def services() -> tuple[str, ...]:
    """Every service this catalogue knows something about."""
    return tuple(sorted({*permission_changing(), *READS_CONTENT, *ACTING_SERVICES}))


@lru_cache(maxsize=16_384)
def content(action: str) -> tuple[Access, ...]:
    """Which content access the pattern of one service can give: read, write, both or none."""
    service = action.split(":", 1)[0]
    found = []
    if any(overlaps(action, known) for known in READS_CONTENT.get(service, ())):
        found.append(Access.READ)
    if any(overlaps(action, known) for known in WRITES_CONTENT.get(service, ())):
        found.append(Access.WRITE)
    return tuple(found)


@lru_cache(maxsize=16_384)
def changes_permissions(action: str) -> bool:
    return any(overlaps(action, known) for known in permission_changing().get(action.split(":", 1)[0], ()))


@lru_cache(maxsize=16_384)
def consequential(action: str) -> bool:
    """Whether an action pattern may give content, permissions, another identity, or a machine that acts as one."""
    service = action.split(":", 1)[0]
    acts = any(overlaps(service, each) for each in ACTING_SERVICES)
    return acts or changes_permissions(action) or bool(content(action))


@lru_cache(maxsize=16_384)
def level(action: str) -> Access:
    """How strong an action pattern of one service is, judged by its verb where the catalogue is silent."""
    if changes_permissions(action):
        return Access.ADMIN
    verb = action.split(":", 1)[-1]
    return Access.READ if verb.startswith(METADATA_VERBS) else Access.WRITE


def by_service(action: str, *, only: str = "*") -> list[str]:
    """The action pattern, spelled once for each service it means: "*" on an S3 ARN is ["s3:*"].

    `only` is a pattern of services (the service part of the resource's ARN), used when the action itself names none.
    """
    service, colon, verb = action.partition(":")
    if "*" not in service and "?" not in service:
        return [action]
    known = [name for name in services() if overlaps(service, name) and overlaps(only, name)]
    if not known and only != "*" and overlaps(service, only):
        known = [only]
    return [f"{name}:{verb if colon else '*'}" for name in known]


@lru_cache(maxsize=4_096)
def all_but(excluded: tuple[str, ...]) -> tuple[str, ...]:
    """What a NotAction leaves: whole services, and the known actions of a service that is excluded in part."""
    left: list[str] = []
    for service in services():
        everything = f"{service}:*"
        if not any(overlaps(pattern, everything) for pattern in excluded):
            left.append(everything)
        elif not any(covers(pattern, everything) for pattern in excluded):
            left.extend(action for action in _known(service) if not any(overlaps(p, action) for p in excluded))
    return tuple(left)


def _known(service: str) -> list[str]:
    return sorted(
        {
            *permission_changing().get(service, ()),
            *READS_CONTENT.get(service, ()),
            *WRITES_CONTENT.get(service, ()),
            *((ASSUME_ROLE,) if service == "sts" else ()),
        }
    )
