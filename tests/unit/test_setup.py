"""What `setup` does to the kernel of a lesson, beside importing and seeding."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

HELD = """
import sys
import numpy as np
import psutil
from ftlearn import environment

def held():
    return psutil.Process().memory_info().rss / 1e6

if sys.argv[1] == "given back":
    environment._give_memory_back()
np.ones(3_500_000).sum()  # 28 MB: when it is freed, glibc takes blocks of this size for ordinary ones
before, larges, kept = held(), [], []
for _ in range(25):
    larges.append(np.ones(2_500_000))
    kept.append(np.ones(40_000))  # lies behind it
del larges
print(held() - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other libraries are left as they are")
def test_freed_memory_goes_back_to_the_system():
    mb = {}
    for how in ("as it was", "given back"):
        done = subprocess.run([sys.executable, "-c", HELD, how], capture_output=True, text=True, check=True)
        mb[how] = float(done.stdout)
    assert mb["given back"] < 50, "25 blocks of 0.3 MB are kept"
    assert mb["as it was"] > mb["given back"] + 200, "without it, much of 500 MB stays: else it is not needed"
