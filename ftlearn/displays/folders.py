"""What a folder of images holds, class by class and part by part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ftlearn.displays.base import Display
from ftlearn.figures import PALETTE, title_left

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ftlearn.datasets import FolderSplit

_MOST = 20  # bars that can be told apart in one picture
_COLOURS = {"train": PALETTE["blue"], "validation": PALETTE["amber"], "test": PALETTE["grey"]}


class FolderDisplay(Display):
    """Bars of how many images each class has in each part, with a picture of each class beside them."""

    def __init__(self, counts: Any, pictures: list, *, title: str, alt: str):
        self.counts, self.pictures, self.title, self.alt = counts, pictures, title, alt
        self.size = (7.0, 1.3 + 0.33 * len(counts))

    @classmethod
    def from_split(cls, split: FolderSplit) -> FolderDisplay:
        """Draw the summary of a folder that was read.

        Parameters
        ----------
        split : FolderSplit
            From `ftlearn.datasets.from_directory`. Its test part is counted, not looked at.

        Returns
        -------
        FolderDisplay
            Drawn already; its alternative text gives every number, and what was found on the way. Of more than 20
            classes the 10 with most and the 10 with fewest images are shown.

        Examples
        --------
        >>> import tempfile
        >>> from pathlib import Path
        >>> from PIL import Image
        >>> from ftlearn.datasets import from_directory
        >>> folder = Path(tempfile.mkdtemp())
        >>> for number, name in enumerate(("cat", "dog")):
        ...     (folder / name).mkdir()
        ...     for i in range(10):
        ...         Image.new("L", (4, 4), color=20 * i + number).save(folder / name / f"{i}.png")
        >>> print(FolderDisplay.from_split(from_directory(folder)).alt.split(". ")[1])
        Images in train, validation and test: cat 6, 2, 2; dog 6, 2, 2.
        """
        counts = split.counts
        shown, which = counts, "."
        if len(counts) > _MOST:
            ordered = counts.sort_values("all", ascending=False, kind="stable")
            shown = ordered.iloc[[*range(_MOST // 2), *range(-_MOST // 2, 0)]]
            which = f" (the {_MOST // 2} largest and smallest of {len(counts)} classes)."
        loaded = split.train.X.ndim == 4
        pictures = [
            split.train.X[np.flatnonzero(split.train.y == split.classes.index(name))[0]] if loaded else None
            for name in shown.index
        ]
        rows = "; ".join(f"{name} {row['train']}, {row['validation']}, {row['test']}" for name, row in shown.iterrows())
        largest = "" if len(split.sizes) != 1 else " of {} × {}".format(*next(iter(split.sizes)))
        title = f"{counts['all'].sum():,} images{largest} in {len(counts)} classes"
        found = repr(split).partition("classes; ")[2]
        alt = f"{title}. Images in train, validation and test: {rows}{which}" + (f" Found: {found}." if found else "")
        return cls(shown, pictures, title=title, alt=alt).plot()

    def _draw(self, ax: Axes) -> None:
        from matplotlib.offsetbox import AnnotationBbox, OffsetImage

        places, left = np.arange(len(self.counts)), np.zeros(len(self.counts))
        for name, colour in _COLOURS.items():
            ax.barh(places, self.counts[name], left=left, color=colour, height=0.72)
            left += self.counts[name].to_numpy()
        room = ax.transAxes
        for x, (name, colour) in zip((0.0, 0.085, 0.245), _COLOURS.items(), strict=True):
            ax.text(x, -0.02, name, transform=room, color=colour, fontweight="bold", va="top")
        for place, total, picture in zip(places, left, self.pictures, strict=True):
            ax.annotate(f"{total:.0f}", (total, place), (4, 0), textcoords="offset points", va="center")
            if picture is not None:
                grey = picture.shape[-1] == 1
                small = OffsetImage(np.squeeze(picture), cmap="gray" if grey else None, zoom=18 / len(picture))
                small.get_children()[0].set_clim(0, 1)
                box = AnnotationBbox(small, (0, place), (-14, 0), boxcoords="offset points", frameon=False, pad=0)
                ax.add_artist(box)
        ax.set_yticks(places, [str(name) for name in self.counts.index])
        ax.tick_params(axis="y", length=0, pad=26 if self.pictures and self.pictures[0] is not None else 3)
        ax.set_xlim(0, 1.1 * left.max())
        ax.set_xticks([])
        ax.set_ylim(len(self.counts) - 0.5, -0.5)
        ax.grid(False)
        ax.spines[["left", "bottom"]].set_visible(False)
        title_left(ax, self.title)
