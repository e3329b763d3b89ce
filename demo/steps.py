"""Which steps lead from an empty database to a scanned tenant?"""

from __future__ import annotations

import subprocess
import sys
import time

from demo.processes import HERE, port_is_free

EMULATOR_SECONDS = 180


def migrate(environment: dict[str, str]) -> None:
    """Bring the database to the newest migrations and install the schedules."""
    _run(environment, "manage.py", "migrate", "--verbosity", "0")
    _run(environment, "manage.py", "install_schedules")


def provision(environment: dict[str, str]) -> None:
    """The demo's tenant, people and connection."""
    _run(environment, "-m", "demo.provision")


def scan_once(environment: dict[str, str], *, watched: dict[str, subprocess.Popen[bytes]]) -> None:
    """Have the worker scan the organization, unless that was done before."""
    started = time.monotonic()
    while port_is_free(int(environment["DEMO_AWS_PORT"])):
        for name, process in watched.items():
            if process.poll() is not None:
                raise RuntimeError(f"the {name} ended with status {process.returncode}: see {HERE / 'logs' / name}.log")
        if time.monotonic() - started > EMULATOR_SECONDS:
            raise RuntimeError(f"the emulator wasn't ready within {EMULATOR_SECONDS} s: see {HERE / 'logs'}")
        time.sleep(0.2)
    _run(environment, "-m", "demo.scan")


def _run(environment: dict[str, str], *arguments: str) -> None:
    done = subprocess.run([sys.executable, *arguments], cwd=HERE.parent, env=environment, check=False)
    if done.returncode:
        raise RuntimeError(f"python {' '.join(arguments)} ended with status {done.returncode}")
