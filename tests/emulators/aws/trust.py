"""Whose key signed a request, and may that caller become the role it asks for? Moto checks neither."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from moto.core.exceptions import SignatureDoesNotMatchError
from moto.iam.access_control import IAMRequest
from moto.iam.models import IAMBackend, Role, iam_backends

from tests.emulators.aws.call import Call, request_of
from tests.emulators.aws.wire import Reply, refuse

NO_SUCH_KEY = "The security token included in the request is invalid."
BAD_SIGNATURE = (
    "The request signature we calculated does not match the signature you provided. "
    "Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
)


@dataclass(frozen=True)
class Caller:
    """The principal behind an access key, as trust policies name it: the user's ARN, or the assumed role's."""

    account: str
    arn: str


def iam_of(account: str) -> IAMBackend:
    """Return moto's IAM of an account."""
    return iam_backends[account]["aws"]


def caller_of(access_key: str) -> Caller | None:
    """Return who signs with an access key, or None for a key that nobody was given."""
    for account in list(iam_backends):
        key = iam_of(account).access_keys.get(access_key)
        if key is not None:
            return Caller(account, key.role_arn or iam_of(account).get_user(key.user_name or "").arn)
    return None


def refusal(call: Call, organizations: Mapping[str, str]) -> Reply | None:
    """Return AWS's refusal of a call whose key, signature or AssumeRole isn't good; None when all are.

    `organizations` holds organization ids by account. Signatures are checked on STS calls only: every other call
    carries a session that STS gave out.
    """
    caller = caller_of(call.access_key)
    if caller is None:
        return refuse(call, "unknown key", NO_SUCH_KEY)
    if call.service != "sts":
        return None
    if not signature_is_good(call, caller):
        return refuse(call, "bad signature", BAD_SIGNATURE)
    if call.operation == "AssumeRole" and not may_assume(call, caller, organizations.get(caller.account)):
        return refuse(call, "denied", not_authorized(call, caller))
    return None


def not_authorized(call: Call, caller: Caller) -> str:
    """Return AWS's words for a refusal, the same for a missing role, a wrong ExternalId and a denial."""
    resource = call.params.get("RoleArn", "*") if call.operation == "AssumeRole" else "*"
    return f"User: {caller.arn} is not authorized to perform: {call.iam_action} on resource: {resource}"


def signature_is_good(call: Call, caller: Caller) -> bool:
    request = request_of(call.environ)
    signed = IAMRequest(
        account_id=caller.account,
        method=request.method,
        path=request.path,
        data={},
        body=request.get_data(),
        headers=dict(request.headers),
        action=call.operation,
    )
    try:
        signed.check_signature()
    except SignatureDoesNotMatchError:
        return False
    return True


def may_assume(call: Call, caller: Caller, organization: str | None) -> bool:
    """Say whether the role exists and one statement of its trust lets the caller in with what the call brought."""
    role = role_named(call.params.get("RoleArn", ""))
    if role is None:
        return False
    brought = {"sts:ExternalId": call.params.get("ExternalId"), "aws:PrincipalOrgID": organization}
    statements = listed(json.loads(role.assume_role_policy_document)["Statement"])
    return any(lets_in(statement, caller, brought) for statement in statements)


def role_named(arn: str) -> Role | None:
    account = arn.partition("::")[2].partition(":")[0]
    roles: Iterable[Role] = iam_of(account).roles.values() if account.isdigit() else ()
    return next((role for role in roles if role.arn == arn), None)


def lets_in(statement: Mapping[str, Any], caller: Caller, brought: Mapping[str, str | None]) -> bool:
    if statement["Effect"] != "Allow" or "sts:AssumeRole" not in listed(statement["Action"]):
        return False
    principal = statement.get("Principal", {})
    named = {"*"} if principal == "*" else set(listed(principal.get("AWS", [])))
    if not named & {"*", caller.arn, caller.account, f"arn:aws:iam::{caller.account}:root"}:
        return False
    return all(
        operator in ("StringEquals", "StringLike") and brought.get(key) in listed(wanted)
        for operator, tests in statement.get("Condition", {}).items()
        for key, wanted in tests.items()
    )


def listed(value: Any) -> list[Any]:
    """Return a policy's value as the list it may or may not be written as."""
    return value if isinstance(value, list) else [value]
