"""The outer wall around the warm runner: bubblewrap's where it is installed, else our own; what this machine offers."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from ftlearn.teach.grading import walls

SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc/ld.so.cache", "/etc/alternatives")
"""What a program needs of the system; nothing of it is anybody's own."""

INSIDE = 1000
"""Who student code is inside. Not root: a namespace inside may not hold a root that is root outside."""

UNSANDBOXED = "NOT SANDBOXED"


def bubblewrap(command: Sequence[str], readable: Sequence[Path]) -> list[str]:
    """Put a command behind bubblewrap: no network, no home, only these folders to read, and nothing to write to.

    Parameters
    ----------
    command : sequence of str
        What to run.
    readable : sequence of Path
        Folders that it sees, read-only, beside the system's own.

    Returns
    -------
    list of str
        The command to start.

    Examples
    --------
    >>> bubblewrap(["true"], [])[-2:]
    ['--', 'true']
    """
    built = [
        "bwrap",
        "--unshare-user",
        "--unshare-net",
        "--unshare-ipc",
        "--unshare-uts",
        "--hostname",
        walls.NAME.decode(),
    ]
    # No --die-with-parent: a runner's parent is a thread, and may end before it. It ends with its grader's socket.
    built += [
        "--hostname",
        walls.NAME.decode(),
        "--new-session",
        "--cap-drop",
        "ALL",
        "--uid",
        str(INSIDE),
        "--gid",
        str(INSIDE),
    ]
    # /proc whole, and no namespace of processes: each submission gets its own of both, which the kernel allows only
    # where nothing of /proc is covered, as bubblewrap's own --proc does.
    built += ["--bind", "/proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"]
    for folder in SYSTEM:
        if Path(folder).is_symlink():
            built += ["--symlink", os.readlink(folder), folder]
        elif Path(folder).exists():
            built += ["--ro-bind", folder, folder]
    for folder in readable:
        built += ["--ro-bind", str(folder), str(folder)]
    return [*built, "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/tmp", "--", *command]


def put_up(readable: Sequence[str]) -> None:
    """Do what `bubblewrap` does, for this process, without it.

    Parameters
    ----------
    readable : sequence of str
        Folders to be seen beside the system's own.

    Raises
    ------
    Refused
        When the kernel offers no namespaces.

    Notes
    -----
    To be called before anything else has run: the process must have one thread.
    """
    walls.unshare(walls.NEWUSER | walls.NEWNS | walls.NEWNET | walls.NEWIPC | walls.NEWUTS, INSIDE)
    walls.mount("none", "/", None, walls.MS_REC | walls.MS_PRIVATE)
    root = tempfile.mkdtemp()
    walls.mount("tmpfs", root, "tmpfs", walls.MS_NOSUID | walls.MS_NODEV, "size=1m,mode=755")
    devices = [f"/dev/{name}" for name in ("null", "zero", "full", "random", "urandom")]
    for place in [*SYSTEM, *readable, "/proc", *devices]:
        there, here = Path(place), Path(root + place)
        if there.is_symlink() and place in SYSTEM:
            here.parent.mkdir(parents=True, exist_ok=True)
            here.symlink_to(os.readlink(there))
        elif there.exists():
            (here if there.is_dir() else here.parent).mkdir(parents=True, exist_ok=True)
            if not there.is_dir():
                here.touch()
            walls.mount(place, str(here), None, walls.MS_BIND | walls.MS_REC)
            if place != "/proc":
                walls.read_only(str(here))
    for place, options in (("/tmp", "size=16m,mode=1777"), ("/dev/shm", "size=1m,mode=1777")):
        Path(root + place).mkdir(exist_ok=True, parents=True)
        if not any(one.startswith(f"{place}/") for one in readable):
            walls.mount("tmpfs", root + place, "tmpfs", walls.MS_NOSUID | walls.MS_NODEV, options)
    Path(root, "dev/pts").mkdir()
    Path(root, "dev/ptmx").symlink_to("pts/ptmx")
    os.chdir(root)
    walls.call("pivot_root", b".", b".")
    walls.call("umount2", b".", 2)  # lets go of all that was before
    walls.read_only("/")
    os.chdir("/tmp")
    walls.drop_capabilities()


def namespaces(command: Sequence[str], readable: Sequence[Path]) -> list[str]:
    """Put a command behind the walls of `put_up`.

    Parameters
    ----------
    command : sequence of str
        What to run.
    readable : sequence of Path
        Folders that it sees.

    Returns
    -------
    list of str
        The command to start.

    Notes
    -----
    In a process before it: NumPy, once imported, has threads, and a process with threads may not leave its namespaces.

    Examples
    --------
    >>> namespaces(["true"], [])[-2:]
    ['--', 'true']
    """
    return [sys.executable, "-m", "ftlearn.teach.grading.outer", *map(str, readable), "--", *command]


def wall() -> str:
    """Name the outer wall that this machine offers; tried, not guessed.

    Returns
    -------
    str
        ``"bubblewrap"``, ``"namespaces"``, or ``"NOT SANDBOXED"``.

    Examples
    --------
    >>> wall() in ("bubblewrap", "namespaces", "NOT SANDBOXED")
    True
    """
    return next((name for name, problem in _trials() if not problem), UNSANDBOXED)


def offered() -> dict[str, str]:
    """Say of each kind of wall what keeps it from working here.

    Returns
    -------
    dict of str to str
        For ``bubblewrap`` and ``namespaces``, best first: empty when a submission's walls stand up inside it, else why
        they do not.

    Examples
    --------
    >>> list(offered())
    ['bubblewrap', 'namespaces']
    """
    return dict(_trials())


def _trials() -> Iterator[tuple[str, str]]:
    """Try each kind of wall when it is asked for: a trial takes a third of a second."""
    if sys.platform != "linux":
        yield from dict.fromkeys(("bubblewrap", "namespaces"), "Only Linux has it.").items()
        return
    folders = needed()
    trial = [sys.executable, "-m", "ftlearn.teach.grading.outer", *map(str, folders)]
    there = shutil.which("bwrap")
    yield (
        "bubblewrap",
        _tried(bubblewrap(trial, folders)) if there else ("It is not installed: the package is called bubblewrap."),
    )
    yield "namespaces", _tried(namespaces(trial, folders))


def needed() -> list[Path]:
    """Return the folders that Python, its packages, ftlearn and the course's files are in.

    Examples
    --------
    >>> Path(sys.prefix) in needed()
    True
    """
    import sysconfig

    import ftlearn

    places = {Path(sys.base_prefix), Path(sys.prefix), Path(sysconfig.get_paths()["purelib"])}
    if mirror := os.environ.get("FTLEARN_ASSETS"):
        places.add(Path(mirror).resolve())
    return [Path(ftlearn.__file__).resolve().parent, *sorted(one for one in places if one.is_dir())]


def environment() -> dict[str, str]:
    """Return the environment of student code: nothing of the instructor's but where the course's files are."""
    import ftlearn

    held = {"PATH": "/usr/bin:/bin", "HOME": "/tmp", "USER": "student", "LANG": "C.UTF-8", "MPLBACKEND": "agg"}
    held |= {"PYTHONPATH": str(Path(ftlearn.__file__).resolve().parent.parent), "PYTHONDONTWRITEBYTECODE": "1"}
    held |= {"TF_CPP_MIN_LOG_LEVEL": "3", "FTLEARN_STATIC": "1", "FTLEARN_PROGRESS": "/tmp/progress.sqlite"}
    if mirror := os.environ.get("FTLEARN_ASSETS"):
        held["FTLEARN_ASSETS"] = str(Path(mirror).resolve())
    return held


def _tried(command: list[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, env=environment(), timeout=60, cwd="/")
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"It could not be tried: {error}."
    lines = done.stderr.strip().split("\n")
    return "" if done.returncode == 0 else (lines[-1] or f"It ended with {done.returncode}.")


def main(arguments: list[str]) -> int:
    """Put up the outer wall and become the command after ``--``; without one, try a submission's: 0 when they stand."""
    try:
        if "--" in arguments:
            place = arguments.index("--")
            put_up(arguments[:place])
            os.execvp(arguments[place + 1], arguments[place + 1 :])
        child = walls.enclose(walls.Limits(), [one for one in arguments if one.startswith("/tmp/")])
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if child == 0:
        os._exit(0)
    return abs(walls.watch(child, walls.Limits()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
