"""Multi-seed experiments behind the claims: a script a study, its results beside it as CSV.

A study's module has ``SEEDS`` (how many), ``KEYS`` (the columns that name a row), ``measure(seed, part=None)`` (the
rows of one seed, or of a small part of it), ``CHECK`` (that part) and ``TOLERANCE`` (how far a rerun may be off).
"""

from __future__ import annotations

import hashlib
import importlib
import os
import platform
from collections.abc import Callable, Iterator
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
    jobs: int = 1,
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
    jobs : int
        How many seeds to measure at a time, each in a process of one thread (about 1 GB each).
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
        When `seeds` is not at least 2 or `jobs` not at least 1, or a check finds no committed results.

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
    if seeds < min(2, module.SEEDS):
        raise DataError(f"A study needs at least 2 seeds, for its intervals; got {seeds}.")
    if jobs < 1:
        raise DataError(f"A study runs in at least 1 process; got jobs={jobs}.")
    if check:
        environment.start_tensorflow()
        return _check(name, module, _FOLDER / f"{name}.csv", say)
    return StudyResult(name, path, _run(name, module, seeds, path, jobs, say))


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


def _write(name: str, table: pd.DataFrame, path: Path, *, script: str = "") -> None:
    part = path.with_name(path.name + ".part")
    about = _about(name).strip() + (f", script {script}" if script else "") + "\n"
    part.write_text(about + table.to_csv(index=False, float_format="%.5g", lineterminator="\n"))
    os.replace(part, path)


def _run(name: str, module: Any, seeds: int, path: Path, jobs: int, say: Callable[[str], Any]) -> pd.DataFrame:
    import pandas as pd

    partial = path.with_name(f"{path.stem}.partial.csv")
    table = _kept(partial, _script(module), say)
    left = []
    for seed in range(seeds):
        if seed in set(table["seed"]):
            say(f"seed {seed}: kept from the run before")
        else:
            left.append(seed)
    for done, (seed, rows) in enumerate(_measured(module.measure, left, jobs), 1):
        fresh = pd.DataFrame(rows)
        table = pd.concat([table, fresh], ignore_index=True) if len(table) else fresh
        _write(name, table, partial, script=_script(module))
        say(f"seed {seed}: {len(fresh)} measurements ({len(left) - done} seeds to go)")
    table = table[table["seed"] < seeds].sort_values(["seed", *module.KEYS], ignore_index=True)
    _write(name, table, path)
    partial.unlink(missing_ok=True)
    return table


def _script(module: Any) -> str:
    """Name the script as it is now, so that seeds measured by another version of it are not kept."""
    return hashlib.sha256(Path(module.__file__).read_bytes()).hexdigest()[:12]


def _kept(partial: Path, script: str, say: Callable[[str], Any]) -> pd.DataFrame:
    import pandas as pd

    if partial.exists():
        table = _read(partial)
        if f"script {script}" in table.attrs["about"] or "script " not in table.attrs["about"]:
            return table
        say(f"{partial.name} was measured by another version of the script: starting over")
    return pd.DataFrame(columns=["seed"])


def _measured(measure: Callable[..., Any], seeds: list[int], jobs: int) -> Iterator[tuple[int, Any]]:
    """Measure seed after seed, or several at a time in processes of one thread each."""
    if jobs == 1:
        environment.start_tensorflow()
        yield from ((seed, measure(seed)) for seed in seeds)
        return
    from joblib import Parallel, delayed

    yield from Parallel(n_jobs=jobs, return_as="generator_unordered")(delayed(_alone)(measure, seed) for seed in seeds)


def _alone(measure: Callable[..., Any], seed: int) -> tuple[int, Any]:
    """Measure one seed in a process of its own, where TensorFlow keeps to one thread."""
    os.environ |= {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}
    environment.start_tensorflow()
    return seed, measure(seed)


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
