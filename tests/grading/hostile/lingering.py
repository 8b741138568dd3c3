"""Cells that leave something behind: the answer is right, and what was left has to be gone."""

from __future__ import annotations

from ftlearn.learn.outcomes import PASSED
from ftlearn.teach.grading.results import OUT_OF_TIME
from tests.grading.hostile.exercise import Case

RIGHT = "\ntotal = 41213.625\n"

DAEMON = """
import ctypes, os, signal, time

def daemon():
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            ctypes.CDLL(None).prctl(1, 0, 0, 0, 0)
            for number in range(1, 65):
                try:
                    signal.signal(number, signal.SIG_IGN)
                except (OSError, ValueError):
                    pass
            DO
        os._exit(0)
"""

FILES = """
import os, pathlib
for place in ("/tmp", "/var/tmp", "/dev/shm", "/run", "/run/lock", "/", "/dev", "/proc", str(pathlib.Path.home()),
              "CANARY_FOLDER", "/etc", "/usr", "/usr/lib", "/var", "/mnt", "/home"):
    try:
        pathlib.Path(place, "MARK").write_text("left")
        os.chmod(os.path.join(place, "MARK"), 0o4777)
    except OSError:
        pass
"""

CASES = [
    Case(
        "a daemon that ignores signals", "total",
        DAEMON.replace("DO", "time.sleep(3600)") + "daemon()" + RIGHT, PASSED,
    ),
    Case(
        "a daemon of another program", "total",
        DAEMON.replace("DO", "os.execv('/bin/sleep', ['sleep', '3600', 'MARK'])") + "daemon()" + RIGHT, PASSED,
    ),
    Case(
        "a daemon without a name or an environment", "total",
        DAEMON.replace("DO", "os.execve('/bin/sleep', ['MARK', '3600'], {})") + "daemon()" + RIGHT, PASSED,
    ),
    Case(
        "a first process that would outlive its parent", "total", """
import ctypes, os, signal, time
for option in (1, 4, 36):
    ctypes.CDLL(None).prctl(option, 0, 0, 0, 0)
try:
    os.setsid()
except OSError:
    pass
for number in range(1, 65):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
while True:
    time.sleep(3600)
""", OUT_OF_TIME,
    ),
    Case(
        "a thread that never ends", "total", """
import threading, time

def on():
    while True:
        try:
            time.sleep(0.01)
        except BaseException:
            pass

threading.Thread(target=on).start()
""" + RIGHT, PASSED,
    ),
    Case(
        "something to do at the end", "total", """
import atexit, os, weakref

def late():
    os.system("sleep 3600 MARK &")
    open("CANARY_FILE", "a").write("Eve,100")

atexit.register(late)
weakref.finalize(late, late)
""" + RIGHT, PASSED,
    ),
    Case(
        "a program in the background", "total", """
import subprocess
subprocess.Popen(["/bin/sh", "-c", "nohup sleep 3600 MARK &"], start_new_session=True)
""" + RIGHT, PASSED,
    ),
    Case(
        "a server", "total", """
import socket, threading
for family, address in ((socket.AF_UNIX, "\\0MARK"), (socket.AF_UNIX, "/tmp/MARK"), (socket.AF_INET, ("", 48123))):
    server = socket.socket(family)
    server.bind(address)
    server.listen()
    threading.Thread(target=server.accept, daemon=True).start()
""" + RIGHT, PASSED,
    ),
    Case("files wherever there is room", "total", FILES + RIGHT, PASSED),
    Case(
        "links to what is outside", "total", """
import os
os.symlink("CANARY_FILE", "/tmp/outside")
os.symlink("CANARY_FOLDER", "/tmp/folder")
for place in ("/tmp/outside", os.path.join("/tmp", "folder", "grades.csv")):
    try:
        open(place, "a").write("Eve,100")
    except OSError:
        pass
try:
    os.link("CANARY_FILE", "/tmp/hard")
except OSError:
    pass
""" + RIGHT, PASSED,
    ),
    Case(
        "edits the grades", "total", """
import pathlib, shutil, sqlite3
for act in (
    lambda: open("CANARY_FILE", "w").write("Eve,100"),
    lambda: pathlib.Path("CANARY_FILE").unlink(),
    lambda: shutil.rmtree("CANARY_FOLDER"),
    lambda: sqlite3.connect("CANARY_FOLDER/gradebook.db").execute("create table grades (points)"),
):
    try:
        act()
    except (OSError, sqlite3.Error):
        pass
""" + RIGHT, PASSED,
    ),
]  # fmt: skip
