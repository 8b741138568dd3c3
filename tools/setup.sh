#!/bin/sh
# Make .venv with what requirements.lock pins, or bring an existing one up to date.
# `make` calls it when .venv is missing or the lock or pyproject.toml changed.
# PYTHON=/path/to/python chooses the interpreter; without it the first that fits is taken.
set -eu
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*" >&2; }

# Prints "3.12.4 yes" (fits), "3.12.4 no-venv" (lacks the standard venv) or "3.9.2 no"; nothing when it does not run
# (pyenv's shims exist for versions that are switched off).
describe() {
    "$1" -c '
import sys
fits = (3, 11) <= sys.version_info[:2] <= (3, 13)
if fits:
    try:
        import ensurepip, venv
    except ImportError:
        fits = None
sys.stdout.write("%d.%d.%d %s" % (tuple(sys.version_info[:3]) + ({True: "yes", None: "no-venv", False: "no"}[fits],)))
' 2>/dev/null || true
}

candidates() {
    if [ -n "${PYTHON:-}" ]; then
        printf '%s\n' "$PYTHON"
        return
    fi
    printf '%s\n' python3 python3.12 python3.13 python3.11 python
    for minor in 12 13 11; do
        for path in "${PYENV_ROOT:-${HOME:-}/.pyenv}"/versions/3.$minor.*/bin/python3 \
            /opt/homebrew/bin/python3.$minor /usr/local/bin/python3.$minor \
            /Library/Frameworks/Python.framework/Versions/3.$minor/bin/python3; do
            [ -x "$path" ] && printf '%s\n' "$path"
        done
    done
    return 0
}

find_python() {
    seen=""
    found=""
    without_venv=""
    list=$(candidates)
    old_ifs=$IFS
    IFS='
'
    for python in $list; do
        about=$(describe "$python")
        case $about in
            "") continue ;;
            *" yes") found=$python && break ;;
            *" no-venv") without_venv=${about% *} ;;
        esac
        case ", $seen," in
            *", ${about% *},"*) ;;
            *) seen="${seen:+$seen, }${about% *}" ;;
        esac
    done
    IFS=$old_ifs
    [ -n "$found" ] && return
    if [ -n "${PYTHON:-}" ]; then
        say "PYTHON=$PYTHON is ${seen:-not a Python that runs}; the course needs Python 3.11, 3.12 or 3.13 with its venv module."
    elif [ -n "$without_venv" ]; then
        say "Python $without_venv is here, but without its venv module."
        say "On Debian or Ubuntu type:  sudo apt install python${without_venv%.*}-venv   and then make again."
    else
        say "The course needs Python 3.11, 3.12 or 3.13, and none was found (found: ${seen:-no Python at all})."
        say "Install one: python.org/downloads, or  sudo apt install python3 python3-venv  (Debian, Ubuntu),"
        say "  brew install python@3.12  (macOS), or  conda env create -f environment.yml  (any system)."
        say "If you have one elsewhere, type:  make PYTHON=/path/to/python3.12"
    fi
    exit 1
}

if [ -e .venv ] && [ "$(describe .venv/bin/python | cut -d' ' -f2)" != yes ]; then
    say "The .venv here no longer runs a Python 3.11 to 3.13: making it anew."
    rm -rf .venv
fi
if [ ! -e .venv ]; then
    find_python
    say "Making .venv with Python $(describe "$found" | cut -d' ' -f1) ..."
    "$found" -m venv .venv
fi

say "Installing what requirements.lock pins (the first time about 3 GB on disk; minutes on a slow line) ..."
failed() {
    say "Installing failed; the lines above say why (no network, or a full disk?). Type make again to go on: what has arrived is kept."
    exit 1
}
python=.venv/bin/python
quiet=-q
[ -t 2 ] && quiet=""
uv_pin=$(sed -n 's/^\(uv==[^ ;]*\).*/\1/p' requirements.lock)
if $python -m pip install -q --disable-pip-version-check "$uv_pin" && .venv/bin/uv --version >/dev/null 2>&1; then
    # The build uses the lock's setuptools, so nothing unpinned takes part.
    .venv/bin/uv pip install $quiet --python $python -r requirements.lock || failed
    .venv/bin/uv pip install -q --python $python --no-deps --no-build-isolation -e . || failed
else
    say "uv does not run here; installing with pip, which takes longer."
    $python -m pip install -q --disable-pip-version-check -r requirements.lock || failed
    $python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e . || failed
fi
touch .venv/.installed
say "Ready: .venv holds $(grep -c '^[a-zA-Z]' requirements.lock) pinned packages."
