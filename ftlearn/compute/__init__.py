"""Making a network cheaper, and finding out whether it is: timing, pruning, LiteRT, a cost sheet."""

from ftlearn.compute.litert import LiteRT, to_litert
from ftlearn.compute.pruning import gzipped_bytes, keep_pruned, prune, remove_filters
from ftlearn.compute.sheet import Prices, break_even_minutes, cost_sheet
from ftlearn.compute.timing import side_by_side

__all__ = [
    "LiteRT", "Prices", "break_even_minutes", "cost_sheet", "gzipped_bytes", "keep_pruned", "prune", "remove_filters",
    "side_by_side", "to_litert",
]  # fmt: skip
