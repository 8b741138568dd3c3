"""One's own images: from a folder of class subfolders to a model with a card, saved and served.

`finetune_folder` runs it all, stage by stage, and is what the command ``ftlearn finetune`` calls.
"""

from ftlearn.capstone.asking import ask_once
from ftlearn.capstone.bases import Base, choose_base
from ftlearn.capstone.card import ModelCard, write_card
from ftlearn.capstone.examples import example_folder
from ftlearn.capstone.folders import Findings, examine
from ftlearn.capstone.pipeline import Outcome, finetune_folder
from ftlearn.capstone.reading import read
from ftlearn.capstone.records import class_scores
from ftlearn.capstone.stages import Settings, better
from ftlearn.capstone.steps import Head, answers, fine_tune, fit_head, small_pixels

__all__ = [
    "Base", "Findings", "Head", "ModelCard", "Outcome", "Settings", "answers", "ask_once", "better", "choose_base",
    "class_scores", "examine", "example_folder", "fine_tune", "finetune_folder", "fit_head", "read", "small_pixels",
    "write_card",
]  # fmt: skip
