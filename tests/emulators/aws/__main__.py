"""Serve an estate until told to stop: python -m tests.emulators.aws --port 4580 --estate demo."""

import argparse
import importlib
import signal
import sys
import time
from types import FrameType

from tests.emulators.aws.server import AwsEmulator

ESTATES = {"small": "tests.emulators.aws.small_estate", "demo": "demo.estate"}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.emulators.aws", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0, the default, takes a free one")
    parser.add_argument("--estate", choices=ESTATES, default="small")
    parser.add_argument("--page-cap", type=int, help="never more items on a page than this")
    asked = parser.parse_args()
    for wish in (signal.SIGTERM, signal.SIGINT):
        signal.signal(wish, stop)
    estate = importlib.import_module(ESTATES[asked.estate]).ESTATE
    began = time.monotonic()
    with AwsEmulator(estate, port=asked.port, page_cap=asked.page_cap) as aws:
        took = time.monotonic() - began
        sys.stdout.write(f"ready {aws.url} estate={asked.estate} built in {took:.1f} s\n")
        sys.stdout.flush()
        signal.pause()


def stop(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


if __name__ == "__main__":
    main()
