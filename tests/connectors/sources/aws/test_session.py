"""Does paging end, and is nothing asked that wasn't declared?"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from connectors.scope import Incomplete
from connectors.sources.aws.organization import Organization
from connectors.sources.aws.session import ask, pages


class Client:
    """A client of Organizations that answers with these pages, one after the other, then with the last one again."""

    def __init__(self, *answers: dict[str, Any]) -> None:
        self.meta = SimpleNamespace(service_model=SimpleNamespace(service_name="organizations"))
        self.asked: list[dict[str, Any]] = []
        self._answers = list(answers)

    def list_accounts(self, **request: Any) -> dict[str, Any]:
        self.asked.append(request)
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


class Place:
    """Where an organization is read whose accounts come on these pages."""

    scope = SimpleNamespace(key="aws:1:organization")

    def __init__(self, *answers: dict[str, Any]) -> None:
        self._client = Client(*answers)

    def ask(self, service: str, operation: str) -> dict[str, Any]:
        return {"Organization": {"MasterAccountId": "1"}}

    def pages(self, service: str, operation: str, **request: Any) -> Any:
        return pages(self._client, operation, **request) if operation == "ListAccounts" else iter(())


def page(*accounts: dict[str, Any], following: str | None = None) -> dict[str, Any]:
    return {"Accounts": list(accounts), **({"NextToken": following} if following else {})}


def test_an_empty_page_is_not_the_last_one():
    client = Client(page({"Id": "1"}, following="a"), page(following="b"), page({"Id": "2"}))
    found = [row["Id"] for each in pages(client, "ListAccounts", by="NextToken") for row in each["Accounts"]]
    assert found == ["1", "2"]
    assert client.asked == [{}, {"NextToken": "a"}, {"NextToken": "b"}]


def test_a_token_that_comes_back_ends_the_reading():
    client = Client(page(following="a"), page(following="b"), page(following="a"))
    with pytest.raises(Incomplete):
        list(pages(client, "ListAccounts", by="NextToken"))
    assert len(client.asked) == 3


def test_an_undeclared_call_is_refused_before_it_is_made():
    client = Client(page())
    with pytest.raises(RuntimeError, match="LeaveOrganization is not among the declared calls"):
        ask(client, "LeaveOrganization")


def test_a_name_arrives_as_it_was_sent_null_bytes_and_all():
    name = "a\x00b\u202e<i>" + "x" * 10_000
    place: Any = Place(page({"Id": "1", "Name": name, "State": "ACTIVE"}))
    (account,) = Organization().read(place)
    assert account.name == name  # type: ignore[union-attr]


def test_an_account_that_aws_lists_twice_is_one_account():
    twice = {"Id": "1", "Name": "orders", "State": "ACTIVE"}
    organization = Organization()
    place: Any = Place(page(twice, following="a"), page(twice, {"Id": "2", "Name": "lab", "Status": "SUSPENDED"}))
    assert [each.id for each in organization.read(place)] == ["aws:account:1", "aws:account:2"]  # type: ignore[union-attr]
    assert [account.state for account in organization.accounts.values()] == ["ACTIVE", "SUSPENDED"]
