"""Serve a site until told to stop: python -m tests.emulators.jira --port 4590 --accounts 500000."""

import argparse
import signal
import sys
from types import FrameType

from tests.emulators.jira.large_estate import large_estate
from tests.emulators.jira.server import JiraEmulator
from tests.emulators.jira.small_estate import LAMBDA, sending_to


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.emulators.jira", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0, the default, takes a free one")
    parser.add_argument("--accounts", type=int, help="a site of that size; without it, the small one")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sends-to", default=LAMBDA, help="the host that a rule of the small site sends to")
    asked = parser.parse_args()
    for wish in (signal.SIGTERM, signal.SIGINT):
        signal.signal(wish, stop)
    estate = large_estate(asked.accounts, seed=asked.seed) if asked.accounts else sending_to(asked.sends_to)
    with JiraEmulator(estate, port=asked.port) as jira:
        sys.stdout.write(f"ready {jira.url} for https://{estate.host}\n")
        sys.stdout.flush()
        signal.pause()


def stop(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


if __name__ == "__main__":
    main()
