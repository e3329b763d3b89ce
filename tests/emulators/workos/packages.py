"""What does npm bring for the tests, and is it there in the versions that package-lock.json pins?

WorkOS' own OpenAPI description, and Prism, which answers as that description says.
"""

from __future__ import annotations

import filecmp
import shutil
import subprocess
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent
LOCK = FOLDER / "package-lock.json"
NODE_MODULES = FOLDER / "node_modules"
INSTALLED = NODE_MODULES / "installed.json"  # a copy of the lock file whose packages are there


@cache
def node_modules() -> Path:
    """The folder of packages; what is missing or of another version is fetched, which takes half a minute, once."""
    if not INSTALLED.exists() or not filecmp.cmp(LOCK, INSTALLED, shallow=False):
        _install()
    return NODE_MODULES


def program(name: str) -> str:
    """The path of `node` or `npm`. RuntimeError where there is none: a test that needs it fails, and says so."""
    path = shutil.which(name)
    if path is None:
        raise RuntimeError(f"{name} is missing: `make test` installs it on Debian as root, else install Node.js.")
    return path


def _install() -> None:
    command = [program("npm"), "ci", "--silent"]
    done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"npm could not get {LOCK.name}'s packages: {done.stderr or done.stdout}")
    shutil.copyfile(LOCK, INSTALLED)
