"""Which slice of a list does one answer hold, where moto would answer with the whole list?"""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from unittest.mock import patch

from botocore.loaders import create_loader
from moto.organizations import utils as organizations
from moto.utilities import paginator
from moto.utilities.paginator import Paginator

from tests.emulators.aws.call import Call
from tests.emulators.aws.wire import Reply, answer, parse, refuse

# AWS's default number of items on a page, of the operations moto answers whole. Source: each operation's API reference.
PAGE_SIZES = {
    "codebuild:ListProjects": 100,
    "ec2:DescribeRouteTables": 1000,
    "ec2:DescribeSecurityGroups": 1000,
    "ec2:DescribeSubnets": 1000,
    "ecs:ListClusters": 100,
    "ecs:ListServices": 10,
    "ecs:ListTaskDefinitions": 100,
    "ecs:ListTasks": 100,
    "events:ListApiDestinations": 100,
    "events:ListConnections": 100,
    "iam:GetAccountAuthorizationDetails": 100,
    "iam:ListAccessKeys": 100,
    "kms:ListAliases": 50,
    "kms:ListKeys": 100,
    "lambda:ListEventSourceMappings": 100,
    "lambda:ListFunctions": 50,
}


@cache
def pagination_of(service: str, operation: str) -> dict[str, Any]:
    """Return botocore's description of an operation's paging: input_token, output_token, result_key …"""
    model = create_loader().load_service_model(service, "paginators-1")["pagination"]
    # EventBridge's two aren't in botocore's paginators; their API reference has the names.
    by_hand = {"input_token": "NextToken", "output_token": "NextToken", "limit_key": "Limit"}
    result_key = operation.removeprefix("List")
    return dict(model.get(operation) or {**by_hand, "result_key": result_key})


def paged(call: Call, whole: Reply, cap: int | None) -> Reply:
    """Return the page of moto's whole answer that the call asks for."""
    if whole.status != 200 or call.iam_action not in PAGE_SIZES:
        return whole
    return page(call, parse(call, whole), cap)


def page(call: Call, result: dict[str, Any], cap: int | None, transformers: dict[str, Any] | None = None) -> Reply:
    """Return one page of `result`: as many items as the call asks for, never more than `cap`, from its token on."""
    assert call.model is not None
    names = pagination_of(call.model.service_model.service_name, call.operation)
    start = offset_in(call.params.get(names["input_token"]))
    if start is None:
        return refuse(call, "bad token", "Invalid Marker.")
    limit = int(call.params.get(names.get("limit_key", ""), PAGE_SIZES[call.iam_action]))
    end = start + min(limit, cap or limit)
    keys = names["result_key"] if isinstance(names["result_key"], list) else [names["result_key"]]
    items = [(key, item) for key in keys for item in result.get(key) or []]
    sliced = {**result, **{key: [item for owner, item in items[start:end] if owner == key] for key in keys}}
    more = end < len(items)
    if "more_results" in names:
        sliced[names["more_results"]] = more
    sliced[names["output_token"]] = token_at(end) if more else None
    return answer(call, sliced, transformers=transformers)


def token_at(offset: int) -> str:
    return base64.urlsafe_b64encode(f"from {offset}".encode()).decode()


def offset_in(token: str | None) -> int | None:
    """Return the offset in a token of ours, 0 without one, None for a token we never gave out."""
    if token is None:
        return 0
    try:
        return int(base64.urlsafe_b64decode(token).decode().removeprefix("from "))
    except ValueError:
        return None


@contextmanager
def moto_pages_of(cap: int | None) -> Iterator[None]:
    """Keep the pages that moto makes itself at most `cap` items long, and those of ListAccounts right.

    Moto finds the next page of accounts by the time they joined, which several share here.
    """

    class Capped(Paginator):
        def __init__(self, **known: Any) -> None:
            super().__init__(**known)
            self._max_results = min(self._max_results, cap or self._max_results)

    accounts = {"limit_default": 20, "unique_attribute": "Id"}
    with (
        patch.object(paginator, "Paginator", Capped),
        patch.dict(organizations.PAGINATION_MODEL["list_accounts"], accounts),
    ):
        yield
