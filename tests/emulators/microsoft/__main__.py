"""Serve a tenant until told to stop: python -m tests.emulators.microsoft --port 4600 --estate acme.

The line that says "ready" has the environment that leads sv0 here, and how to sign in, as JSON.
"""

import argparse
import json
import signal
import sys
from types import FrameType

from tests.emulators.microsoft.login import CLIENT, SECRET
from tests.emulators.microsoft.tenant import acme, large


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.emulators.microsoft", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0, the default, takes a free one")
    parser.add_argument("--estate", choices=("acme", "large"), default="acme")
    parser.add_argument("--size", type=int, default=50_000, help="service principals of the large estate")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    for wish in (signal.SIGTERM, signal.SIGINT):
        signal.signal(wish, stop)
    large_one = asked.estate == "large"
    microsoft = large(asked.size, seed=asked.seed, port=asked.port) if large_one else acme(port=asked.port)
    with microsoft:
        settings = {"tenant": microsoft.login.tenant, "client_id": CLIENT, "client_secret": SECRET}
        told = {"url": microsoft.url, "environment": microsoft.environment(), "settings": settings}
        sys.stdout.write(f"ready {json.dumps(told)}\n")
        sys.stdout.flush()
        signal.pause()


def stop(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


if __name__ == "__main__":
    main()
