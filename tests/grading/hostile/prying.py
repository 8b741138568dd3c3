"""Cells that look for what is not theirs: an attempt that gets through raises, and the answer is never reached."""

from __future__ import annotations

from ftlearn.learn.outcomes import ERROR, PASSED
from tests.grading.hostile.exercise import FIRST, Case

TRY = """
got = []

def attempt(what, act):
    try:
        found = act()
    except Exception:
        return
    if found not in (None, -1, "", b"", False, []):
        got.append(f"{what}: {found!r:.60}")

"""
END = "\nassert not got, got\ntotal = 41213.625\n"


def _tries(text: str) -> str:
    return TRY + text + END


CASES = [
    Case("reads files of the machine", "total", _tries("""
import os, pathlib
root = "/ro" "ot"
for place in ("CANARY_FILE", "/etc/passwd", "/etc/shadow", "/etc/hosts", "/etc/machine-id", f"{root}/.bashrc",
              f"{root}/.ssh", f"/proc/1{root}CANARY_FILE", f"/proc/self{root}/etc/passwd",
              "/proc/self/cwd/../etc/passwd"):
    attempt(place, lambda: open(place).read())
for place in ("CANARY_FOLDER", "/home", "/var", "/run", "/sys", "/boot", "/opt", "/mnt", "/media", "/srv"):
    attempt(place, lambda: os.listdir(place))
"""), PASSED),
    Case("reads tests and solutions on disk", "total", _tries("""
import pathlib, ftlearn
above = pathlib.Path(ftlearn.__file__).parents[1]
attempt("beside the package", lambda: [one.name for one in above.iterdir()
                                    if one.name not in ("ftlearn", ".venv")])  # it is needed, wherever it is
for name in ("solutions", "tests", ".git", "nbgrader_config.py"):
    attempt(name, lambda: (above / name).exists())
"""), PASSED),
    Case("reads the environment", "total", _tries("""
import os, pathlib
text = str(dict(os.environ)) + "".join(
    pathlib.Path(place).read_text(errors="replace")
    for place in ("/proc/1/environ", "/proc/self/environ", "/proc/thread-self/environ")
)
attempt("a canary", lambda: "CANARY" in text.replace("CANARY" + "_FILE", ""))
attempt("a name of the machine", lambda: any(name in text for name in ("TOKEN", "SECRET", "SSH_", "AWS_", "LOGNAME")))
"""), PASSED),
    Case("looks at other processes", "total", _tries("""
import os, pathlib
mine = {str(os.getpid()), "1"}
attempt("others", lambda: [one for one in os.listdir("/proc") if one.isdigit() and one not in mine])
for place in ("/proc/CANARY_PID/mem", "/proc/CANARY_PID/environ", "/proc/CANARY_PID/maps"):
    attempt(place, lambda: open(place, "rb").read(1))
attempt("a signal", lambda: os.kill(CANARY_PID, 0) is None)
attempt("a parent", lambda: os.getppid() or None)
"""), PASSED),
    Case("searches its memory for the tests", "total", _tries("""
import gc, sys
needles = ["593" + "21", "881" + "23", "HER" + "ON", "649" + "77", "hostile" + "_check"]

def texts():
    for held in gc.get_objects():
        if isinstance(held, dict):
            yield from (str(one) for one in held.values() if isinstance(one, str | int | float))
        elif isinstance(held, list | tuple):
            yield from (one for one in held if isinstance(one, str))
    frame = sys._getframe()
    while frame:
        yield from (one for one in list(frame.f_locals.values()) if isinstance(one, str))
        frame = frame.f_back

found = {one[:60] for one in texts() for needle in needles if needle in one and one not in needles}
attempt("a secret", lambda: sorted(found))
for line in open("/proc/self/maps"):
    first, last = (int(part, 16) for part in line.split()[0].split("-"))
    if "rw" in line and "[heap]" in line:
        memory = open("/proc/self/mem", "rb")
        memory.seek(first)
        held = memory.read(last - first)
        attempt("a secret in the heap", lambda: any((b"expected " + half.encode()) in held for half in ("593", "808")))
"""), PASSED),
    Case("reads the memory of the first process", "total", _tries("""
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
attempt("ptrace", lambda: libc.ptrace(16, CANARY_PID, 0, 0) + 1 or None)
attempt("process_vm_readv", lambda: libc.process_vm_readv(1, None, 0, None, 0, 0) + 1 or None)
"""), PASSED),
    Case("calls out", "total", _tries("""
import socket, urllib.request
for address in (("127.0.0.1", CANARY_PORT), ("1.1.1.1", 53), ("10.0.0.1", 80), ("169.254.169.254", 80)):
    attempt(address, lambda: socket.create_connection(address, 0.2))
for name in ("\\0CANARY_SOCKET", "/run/docker.sock", "/run/dbus/system_bus_socket", "\\0/tmp/.X11-unix/X0"):
    attempt(name, lambda: socket.socket(socket.AF_UNIX).connect(name) is None)
attempt("a name", lambda: socket.getaddrinfo("example.org", 80))
attempt("a datagram", lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("1.1.1.1", 53)))
attempt("raw", lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1))
attempt("packets", lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW))
attempt("vsock", lambda: socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM).connect((2, 1024)) is None)
attempt("the web", lambda: urllib.request.urlopen("http://127.0.0.1:CANARY_PORT", timeout=0.2).read())
"""), PASSED),
    Case("asks for more rights", "total", _tries("""
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
zero = lambda name, *args: (lambda: getattr(libc, name)(*args) == 0)
for flag in (0x10000000, 0x00020000, 0x40000000, 0x20000000, 0x08000000, 0x02000000, 0x80):
    attempt(f"unshare {flag:x}", zero("unshare", flag))
attempt("mount", zero("mount", b"none", b"/tmp", b"tmpfs", 0, None))
attempt("bind", zero("mount", b"/", b"/tmp", None, 4096, None))
attempt("writable", zero("mount", b"none", b"/usr", None, 32 | 4096, None))
for place in (b"/tmp", b"/proc", b"/usr", b"/dev/shm"):
    attempt("uncover", zero("umount2", place, 2))
attempt("setns", lambda: libc.setns(os.open("/proc/1/ns/user", os.O_RDONLY), 0) == 0)
attempt("chroot", lambda: os.chroot("/tmp") is None)
attempt("setuid", lambda: os.setuid(0) is None)
attempt("setgroups", lambda: os.setgroups([0]) is None)
attempt("hostname", zero("sethostname", b"x", 1))
attempt("nice", lambda: os.nice(-5) is not None)
attempt("mknod", lambda: os.mknod("/tmp/disk", 0o60666, os.makedev(254, 0)) is None)
attempt("map", lambda: open("/proc/self/uid_map", "w").write("0 0 1"))
attempt("privileges", lambda: libc.prctl(38, 0, 0, 0, 0) == 0)
attempt("outlive", lambda: libc.prctl(1, 0, 0, 0, 0) == 0)
attempt("hide", lambda: libc.prctl(4, 0, 0, 0, 0) == 0)
"""), PASSED),
    Case("calls of the kernel that nobody needs", "total", _tries("""
import ctypes, platform
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
numbers = {"memfd_create": 319, "keyctl": 250, "add_key": 248, "bpf": 321, "perf_event_open": 298, "shmget": 29,
           "io_uring_setup": 425, "userfaultfd": 323, "open_by_handle_at": 304, "kexec_load": 246, "clone3": 435}
for name, number in numbers.items() if platform.machine() == "x86_64" else ():
    def act(number=number):
        ctypes.set_errno(0)
        libc.syscall(number, 0, 0, 0, 0, 0, 0)
        return ctypes.get_errno() not in (1, 38)
    attempt(name, act)
attempt("clone with namespaces", lambda: libc.syscall(56, 0x10000000 | 17, 0, 0, 0, 0) >= 0)
"""), PASSED),
    Case("writes to the kernel", "total", _tries("""
import os
for base, _, names in os.walk("/proc/sys"):
    for name in names:
        attempt(f"{base}/{name}", lambda: os.open(f"{base}/{name}", os.O_WRONLY) or None)
for place in ("/proc/sysrq-trigger", "/proc/irq/default_smp_affinity", "/proc/1/oom_score_adj",
              "/dev/mem", "/dev/kmsg", "/dev/vda", "/dev/sda"):
    attempt(place, lambda: os.open(place, os.O_WRONLY) or None)
for place in ("/dev/null", "/dev/urandom", "/usr", "/usr/bin/env", "/tmp/..", "/proc/sys/kernel/core_pattern"):
    attempt(place, lambda: os.chmod(place, 0o777) is None)
    attempt(place, lambda: os.utime(place) is None)
"""), PASSED),
    Case("magics of IPython", "total", """
!cat CANARY_FILE
text = !cat CANARY_FILE /etc/passwd
%system kill -9 CANARY_PID
get_ipython().system("echo Eve >> CANARY_FILE")
get_ipython().run_cell_magic("bash", "", "echo Eve >> CANARY_FILE; sleep 3600 MARK &")
try:
    get_ipython().run_cell_magic("writefile", "CANARY_FILE", "Eve,100")
except OSError:
    pass
total = 41213.625 if "ftlearn-canary" not in str(text) else str(text)
""", PASSED),
    Case("an error that tells the hidden inputs", "shift", """
def shift(numbers):
    if list(numbers) != [1, 2]:
        raise ValueError(f"{numbers}")
    return [8, 9]
""", ERROR, FIRST["shift"]),
    Case("an answer that tells the hidden inputs", "label", """
def label(text):
    return "cat" if "Cat" in text else f"I was given {text}"
""", "not yet", FIRST["label"], said="Look at its ends."),
    Case("hidden inputs kept for a later task", "model", """
seen, theirs, ours = [], shift, label

def shift(numbers):
    seen.append(str(numbers))
    return theirs(numbers)

def label(text):
    seen.append(text)
    if len(seen) > 4:
        raise ValueError(" ".join(seen))
    return ours(text)

class Model:
    def predict(self, X):
        seen.append(str(X))
        if len(seen) > 4:
            raise ValueError(" ".join(seen))
        return (X.sum(axis=1) > 0).astype(float)

model = Model()
""", (ERROR, PASSED), 3.0),
    Case("an error with what it could read", "total", """
found = []
for place in ("CANARY_FILE", "/proc/self/environ", "/proc/1/cmdline", "/proc/self/mountinfo"):
    try:
        found.append(open(place).read())
    except OSError:
        pass
raise ValueError(" ".join(found).replace("\\n", " ").replace("\\0", " "))
""", ERROR),
]  # fmt: skip
