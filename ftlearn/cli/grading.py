"""The command that grades a class: grade, and what belongs to it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from ftlearn.cli.app import app, say
from ftlearn.errors import FtlearnError

if TYPE_CHECKING:
    from ftlearn.teach.grading.jobs import Job
    from ftlearn.teach.grading.results import Result
    from ftlearn.teach.grading.settings import Settings
    from ftlearn.teach.grading.store import Store

_CLASS = "class"


class _Grading(TyperGroup):
    """`ftlearn grade FOLDER` grades; `ftlearn grade review` and the others are commands of their own."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Take what is no command for a folder of submissions."""
        if args[:1] == ["--doctor"]:
            args = ["doctor"]
        if args and args[0] not in self.commands and args[0] not in ("--help",):
            args = [_CLASS, *args]
        return super().parse_args(ctx, args)


grade = typer.Typer(cls=_Grading, rich_markup_mode=None, no_args_is_help=True)
app.add_typer(grade, name="grade")

Solutions = Annotated[Path, typer.Option(metavar="DIR", help="Where the solutions are.")]


@grade.callback()
def _grade() -> None:
    """Grade a class: `ftlearn grade SUBMISSIONS --out RESULTS`.

    \b
    Examples:
      ftlearn grade submitted --out results        a folder or zip: one folder a student, nbgrader's, Moodle's, Canvas's
      ftlearn grade class --help                   all options of it
      ftlearn grade review results                 mark the texts that wait for a person
      ftlearn grade doctor                         what sandbox this machine offers
      ftlearn grade example class                  twelve made-up students to try it with
    """  # noqa: D301


@grade.command(_CLASS)
def grade_(
    submissions: Annotated[Path, typer.Argument(help="What the class handed in: a folder or a zip.")],
    out: Annotated[Path, typer.Option("--out", metavar="RESULTS", help="Where results go.")],
    solutions: Solutions = Path("solutions"),
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Limits, due dates, lateness; see docs/grading.md.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Submissions at a time on this machine.")] = min(
        4, os.cpu_count() or 1
    ),
    scheduler: Annotated[
        str, typer.Option(metavar="ADDRESS", help="A Dask cluster instead of this machine, such as tcp://host:8786.")
    ] = "",
    unsafe: Annotated[bool, typer.Option("--unsafe", help="Go on where there is no sandbox.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Grade everything anew, not only what changed.")] = False,
) -> None:
    """Grade what a class handed in; a second time, only what is new or changed.

    \b
    Examples:
      ftlearn grade submitted --out results
      ftlearn grade moodle.zip --out results --config grading.toml
      ftlearn grade submitted --out results --scheduler tcp://127.0.0.1:8786
    """  # noqa: D301
    from ftlearn.teach.grading import course as grading
    from ftlearn.teach.grading.seeds import read_key
    from ftlearn.teach.grading.store import Store

    store = Store(out)
    settings = _settings(store, config)
    course = grading.Course(solutions, read_key(settings.key) if settings.key else None)
    bar = _Bar()
    try:
        done = grading.grade_class(
            submissions, store, course, settings, _runner(workers, scheduler, unsafe), again=again, unsafe=unsafe,
            begin=bar.begin, tick=bar.tick,
        )  # fmt: skip
    except KeyboardInterrupt:
        bar.close()
        say("\nInterrupted. What is graded is kept: type the same again, and it goes on from there.")
        raise typer.Exit(130) from None
    finally:
        bar.close()
    for one in done.problems:
        say(f"Not graded: {one}")
    if done.moved:
        count = "One task has" if len(done.moved) == 1 else f"{len(done.moved)} tasks have"
        typer.echo(f"{count} other points than before:")
        for one in done.moved:
            typer.echo(f"  {one}")
    typer.echo(f"{done.graded} graded, {done.kept} as before, {len(done.problems)} not graded.")
    _warn(done.sandbox)
    _report(out, settings, course)


def _settings(store: Store, config: Path | None) -> Settings:
    """Read the config file to go by, the one that is named or else the one of the last time; and remember it."""
    from ftlearn.teach.grading.settings import read_settings

    before = store.config()
    if config is None and before is not None:
        typer.echo(f"Settings are those of {before}, as before.")
    settings = read_settings(config or before)
    if config is not None:
        store.remember(config)
    return settings


def _report(out: Path, settings: Settings, course: Any) -> None:
    """Write the pages and tables, and say where they are and what waits."""
    from ftlearn.teach.grading.marks import Marks
    from ftlearn.teach.grading.reports import write
    from ftlearn.teach.grading.store import read_results
    from ftlearn.teach.grading.waiting import queue

    results, problems = read_results(out)
    for one in [*problems, *settings.strangers({one.student for one in results})]:
        say(one)
    marks = Marks.load(out)
    write(out, results, marks, settings, course.sources())
    waiting = len(queue(results, marks))
    typer.echo(
        f"The class: {out / 'index.html'}   marks: {out / 'grades.csv'}   for Canvas and Moodle: {out / 'export'}"
    )
    if waiting:
        count = "One text waits" if waiting == 1 else f"{waiting} texts wait"
        typer.echo(f"{count} for a person: type `ftlearn grade review {out}`.")


def _warn(wall: str) -> None:
    from ftlearn.teach.grading.outer import UNSANDBOXED

    if wall == UNSANDBOXED:
        say(f"{UNSANDBOXED}: student code could read and change your files. See `ftlearn grade doctor`.")


def _runner(workers: int, scheduler: str, unsafe: bool) -> Callable[[list[Job]], Iterator[Result]]:
    """Return what grades jobs: this machine, or a cluster."""
    from ftlearn.teach.grading.outer import UNSANDBOXED, wall

    def here(jobs: list[Job]) -> Iterator[Result]:
        from ftlearn.teach.grading.pool import graded_here

        found = wall()
        if found == UNSANDBOXED and not unsafe:
            raise FtlearnError(
                f"{UNSANDBOXED}: this machine offers no sandbox, so student code could read and change your files.",
                fix="`ftlearn grade doctor` says what is missing; --unsafe goes on nevertheless.",
            )
        _warn(found)
        return graded_here(jobs, min(workers, len(jobs)))

    def there(jobs: list[Job]) -> Iterator[Result]:
        from ftlearn.teach.grading.cluster import graded_on

        return graded_on(scheduler, jobs, tell=say)

    return there if scheduler else here


class _Bar:
    """A bar with the time that is left, on a terminal; elsewhere nothing."""

    def __init__(self) -> None:
        self._bar: Any = None

    def begin(self, total: int) -> None:
        """Show that so many are to be graded."""
        from tqdm import tqdm

        if total:
            self._bar = tqdm(total=total, desc="Grading", unit="notebook", leave=False, disable=None)

    def tick(self, result: Result) -> None:
        """Show that one is done."""
        if self._bar is not None:
            self._bar.update()

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None


@grade.command()
def review(
    results: Annotated[Path, typer.Argument(metavar="RESULTS", help="What `ftlearn grade` wrote.")],
    lesson: Annotated[str, typer.Option(help="Only this exercise, such as 04.")] = "",
    task: Annotated[str, typer.Option(help="Only this task.")] = "",
    again: Annotated[bool, typer.Option("--again", help="Those that are marked too.")] = False,
    names: Annotated[bool, typer.Option("--names", help="Show whose text it is.")] = False,
    solutions: Solutions = Path("solutions"),
    config: Annotated[Path | None, typer.Option(metavar="FILE", help="As for grading.")] = None,
) -> None:
    """Mark the texts that wait for a person, key by key; marks survive regrading.

    \b
    Examples:
      ftlearn grade review results
      ftlearn grade review results --lesson 04 --task friday
    """  # noqa: D301
    from ftlearn.teach.grading import course as grading
    from ftlearn.teach.grading.review import review as marking
    from ftlearn.teach.grading.store import Store

    settings = _settings(Store(results, new=False), config)
    marking(results, lesson=lesson, task=task, again=again, names=names, solutions=solutions)
    _report(results, settings, grading.Course(solutions))


@grade.command()
def doctor() -> None:
    """Say what this machine offers for a sandbox, and what to install.

    \b
    Examples:
      ftlearn grade doctor
    """  # noqa: D301
    from ftlearn.teach.grading.outer import UNSANDBOXED, offered, wall

    found = offered()
    for name, problem in found.items():
        typer.echo(f"{name:<12} {problem or 'works'}")
    best = wall()
    if best != UNSANDBOXED:
        typer.echo(f"Student code runs behind {best}: no network, none of your files, limits on all that it uses.")
        return
    say(f"{UNSANDBOXED}. On Debian, Ubuntu, Fedora install the package bubblewrap. Where it is there and refused,")
    say("the system forbids namespaces of users (Ubuntu 24.04: an AppArmor profile for bwrap allows them).")
    say("macOS and Windows have none: grade in a Linux machine or container, or type --unsafe for work you trust.")
    raise typer.Exit(1)


@grade.command()
def example(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="To be made.")],
    solutions: Solutions = Path("solutions"),
    lesson: Annotated[str, typer.Option(help="Whose answers are taken; 05 trains nothing, and is quick.")] = "05",
) -> None:
    """Write a class of twelve made-up students with known mistakes, to try grading with.

    \b
    Examples:
      ftlearn grade example class
      ftlearn grade example class --lesson 09
    """  # noqa: D301
    from ftlearn.teach.grading.example import write_example

    submitted = write_example(folder, solutions, lesson)
    typer.echo(f"Twelve students are in {submitted}; what they should get is in {folder / 'expected.csv'}. Grade them:")
    typer.echo(f"  ftlearn grade {submitted} --out {folder / 'results'} --config {folder / 'grading.toml'}")
