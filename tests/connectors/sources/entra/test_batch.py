"""Is a request of a batch that was put off asked for again, and only that one?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import pytest

from connectors.http import Client, Refused, Throttled
from connectors.sources.entra import batch


class Answering:
    """Stands for the client: each call is answered by the next of the answers, number → (status, headers)."""

    def __init__(self, *answers: Mapping[str, tuple[int, Mapping[str, str]]]) -> None:
        self.answers = list(answers)
        self.asked: list[list[str]] = []
        self.rested: list[float] = []

    def post(self, path: str, *, json: Any) -> Any:
        self.asked.append([each["url"] for each in json["requests"]])
        answer = self.answers[min(len(self.asked), len(self.answers)) - 1]
        numbers = [each["id"] for each in json["requests"] if each["id"] in answer]
        return {"responses": [self._row(each, *answer[each]) for each in reversed(numbers)]}

    def _row(self, number: str, status: int, headers: Mapping[str, str]) -> dict[str, Any]:
        body = {"value": [number]} if status == 200 else {"error": {"code": "CANARY", "message": "CANARY"}}
        return {"id": number, "status": status, "headers": dict(headers), "body": body}

    def rest(self, seconds: float) -> None:
        self.rested.append(seconds)


OK: tuple[int, Mapping[str, str]] = (200, {})
URLS = ["/a", "/b", "/c"]


def answers(client: Answering) -> list[Any]:
    return batch.answers(cast("Client", client), "v1.0", URLS, headers={})


def test_answers_come_in_the_order_of_the_questions():
    assert answers(Answering({"0": OK, "1": OK, "2": OK})) == [{"value": ["0"]}, {"value": ["1"]}, {"value": ["2"]}]


def test_only_what_was_throttled_is_asked_for_again_after_the_longest_wait():
    client = Answering(
        {"0": OK, "1": (429, {"retry-after": "7"}), "2": (429, {"Retry-After": "3"})}, {"1": OK, "2": OK}
    )
    assert len(answers(client)) == 3
    assert client.asked == [URLS, ["/b", "/c"]]
    assert 7 <= client.rested[0] <= 7.7


def test_an_answer_that_is_left_out_is_asked_for_again():
    client = Answering({"0": OK, "2": OK}, {"1": OK})
    assert answers(client)[1] == {"value": ["1"]}


def test_an_object_that_is_gone_has_no_answer():
    assert answers(Answering({"0": OK, "1": (404, {}), "2": OK}))[1] is None


def test_a_refusal_is_one():
    with pytest.raises(Refused):
        answers(Answering({"0": OK, "1": (403, {}), "2": OK}))


def test_patience_ends():
    with pytest.raises(Throttled):
        answers(Answering({"0": OK, "1": (429, {}), "2": OK}))
