"""Runs a mongod for development: in the foreground, or for as long as one command takes."""

import os
import signal
import subprocess
import sys
from argparse import ArgumentParser
from pathlib import Path
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from sv0.mongod import MongodError, end_with_parent, running_mongod


class Command(BaseCommand):
    """`devmongo` prints the URI and waits for Ctrl-C; `devmongo -- CMD` runs CMD with MONGODB_URI set, then stops."""

    help = __doc__ or ""
    requires_system_checks: list[str] = []  # there is no database to check yet

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take a port, a data directory and a command."""
        parser.add_argument("--port", type=int, help="listen here (default: a free port)")
        parser.add_argument("--dbpath", type=Path, help="keep the data here (default: a temporary directory)")
        parser.add_argument("command", nargs="*", metavar="-- CMD", help="run this with MONGODB_URI set, then stop")

    def handle(self, *, port: int | None, dbpath: Path | None, command: list[str], **options: Any) -> None:
        """Exit with the command's own status; 1 when no mongod starts."""
        signal.signal(signal.SIGTERM, _leave)
        try:
            with running_mongod(port=port, dbpath=dbpath) as uri:
                if command:
                    sys.exit(_run(command, uri=uri))
                self.stdout.write(uri)
                self.stdout.flush()
                signal.pause()
        except MongodError as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            sys.exit(128 + signal.SIGINT)


def _leave(number: int, frame: FrameType | None) -> None:
    sys.exit(128 + number)


def _run(command: list[str], *, uri: str) -> int:
    """The command's exit status, 128 + signal when killed. Ctrl-C reaches it from the terminal, SIGTERM from here."""
    try:
        child = subprocess.Popen(
            command,
            env=os.environ | {"MONGODB_URI": uri},
            preexec_fn=end_with_parent(),  # noqa: PLW1509  (one system call, which takes no lock)
        )
    except OSError as error:
        raise CommandError(f"{command[0]}: {error.strerror}") from error
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda number, frame: child.terminate())
    status = child.wait()
    return status if status >= 0 else 128 - status
