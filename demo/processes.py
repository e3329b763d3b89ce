"""How do the demo's processes start, get remembered, and all end?"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from sv0.mongod import end_with_parent

HERE = Path(__file__).resolve().parent.parent / ".demo"
RECORDS = HERE / "run"
STOP_SECONDS = 15


class Stack:
    """Processes that end together, the last started first. Each is recorded in a file, so that `stop` finds it too."""

    def __init__(self) -> None:
        self._running: list[tuple[str, subprocess.Popen[bytes]]] = []
        for folder in (RECORDS, HERE / "logs"):
            folder.mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        # A second Ctrl-C must not interrupt the stopping.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        for _name, process in reversed(self._running):
            _end(process.pid)
            process.wait()
        for file in RECORDS.glob("*.json"):
            file.unlink()

    def start(
        self, name: str, command: list[str], environment: dict[str, str], *, to_terminal: bool = False
    ) -> subprocess.Popen[bytes]:
        """A process in a session of its own, ending with this one; its output goes to .demo/logs/<name>.log."""
        with (HERE / "logs" / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                command,
                cwd=HERE.parent,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=None if to_terminal else log,
                stderr=None if to_terminal else subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=end_with_parent(),  # noqa: PLW1509  (one system call, which takes no lock)
            )
        self._running.append((name, process))
        self.record(name, process.pid)
        return process

    @staticmethod
    def record(name: str, pid: int) -> None:
        """Remember a process by its id and what it runs."""
        (RECORDS / f"{name}.json").write_text(json.dumps({"pid": pid, "command": _command(pid)}))


def stop_recorded() -> list[str]:
    """End what an earlier demo left running; the names of it. A pid that was given to another program is left alone."""
    stopped = []
    for file in sorted(RECORDS.glob("*.json"), key=lambda file: file.stem != "demo"):
        try:
            record = json.loads(file.read_text())
        except FileNotFoundError:
            continue  # a demo that was ended cleans up after itself
        if record["command"] and record["command"] == _command(record["pid"]) and record["pid"] != os.getpid():
            _end(record["pid"])
            stopped.append(file.stem)
        file.unlink(missing_ok=True)
    return stopped


def port_is_free(port: int) -> bool:
    """Whether nobody listens on that port of 127.0.0.1."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def _command(pid: int) -> str:
    asked = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return asked.stdout.strip()


def _end(pid: int) -> None:
    """SIGTERM to the process, SIGKILL to its group when it's still there after a while."""
    try:
        os.kill(pid, signal.SIGTERM)
    except ProcessLookupError:
        return
    deadline = time.monotonic() + STOP_SECONDS
    while time.monotonic() < deadline:
        if _ended(pid):
            return
        time.sleep(0.05)
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def _ended(pid: int) -> bool:
    try:
        if os.waitpid(pid, os.WNOHANG)[0]:
            return True
    except ChildProcessError:
        pass  # not ours: asked below
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False
