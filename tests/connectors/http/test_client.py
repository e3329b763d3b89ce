"""A call is made again when that may help, later when the system says so, and never anywhere else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from connectors.http import (
    Client,
    Gone,
    HttpError,
    NotFound,
    Refused,
    Throttled,
    Unauthorized,
    Unavailable,
    Unreadable,
    Untrusted,
    pages,
)
from connectors.http.circuit import MOST_FAILURES, REST
from connectors.http.client import TRIES
from connectors.scope import Incomplete, Meter
from connectors.stream import Cancelled
from tests.connectors.http.conftest import Clock, Host, Reply, signed_by

OK = Reply(body=b'{"value": [1]}')


def test_an_answer_is_decoded_and_signed_for(client: Client, host: Host):
    host.answers(Reply(body=b'\xef\xbb\xbf{"value": ["\xc3\xa9"]}'))
    assert client.get("/users", params={"$top": 999}) == {"value": ["é"]}
    method, path, headers = host.asked[0]
    assert (method, path, headers["Authorization"]) == ("GET", "/users?%24top=999", "Bearer token")


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_what_may_pass_is_tried_again(client: Client, host: Host, clock: Clock, status: int):
    host.answers(Reply(status, b"<html>busy</html>"), Reply(status), OK)
    assert client.get("/") == {"value": [1]}
    assert len(host.asked) == 3
    assert client.meter.retries == 2
    assert client.meter.waited == pytest.approx(clock.now - 1000.0)


@pytest.mark.parametrize(
    "broken", [Reply(reset=True), Reply(body=b'{"value": [1, 2', cut=8), Reply(body=b"<html>"), Reply(cut=5)]
)
def test_a_connection_cut_or_an_answer_cut_short_is_tried_again(client: Client, host: Host, broken: Reply):
    host.answers(broken, OK)
    assert client.get("/") == {"value": [1]}


@pytest.mark.parametrize(
    ("status", "kind"), [(400, HttpError), (403, Refused), (404, NotFound), (409, HttpError), (410, Gone)]
)
def test_what_is_wrong_stays_wrong(client: Client, host: Host, status: int, kind: type[HttpError]):
    host.answers(Reply(status, b'{"error": {"code": "Denied", "message": "Who are you?"}}'))
    with pytest.raises(kind) as met:
        client.get("/")
    assert (met.value.status, met.value.code, met.value.message) == (status, "Denied", "Who are you?")
    assert len(host.asked) == 1


@pytest.mark.parametrize(
    ("reply", "kind"),
    [(Reply(429), Throttled), (Reply(503), Unavailable), (Reply(reset=True), Unavailable), (Reply(cut=3), Unreadable)],
)
def test_after_the_last_try_it_is_told(client: Client, host: Host, reply: Reply, kind: type[HttpError]):
    host.answers(reply)
    with pytest.raises(kind):
        client.get("/")
    assert len(host.asked) == TRIES


@pytest.mark.parametrize(
    ("said", "least", "most"),
    [
        ({"Retry-After": "20"}, 20, 21.1),
        ({"Retry-After": "86400"}, 300, 301),
        ({"Retry-After": "0"}, 0, 0.2),
        ({"Retry-After": "-5"}, 0, 0.2),
        ({"Retry-After": "soon"}, 0.2, 0.8),
        # The system's clock is years ahead: its date is to be read against its own time.
        ({"Retry-After": "Fri, 01 Jan 2038 00:00:30 GMT", "Date": "Fri, 01 Jan 2038 00:00:00 GMT"}, 30, 31.1),
    ],
)
def test_the_system_says_how_long(
    client: Client, host: Host, clock: Clock, said: dict[str, str], least: float, most: float
):
    host.answers(Reply(429, headers=said), OK)
    client.get("/")
    assert least <= clock.now - 1000 <= most


def test_without_a_time_of_its_own_a_date_is_read_against_ours(client: Client, host: Host, clock: Clock):
    then = datetime.now(UTC) + timedelta(seconds=40)
    host.answers(Reply(429, headers={"Retry-After": format_datetime(then, usegmt=True)}), OK)
    client.get("/")
    assert 20 <= clock.now - 1000 <= 41.1


def test_a_busy_system_is_left_alone_by_all(client: Client, host: Host, clock: Clock):
    other = client.charged(Meter())
    host.answers(
        Reply(200, headers={"RateLimit-Limit": "100", "RateLimit-Remaining": "4", "RateLimit-Reset": "50"}), OK
    )
    client.get("/")
    assert clock.now == 1000
    other.get("/")
    assert clock.now == pytest.approx(1010)
    assert client.meter.waited == 0
    assert other.meter.waited == pytest.approx(10)


def test_a_cancelled_scan_does_not_wait_to_the_end(host: Host, clock: Clock):
    def go_on() -> None:
        if clock.now > 1005:
            raise Cancelled

    host.answers(Reply(429, headers={"Retry-After": "200"}))
    with pytest.raises(Cancelled):
        Client(host.address, authorize=signed_by("token"), go_on=go_on).get("/")
    assert clock.now < 1007


def test_a_refused_token_is_fetched_anew_once(host: Host, clock: Clock):
    client = Client(host.address, authorize=signed_by("old", "new"))
    host.answers(Reply(401), OK, Reply(401))
    assert client.get("/") == {"value": [1]}
    assert [headers["Authorization"] for _, _, headers in host.asked] == ["Bearer old", "Bearer new"]
    with pytest.raises(Unauthorized):
        client.get("/")
    assert len(host.asked) == 4
    assert clock.slept == []


def test_a_host_that_is_down_is_not_asked_again_for_a_while(client: Client, host: Host, clock: Clock):
    host.answers(Reply(503))
    for _ in range(MOST_FAILURES):
        with pytest.raises(Unavailable):
            client.get("/")
    asked = len(host.asked)
    with pytest.raises(Unavailable):
        client.get("/")
    assert len(host.asked) == asked
    host.answers(OK)
    clock.now += REST
    assert client.get("/") == {"value": [1]}
    assert client.get("/") == {"value": [1]}


def test_the_sign_in_goes_nowhere_else(client: Client, host: Host):
    for address in ("https://evil.example/next", host.address.replace("http:", "https:"), "http://127.0.0.1:1/"):
        with pytest.raises(Untrusted):
            client.get(address)
    host.answers(Reply(302, headers={"Location": "https://evil.example/"}))
    with pytest.raises(HttpError):
        client.get("/")


def test_no_cookie_is_kept(client: Client, host: Host):
    host.answers(Reply(headers={"Set-Cookie": "session=1; Path=/"}), OK)
    client.get("/")
    client.get("/")
    assert "Cookie" not in host.asked[1][2]


def test_an_answer_too_large_is_not_read_to_its_end(client: Client, host: Host, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("connectors.http.client.LARGEST", 100)
    host.answers(Reply(body=b"[" + b" " * 200 + b"]"))
    with pytest.raises(Unreadable):
        client.get("/")


def following(page: dict[str, str]) -> str | None:
    return page.get("next")


def test_pages_are_followed_as_given(client: Client, host: Host):
    host.answers(
        Reply(body=b'{"next": "%s/more?a=%%24&b"}' % host.address.encode()), Reply(body=b'{"next": "/last"}'), OK
    )
    assert len(list(pages(client, "/first", following=following, params={"$top": 5}))) == 3
    assert [path for _, path, _ in host.asked] == ["/first?%24top=5", "/more?a=%24&b", "/last"]


def test_a_page_that_leads_back_is_no_end(client: Client, host: Host):
    host.answers(Reply(body=b'{"next": "/a"}'), Reply(body=b'{"next": "/b"}'), Reply(body=b'{"next": "/a"}'))
    with pytest.raises(Incomplete):
        list(pages(client, "/first", following=following))


def test_a_page_elsewhere_is_not_followed(client: Client, host: Host):
    host.answers(Reply(body=b'{"next": "https://evil.example/"}'))
    with pytest.raises(Untrusted):
        list(pages(client, "/first", following=following))
