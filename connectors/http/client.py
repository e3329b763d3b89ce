"""How is one system asked: signed in, again when it is busy, slower before it is, and never elsewhere?"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator, Mapping
from copy import copy
from datetime import UTC, datetime
from http.cookiejar import DefaultCookiePolicy
from time import monotonic, sleep
from typing import Any, Protocol
from urllib.parse import urljoin, urlsplit

import requests
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt
from urllib3.exceptions import HTTPError as TransportError

from connectors.http.answers import AGAIN, KINDS, Answer, HttpError, Throttled, Unauthorized, Unavailable, Unreadable
from connectors.http.answers import decoded as decode
from connectors.http.circuit import Circuit
from connectors.http.endpoints import Untrusted
from connectors.http.waiting import pace, retry_after
from connectors.scope import Incomplete, Meter

TRIES = 6
FIRST_WAIT, LONGEST_WAIT = 0.5, 60.0  # seconds, where the system doesn't say how long
CONNECT, READ = 5.0, 90.0  # seconds
LARGEST = 64 * 1024 * 1024  # bytes of one answer
SLICE = 0.5  # seconds asleep between two looks whether the scan goes on


class Authorize(Protocol):
    """Gives the headers that sign a call; `fresh` when the ones before were refused."""

    def __call__(self, *, fresh: bool) -> Mapping[str, str]: ...


class Client:
    """One host. Many threads may share it: what one is told about the host's limits holds for all.

    `go_on` is called before each call and while waiting; it raises when reading further would be in vain.
    """

    def __init__(self, base: str, *, authorize: Authorize, go_on: Callable[[], None] = lambda: None) -> None:
        self.base = base.rstrip("/")
        self.meter = Meter()
        self._authorize, self._go_on = authorize, go_on
        self._session = requests.Session()
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        adapter = requests.adapters.HTTPAdapter(pool_maxsize=32)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)
        self._circuit = Circuit()
        self._quiet = _Quiet()
        self._tries = TRIES

    def charged(self, meter: Meter) -> Client:
        """The same client, its waiting charged to that meter."""
        other = copy(self)
        other.meter = meter
        return other

    def once(self) -> Client:
        """The same client, that makes a call once: for what mustn't happen twice where an answer was lost."""
        other = copy(self)
        other._tries = 1
        return other

    def get(
        self, path: str, *, params: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None
    ) -> Any:
        """The decoded JSON at a path of the host, or at an address of it that it named itself.

        Raises an HttpError: NotFound, Refused, Throttled …; Untrusted for an address elsewhere.
        """
        return self.ask("GET", path, params=params, headers=headers).json

    def post(self, path: str, *, json: Any, headers: Mapping[str, str] | None = None) -> Any:
        """The same for a read that the vendor made a POST: a batch of reads, a query."""
        return self.ask("POST", path, json=json, headers=headers).json

    def ask(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One call, tried several times, with the answer's headers."""
        url = self.address(path)
        if not self._circuit.closed():
            raise Unavailable(_shown(url))
        patient = Retrying(
            stop=stop_after_attempt(self._tries),
            retry=retry_if_exception_type(AGAIN),
            wait=_wait,
            before_sleep=self._told_to_wait,
            sleep=self._pause,
            reraise=True,
        )
        request = requests.Request(method, url, params=params, json=json, headers=dict(headers or {}))
        try:
            answer: Answer = patient(self._once, request)
        except (Unavailable, Unreadable):
            self._circuit.failed()
            raise
        self._circuit.succeeded()
        return answer

    def rest(self, seconds: float) -> None:
        """Nobody calls the host for so long: it said so of a part of a call, to be made again."""
        self.meter.retries += 1
        self._quiet.take(seconds)

    def address(self, path: str) -> str:
        """The whole address. Untrusted for one on another host, or that isn't as safe: there the sign-in would leak."""
        url = path if "://" in path else urljoin(f"{self.base}/", path.lstrip("/"))
        ours, theirs = urlsplit(self.base), urlsplit(url)
        if (ours.scheme, ours.netloc.lower()) != (theirs.scheme, theirs.netloc.lower()):
            raise Untrusted(f"{theirs.hostname} is not {ours.hostname}.")
        return url

    def _once(self, request: requests.Request) -> Answer:
        self._go_on()
        self._pause(self._quiet.left())
        try:
            return self._send(request, self._authorize(fresh=False))
        except Unauthorized:
            return self._send(request, self._authorize(fresh=True))

    def _send(self, request: requests.Request, signed: Mapping[str, str]) -> Answer:
        where = _shown(str(request.url))
        prepared = self._session.prepare_request(request)
        prepared.headers.update({"Accept": "application/json", "User-Agent": "sv0", **prepared.headers, **signed})
        settings = self._session.merge_environment_settings(prepared.url or "", {}, True, None, None)
        try:
            with self._session.send(prepared, timeout=(CONNECT, READ), allow_redirects=False, **settings) as response:
                return self._judged(response, _body(response, where), where)
        except (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError) as error:
            raise Unreadable(where) from error
        except (requests.exceptions.RequestException, TransportError, OSError) as error:
            raise Unavailable(where) from error

    def _judged(self, response: requests.Response, body: bytes, where: str) -> Answer:
        now = datetime.now(UTC)
        self._quiet.take(pace(response.headers, now=now))
        if response.status_code >= 300:
            kind = KINDS.get(response.status_code, HttpError)
            raise kind(
                where, status=response.status_code, body=body, after=retry_after(response.headers, now=now)
            ) from None
        try:
            return Answer(decode(body), response.headers)
        except ValueError:
            raise Unreadable(where, status=response.status_code) from None

    def _told_to_wait(self, state: RetryCallState) -> None:
        """When the system wants to be left alone, nobody calls it meanwhile."""
        self.meter.retries += 1
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, Throttled) and state.next_action:
            self._quiet.take(state.next_action.sleep)

    def _pause(self, seconds: float) -> None:
        end = monotonic() + seconds
        while (left := end - monotonic()) > 0:
            self._go_on()
            sleep(min(SLICE, left))
        self.meter.waited += max(0.0, seconds)


class _Quiet:
    """Until when the host is to be left alone, for all threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._until = 0.0

    def take(self, seconds: float) -> None:
        if seconds > 0:
            with self._lock:
                self._until = max(self._until, monotonic() + seconds)

    def left(self) -> float:
        with self._lock:
            return max(0.0, self._until - monotonic())


def pages(
    client: Client,
    path: str,
    *,
    following: Callable[[Any], str | None],
    params: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Iterator[Any]:
    """Every page of a listing. `following` finds in a page the address of the next one, which is followed as given.

    A page may be empty and still not be the last. One that was read already would never end: Incomplete.
    """
    seen: set[str] = set()
    page = client.get(path, params=params, headers=headers)
    while True:
        yield page
        address = following(page)
        if not address:
            return
        if address in seen:
            raise Incomplete(f"{_shown(path)} names the same next page twice")
        seen.add(address)
        page = client.get(address, headers=headers)


def _wait(state: RetryCallState) -> float:
    """As long as the system says, and a little more, so that not all come back at once; else longer each time."""
    error = state.outcome.exception() if state.outcome else None
    said = error.after if isinstance(error, HttpError) else None
    if said is not None:
        return said + random.uniform(0, min(1.0, said / 10 + 0.1))  # noqa: S311 (no secret)
    longer: float = FIRST_WAIT * 2 ** (state.attempt_number - 1)
    return min(LONGEST_WAIT, longer) * random.uniform(0.5, 1.5)  # noqa: S311


def _body(response: requests.Response, where: str) -> bytes:
    body = bytearray()
    for chunk in response.iter_content(1024 * 1024):
        body += chunk
        if len(body) > LARGEST:
            raise Unreadable(where, status=response.status_code)
    return bytes(body)


def _shown(url: str) -> str:
    """Without the query: it may hold what is nobody's business in a log."""
    parts = urlsplit(url)
    return f"{parts.netloc}{parts.path}"
