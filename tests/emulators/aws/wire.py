"""How an answer of our own looks on AWS's wire: written and read back with the service's own model."""

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from botocore.parsers import create_parser
from moto.core.exceptions import ServiceException
from moto.core.serialize import XFormedAttributePicker, get_serializer_class

from tests.emulators.aws.call import Call


@dataclass
class Reply:
    """An HTTP answer. `declared` is the Content-Length told to the client when it isn't the body's own."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    declared: int | None = field(default=None)

    @property
    def status_line(self) -> str:
        return f"{self.status} {HTTPStatus(self.status).phrase}"


class Refusal(ServiceException):
    """An error of no service in particular; moto would look for the service of its own exceptions by their module."""


# Error codes by wire protocol; AWS's "Common Errors" pages, and EC2's own list.
SPELLINGS: dict[str, dict[str, tuple[int, str]]] = {
    "denied": {
        "ec2": (403, "UnauthorizedOperation"),
        "json": (400, "AccessDeniedException"),
        "rest-json": (403, "AccessDeniedException"),
        "": (403, "AccessDenied"),
    },
    "throttled": {
        "ec2": (503, "RequestLimitExceeded"),
        "json": (400, "ThrottlingException"),
        "rest-json": (429, "ThrottlingException"),
        "rest-xml": (503, "SlowDown"),
        "": (400, "Throttling"),
    },
    "expired": {
        "ec2": (400, "RequestExpired"),
        "json": (400, "ExpiredTokenException"),
        "rest-json": (403, "ExpiredTokenException"),
        "": (403, "ExpiredToken"),
    },
    "unknown key": {
        "ec2": (401, "AuthFailure"),
        "json": (400, "UnrecognizedClientException"),
        "rest-json": (403, "UnrecognizedClientException"),
        "rest-xml": (403, "InvalidAccessKeyId"),
        "": (403, "InvalidClientTokenId"),
    },
    "bad signature": {
        "json": (400, "InvalidSignatureException"),
        "rest-json": (403, "InvalidSignatureException"),
        "": (403, "SignatureDoesNotMatch"),
    },
    "bad token": {
        "json": (400, "ValidationException"),
        "rest-json": (400, "InvalidParameterValueException"),
        "": (400, "ValidationError"),
    },
    "not found": {"": (404, "ResourceNotFoundException")},
    "broken": {"": (500, "InternalFailure")},
    "unavailable": {"": (503, "ServiceUnavailable")},
}


def refuse(call: Call, reason: str, message: str) -> Reply:
    """Return the error `reason` (a key of SPELLINGS), spelled as the call's service spells it."""
    if call.model is None:
        return Reply(404, [("Content-Type", "text/plain")], message.encode())
    by_protocol = SPELLINGS[reason]
    status, code = by_protocol.get(call.protocol, by_protocol[""])
    reply = answer(call, Refusal(code, message))
    reply.status = status
    return reply


def answer(call: Call, result: object, *, transformers: dict[str, Any] | None = None) -> Reply:
    """Return `result` (a mapping, moto's own objects inside it, or an exception) as the call's operation answers it."""
    assert call.model is not None
    serializer = get_serializer_class(call.model.service_model.service_name, call.protocol)(
        operation_model=call.model, value_picker=XFormedAttributePicker(response_transformers=transformers)
    )
    written = serializer.serialize(result)
    body = written["body"]
    headers = [(name, str(value)) for name, value in written["headers"].items()]
    return Reply(int(written["status_code"]), headers, body if isinstance(body, bytes) else str(body).encode())


def parse(call: Call, reply: Reply) -> dict[str, Any]:
    """Return an answer as botocore would hand it to the caller, ResponseMetadata left out."""
    assert call.model is not None
    assert call.model.output_shape is not None
    parsed = create_parser(call.protocol).parse(
        {"status_code": reply.status, "headers": dict(reply.headers), "body": reply.body}, call.model.output_shape
    )
    parsed.pop("ResponseMetadata", None)
    return dict(parsed)
