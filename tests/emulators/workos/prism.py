"""WorkOS as nobody here wrote it: Prism answers with the examples of WorkOS' own description, and judges what is asked.

    with Prism(folder) as prism:
        line = Line(sdk_backend, prism.url)

It knows nothing that was said before: it has no state, and no answer that the description has no example of.
"""

from __future__ import annotations

import json
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from workos import HTTPBackend, HTTPResponse

from sv0.mongod import end_with_parent
from tests.emulators.workos import description, packages

START_SECONDS = 180  # it takes three seconds of a free processor
ANSWER_SECONDS = 60  # on a busy machine; how long sv0 waits for WorkOS is another test's matter
LISTENING = "Prism is listening on "


class Prism:
    """Serves the description at `url`, on a free port, from entering the context until leaving it.

    `asked`: what Prism is to do instead, such as to stand between another description's server and those who ask it.
    """

    def __init__(self, folder: Path, *asked: str) -> None:
        self.url = ""
        self._asked = asked or ("mock", str(description.file()))
        self._log = folder / "prism.log"

    def __enter__(self) -> Self:
        prism = packages.node_modules() / "@stoplight/prism-cli/dist/index.js"
        command = [packages.program("node"), str(prism), *self._asked, "-h", "127.0.0.1", "-p", "0"]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                preexec_fn=end_with_parent(),  # noqa: PLW1509  (one system call, which takes no lock)
            )
        try:
            self.url = self._listening()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def _listening(self) -> str:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            for line in self._log.read_text(encoding="utf-8").splitlines(keepends=True):
                if LISTENING in line and line.endswith("\n"):
                    return line.partition(LISTENING)[2].strip()
            time.sleep(0.1)
        raise RuntimeError(f"Prism doesn't answer: {self._log.read_text(encoding='utf-8')[-2000:]}")

    def _end(self) -> None:
        self._process.terminate()
        self._process.wait()


@dataclass(frozen=True)
class Asked:
    """A question, and what was wrong with it or with its answer."""

    method: str
    path: str
    status: int
    faults: list[str]


@dataclass
class Line:
    """The SDK's own way to Prism, overheard.

    `prefer` is the status that Prism is to answer a method with; else it answers that all is well. `completes` is added
    to each membership that Prism tells of.
    """

    backend: HTTPBackend
    prefer: dict[str, int] = field(default_factory=dict)
    completes: dict[str, Any] = field(default_factory=dict)
    heard: list[Asked] = field(default_factory=list)

    def request(
        self, method: str, url: str, *, headers: dict[str, str], content: bytes | None, timeout: float
    ) -> HTTPResponse:
        """Ask as the SDK does, with more patience."""
        wanted = self.prefer.get(method)
        if wanted:
            headers = {**headers, "Prefer": f"code={wanted}"}
        answer = self.backend.request(
            method, url, headers=headers, content=content, timeout=max(timeout, ANSWER_SECONDS)
        )
        path = urlsplit(url).path
        self.heard.append(Asked(method, path, answer.status_code, _faults(method, url, answer, wanted)))
        if answer.status_code < 300 and "/organization_memberships" in path:
            return _completed(answer, self.completes)
        return answer

    def close(self) -> None:
        """As the SDK's own."""
        self.backend.close()

    def accepted(self) -> list[str]:
        """What was asked, after making sure that it and its answers were as described."""
        assert [one for one in self.heard if one.faults] == []
        return [f"{one.method} {one.path}" for one in self.heard]


def _faults(method: str, url: str, answer: HTTPResponse, wanted: int | None) -> list[str]:
    """Prism lets pass what a query asks for beyond the description: that is looked up here."""
    violations = json.loads(answer.headers.get("sl-violations", "[]"))
    faults = [f"{'.'.join(one['location'])}: {one['message']}" for one in violations]
    if answer.status_code != wanted if wanted else answer.status_code >= 300:
        faults.append(f"answered {answer.status_code}: {answer.text[:300]}")
    if answer.status_code < 300:
        query = parse_qs(urlsplit(url).query, keep_blank_values=True)
        unknown = query.keys() - description.parameters(method, urlsplit(url).path)
        faults += [f"request.query: {name} is not described" for name in sorted(unknown)]
    return faults


def _completed(answer: HTTPResponse, fields: dict[str, Any]) -> HTTPResponse:
    told = answer.json()
    for membership in told.get("data", [told]):
        membership.update(fields)
    content = json.dumps(told).encode()
    return HTTPResponse(answer.status_code, answer.headers, content, answer.request_method, answer.request_url)
