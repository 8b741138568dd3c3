"""Multi-seed experiments behind the claims: a script a study, its results beside it as CSV.

A study's module has ``SEEDS`` (how many), ``KEYS`` (the columns that name a row), ``measure(seed, part=None)`` (the
rows of one seed, or of a small part of it), ``CHECK`` (that part) and ``TOLERANCE`` (how far a rerun may be off).
"""

from __future__ import annotations

import importlib
import os
import platform
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ftlearn import environment
from ftlearn.errors import DataError, unknown_name

if TYPE_CHECKING:
    import pandas as pd

_FOLDER = Path(__file__).parent
_VERSIONED = ("ftlearn", "keras", "tensorflow", "numpy", "scikit-learn")


@dataclass
class StudyResult:
    """What a run of a study left.

    Attributes
    ----------
    name : str
        The study's.
    path : Path
        The CSV that was written, or checked.
    rows : DataFrame
        What was measured now.
    problems : list of str
        For a check: a sentence for each column that no longer stands.
    """

    name: str
    path: Path
    rows: pd.DataFrame
    problems: list[str] = field(default_factory=list)

    @property
    def stands(self) -> bool:
        """Whether a check found nothing."""
        return not self.problems


def names() -> list[str]:
    """List the studies.

    Returns
    -------
    list of str
        In alphabetical order.

    Examples
    --------
    >>> "label_budget" in names()
    True
    """
    return sorted(p.stem for p in _FOLDER.glob("*.py") if not p.stem.startswith("_"))


def load(name: str) -> pd.DataFrame:
    """Read the committed results of a study.

    Parameters
    ----------
    name : str
        One of `names`.

    Returns
    -------
    DataFrame
        One row a measurement, with its ``seed``; ``.attrs["about"]`` holds date and versions.

    Raises
    ------
    UnknownNameError
        For another name.
    DataError
        When its results are not there.

    Examples
    --------
    >>> sorted(load("label_budget")["labels"].unique().tolist())
    [10, 20, 50, 100, 300]
    """
    _module(name)
    return _read(_FOLDER / f"{name}.csv")


def run(
    name: str,
    *,
    check: bool = False,
    seeds: int | None = None,
    out: str | Path | None = None,
    progress: Callable[[str], Any] | None = None,
) -> StudyResult:
    """Run a study and write its CSV, or rerun a small part and compare it with the committed CSV.

    Finished seeds are kept in ``NAME.partial.csv`` beside the result, so that a run that was interrupted goes on.

    Parameters
    ----------
    name : str
        One of `names`.
    check : bool
        Rerun a small part and compare.
    seeds : int, optional
        How many seeds; the study's own number if not given.
    out : path, optional
        Where the CSV goes; beside the study's script if not given.
    progress : callable, optional
        Called with a line of text as each seed ends.

    Returns
    -------
    StudyResult
        With ``.problems`` for a check.

    Raises
    ------
    UnknownNameError
        For another name.
    DataError
        When `seeds` is not at least 2, or a check finds no committed results.

    Examples
    --------
    >>> run("label_bugdet")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    ftlearn.errors.UnknownNameError: There is no study named 'label_bugdet'. Did you mean 'label_budget'? Known: ...
    """
    module, say = _module(name), progress or (lambda line: None)
    path = Path(out) if out else _FOLDER / f"{name}.csv"
    seeds = module.SEEDS if seeds is None else seeds
    if seeds < 2:
        raise DataError(f"A study needs at least 2 seeds, for its intervals; got {seeds}.")
    environment.start_tensorflow()
    if check:
        return _check(name, module, _FOLDER / f"{name}.csv", say)
    return StudyResult(name, path, _run(name, module, seeds, path, say))


def _module(name: str) -> Any:
    if name not in names():
        raise unknown_name("study", name, names())
    return importlib.import_module(f"ftlearn.studies.{name}")


def _about(name: str) -> str:
    versions = ", ".join(f"{p} {version(p)}" for p in _VERSIONED)
    return f"# study {name}, {date.today().isoformat()}, Python {platform.python_version()}, {versions}\n"


def _read(path: Path) -> pd.DataFrame:
    import pandas as pd

    if not path.exists():
        raise DataError(f"There are no results at {path.name}.", fix=f"Run `ftlearn study {path.stem}`.")
    table = pd.read_csv(path, comment="#")
    table.attrs["about"] = path.read_text().split("\n", 1)[0].removeprefix("# ")
    return table


def _write(name: str, table: pd.DataFrame, path: Path) -> None:
    part = path.with_name(path.name + ".part")
    part.write_text(_about(name) + table.to_csv(index=False, float_format="%.5g", lineterminator="\n"))
    os.replace(part, path)


def _run(name: str, module: Any, seeds: int, path: Path, say: Callable[[str], Any]) -> pd.DataFrame:
    import pandas as pd

    partial = path.with_name(f"{path.stem}.partial.csv")
    table = _read(partial) if partial.exists() else pd.DataFrame(columns=["seed"])
    for seed in range(seeds):
        if seed in set(table["seed"]):
            say(f"seed {seed}: kept from the run before")
            continue
        fresh = pd.DataFrame(module.measure(seed))
        table = pd.concat([table, fresh], ignore_index=True) if len(table) else fresh
        _write(name, table, partial)
        say(f"seed {seed}: {len(fresh)} measurements ({seeds - 1 - seed} seeds to go)")
    table = table[table["seed"] < seeds].sort_values(["seed", *module.KEYS], ignore_index=True)
    _write(name, table, path)
    partial.unlink(missing_ok=True)
    return table


def _check(name: str, module: Any, path: Path, say: Callable[[str], Any]) -> StudyResult:
    import pandas as pd

    committed = _read(path)
    fresh = pd.DataFrame(module.measure(0, module.CHECK))
    both = fresh.merge(committed, on=["seed", *module.KEYS], suffixes=("", "_committed"))
    problems = []
    if len(both) != len(fresh):
        problems.append(f"{len(fresh) - len(both)} of {len(fresh)} measurements are not in {path.name}.")
    for column, allowed in module.TOLERANCE.items():
        off = (both[column] - both[f"{column}_committed"]).abs()
        say(f"{column}: {len(both)} measurements, largest difference {off.max():.3f} (allowed {allowed})")
        for _, row in both[off > allowed].iterrows():
            where = ", ".join(f"{key} {row[key]}" for key in module.KEYS)
            problems.append(f"{column} at {where}: now {row[column]:.3f}, committed {row[column + '_committed']:.3f}.")
    return StudyResult(name, path, fresh, problems)
