"""Is every way in which AWS says no told as what it is?"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError
from botocore.parsers import ResponseParserError

from connectors.inventory.records import Record, ScopeEnded, ScopeState
from connectors.scope import Incomplete, Scope, Trouble
from connectors.source import ErrorKind
from connectors.sources.aws.place import Account, Known, Place
from connectors.sources.aws.trouble import trouble
from connectors.stream import Abandoned, Stream


def refusal(code: str, message: str = "") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "ListFunctions")


def judged(error: Exception, *, regional: bool = True) -> Trouble:
    return trouble(error, where="Lambda in orders", action="lambda:ListFunctions", regional=regional)


@pytest.mark.parametrize(
    ("code", "state", "kind"),
    [
        ("AccessDenied", ScopeState.DENIED, ErrorKind.CONFIG),
        ("AccessDeniedException", ScopeState.DENIED, ErrorKind.CONFIG),
        ("UnauthorizedOperation", ScopeState.DENIED, ErrorKind.CONFIG),
        ("AuthorizationError", ScopeState.DENIED, ErrorKind.CONFIG),
        ("ThrottlingException", ScopeState.THROTTLED, ErrorKind.TRANSIENT),
        ("RequestLimitExceeded", ScopeState.THROTTLED, ErrorKind.TRANSIENT),
        ("ExpiredTokenException", ScopeState.FAILED, ErrorKind.TRANSIENT),
        ("OptInRequired", ScopeState.SKIPPED, ErrorKind.CONFIG),
        ("UnrecognizedClientException", ScopeState.SKIPPED, ErrorKind.CONFIG),
        ("UnknownOperationException", ScopeState.SKIPPED, ErrorKind.CONFIG),
        ("404", ScopeState.SKIPPED, ErrorKind.CONFIG),
        ("InternalFailure", ScopeState.FAILED, ErrorKind.TRANSIENT),
    ],
)
def test_what_aws_answers(code, state, kind):
    found = judged(refusal(code))
    assert (found.state, found.kind) == (state, kind)
    assert found.sentence.endswith(".")


def test_wrong_keys_outside_of_a_region_are_wrong_keys():
    found = judged(refusal("UnrecognizedClientException"), regional=False)
    assert (found.state, found.kind) == (ScopeState.FAILED, ErrorKind.CONFIG)


@pytest.mark.parametrize(
    "error",
    [
        EndpointConnectionError(endpoint_url="https://lambda"),
        ReadTimeoutError(endpoint_url="https://lambda"),
        ResponseParserError("no XML"),
        Incomplete("same token"),
        KeyError("Functions"),
    ],
)
def test_what_is_no_answer_at_all_is_worth_another_try(error):
    found = judged(error)
    assert (found.state, found.kind) == (ScopeState.FAILED, ErrorKind.TRANSIENT)


def test_a_mistake_of_ours_is_ours_to_mend_and_tells_nothing_of_the_data():
    found = judged(ValueError("a customer's value"))
    assert (found.state, found.kind) == (ScopeState.FAILED, ErrorKind.SYSTEM)
    assert "customer" not in found.sentence


def test_the_missing_permission_is_the_one_aws_names():
    message = (
        "User: arn:aws:sts::1:assumed-role/sv0-reader/sv0 is not authorized to perform: lambda:ListTags on resource: x"
    )
    assert judged(refusal("AccessDeniedException", message)).missing == ("lambda:ListTags",)
    assert judged(refusal("AccessDenied", "Access Denied")).missing == ("lambda:ListFunctions",)


def test_a_policy_of_the_organization_is_named_as_the_cause():
    message = "not authorized to perform: lambda:ListFunctions with an explicit deny in a service control policy"
    assert "service control policy" in judged(refusal("AccessDenied", message)).sentence


# ── In a scope ──────────────────────────────────────────────────────────────────────────────────────────────────────


def place() -> Place:
    scope = Scope(key="aws:1:lambda:eu-west-1", label="Lambda in orders", stream=Stream())
    unused: Any = None
    return Place(
        account=Account("1", "orders"), region="eu-west-1", scope=scope, sessions=unused, session=unused,
        known=Known(), referenced=unused,
    )  # fmt: skip


def nothing(_: Place) -> Iterator[Record]:
    return iter(())


def unavailable(_: Place) -> Iterator[Record]:
    raise refusal("UnknownOperationException")


def denied(_: Place) -> Iterator[Record]:
    raise refusal("AccessDeniedException")


def test_a_service_that_is_not_there_yet_has_nothing_to_read():
    here = place()
    here.read(nothing, unavailable)
    assert here.scope.state is ScopeState.COMPLETE


def test_a_scope_whose_every_service_is_missing_is_passed_over():
    here = place()
    here.read(unavailable)
    assert here.scope.state is ScopeState.SKIPPED


def test_a_scope_ends_in_the_worst_that_happened_and_reads_on():
    here, asked = place(), []

    def last(_: Place) -> Iterator[Record]:
        asked.append("last")
        return iter(())

    here.read(unavailable, denied, last)
    assert (here.scope.state, asked) == (ScopeState.DENIED, ["last"])


def test_readers_wait_for_the_scan_and_stop_when_it_is_gone(monkeypatch):
    monkeypatch.setattr("connectors.stream.WAITING", 3)
    full, ended = Stream(), threading.Event()
    put: list[Record] = []

    def read() -> None:
        try:
            for number in range(10):
                record = ScopeEnded(scope=f"aws:{number}", state=ScopeState.COMPLETE)
                full.put(record)
                put.append(record)
        except Abandoned:
            ended.set()

    reader = threading.Thread(target=read)
    reader.start()
    first = next(full.records(cancelled=lambda: False))
    assert isinstance(first, ScopeEnded)
    assert first.scope == "aws:0"
    full.abandon()
    reader.join(timeout=10)
    assert ended.is_set()
    assert len(put) <= 4
