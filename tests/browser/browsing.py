"""What the fixtures and the tests of this folder share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def missing(reason: str):
    """Skip here, but fail where the run is meant to be complete."""
    (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
