"""What is in a folder of class subfolders, before anything is trained on it."""

from __future__ import annotations

import warnings
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ftlearn.datasets import _files
from ftlearn.datasets._decoding import upright
from ftlearn.errors import DataError

if TYPE_CHECKING:
    import pandas as pd


LEAST = 5  # images a class: below, its three parts hold one or none
FEW = 20  # images a class: below, a score of this class says little
_SIDE, _NEAR = 16, 4.0  # near-copies: thumbnails of so many pixels a side, so many of 255 grey levels apart at most
COPIES_KEPT = "Copies and near-copies that were found stay in one part together: none is trained on and tested on."
_PARTS = frozenset({"train", "training", "val", "valid", "validation", "test", "testing", "dev"})


@dataclass
class Findings:
    """What `examine` found.

    Attributes
    ----------
    name : str
        The folder's name.
    counts : dict of str to int
        Images of each class; the classes are the subfolders, sorted.
    shorter_side : tuple of int
        Smallest, median and largest shorter side, in pixels.
    longest_side : int
        The longest side of all, in pixels.
    grey : bool
        Whether no image has colour.
    ignored : dict of str to list of str
        Files that were left alone, by reason.
    copies : list of tuple of str
        Images that are copies of each other or nearly so: they stay in one part together.
    notes : list of str
        What you should know or mend, one sentence each.
    copies_kept : bool
        Whether `read` could keep `copies` together; where they allow no split, it keeps exact copies only.
    """

    name: str
    counts: dict[str, int]
    shorter_side: tuple[int, int, int]
    longest_side: int
    grey: bool
    ignored: dict[str, list[str]] = field(default_factory=dict)
    copies: list[tuple[str, ...]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    copies_kept: bool = True

    @property
    def contradictions(self) -> list[tuple[str, ...]]:
        """Those copies that lie in different classes: one of their labels is wrong, or both are right."""
        return [same for same in self.copies if len({name.split("/")[0] for name in same}) > 1]

    def table(self) -> pd.DataFrame:
        """Give what was found as a table of two columns, ``found`` and ``how much``."""
        import pandas as pd

        low, middle, high = self.shorter_side
        rows = {
            "images": f"{sum(self.counts.values()):,}",
            "classes": f"{len(self.counts)}",
            "images a class": f"{min(self.counts.values())} to {max(self.counts.values())}",
            "shorter side": f"{low} pixels" if low == high else f"{low} to {high} pixels, half of them below {middle}",
            "colour": "none, all grey" if self.grey else "yes",
            "ignored": ", ".join(f"{len(names)} ({why})" for why, names in self.ignored.items()) or "nothing",
            "copies, nearly": f"{sum(map(len, self.copies))} images in {len(self.copies)} sets",
            "one image, two classes": f"{len(self.contradictions)}",
        }
        return pd.DataFrame({"found": list(rows), "how much": list(rows.values())})

    def as_dict(self) -> dict[str, Any]:
        """Give the findings as what JSON can hold; ``Findings.from_dict`` reads it back."""
        return asdict(self)

    @classmethod
    def from_dict(cls, kept: dict[str, Any]) -> Findings:
        """Make findings again from `as_dict`."""
        restored = {"copies": [tuple(same) for same in kept["copies"]], "shorter_side": tuple(kept["shorter_side"])}
        return cls(**{**kept, **restored})


def examine(folder: str | Path) -> Findings:
    """Look through a folder of class subfolders: refuse what cannot be used, note what should be known.

    Parameters
    ----------
    folder : str or Path
        Holds one subfolder a class. Images may lie deeper in it.

    Returns
    -------
    Findings
        With counts, sizes, ignored files and near-copies.

    Raises
    ------
    DataError
        For a folder that is missing, not readable, or a file; that has no subfolders, only one class, or parts
        (train, test) instead of classes; a class with no or too few images; files that Pillow cannot read.

    Notes
    -----
    Two images count as near-copies when their thumbnails of 16 × 16 pixels differ by at most 4 of 255 levels (root of
    the mean square). That finds a photograph saved again or made smaller; it does not find one that was cropped,
    brightened, or taken a second later. For those give groups.

    Examples
    --------
    >>> import tempfile
    >>> from PIL import Image
    >>> folder = Path(tempfile.mkdtemp())
    >>> for number, name in enumerate(("cat", "dog")):
    ...     (folder / name).mkdir()
    ...     for i in range(6):
    ...         Image.new("L", (8, 8), color=40 * i + 20 * number).save(folder / name / f"{i}.png")
    >>> Image.new("L", (9, 9), color=1).save(folder / "dog" / "nearly_black.png")
    >>> examine(folder).contradictions
    [('cat/0.png', 'dog/nearly_black.png')]
    """
    folder = Path(folder).expanduser()
    files = find(folder)
    looks = [_look(folder, name) for name in files.names]
    if bad := [f"{name} ({why})" for name, why in zip(files.names, looks, strict=True) if isinstance(why, str)]:
        more = f" and {len(bad) - 3} more" if len(bad) > 3 else ""
        raise DataError(
            f"{len(bad)} of {len(files.names)} images cannot be read: {', '.join(bad[:3])}{more}.",
            fix="Remove them, or save them again as images.",
        )
    sizes = np.array([look["size"] for look in looks])
    found = Findings(
        name=folder.resolve().name,
        counts=dict(zip(files.classes, np.bincount(files.y, minlength=len(files.classes)).tolist(), strict=True)),
        shorter_side=tuple(int(np.quantile(sizes.min(axis=1), q, method="nearest")) for q in (0, 0.5, 1)),
        longest_side=int(sizes.max()),
        grey=all(look["grey"] for look in looks),
        ignored=_ignored(folder, set(files.names)),
        copies=_near(files.names, np.stack([look["thumbnail"] for look in looks])),
    )
    found.notes = _notes(found, looks)
    return found


def find(folder: Path) -> _files.Files:
    """List the images of a folder, or say what is wrong with it; nothing is opened."""
    try:
        if folder.is_dir():
            parts = sorted(p.name for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))
            if parts and {name.lower() for name in parts} <= _PARTS:
                raise DataError(
                    f"{folder} holds {', '.join(parts)}: parts, not classes.",
                    fix="Merge them into one folder with a subfolder a class (a split is made here, with copies kept "
                    f"together), or give one of them: '{folder / parts[0]}'.",
                )
        files = _files.find(folder)
    except OSError as error:
        raise DataError(
            f"{folder} cannot be read ({error.strerror or error}).", fix="Give yourself permission to read it."
        ) from error
    counts = np.bincount(files.y, minlength=len(files.classes))
    small = [f"{name!r} has {n}" for name, n in zip(files.classes, counts, strict=True) if n < LEAST]
    if small:
        raise DataError(
            f"A class needs at least {LEAST} images ({FEW} or more are better); {', '.join(small)}.",
            fix="Add images, or move the subfolder elsewhere.",
        )
    return files


def _look(folder: Path, name: str) -> dict[str, Any] | str:
    """Open one image and reduce it to what the checks need; for one that cannot be read, say why."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(folder / name) as raw:
                huge = raw.size[0] * raw.size[1] > (Image.MAX_IMAGE_PIXELS or np.inf)
                frames, size = getattr(raw, "n_frames", 1), raw.size
                raw.draft("RGB", (8 * _SIDE, 8 * _SIDE))  # lets a large JPEG be decoded at an eighth
                image = upright(raw)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        return _files._reason(error, folder)
    small = np.asarray(image.convert("RGB").resize((_SIDE, _SIDE), Image.Resampling.BOX), "float32")
    return {
        "size": size, "grey": bool(np.ptp(small, axis=-1).max() <= 2), "frames": frames, "huge": huge,
        "depth": name.count("/"), "thumbnail": small.ravel(),
    }  # fmt: skip


def _near(names: list[str], thumbnails: np.ndarray) -> list[tuple[str, ...]]:
    """Find sets of near-copies; who resembles one of a set belongs to it."""
    from scipy.sparse.csgraph import connected_components
    from sklearn.neighbors import NearestNeighbors

    radius = _NEAR * np.sqrt(thumbnails.shape[1])
    links = NearestNeighbors(radius=radius, algorithm="brute").fit(thumbnails).radius_neighbors_graph()
    label = connected_components(links, directed=False)[1]
    several = [number for number, n in Counter(label.tolist()).items() if n > 1]
    return [tuple(names[i] for i in np.flatnonzero(label == number)) for number in several]


def _ignored(folder: Path, taken: set[str]) -> dict[str, list[str]]:
    reasons: dict[str, list[str]] = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        name = path.relative_to(folder).as_posix()
        if name in taken:
            continue
        if any(part.startswith(".") for part in name.split("/")):
            why = "hidden"
        elif path.suffix.lower() in _files.SUFFIXES:
            why = "images outside the class subfolders"
        else:
            why = f"{path.suffix.lower() or 'no suffix'}: not an image"
        reasons.setdefault(why, []).append(name)
    return reasons


def _notes(found: Findings, looks: list[dict[str, Any]]) -> list[str]:
    notes, n = [], found.counts
    few = [name for name, count in n.items() if count < FEW]
    if few:
        notes.append(f"Fewer than {FEW} images: {', '.join(few)}. A score of such a class says little.")
    if max(n.values()) >= 3 * min(n.values()):
        most, least = max(n, key=n.get), min(n, key=n.get)
        notes.append(f"{most!r} has {n[most]} images, {least!r} {n[least]}: look at each class's recall, not accuracy.")
    if outside := found.ignored.get("images outside the class subfolders"):
        notes.append(f"Outside the class subfolders, so ignored: {', '.join(outside[:3])}{' …' * (len(outside) > 3)}.")
    for same in found.contradictions[:3]:
        notes.append(f"One picture, two classes: {' and '.join(same[:3])}. Which is right?")
    if found.copies:
        notes.append(COPIES_KEPT)
    for what, sentence in (
        ("frames", "{} images are animated or have pages: only the first is used."),
        ("huge", "{} images are huge (over 89 million pixels): reading them takes long."),
        ("depth", "{} images lie deeper than their class's subfolder: they are taken with it."),
    ):
        count = sum(look[what] > 1 for look in looks) if what != "huge" else sum(look["huge"] for look in looks)
        if count:
            notes.append(sentence.format(count))
    return notes
