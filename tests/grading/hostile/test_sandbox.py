"""The sandbox itself: what a submission sees and may do inside each of the two walls, and what is left after it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from ftlearn.teach.grading import outer
from ftlearn.teach.grading.children import Gone, Runner, TooLong
from ftlearn.teach.grading.limits import Limits
from ftlearn.teach.grading.running import Grader
from tests.grading.hostile.exercise import POINTS, SMALL, answered, source

LOOK = """
import os, resource, socket

status = dict(line.split(":\\t") for line in open("/proc/self/status").read().splitlines() if ":\\t" in line)
rights = {name: int(status[name], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")}
walled = [int(status["NoNewPrivs"]), int(status["Seccomp"])]
who = [os.getuid(), os.geteuid(), os.getgid(), socket.gethostname(), os.getcwd(), os.getpid(), os.getppid()]
names = [name for _, name in socket.if_nameindex()]
up = [line.split()[0] for line in open("/proc/net/route").read().splitlines()[1:]]
loopback = open("/proc/net/if_inet6").read() if os.path.exists("/proc/net/if_inet6") else ""
seen = sorted(one for one in os.listdir("/proc") if one.isdigit())
descriptors = sorted(int(one) for one in os.listdir("/proc/self/fd"))
limits = [
    list(resource.getrlimit(one))
    for one in (resource.RLIMIT_AS, resource.RLIMIT_FSIZE, resource.RLIMIT_CORE, resource.RLIMIT_NPROC)
]
writable = []
for line in open("/proc/self/mounts").read().splitlines():
    _, place, kind, options, *_ = line.split()
    if "ro" not in options.split(","):
        writable.append([place, kind])
"""

WALK = """
import os, stat

found = []
for base, folders, files in os.walk("/"):
    if base.startswith(("/proc", "/tmp/", "/dev/shm/")) and base != "/proc":
        folders.clear()
        continue
    folders[:] = [one for one in folders if not os.path.islink(os.path.join(base, one))]
    try:
        handle = os.open(os.path.join(base, "ftlearn-hostile-mark"), os.O_CREAT | os.O_WRONLY)
    except OSError:
        continue
    os.close(handle)
    found.append(base)
found.sort()
"""


@pytest.fixture(scope="module", params=["bubblewrap", "namespaces"])
def walled_runner(request, walled, surroundings):
    """A runner behind each wall that this machine offers."""
    if outer.offered()[request.param]:
        pytest.skip(f"{request.param}: {outer.offered()[request.param]}")
    with Runner(keras=False, wall=request.param) as runner:
        runner.start(Limits()).end()
        surroundings.settle()
        yield runner


def ran(runner: Runner, code: str, *names: str, limits: Limits = SMALL):
    child = runner.start(limits)
    try:
        assert child.ask({"run": code}, 60) == {"error": "", "memory": False}
        return [child.ask({"question": "value", "args": [name], "kwargs": {}}, 10)["answer"] for name in names]
    finally:
        child.end()


def test_a_submission_has_no_rights_and_sees_nobody(walled_runner, surroundings):
    rights, walled, who, names, up, seen, descriptors, limits, writable = ran(
        walled_runner, LOOK, "rights", "walled", "who", "names", "up", "seen", "descriptors", "limits", "writable"
    )
    assert rights == dict.fromkeys(rights, 0)
    assert walled == [1, 2]
    assert who == [outer.INSIDE, outer.INSIDE, outer.INSIDE, "grader", "/tmp", 1, 0]
    assert set(names) <= {"lo"} | {name for name in names if name.endswith("0")}  # tunnels that the kernel adds, down
    assert up == []
    assert seen == ["1"]
    assert len(descriptors) <= 5, descriptors
    memory, disk, core, processes = limits
    assert memory == [SMALL.memory] * 2 and disk == [SMALL.disk] * 2 and core == [0, 0]
    assert processes == [SMALL.processes] * 2
    own = [["/dev/pts", "devpts"], ["/dev/shm", "tmpfs"], ["/tmp", "tmpfs"]]
    assert sorted(writable) == own
    assert surroundings.problems() == []


def test_commands_run_on_a_terminal_that_is_the_submission_s_own(walled_runner, surroundings):
    assert ran(walled_runner, "said = !echo hello; ls /dev/pts", "said") == [["hello", "ptmx"]]
    assert surroundings.problems() == []


def test_nothing_can_be_written_but_the_submission_s_own_memory(walled_runner, surroundings):
    (found,) = ran(walled_runner, WALK, "found", limits=Limits(seconds=120, cell_seconds=60))
    assert found == ["/dev/shm", "/tmp"]
    assert surroundings.problems() == []


def test_the_next_submission_finds_nothing_of_the_one_before(walled_runner):
    ran(walled_runner, "for place in ('/tmp', '/dev/shm'):\n    open(place + '/note', 'w').write('for the next')")
    (found,) = ran(
        walled_runner,
        "import os\nfound = [one for one in ('/tmp/note', '/dev/shm/note') if os.path.exists(one)]",
        "found",
    )
    assert found == []


def test_two_submissions_at_once_do_not_see_each_other(walled_runner):
    one, other = walled_runner.start(SMALL), walled_runner.start(SMALL)
    serve = (
        "import os, socket, threading\nopen('/tmp/note', 'w').write('for the other')\n"
        "mine = socket.socket(socket.AF_UNIX)\nmine.bind('\\0meeting')\nmine.listen()\n"
        "port = socket.create_server(('', 48123))"
    )
    look = (
        "import os, socket\nfound = [one for one in os.listdir('/proc') if one.isdigit() and one != '1']\n"
        "found += [one for one in os.listdir('/tmp') if 'note' in one]\n"
        "for family, address in ((socket.AF_UNIX, '\\0meeting'), (socket.AF_INET, ('127.0.0.1', 48123))):\n"
        "    try:\n        socket.socket(family).connect(address)\n        found.append('met')\n"
        "    except OSError:\n        pass"
    )
    try:
        assert one.ask({"run": serve}, 30)["error"] == ""
        assert other.ask({"run": look}, 30)["error"] == ""
        assert other.ask({"question": "value", "args": ["found"], "kwargs": {}}, 10) == {"answer": []}
    finally:
        one.end()
        other.end()


def test_right_answers_pass_behind_each_wall(walled_runner):
    results, remarks = Grader(source(), walled_runner, SMALL).grade(answered())
    assert {one.name: one.points for one in results} == POINTS
    assert remarks == []


def test_children_one_after_the_other_leave_memory_flat_and_no_zombies(runner, surroundings):
    def ended(number: int) -> None:
        for _ in range(number):
            child = runner.start(SMALL)
            child.ask({"run": "x = list(range(1000))"}, 30)
            child.end()

    ended(20)
    before = _memory(surroundings)
    ended(280)
    assert surroundings.alive() == []
    assert _memory(surroundings) < before + 4 * 2**20


def _memory(surroundings) -> int:
    """Return the bytes that runners hold for themselves."""
    held = 0
    for number in surroundings._ours():
        for line in Path(f"/proc/{number}/smaps_rollup").read_text().splitlines():
            held += 1024 * int(line.split()[1]) if line.startswith("Pss_Anon") else 0
    return held


def test_what_is_offered_is_tried_and_true(walled, monkeypatch):
    found = outer.offered()
    assert list(found) == ["bubblewrap", "namespaces"] and outer.wall() in found
    for name, problem in found.items():
        if not problem:
            with Runner(keras=False, wall=name) as runner:
                assert runner.wall == name
                runner.start(SMALL).end()
    monkeypatch.setenv("PATH", "/nowhere")
    assert "not installed" in outer.offered()["bubblewrap"]
    monkeypatch.setattr(sys, "platform", "darwin")
    assert outer.wall() == outer.UNSANDBOXED


def test_a_runner_outlives_the_thread_that_started_it(walled):
    made = []
    thread = threading.Thread(target=lambda: made.append(Runner(keras=False)))
    thread.start()
    thread.join()
    with made[0] as runner:
        assert ran(runner, "x = 3", "x") == [3]


KILLED = """
import sys, time
from ftlearn.teach.grading.children import Runner
from ftlearn.teach.grading.limits import Limits

runner = Runner(keras=False, wall=sys.argv[1])
child = runner.start(Limits(seconds=600, cell_seconds=600))
print("started", flush=True)
child.ask({"run": '''
import ctypes, os, signal, time
for number in range(1, 65):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
ctypes.CDLL(None).prctl(1, 0, 0, 0, 0)
if os.fork() == 0:
    os.setsid()
while True:
    time.sleep(1)
'''}, 600)
"""


@pytest.mark.parametrize("kind", ["bubblewrap", "namespaces"])
def test_a_grader_that_is_killed_leaves_nothing_alive(kind, walled, surroundings):
    if outer.offered()[kind]:
        pytest.skip(outer.offered()[kind])
    surroundings.settle()
    grader = subprocess.Popen([sys.executable, "-c", KILLED, kind], stdout=subprocess.PIPE, text=True)
    assert grader.stdout.readline() == "started\n"
    time.sleep(1)
    grader.send_signal(signal.SIGKILL)
    grader.wait()
    grader.stdout.close()
    assert surroundings.alive() == []


def test_a_child_that_is_gone_or_late_is_told_apart(runner):
    child = runner.start(SMALL)
    with pytest.raises(Gone):
        child.ask({"run": "import os\nos._exit(7)"}, 10)
    assert child.end(by_itself=True) == 7
    child = runner.start(SMALL)
    with pytest.raises(TooLong):
        child.ask({"run": "while True: pass"}, 0.3)
    assert child.end() < 0 or os.name == "nt"
