"""What does each `make` target of the demo do? python -m demo up|data|serve|stop"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from types import FrameType

from demo.processes import HERE, Stack, port_is_free, stop_recorded
from demo.steps import provision, scan_once
from demo.systems import stand_ins
from sv0.mongod import MongodError, running_mongod

PEOPLE = """
  Open    {url}
  Sign in with one of these addresses; the code appears in this window.
    alice@acme-media.example    manager    connects, triages, sees the audit log
    bob@acme-media.example      analyst    triages
    victor@acme-media.example   viewer     looks, prints reports
    audrey@acme-media.example   auditor    looks, reads the audit log
    staff@sv0.example           internal   {url}/admin/ (sets up an authenticator app first)
  Ctrl-C stops everything; the data stays in .demo/.
"""


def main() -> None:
    """Run one of the four verbs; a failure is one line and exit status 1."""
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument("verb", choices=("up", "data", "serve", "stop"))
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")), help="where the app listens")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, _leave)
    try:
        run(asked.verb, port=asked.port)
    except (MongodError, RuntimeError) as error:
        sys.exit(f"demo: {error}")
    except KeyboardInterrupt:
        say("stopped")


def run(verb: str, *, port: int) -> None:
    """Start what the verb needs, wait for Ctrl-C where it serves, and stop all of it."""
    if verb == "stop":
        stopped = stop_recorded()
        say(f"stopped {', '.join(stopped)}" if stopped else "nothing was left running")
        return
    if verb != "data" and not port_is_free(port):
        raise RuntimeError(f"port {port} is taken: end what listens there, or choose another: PORT=8001 make demo")
    if left := stop_recorded():
        say(f"stopped what an earlier demo left: {', '.join(left)}")
    with running_mongod(dbpath=HERE / "mongodb") as uri, Stack() as stack:
        stack.record("demo", os.getpid())
        say("MongoDB is up")
        environment = _environment(uri, port=port)
        watched, addresses = stand_ins(stack, environment)
        environment |= addresses
        scanned = provision(environment)
        watched["worker"] = stack.start("worker", [sys.executable, "manage.py", "qcluster"], environment)
        if verb != "serve" and not scanned:
            scan_once(environment, watched=watched)
        if verb != "data":
            _serve(stack, environment, port=port)


def _serve(stack: Stack, environment: dict[str, str], *, port: int) -> None:
    gunicorn = [sys.executable, "-m", "gunicorn", "sv0.wsgi", "--bind", f"127.0.0.1:{port}", "--workers", "2"]
    # The sign-in codes are e-mails printed to this terminal.
    web = stack.start("web", [*gunicorn, "--threads", "4", "--log-level", "warning"], environment, to_terminal=True)
    print(PEOPLE.format(url=environment["BASE_URL"]), flush=True)
    while web.poll() is None:
        time.sleep(0.5)
    raise RuntimeError(f"the app ended with status {web.returncode}: see {HERE / 'logs'}")


def _environment(uri: str, *, port: int) -> dict[str, str]:
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
        "SV0_ENV": "development",
        "MONGODB_URI": uri,
        "MONGODB_NAME": "sv0_demo",
        "BASE_URL": f"http://127.0.0.1:{port}",
        "LOG_LEVEL": "WARNING",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def say(line: str) -> None:
    """One line of progress."""
    print(f"demo: {line}", flush=True)


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
