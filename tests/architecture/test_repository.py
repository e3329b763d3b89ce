"""Is what the repository says about itself true, on any machine?"""

import re
import subprocess
from pathlib import Path

from tests.architecture.tree import ROOT, name

# Written so that this file does not find itself.
OTHER_MACHINES = re.compile("|".join(("/work" + "/", "/farm" + "/", r"/home/\w+/", r"/Users/\w+/", r"\.pyenv" + "/")))
PROSE = ("*.md", "docs/**/*.md")


def _committed() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    return [path for line in listed.split("\0") if line and (path := ROOT / line).is_file()]


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="ignore")


def _make_targets() -> set[str]:
    return set(re.findall(r"^([a-z][a-z-]*):", _text(ROOT / "Makefile"), re.MULTILINE))


def test_no_path_of_a_machine_is_committed():
    found = {name(path): hit.group() for path in _committed() if (hit := OTHER_MACHINES.search(_text(path)))}
    assert found == {}


def test_every_make_command_in_the_documentation_exists():
    pages = {page for pattern in PROSE for page in ROOT.glob(pattern)}
    named = {
        (name(page), target)
        for page in pages
        for target in re.findall(r"(?:^|`|\$ |&& )make ([a-z][a-z-]*)", _text(page), re.MULTILINE)
    }
    assert {(page, target) for page, target in named if target not in _make_targets()} == set()


def test_every_make_target_is_phony_and_explained():
    makefile = _text(ROOT / "Makefile")
    phony = set(re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[0].split())
    explained = set(re.findall(r"^([a-z][a-z-]*):.* ## .+$", makefile, re.MULTILINE))
    assert phony == explained == _make_targets()


def test_every_requirement_says_what_for():
    silent = [
        f"{name(path)}: {line}"
        for path in (ROOT / "requirements").glob("*.in")
        for line in _text(path).splitlines()
        if line.strip() and not line.startswith(("#", "-r ")) and not re.search(r"\S\s+# \S", line)
    ]
    assert silent == []


def test_every_pinned_requirement_has_a_hash():
    for path in (ROOT / "requirements").glob("*.txt"):
        pins = re.findall(r"^[a-z0-9].*==.*(?:\\\n +--hash=\S+ ?)+", _text(path), re.MULTILINE)
        assert pins, name(path)
        assert len(pins) == len(re.findall(r"^[A-Za-z0-9]", _text(path), re.MULTILINE)), name(path)
