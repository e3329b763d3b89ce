"""Serve an instance until told to stop: python -m tests.emulators.servicenow --port 4590 --estate small.

SV0_ENDPOINT_SERVICENOW=http://127.0.0.1:4590 sends the source there; the line that says "ready" tells how to sign in.
"""

import argparse
import signal
import sys
from types import FrameType

from tests.emulators.servicenow import small_estate
from tests.emulators.servicenow.large_estate import large
from tests.emulators.servicenow.server import ServiceNowEmulator


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.emulators.servicenow", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0, the default, takes a free one")
    parser.add_argument("--estate", choices=("small", "large"), default="small")
    parser.add_argument("--size", type=int, default=100_000, help="objects of the large estate")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--page-cap", type=int, help="never more rows on a page than this")
    asked = parser.parse_args()
    for wish in (signal.SIGTERM, signal.SIGINT):
        signal.signal(wish, stop)
    world = large(asked.size, seed=asked.seed) if asked.estate == "large" else small_estate.world()
    with ServiceNowEmulator(world, port=asked.port, page_cap=asked.page_cap) as emulator:
        known = f"client_id={small_estate.CLIENT} client_secret={small_estate.SECRET}"
        sys.stdout.write(f"ready {emulator.url} address=https://{world.host} {known}\n")
        sys.stdout.flush()
        signal.pause()


def stop(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


if __name__ == "__main__":
    main()
