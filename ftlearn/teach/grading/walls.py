"""The walls around a student's process, put up by the process itself before it runs anything of theirs (Linux).

The outer wall (`ftlearn.teach.grading.outer`) is around the warm runner: no network, no home, nothing to write but
memory. Inside it each submission gets namespaces of its own, so that it sees neither the runner nor another
submission, loses every capability, and is held to limits. All of it is gone when its first process ends: the kernel
sees to that.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import re
import struct
import time
from collections.abc import Sequence
from pathlib import Path

from ftlearn.teach.grading.limits import OUT_OF_MEMORY_CODE, TOO_MANY, Limits

with contextlib.suppress(ImportError):  # Windows has none, and no walls either
    import resource

NEWNS, NEWIPC, NEWUSER, NEWPID, NEWNET, NEWUTS = (
    0x00020000, 0x08000000, 0x10000000, 0x20000000, 0x40000000, 0x04000000,
)  # fmt: skip
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = (
    1, 2, 4, 8, 32, 4096, 16384, 1 << 18,
)  # fmt: skip
_PR_SET_PDEATHSIG, _PR_SET_SECCOMP, _PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS, _PR_CAP_AMBIENT = 1, 22, 24, 38, 47
_PR_SET_DUMPABLE = 4
_ANY_NAMESPACE = NEWNS | NEWIPC | NEWUSER | NEWPID | NEWNET | NEWUTS | 0x02000000  # the last one: of control groups

# What no exercise needs, and what could reach round a limit: memory without a process's name on it, other processes'
# memory, new namespaces and mounts, keys, tracing. Numbers for x86-64 and for AArch64.
_REFUSED = {
    "x86_64": (
        0xC000003E,
        {"clone": 56, "clone3": 435, "prctl": 157},
        (29, 30, 31, 68, 101, 155, 165, 166, 246, 248, 249, 250, 272, 298, 303, 304, 308, 310, 311, 319, 320, 321, 323,
         425, 426, 427, 428, 429, 430, 431, 432, 442, 447),
    ),
    "aarch64": (
        0xC00000B7,
        {"clone": 220, "clone3": 435, "prctl": 167},
        (39, 40, 41, 97, 104, 117, 186, 194, 195, 196, 217, 218, 219, 241, 264, 265, 268, 270, 271, 279, 280, 282, 294,
         425, 426, 427, 428, 429, 430, 431, 432, 442, 447),
    ),
}  # fmt: skip


NAME = b"grader"
"""What the machine is called inside."""


_FILES = 20_000  # that it may make in a folder of memory: each takes a kilobyte of the kernel's own


class Refused(OSError):
    """The kernel refused a wall."""


def call(name: str, *args: object) -> None:
    """Call a function of the C library that returns 0 when it has done what it should.

    Raises
    ------
    Refused
        When it has not.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*args) != 0:
        code = ctypes.get_errno()
        raise Refused(code, f"{name}: {os.strerror(code)}")


def mount(what: str, where: str, kind: str | None, flags: int, options: str | None = None) -> None:
    """Mount something, as mount(2) does."""
    text = [one.encode() if one is not None else None for one in (what, where, kind)]
    call("mount", *text, ctypes.c_ulong(flags), options.encode() if options else None)


def unshare(kinds: int, user: int | None = None) -> None:
    """Leave namespaces, that of users among them, for new ones; inside, this process is `user` (by default who it was).

    Raises
    ------
    Refused
        When the kernel does not allow it.
    """
    outside = os.getuid(), os.getgid()
    inside = outside if user is None else (user, user)
    call("unshare", kinds)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{inside[0]} {outside[0]} 1")
    Path("/proc/self/gid_map").write_text(f"{inside[1]} {outside[1]} 1")


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
        0 inside; outside, the child to wait for (`watch`): when it ends, all that it started is gone.

    Raises
    ------
    Refused
        When the kernel offers no namespaces.

    Notes
    -----
    To be called in a process with one thread, such as a fresh fork. The walls are: namespaces of users, mounts,
    processes, network, IPC and names; a new /proc; an empty /tmp of limited size; all else read-only, devices and /proc
    too, which would obey a grader's root without any capability; no capability, now or later; a filter of system calls;
    limits.
    """
    unshare(NEWUSER | NEWPID | NEWNET | NEWIPC | NEWUTS)
    child = os.fork()
    if child:
        return child
    die_with_parent()
    os.setsid()  # a signal to its own group reaches nobody outside
    call("sethostname", NAME, len(NAME))
    call("unshare", NEWNS)  # only here: who watches has to see the /proc that it had
    mount("none", "/", None, MS_REC | MS_PRIVATE)
    for line in Path("/proc/self/mounts").read_text().splitlines():
        read_only(re.sub(r"\\(\d{3})", lambda one: chr(int(one[1], 8)), line.split()[1]))
    kept = [(folder, os.open(folder, os.O_PATH | os.O_DIRECTORY)) for folder in keep]
    for place in ("/tmp", "/dev/shm"):
        mount("tmpfs", place, "tmpfs", MS_NOSUID | MS_NODEV, f"size={limits.disk},nr_inodes={_FILES},mode=1777")
    for folder, handle in kept:
        os.makedirs(folder, exist_ok=True)
        mount(f"/proc/self/fd/{handle}", folder, None, MS_BIND | MS_REC)
        os.close(handle)
    # Terminals of its own, for `!commands`: those that were there are every submission's.
    mount("devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620")
    mount("proc", "/proc", "proc", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC)
    os.chdir("/tmp")
    drop_capabilities()
    bound(limits)
    _filter_calls()
    return 0


def read_only(place: str) -> None:
    """Make a mount read-only; in a namespace of users, flags that stand already may not be taken away."""
    held, kept = os.statvfs(place).f_flag, 0
    for flag, wanted in (
        (os.ST_NOSUID, MS_NOSUID), (os.ST_NODEV, MS_NODEV), (os.ST_NOEXEC, MS_NOEXEC), (os.ST_NOATIME, 1024),
        (os.ST_RELATIME, 1 << 21),
    ):  # fmt: skip
        kept |= wanted if held & flag else 0
    mount("none", place, None, MS_BIND | MS_REMOUNT | MS_RDONLY | kept)


def die_with_parent() -> None:
    """Have the kernel end this process when the one that forked it ends."""
    call("prctl", _PR_SET_PDEATHSIG, 9, 0, 0, 0)


def bound(limits: Limits) -> None:
    """Hold this process and what it starts to limits of memory, files, processes and processor time."""
    wanted = [
        (resource.RLIMIT_AS, limits.memory), (resource.RLIMIT_FSIZE, limits.disk), (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_CPU, int(4 * limits.seconds) + 1), (resource.RLIMIT_NOFILE, 256),
    ]  # fmt: skip
    if platform.system() == "Linux":
        wanted.append((resource.RLIMIT_NPROC, limits.processes))
    for what, most in wanted:
        with contextlib.suppress(ValueError, OSError):  # a lower one is set already, or the system knows none
            resource.setrlimit(what, (most, most))


def watch(child: int, limits: Limits) -> int:
    """Wait for the first process inside, end it when its processes are too many or too large, and return its exit code.

    The limit of address space binds each process by itself; many of them together are counted here. So are processes:
    the kernel's own limit does not bind a grader's root.

    Parameters
    ----------
    child : int
        From `enclose`.
    limits : Limits
        What its processes may hold together.

    Returns
    -------
    int
        As `subprocess` gives it: negative for a signal; `OUT_OF_MEMORY_CODE` when it was ended for its memory,
        `TOO_MANY` for its processes.
    """
    pause, before = 0.02, 1
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        family, threads = _family(child, limits.processes)
        # A storm of forks is counted first: it holds the locks that looking at memory waits for.
        still = 1 < len(family) <= before + 3
        if threads > limits.processes or (still and _held(family) > limits.memory):
            os.kill(child, 9)
            os.waitpid(child, 0)
            return TOO_MANY if threads > limits.processes else OUT_OF_MEMORY_CODE
        time.sleep(pause if threads == 1 else 0.02)
        pause, before = min(2 * pause, 0.1), len(family)


def _family(child: int, most: int) -> tuple[list[int], int]:
    """Return a child and the processes below it, and how many threads they have; counting ends above `most`."""
    family, threads = [child], 0
    for number in family:
        with contextlib.suppress(OSError):
            for thread in os.listdir(f"/proc/{number}/task"):  # each of them may have forked
                threads += 1
                family += map(int, Path(f"/proc/{number}/task/{thread}/children").read_text().split())
        if threads > most:
            break
    return family, threads


def _held(family: list[int]) -> int:
    """Return the bytes that processes hold: memory of their own, and their share of what they have in common."""
    total = 0
    for number in family:
        with contextlib.suppress(OSError):
            try:
                for line in Path(f"/proc/{number}/smaps_rollup").read_text().splitlines():
                    if line.startswith(("Pss_Anon", "Pss_Shmem")):
                        total += 1024 * int(line.split()[1])
            except PermissionError:  # it hides: all that it can see counts
                total += resource.getpagesize() * int(Path(f"/proc/{number}/statm").read_text().split()[1])
    return total


def drop_capabilities() -> None:
    """Give up every capability for good: those held, those to be had by running a program, those to be inherited.

    Raises
    ------
    Refused
        When the kernel does not take them.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    for capability in range(64):
        if libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
            break  # the kernel knows no more of them
    call("prctl", _PR_CAP_AMBIENT, 4, 0, 0, 0)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    call("capset", ctypes.byref(header), ctypes.byref((ctypes.c_uint32 * 6)()))
    call("prctl", _PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def _filter_calls() -> None:
    """Have the kernel refuse `_REFUSED` calls with EPERM; another kind of processor goes without this wall."""
    if platform.machine() not in _REFUSED:
        return
    machine, some, numbers = _REFUSED[platform.machine()]
    load, equal, any_bit, give = 0x20, 0x15, 0x45, 0x06
    allow, kill, refuse, missing = 0x7FFF0000, 0x80000000, 0x00050001, 0x00050026
    code = [(load, 0, 0, 4), (equal, 1, 0, machine), (give, 0, 0, kill), (load, 0, 0, 0)]
    code += [(0x35, 0, 1, 0x40000000), (give, 0, 0, kill)]  # x32's numbers would pass by the list
    for number in numbers:
        code += [(equal, 0, 1, number), (give, 0, 0, refuse)]
    # A process that gave up dying with its parent would survive it, and one that hid would not be counted.
    code += [(equal, 0, 5, some["prctl"]), (load, 0, 0, 16), (equal, 1, 0, _PR_SET_PDEATHSIG)]
    code += [(equal, 0, 1, _PR_SET_DUMPABLE), (give, 0, 0, refuse), (give, 0, 0, allow)]
    code += [(equal, 0, 1, some["clone3"]), (give, 0, 0, missing)]  # the C library turns to clone, whose flags show
    code += [(equal, 0, 3, some["clone"]), (load, 0, 0, 16), (any_bit, 0, 1, _ANY_NAMESPACE), (give, 0, 0, refuse)]
    code += [(give, 0, 0, allow)]
    packed = b"".join(struct.pack("HBBI", *one) for one in code)
    program = ctypes.create_string_buffer(packed, len(packed))

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_void_p))

    held = Program(len(code), ctypes.addressof(program))
    call("prctl", _PR_SET_SECCOMP, 2, ctypes.byref(held), 0, 0)
