"""Data sets in three parts, split so that the test part is opened once."""

from ftlearn.datasets.clothing import extract_clothing, fetch_clothing
from ftlearn.datasets.folders import FolderSplit, from_directory
from ftlearn.datasets.messages import load_support_messages
from ftlearn.datasets.pictures import load_digits, load_letters
from ftlearn.datasets.sentences import fetch_sentence_polarity
from ftlearn.datasets.splits import Part, Split, TestSetWarning, make_split

__all__ = [
    "FolderSplit", "Part", "Split", "TestSetWarning", "extract_clothing", "fetch_clothing", "fetch_sentence_polarity",
    "from_directory", "load_digits", "load_letters", "load_support_messages", "make_split",
]  # fmt: skip
