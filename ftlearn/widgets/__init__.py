"""Live explorers on ipywidgets: move a slider, see the picture change, all by keyboard.

What a picture shows is decided by plain functions, in one file a lesson; `ftlearn.widgets.building` lays controls out
around it. Without widgets, and in the committed notebooks, the default setting's picture stands.
"""

from ftlearn.widgets.adaptation import scanner_explorer
from ftlearn.widgets.budget import budget_explorer
from ftlearn.widgets.building import build, picture
from ftlearn.widgets.capstone import refusal_explorer
from ftlearn.widgets.choosing import choosing_explorer
from ftlearn.widgets.compute import cost_explorer
from ftlearn.widgets.controls import Control, choice, slider
from ftlearn.widgets.exploring import MOVE_IT, explore, is_static, live
from ftlearn.widgets.forecast import forecast_explorer
from ftlearn.widgets.freezing import freezing_explorer
from ftlearn.widgets.leakage import leakage_explorer
from ftlearn.widgets.monitoring import stopping_explorer
from ftlearn.widgets.searching import search_explorer
from ftlearn.widgets.serving import drift_explorer
from ftlearn.widgets.text import handover_explorer
from ftlearn.widgets.threshold import Case, threshold_explorer

__all__ = [
    "MOVE_IT", "Case", "Control", "budget_explorer", "build", "choice", "choosing_explorer", "cost_explorer",
    "drift_explorer", "explore", "forecast_explorer", "freezing_explorer", "handover_explorer", "is_static",
    "leakage_explorer", "live", "picture", "refusal_explorer", "scanner_explorer", "search_explorer", "slider",
    "stopping_explorer", "threshold_explorer",
]  # fmt: skip
