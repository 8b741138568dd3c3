"""One's own images: a folder with a subfolder for each class, split so that no part knows another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ftlearn.datasets import _dealing, _files
from ftlearn.datasets.splits import Part, Split
from ftlearn.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

    from ftlearn.displays.folders import FolderDisplay


@dataclass(repr=False)
class FolderSplit(Split):
    """A split of image files, which knows where each image came from and what was found on the way.

    Attributes
    ----------
    paths : dict of str to list of Path
        For ``"train"``, ``"validation"`` and ``"test"``: the files, in the order of the rows of ``X``.
    groups : dict of str to list
        The group of each file, by part; empty where no groups were given.
    sizes : dict of (int, int) to int
        How many files have which height and width.
    duplicates : list of tuple of str
        Files with the same pixels, by their paths within the folder. They are in one part together.
    skipped : dict of str to int
        How many files of other types were left alone, by suffix.
    """

    paths: dict[str, list[Path]] = field(default_factory=dict)
    groups: dict[str, list] = field(default_factory=dict)
    sizes: dict[tuple[int, int], int] = field(default_factory=dict)
    duplicates: list[tuple[str, ...]] = field(default_factory=list)
    skipped: dict[str, int] = field(default_factory=dict)

    @property
    def contradictions(self) -> list[tuple[str, ...]]:
        """Those duplicates that lie in different classes: one of the labels must be wrong."""
        return [same for same in self.duplicates if len({name.split("/")[0] for name in same}) > 1]

    @property
    def counts(self) -> pd.DataFrame:
        """How many images each class has in each part; counting is no look at the test part."""
        import pandas as pd

        parts = {"train": self.train, "validation": self.validation, "test": self._test}
        table = pd.DataFrame(
            {name: np.bincount(part.y, minlength=len(self.classes)) for name, part in parts.items()},
            index=pd.Index(self.classes, name="class"),
        )
        return table.assign(all=table.sum(axis=1))

    def plot(self) -> FolderDisplay:
        """Draw the summary: one image of each class, and how many are in each part."""
        from ftlearn.displays.folders import FolderDisplay

        return FolderDisplay.from_split(self)

    def label_budget(self, n: int, *, random_state: int | None = None) -> FolderSplit:
        """Keep only `n` labelled training images, and their paths; see `Split.label_budget`."""
        rows = replace(self, train=Part(np.arange(len(self.train.y)), self.train.y))
        keep = Split.label_budget(rows, n, random_state=random_state).train.X
        fewer = [
            {**kept, "train": [kept["train"][i] for i in keep]} if kept else {} for kept in (self.paths, self.groups)
        ]
        return replace(self, train=Part(self.train.X[keep], self.train.y[keep]), paths=fewer[0], groups=fewer[1])

    def __repr__(self) -> str:
        found = []
        if len(self.sizes) > 1:
            found.append(f"{len(self.sizes)} sizes")
        if self.groups:
            found.append(f"{len({g for part in self.groups.values() for g in part})} groups, none in two parts")
        if self.duplicates:
            n = sum(len(same) - 1 for same in self.duplicates)
            found.append(f"{n} duplicate{'s' * (n > 1)}, in the part of the original")
        if self.contradictions:
            n = len(self.contradictions)
            found.append(f"{n} image{'s that lie' if n > 1 else ' that lies'} in two classes (see .contradictions)")
        if self.skipped:
            found.append("skipped " + ", ".join(f"{n} {suffix}" for suffix, n in self.skipped.items()))
        return super().__repr__() + "".join(f"; {one}" for one in found)


def from_directory(
    path: str | Path,
    *,
    size: int | tuple[int, int] | None = None,
    channels: int | None = None,
    validation: float = 0.2,
    test: float = 0.2,
    groups: Callable[[Path], Hashable] | Mapping[str, Hashable] | None = None,
    random_state: int = 0,
    load: bool = True,
    max_memory: float = 1.0,
) -> FolderSplit:
    """Read a folder of images, one subfolder a class, and split it so that validation and test can be believed.

    Parameters
    ----------
    path : str or Path
        The folder. Images may lie deeper than the class's subfolder; other files are skipped, and counted.
    size : int or (int, int), optional
        Height and width to which images are resized (the aspect is not kept). Needed when they differ.
    channels : {1, 3}, optional
        1 for grey, 3 for colour; if not given, grey where all files are grey.
    validation, test : float
        Shares of these parts, above 0; what is left is for training.
    groups : callable or mapping, optional
        What belongs together: the writer, patient, camera or day of each file. A function of its path within the
        folder, such as ``lambda path: path.stem.split("_")[0]``, or a mapping from that path (``"cat/anna_01.png"``)
        or from the file's name. A group is never in two parts.
    random_state : int
        Seed of the split. The order in which the disk lists files has no influence.
    load : bool
        Whether ``X`` holds the images. With False it holds their paths as strings, for a ``tf.data`` pipeline that
        reads them batch by batch; every file is still opened once, to find the unreadable and the duplicates.
    max_memory : float
        The images are held whole in memory, 4 bytes a value. Above so many gigabytes, an error says so instead.

    Returns
    -------
    FolderSplit
        ``train``, ``validation`` and the counted ``test``, values from 0 to 1; ``paths``, ``counts``, ``duplicates``.

    Raises
    ------
    DataError
        For a folder that is missing or has no subfolders, a class without images or a single class, files that Pillow
        cannot read (they are named), images of several sizes without `size`, too few images or groups for three parts,
        files without a group, or more than `max_memory`.

    Notes
    -----
    Without `groups`, parts are stratified: each class has its share in each part, to within one image. Files with the
    same pixels count as one and stay together. With `groups`, scikit-learn's ``StratifiedGroupKFold`` deals whole
    groups out; groups that share an image are joined. Copies that differ in a single pixel are not found: give such
    files a group.

    Photographs are turned as their camera says (EXIF), transparency is laid over white, 16 bits become 8.

    Examples
    --------
    >>> import tempfile
    >>> from PIL import Image
    >>> folder = Path(tempfile.mkdtemp())
    >>> for number, name in enumerate(("cat", "dog")):
    ...     (folder / name).mkdir()
    ...     for i in range(10):
    ...         Image.new("L", (4, 4), color=20 * i + number).save(folder / name / f"{i}.png")
    >>> Image.new("L", (4, 4), color=0).save(folder / "dog" / "copy.png")
    >>> split = from_directory(folder)
    >>> split.counts.loc["cat"].to_dict()
    {'train': 6, 'validation': 2, 'test': 2, 'all': 10}
    >>> split.contradictions
    [('cat/0.png', 'dog/copy.png')]
    """
    folder, size = Path(path).expanduser(), _checked_size(size)
    if channels not in (None, 1, 3):
        raise DataError(f"channels is 1 (grey) or 3 (colour); got {channels!r}.")
    if not (validation > 0 and test > 0 and validation + test < 1):
        raise DataError(
            f"validation and test are shares above 0 that leave some for training; got {validation!r} and {test!r}.",
            fix="For example validation=0.2, test=0.2.",
        )
    files = _files.find(folder)
    belongs = None if groups is None else _groups(groups, files.names)
    _files.read(files, folder, size=size, channels=channels, keep=load, limit=max_memory)
    shares = {"validation": float(validation), "test": float(test), "seed": int(random_state)}
    if belongs is None:
        part = _dealing.stratified(files.y, _dealing.together(files.digests), files.classes, **shares)
    else:
        part = _dealing.grouped(files.y, _dealing.together(files.digests, belongs), files.classes, **shares)
    rng, rows = np.random.default_rng(int(random_state)), {}
    for number, name in enumerate(_dealing.PARTS):
        rows[name] = rng.permutation(np.flatnonzero(part == number))
    return FolderSplit(
        folder.resolve().name,
        *(_part(files, folder, rows[name], load) for name in _dealing.PARTS),
        classes=files.classes,
        random_state=random_state,
        paths={name: [folder / files.names[i] for i in rows[name]] for name in rows},
        groups={name: [belongs[i] for i in rows[name]] for name in rows} if belongs else {},
        sizes=dict(files.sizes),
        duplicates=_same(files),
        skipped=files.skipped,
    )


def _checked_size(size: Any) -> tuple[int, int] | None:
    if size is None:
        return None
    pair = (size, size) if isinstance(size, int) else tuple(size)
    if len(pair) != 2 or not all(isinstance(side, int | np.integer) and side > 0 for side in pair):
        raise DataError(f"size is a height and a width in pixels; got {size!r}.", fix="For example size=(64, 64).")
    return int(pair[0]), int(pair[1])


def _groups(groups: Any, names: list[str]) -> list:
    if callable(groups):
        return [groups(Path(name)) for name in names]
    by_name = {name: groups.get(name, groups.get(name.split("/")[-1])) for name in names}
    missing = [name for name, group in by_name.items() if group is None]
    if missing:
        raise DataError(
            f"groups has no entry for {len(missing)} of {len(names)} files, such as {missing[0]!r}.",
            fix="Its keys are paths within the folder, or file names.",
        )
    return list(by_name.values())


def _part(files: _files.Files, folder: Path, rows: np.ndarray, load: bool) -> Part:
    if load:
        X = np.stack([files.pixels[i] for i in rows]).astype("float32") / 255
    else:
        X = np.array([str(folder / files.names[i]) for i in rows])
    return Part(X, files.y[rows])


def _same(files: _files.Files) -> list[tuple[str, ...]]:
    several = {digest for digest, n in Counter(files.digests).items() if n > 1}
    found: dict[bytes, list[str]] = {}
    for name, digest in zip(files.names, files.digests, strict=True):
        if digest in several:
            found.setdefault(digest, []).append(name)
    return [tuple(same) for same in found.values()]
