"""Which steps lead from an empty database to a scanned tenant?"""

from __future__ import annotations

import subprocess
import sys
import time

from demo.processes import HERE, port_is_free

EMULATOR_SECONDS = 180


def provision(environment: dict[str, str]) -> bool:
    """Migrations, schedules, the demo's tenant, people and connections; whether they were scanned before."""
    return _run(environment, "-m", "demo.provision").endswith("scanned before\n")


def scan_once(environment: dict[str, str], *, watched: dict[str, subprocess.Popen[bytes]]) -> None:
    """Have the worker scan every system, once the stand-ins hold them."""
    started = time.monotonic()
    while any(port_is_free(int(port)) for port in environment["DEMO_PORTS"].split()):
        for name, process in watched.items():
            if process.poll() is not None:
                raise RuntimeError(f"the {name} ended with status {process.returncode}: see {HERE / 'logs' / name}.log")
        if time.monotonic() - started > EMULATOR_SECONDS:
            raise RuntimeError(f"the stand-ins weren't ready within {EMULATOR_SECONDS} s: see {HERE / 'logs'}")
        time.sleep(0.2)
    _run(environment, "-m", "demo.scan", stdout=None)


def _run(environment: dict[str, str], *arguments: str, stdout: int | None = subprocess.PIPE) -> str:
    done = subprocess.run(
        [sys.executable, *arguments], cwd=HERE.parent, env=environment, stdout=stdout, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"python {' '.join(arguments)} ended with status {done.returncode}")
    return done.stdout or ""
