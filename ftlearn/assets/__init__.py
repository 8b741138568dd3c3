"""Named files that lessons use: addresses, licences and sums; mirror, then cache, then download.

An asset is looked up in the folder named by ``FTLEARN_ASSETS`` (a mirror), in the user's cache
(``FTLEARN_CACHE``, or the system's usual place), and at its public address. One name may stand for
several files that lie in one folder (`GROUPS`). Whatever its way, its bytes are
compared with the sha256 written in `ftlearn.assets.registry` before anybody sees them.
"""

from ftlearn.assets.fetching import each_named, fetch, fetch_all
from ftlearn.assets.lookup import Outcome, available, cache_folder, find, mirror_folder, verify
from ftlearn.assets.mirror import build_mirror
from ftlearn.assets.registry import ASSETS, GROUPS, Asset
from ftlearn.assets.shipped import bundled

__all__ = [
    "ASSETS",
    "GROUPS",
    "Asset",
    "Outcome",
    "available",
    "build_mirror",
    "bundled",
    "cache_folder",
    "each_named",
    "fetch",
    "fetch_all",
    "find",
    "mirror_folder",
    "verify",
]
