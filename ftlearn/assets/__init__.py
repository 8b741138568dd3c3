"""Named files that lessons use: addresses, licences and sums; mirror, then cache, then download.

An asset is looked up in the folder named by ``FTLEARN_ASSETS`` (a mirror), in the user's cache
(``FTLEARN_CACHE``, or the system's usual place), and at its public address. Whatever its way, its bytes are
compared with the sha256 written in `ftlearn.assets.registry` before anybody sees them.
"""

from ftlearn.assets.fetching import fetch, fetch_all
from ftlearn.assets.lookup import Outcome, cache_folder, find, mirror_folder, verify
from ftlearn.assets.mirror import build_mirror
from ftlearn.assets.registry import ASSETS, Asset
from ftlearn.assets.shipped import bundled

__all__ = [
    "ASSETS",
    "Asset",
    "Outcome",
    "build_mirror",
    "bundled",
    "cache_folder",
    "fetch",
    "fetch_all",
    "find",
    "mirror_folder",
    "verify",
]
