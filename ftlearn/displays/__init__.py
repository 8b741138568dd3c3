"""Pictures that carry their own description, in the style of scikit-learn's Display classes.

Each display is made by a ``from_*`` class method, draws with ``.plot(ax=None)`` and knows ``.alt``, the
sentence that a screen reader reads in its place.
"""

from ftlearn.displays.ablation import GainsDisplay
from ftlearn.displays.base import Display
from ftlearn.displays.folders import FolderDisplay
from ftlearn.displays.forecasts import ForecastDisplay
from ftlearn.displays.grids import HeatmapDisplay
from ftlearn.displays.images import ImagesDisplay, PredictionDisplay
from ftlearn.displays.lines import LearningCurveDisplay, LinesDisplay
from ftlearn.displays.mistakes import MistakesDisplay
from ftlearn.displays.points import PointsDisplay
from ftlearn.displays.promises import PromiseDisplay
from ftlearn.displays.scores import CalibrationDisplay, IntervalsDisplay, RocPrDisplay
from ftlearn.figures import PALETTE, figure_html, in_notebook, new_figure, show, show_html, spread, title_left

__all__ = [
    "PALETTE", "CalibrationDisplay", "Display", "FolderDisplay", "ForecastDisplay", "GainsDisplay",
    "HeatmapDisplay", "ImagesDisplay", "IntervalsDisplay", "LearningCurveDisplay", "LinesDisplay", "MistakesDisplay",
    "PointsDisplay",
    "PredictionDisplay", "PromiseDisplay", "RocPrDisplay", "figure_html", "in_notebook", "new_figure", "show",
    "show_html", "spread", "title_left",
]  # fmt: skip
