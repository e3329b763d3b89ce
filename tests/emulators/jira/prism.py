"""Prism between the source and the emulator: a program that nobody here wrote judges both by Atlassian's description.

    with Judged(jira, folder) as judged:
        os.environ["SV0_ENDPOINT_JIRA"] = judged.url

Prism knows the platform's paths only; what else is asked goes to the emulator straight.
"""

from __future__ import annotations

import json
import threading
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import requests
from werkzeug import Request, Response
from werkzeug.serving import make_server

from tests.emulators.jira import description
from tests.emulators.jira.server import JiraEmulator, Quiet
from tests.emulators.workos.prism import ANSWER_SECONDS, Prism

DROPPED = {"connection", "content-encoding", "content-length", "host", "transfer-encoding"}


class Judged:
    """Serves the emulator at `url`. `heard`: the platform's paths that went through Prism; `violations`: its words."""

    def __init__(self, jira: JiraEmulator, folder: Path) -> None:
        self.heard: list[str] = []
        self.violations: list[str] = []
        self._jira = jira
        self._prism = Prism(folder, "proxy", str(description.FILE), f"{jira.url}/{jira.estate.host}")
        self._session = requests.Session()
        self._leave = ExitStack()
        self._server = make_server("127.0.0.1", 0, self, threaded=True, request_handler=Quiet)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._leave.enter_context(self._prism)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True, name="judged-jira").start()
        self._leave.callback(self._server.server_close)
        self._leave.callback(self._server.shutdown)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leave.close()

    def __call__(self, environ: Any, start_response: Any) -> Any:
        request = Request(environ)
        inner = request.path.removeprefix(f"/{self._jira.estate.host}")
        described = inner.startswith(description.PREFIX)
        answer = self._session.request(
            request.method,
            f"{self._prism.url}{inner}" if described else f"{self._jira.url}{request.path}",
            params=list(request.args.items(multi=True)),
            data=request.get_data(),
            headers={name: value for name, value in request.headers if name.lower() not in DROPPED},
            timeout=ANSWER_SECONDS,
        )
        if described:
            self.heard.append(inner)
            told = json.loads(answer.headers.get("sl-violations", "[]"))
            self.violations += [f"{inner}: {'.'.join(one['location'])}: {one['message']}" for one in told]
        kept = [(name, value) for name, value in answer.headers.items() if name.lower() not in DROPPED]
        return Response(answer.content, answer.status_code, kept)(environ, start_response)
