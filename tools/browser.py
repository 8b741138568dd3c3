"""Find a browser for the browser tests, or say how to get one."""

from __future__ import annotations

import os
import shutil
import sys

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
_PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
ADVICE = (
    "The browser tests need Chromium or Chrome, and none was found. Type:\n"
    "  sudo apt install chromium        (Debian; Ubuntu: sudo snap install chromium)\n"
    "  brew install --cask chromium     (macOS)\n"
    "or name one: FTLEARN_BROWSER=/path/to/chromium make test-browser"
)


def find() -> str | None:
    """Return the path of a Chromium-like browser, or None."""
    named = os.environ.get("FTLEARN_BROWSER")
    if named:
        return shutil.which(named)
    for candidate in (*_NAMES, *_PLACES):
        if path := shutil.which(candidate):
            return path
    return None


if __name__ == "__main__":
    if find() is None:
        sys.exit(ADVICE)
