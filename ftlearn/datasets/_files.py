"""Reading a folder of images: which files, what is in them, and in what words a bad one is refused."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ftlearn.datasets._decoding import resized, upright
from ftlearn.errors import DataError

SUFFIXES = frozenset({".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"})
_PARTS = frozenset({"train", "training", "val", "valid", "validation", "test", "testing"})


@dataclass
class Files:
    """The images of a folder, in the order of their names.

    Attributes
    ----------
    classes : tuple of str
        Names of the subfolders, sorted.
    names : list of str
        Paths relative to the folder, with forward slashes: the same on every machine.
    y : ndarray of shape (n,), int64
        Classes from 0.
    skipped : dict of str to int
        How many files of each other type were left alone.
    pixels : list of ndarray
        Values from 0 to 255, each (height, width, channels); empty when only the paths are wanted.
    digests : list of bytes
        Equal for files with the same pixels.
    sizes : Counter of (height, width)
        As the files have them.
    """

    classes: tuple[str, ...]
    names: list[str]
    y: np.ndarray
    skipped: dict[str, int]
    pixels: list = field(default_factory=list)
    digests: list = field(default_factory=list)
    sizes: Counter = field(default_factory=Counter)


def find(folder: Path) -> Files:
    """List the image files below one subfolder a class."""
    if not folder.is_dir():
        what = "is a file, not a folder" if folder.exists() else "does not exist"
        raise DataError(f"{folder} {what}.", fix="Give the folder that holds one subfolder a class.")
    classes = sorted(p.name for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))
    if not classes:
        loose = sum(p.suffix.lower() in SUFFIXES for p in folder.iterdir())
        raise DataError(
            f"{folder} has no subfolders" + (f", but {loose} images of its own." if loose else "."),
            fix="Make one subfolder a class, named after it, and put the images there.",
        )
    if {name.lower() for name in classes} <= _PARTS:
        raise DataError(
            f"{folder} holds {', '.join(classes)}: parts, not classes.",
            fix=f"Give one of them, such as from_directory({str(folder / classes[0])!r}), or merge them.",
        )
    names: list[str] = []
    y, skipped = [], Counter(p.suffix.lower() or "no suffix" for p in folder.iterdir() if _other(p, anywhere=True))
    for number, name in enumerate(classes):
        below = sorted(p.relative_to(folder).as_posix() for p in (folder / name).rglob("*") if _image(p))
        skipped.update(p.suffix.lower() or "no suffix" for p in (folder / name).rglob("*") if _other(p))
        names += below
        y += [number] * len(below)
    counts = np.bincount(np.array(y, int), minlength=len(classes))
    empty = [repr(name) for name, count in zip(classes, counts, strict=True) if not count]
    if empty:
        raise DataError(
            f"No images in {', '.join(empty)} (looked for {', '.join(sorted(SUFFIXES))}).",
            fix="Fill or remove the subfolder.",
        )
    if len(classes) == 1:
        raise DataError(
            f"Only one class, {classes[0]!r}: there is nothing to tell apart.", fix="Add a second subfolder."
        )
    return Files(tuple(classes), names, np.array(y, "int64"), dict(sorted(skipped.items())))


def _image(path: Path) -> bool:
    return path.is_file() and path.suffix.lower() in SUFFIXES and not path.name.startswith(".")


def _other(path: Path, *, anywhere: bool = False) -> bool:
    """Whether a file is passed over; where images do not belong, also an image."""
    return path.is_file() and not path.name.startswith(".") and (anywhere or not _image(path))


def read(
    files: Files, folder: Path, *, size: tuple[int, int] | None, channels: int | None, keep: bool, limit: float
) -> Files:
    """Decode every file once: its digest and size, and its pixels if they are to be kept."""
    from PIL import Image

    bad, grey = [], True
    for name in files.names:
        try:
            with Image.open(folder / name) as raw:
                image = upright(raw)
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
            bad.append(f"{name} ({_reason(error, folder)})")
            continue
        grey = grey and image.mode == "L"
        files.sizes[image.size[::-1]] += 1
        content = f"{image.mode}{image.size}".encode() + image.tobytes()
        files.digests.append(hashlib.sha256(content).digest())
        if keep:
            files.pixels.append(resized(image, size) if size else image)
            _fits(len(files.names), size or image.size, channels or (1 if grey else 3), limit)
    if bad:
        more = f" and {len(bad) - 3} more" if len(bad) > 3 else ""
        raise DataError(
            f"Pillow cannot read {', '.join(bad[:3])}{more}.", fix="Remove the file, or save it again as an image."
        )
    if size is None and len(files.sizes) > 1:
        common = files.sizes.most_common(1)[0][0]
        listed = ", ".join(f"{h} × {w} ({n})" for (h, w), n in files.sizes.most_common(3))
        more = f" and {len(files.sizes) - 3} more" if len(files.sizes) > 3 else ""
        raise DataError(
            f"The images have {len(files.sizes)} sizes: {listed}{more}.",
            fix=f"Choose one: size=({common[0]}, {common[1]}).",
        )
    if keep:
        mode = {None: "L" if grey else "RGB", 1: "L", 3: "RGB"}[channels]
        stacked = [np.asarray(image.convert(mode)) for image in files.pixels]
        files.pixels = [a[..., None] if a.ndim == 2 else a for a in stacked]
    return files


def _reason(error: Exception, folder: Path) -> str:
    """Say what Pillow said, without the path that it repeats."""
    text = str(error).split(str(folder))[0].rstrip(" '\"")
    return text if text and "cannot identify" not in text else "it is no image that it knows"


def _fits(n: int, size: tuple[int, int], channels: int, limit: float) -> None:
    needed = 4 * n * size[0] * size[1] * channels / 1e9
    if needed > limit:
        raise DataError(
            f"{n:,} images of {size[0]} × {size[1]} × {channels} need {needed:.1f} GB of memory; "
            f"max_memory is {limit:g} GB.",
            fix="Choose a smaller size, raise max_memory, or take the paths alone: load=False.",
        )
