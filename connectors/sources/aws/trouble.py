"""What does an error from AWS mean for the scope that was being read, in words a customer understands?"""

from __future__ import annotations

import re

from botocore import exceptions as boto
from botocore.parsers import ResponseParserError

from connectors.inventory.records import ScopeState
from connectors.scope import Incomplete, Trouble
from connectors.source import ErrorKind

DENIED = {
    "AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError",
    "AuthorizationErrorException", "UnauthorizedException", "NotAuthorizedException", "NotAuthorized", "403",
    "Forbidden",
}  # fmt: skip
THROTTLED = {
    "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled", "RequestThrottledException",
    "TooManyRequestsException", "RequestLimitExceeded", "BandwidthLimitExceeded", "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException", "SlowDown", "EC2ThrottledException", "429",
}  # fmt: skip
EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired"}
WRONG_KEYS = {"InvalidClientTokenId", "UnrecognizedClientException", "AuthFailure", "SignatureDoesNotMatch"}
SWITCHED_OFF = {"OptInRequired", "RegionDisabledException", *WRONG_KEYS} - {"SignatureDoesNotMatch"}
UNKNOWN_OPERATION = {"UnknownOperationException", "UnknownOperation", "InvalidAction", "NotImplemented", "404", "501"}
PERFORM = re.compile(r"(?:perform:?|to perform) ([a-z0-9-]+:[A-Za-z0-9*]+)")


# What a call can end in, short of a mistake of ours; KeyError: a member that AWS always sends was missing.
ERRORS = (boto.ClientError, boto.BotoCoreError, ResponseParserError, KeyError)


def code(error: BaseException) -> str:
    """AWS's own error code, or "" for an error that isn't an answer of AWS."""
    return str(error.response.get("Error", {}).get("Code", "")) if isinstance(error, boto.ClientError) else ""


def is_denied(error: BaseException) -> bool:
    return code(error) in DENIED


def is_unknown_operation(error: BaseException) -> bool:
    return code(error) in UNKNOWN_OPERATION


def refused_action(error: boto.ClientError, *, fallback: str) -> str:
    """The permission that AWS itself names in its refusal, else the one the call needs."""
    found = PERFORM.search(str(error.response.get("Error", {}).get("Message", "")))
    return found[1] if found else fallback


def trouble(error: BaseException, *, where: str, action: str, regional: bool) -> Trouble:
    """Judge an error met at `action` ("lambda:ListFunctions"), reading `where` ("Lambda in orders, eu-west-1")."""
    if isinstance(error, boto.ClientError):
        return _answered(error, where=where, action=action, regional=regional)
    for kinds, words in UNANSWERED:
        if isinstance(error, kinds):
            return Trouble(ScopeState.FAILED, words.format(where=where, action=action), ErrorKind.TRANSIENT)
    if isinstance(error, boto.NoCredentialsError | boto.PartialCredentialsError):
        return Trouble(ScopeState.FAILED, f"There are no AWS credentials to read {where}.", ErrorKind.CONFIG)
    sentence = f"sv0 stumbled over AWS's answer to {action}, reading {where} ({type(error).__name__})."
    return Trouble(ScopeState.FAILED, sentence, ErrorKind.SYSTEM)


def _answered(error: boto.ClientError, *, where: str, action: str, regional: bool) -> Trouble:
    found = code(error)
    if found in DENIED:
        return _denied(error, where=where, action=action)
    if regional and found in SWITCHED_OFF:
        return Trouble(ScopeState.SKIPPED, f"{where} was not read: the region is switched off.", ErrorKind.CONFIG)
    for codes, state, kind, words in ANSWERED:
        if found in codes:
            return Trouble(state, words.format(where=where, action=action), kind)
    sentence = f"AWS answered {action} with {found or 'an error'}, reading {where}."
    return Trouble(ScopeState.FAILED, sentence, ErrorKind.TRANSIENT)


def _denied(error: boto.ClientError, *, where: str, action: str) -> Trouble:
    missing = refused_action(error, fallback=action)
    by = " by a service control policy of the organization" if "service control policy" in str(error) else ""
    return Trouble(ScopeState.DENIED, f"{missing} is refused{by}, reading {where}.", ErrorKind.CONFIG, (missing,))


ANSWERED: tuple[tuple[set[str], ScopeState, ErrorKind, str], ...] = (
    (THROTTLED, ScopeState.THROTTLED, ErrorKind.TRANSIENT, "AWS kept slowing down {action}, reading {where}."),
    (EXPIRED, ScopeState.FAILED, ErrorKind.TRANSIENT, "The session expired, reading {where}."),
    (WRONG_KEYS, ScopeState.FAILED, ErrorKind.CONFIG, "AWS doesn't accept the credentials, reading {where}."),
    (UNKNOWN_OPERATION, ScopeState.SKIPPED, ErrorKind.CONFIG, "{action} is not available, reading {where}."),
)
UNANSWERED: tuple[tuple[tuple[type[BaseException], ...], str], ...] = (
    # A member that AWS always sends is missing (KeyError), or the body is no XML, JSON or CBOR at all.
    (
        (Incomplete, ResponseParserError, boto.IncompleteReadError, boto.ResponseStreamingError, KeyError),
        "AWS's answer to {action} was cut short or unreadable, reading {where}.",
    ),
    ((boto.HTTPClientError, boto.ConnectionError), "AWS couldn't be reached for {action}, reading {where}."),
)
