#!/bin/sh
# Makes this clone runnable: a virtual environment with the pinned requirements, and the system libraries they load.
# As root on Debian or Ubuntu it installs what the system lacks; otherwise it says what is missing and how to get it.
#
#   scripts/setup.sh           what running needs
#   scripts/setup.sh browser   also what the tests need: Chromium, pdftoppm and npm
#
# PYTHON names the interpreter to use, CHROMIUM the browser.
set -eu
cd "$(dirname "$0")/.."
venv=.venv

say() { printf 'setup: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }
is_root() { [ "$(id -u)" = 0 ]; }

# need PACKAGE…: installs Debian packages, or says which and how.
need() {
    if ! have apt-get; then
        case $(uname -s) in
            Darwin) say "missing: $*"; die "get it with: brew install pango poppler" ;;
            *) die "missing what Debian calls: $*. Install it with your package manager, then run this again." ;;
        esac
    fi
    is_root || { say "missing: $*"; die "get it with: sudo apt-get update && sudo apt-get install $*"; }
    say "installing $*"
    log=$(mktemp)
    # A fresh machine may be busy with its own first updates: wait for them.
    apt="apt-get -qq -o DPkg::Lock::Timeout=300"
    if ! { $apt update && DEBIAN_FRONTEND=noninteractive $apt install -y --no-install-recommends "$@"; } \
        >"$log" 2>&1 </dev/null; then
        tail -n 15 "$log" >&2
        die "apt-get could not install $*"
    fi
    rm -f "$log"
}

find_python() {
    for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    die "Python 3.11 or newer is needed; found: $(${PYTHON:-python3} --version 2>&1 || true). Set PYTHON to one that is."
}

make_venv() {
    if "$venv/bin/python" -c '' 2>/dev/null; then return; fi
    python=$(find_python)
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        # Debian and Ubuntu keep them in a package per interpreter; python3-venv is that of their default one.
        case $python in
            */python3 | python3) need python3-venv ;;
            *) need "$(basename "$python")-venv" ;;
        esac
    fi
    say "creating $venv with $("$python" --version)"
    "$python" -m venv --clear "$venv"
}

install_requirements() {
    stamp=$venv/requirements.txt # a copy of what was installed last
    if cmp -s requirements/dev.txt "$stamp"; then return; fi
    say "installing requirements/dev.txt (a minute or two, once)"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input --require-hashes \
        --requirement requirements/dev.txt </dev/null || die "pip could not install requirements/dev.txt"
    cp requirements/dev.txt "$stamp"
}

# Debian packages whose libraries WeasyPrint can't load.
missing_for_pdf() {
    "$venv/bin/python" - <<'PYTHON'
import ctypes, pathlib, sys

wanted = {"pango-1.0": "libpango-1.0-0", "pangoft2-1.0": "libpangoft2-1.0-0", "harfbuzz-subset": "libharfbuzz-subset0"}
for library, package in wanted.items():
    names = [f"lib{library}.0.dylib", f"/opt/homebrew/lib/lib{library}.0.dylib"]
    for name in names if sys.platform == "darwin" else [f"lib{library}.so.0"]:
        try:
            ctypes.CDLL(name)
            break
        except OSError:
            pass
    else:
        print(package)
if sys.platform == "linux":
    folders = ["/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts"]
    files = (file for folder in folders for file in pathlib.Path(folder).expanduser().rglob("*.[to]tf"))
    if not any(files):
        print("fonts-dejavu-core")
PYTHON
}

check_pdf() {
    missing=$(missing_for_pdf)
    [ -n "$missing" ] || return 0
    # shellcheck disable=SC2086 # one word per package
    need $missing
    missing=$(missing_for_pdf)
    [ -z "$missing" ] || die "still not loadable after installing: $(echo $missing)"
}

# The mongod of the wheel is linked against libcurl and OpenSSL 3; a mongod of the system's own needs nothing from us.
check_mongod() {
    if [ -n "${MONGODB_URI:-}" ] || have mongod; then return; fi
    mongod=$(echo "$venv"/lib/python3*/site-packages/fiftyone/db/bin/mongod)
    if error=$("$mongod" --version 2>&1 >/dev/null); then return; fi
    case $error in
        *libcurl.so.4*) need libcurl4 ;;
        *libssl.so.3* | *libcrypto.so.3*)
            die "mongod needs OpenSSL 3, which this system lacks; set MONGODB_URI or put a mongod on PATH. ($error)" ;;
    esac
    error=$("$mongod" --version 2>&1 >/dev/null) || die "mongod does not run: $error"
}

# Prints the first browser that answers: Ubuntu's chromium-browser is a stub that only asks for a snap.
find_browser() {
    for candidate in "${CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable; do
        [ -n "$candidate" ] && have "$candidate" && "$candidate" --version >/dev/null 2>&1 || continue
        command -v "$candidate"
        return
    done
}

is_ubuntu() { grep -q '^ID=ubuntu' /etc/os-release 2>/dev/null; }

# Leaves the browser's path in .venv/chromium for `make test`; empty means the one that Playwright keeps itself.
check_browser() {
    have pdftoppm || need poppler-utils
    have npm || need npm # gets WorkOS' description of its API and Prism, which answers as it says
    if [ -x "$(cat "$venv/chromium" 2>/dev/null)" ] && [ -z "${CHROMIUM:-}" ]; then return; fi
    browser=$(find_browser)
    if [ -z "$browser" ] && have apt-get && ! is_ubuntu; then
        need chromium
        browser=$(find_browser)
    fi
    if [ -z "$browser" ]; then
        say "no Chromium on PATH or in CHROMIUM: installing the one that Playwright keeps"
        if is_root; then with=--with-deps; else with=; fi
        "$venv/bin/python" -m playwright install $with chromium >&2 </dev/null ||
            die "no browser: install Chromium or Google Chrome, and set CHROMIUM to its path"
    fi
    echo "$browser" >"$venv/chromium"
}

make_venv
install_requirements
check_pdf
check_mongod
case ${1:-} in
    '') ;;
    browser) check_browser ;;
    *) die "unknown argument: $1 (there is one: browser)" ;;
esac
