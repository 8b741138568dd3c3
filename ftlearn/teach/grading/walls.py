"""The walls around a student's process, put up by the process itself before it runs anything of theirs (Linux).

The outer wall is bubblewrap's, around the warm runner: no network, no home, nothing to write but memory. Inside it each
submission gets namespaces of its own, so that it sees neither the runner nor another submission, loses every
capability, and is held to limits. All of it is gone when its first process ends: the kernel sees to that.
"""

from __future__ import annotations

import ctypes
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ftlearn.errors import FtlearnError

_NEWNS, _NEWIPC, _NEWUSER, _NEWPID, _NEWNET, _NEWUTS = (
    0x00020000, 0x08000000, 0x10000000, 0x20000000, 0x40000000, 0x04000000,
)  # fmt: skip
_MS_NOSUID, _MS_NODEV, _MS_NOEXEC, _MS_BIND, _MS_REC, _MS_PRIVATE = 2, 4, 8, 4096, 16384, 1 << 18
_PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS, _PR_CAPBSET_DROP, _PR_CAP_AMBIENT, _PR_SET_PDEATHSIG = 4, 38, 24, 47, 1


@dataclass(frozen=True)
class Limits:
    """What a submission may use.

    Attributes
    ----------
    seconds : float
        Of the clock, for all of its cells.
    memory : int
        Bytes of address space; TensorFlow needs 2 GB of it, whatever it holds.
    disk : int
        Bytes that it may write.
    processes : int
        Processes and threads at a time.
    """

    seconds: float = 120.0
    memory: int = 4 * 2**30
    disk: int = 256 * 2**20
    processes: int = 256


def bubblewrap(command: list[str], readable: list[Path]) -> list[str]:
    """Put a command behind bubblewrap: no network, no home, only these folders to read, and memory to write to.

    Parameters
    ----------
    command : list of str
        What to run.
    readable : list of Path
        Folders that it sees, read-only, beside the system's own.

    Returns
    -------
    list of str
        The command to start.

    Raises
    ------
    FtlearnError
        When bubblewrap is not installed.

    Examples
    --------
    >>> bubblewrap(["true"], [])[-2:]  # doctest: +SKIP
    ['--', 'true']
    """
    program = shutil.which("bwrap")
    if program is None:
        raise FtlearnError(
            "bubblewrap is not installed.", fix="Debian, Ubuntu, Fedora: install the package bubblewrap."
        )
    walls = [program, "--unshare-user", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--hostname", "grader"]
    walls += ["--die-with-parent", "--new-session", "--cap-drop", "ALL"]
    # Not as root: a namespace inside may not hold a root that is root outside.
    walls += ["--uid", "1000", "--gid", "1000"]
    # /proc whole, and no namespace of processes: each submission gets its own of both, which the kernel allows only
    # where nothing of /proc is covered, as bubblewrap's own --proc does.
    walls += ["--bind", "/proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--tmpfs", "/run", "--tmpfs", "/dev/shm"]
    for folder in ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc/ld.so.cache", "/etc/alternatives"):
        if Path(folder).is_symlink():
            walls += ["--symlink", os.readlink(folder), folder]
        elif Path(folder).exists():
            walls += ["--ro-bind", folder, folder]
    for folder in readable:
        walls += ["--ro-bind", str(folder), str(folder)]
    # Inside, a submission needs user namespaces once more: it may make them, since no capability is left to misuse.
    walls += ["--clearenv", "--setenv", "PATH", "/usr/bin:/bin", "--setenv", "HOME", "/tmp", "--chdir", "/tmp"]
    return [*walls, "--", *command]


def offered() -> dict[str, str]:
    """Say what this machine offers for walls, and what is missing.

    Returns
    -------
    dict of str to str
        For ``bubblewrap`` and ``namespaces``: empty when they work, else a sentence.
    """
    if sys.platform != "linux":
        return {name: "Linux has it; this system does not." for name in ("bubblewrap", "namespaces")}
    try:
        command = bubblewrap(["true"], [])
    except FtlearnError as error:
        return {"bubblewrap": str(error), "namespaces": "not tried without bubblewrap"}
    done = subprocess.run(command, capture_output=True, text=True)
    wall = done.stderr.strip().split("\n")[-1] if done.returncode else ""
    return {"bubblewrap": wall, "namespaces": wall}


class Refused(OSError):
    """The kernel refused a wall."""


def _call(name: str, *args: object) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*args) != 0:
        code = ctypes.get_errno()
        raise Refused(code, f"{name}: {os.strerror(code)}")


def enclose(limits: Limits, keep: Sequence[str] = ()) -> int:
    """Put this process and what it forks behind walls; return in the first process inside, 0, and outside, its number.

    Parameters
    ----------
    limits : Limits
        What may be used.
    keep : sequence of str
        Folders below /tmp that stay to be seen.

    Returns
    -------
    int
        0 inside; outside, the child to wait for: when it ends, all that it started is gone.

    Raises
    ------
    Refused
        When the kernel offers no namespaces.

    Notes
    -----
    To be called in a process with one thread, such as a fresh fork. The walls are: namespaces of users, mounts,
    processes, network, IPC and names; a new /proc; an empty /tmp of limited size; no capability, now or later; limits.
    """
    user, group = os.getuid(), os.getgid()
    _call("unshare", _NEWUSER | _NEWNS | _NEWPID | _NEWNET | _NEWIPC | _NEWUTS)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    child = os.fork()
    if child:
        return child
    _call("prctl", _PR_SET_PDEATHSIG, 9, 0, 0, 0)
    _call("mount", b"none", b"/", None, ctypes.c_ulong(_MS_REC | _MS_PRIVATE), None)
    kept = [(folder, os.open(folder, os.O_PATH | os.O_DIRECTORY)) for folder in keep]
    size = f"size={limits.disk},mode=1777".encode()
    for place in (b"/tmp", b"/dev/shm"):
        _call("mount", b"tmpfs", place, b"tmpfs", ctypes.c_ulong(_MS_NOSUID | _MS_NODEV), size)
    for folder, handle in kept:
        os.makedirs(folder, exist_ok=True)
        _call(
            "mount", f"/proc/self/fd/{handle}".encode(), folder.encode(), None, ctypes.c_ulong(_MS_BIND | _MS_REC), None
        )
        os.close(handle)
    _call("mount", b"proc", b"/proc", b"proc", ctypes.c_ulong(_MS_NOSUID | _MS_NODEV | _MS_NOEXEC), None)
    os.chdir("/tmp")
    _drop_capabilities()
    for what, most in (
        (resource.RLIMIT_AS, limits.memory), (resource.RLIMIT_FSIZE, limits.disk), (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, limits.processes), (resource.RLIMIT_CPU, int(4 * limits.seconds) + 1),
    ):  # fmt: skip
        resource.setrlimit(what, (most, most))
    return 0


def _drop_capabilities() -> None:
    """Give up every capability for good: those held, those to be had by running a program, those to be inherited."""
    libc = ctypes.CDLL(None, use_errno=True)
    for capability in range(64):
        if libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
            break  # the kernel knows no more of them
    _call("prctl", _PR_CAP_AMBIENT, 4, 0, 0, 0)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    _call("capset", ctypes.byref(header), ctypes.byref((ctypes.c_uint32 * 6)()))
    _call("prctl", _PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
