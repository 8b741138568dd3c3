"""Folders to try the capstone on: real pictures, as files in class subfolders."""

from __future__ import annotations

import tarfile
from pathlib import Path, PurePosixPath

import numpy as np

from ftlearn.errors import AssetError, DataError


def example_folder(where: str | Path, *, what: str = "digits", images: int = 800, random_state: int = 0) -> Path:
    """Write pictures as files, one subfolder a class: a folder such as anyone could have.

    Parameters
    ----------
    where : str or Path
        A folder in which ``digits`` or ``clothes`` is made. What is there already must be of the same draw.
    what : {"digits", "clothes"}
        scikit-learn's handwritten digits as grey PNG files, or photographs of clothes in ten classes. The second
        needs the asset ``clothing`` (`ftlearn.assets.available`).
    images : int
        How many files, as evenly from the classes as they allow.
    random_state : int
        Seed of the draw.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    AssetError
        When the photographs are not on this machine.
    DataError
        When the folder holds other files: two draws in one folder would be neither.

    Examples
    --------
    >>> import tempfile
    >>> folder = example_folder(tempfile.mkdtemp(), images=30)
    >>> len(list((folder / "7").iterdir()))
    3
    """
    folder = Path(where) / what
    pictures = _digits() if what == "digits" else _clothes()
    rng = np.random.default_rng(random_state)
    each, drawn = -(-images // len(pictures)), {}
    for name, files in pictures.items():
        for i in sorted(rng.choice(len(files), min(each, len(files)), replace=False)):
            drawn[folder / name / files[i][0]] = files[i][1]
    if others := [path for path in folder.rglob("*") if path.is_file() and path not in drawn]:
        raise DataError(f"{folder} holds other files, such as {others[0].name}.", fix="Give another folder.")
    for path, content in drawn.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def _digits() -> dict[str, list[tuple[str, bytes]]]:
    import io

    from PIL import Image
    from sklearn.datasets import load_digits

    data, found = load_digits(), {}
    for number, (image, label) in enumerate(zip(data.images, data.target, strict=True)):
        written = io.BytesIO()
        Image.fromarray((image * 255 / 16).round().astype("uint8")).save(written, "PNG")
        found.setdefault(str(label), []).append((f"digit_{number:04}.png", written.getvalue()))
    return dict(sorted(found.items()))


def _clothes() -> dict[str, list[tuple[str, bytes]]]:
    from ftlearn import assets

    path = assets.find("clothing")
    if path is None:
        raise AssetError("The photographs are not on this machine.", fix="Type `ftlearn fetch clothing`.")
    found: dict[str, list[tuple[str, bytes]]] = {}
    with tarfile.open(path) as archive:
        for member in archive:
            name = PurePosixPath(member.name)
            if member.isfile() and name.suffix == ".jpg":
                content = archive.extractfile(member).read()
                found.setdefault(name.parent.name, []).append((name.name, content))
    return {name: sorted(found[name]) for name in sorted(found)}
