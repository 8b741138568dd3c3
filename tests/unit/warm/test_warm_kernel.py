"""Kernels that are forks: the same results as fresh ones, and everything that Jupyter does to a kernel."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import nbformat
import psutil
import pytest
from jupyter_client.manager import start_new_kernel
from nbclient import NotebookClient

from ftlearn.warm.client import kernel_of
from ftlearn.warm.specs import NAME
from tools.memory import peak_mb

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux only"),
    pytest.mark.usefixtures("warm_place"),
]


class Kernel:
    """A running kernel."""

    def __init__(self, manager, client):
        self.manager, self.client = manager, client

    @property
    def process(self) -> psutil.Process:
        return psutil.Process(kernel_of(self.manager.provisioner.pid))

    def run(self, code: str, *, timeout: float = 120) -> list[dict]:
        """Run a cell and return what it put out."""
        outputs = []
        self.client.execute_interactive(code, output_hook=outputs.append, timeout=timeout, allow_stdin=False)
        return [one["content"] for one in outputs if one["msg_type"] in {"stream", "error", "execute_result"}]

    def value(self, expression: str):
        """Return what an expression is, as JSON."""
        said = self.run(f"import json\nprint(json.dumps({expression}))")
        return json.loads(said[0]["text"])


@contextmanager
def kernel(name: str = NAME, **options):
    manager, client = start_new_kernel(kernel_name=name, startup_timeout=280, **options)
    try:
        yield Kernel(manager, client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def wait_until(holds, *, seconds: float = 120) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, f"not within {seconds} s"
        time.sleep(0.05)


TRAINS = """
import hashlib, logging
import keras, matplotlib.pyplot as plt, numpy as np, pandas as pd, tensorflow as tf
keras.utils.set_random_seed(4)
X = np.random.rand(256, 12).astype("float32")
y = (X.sum(axis=1) > 6).astype("int32")
model = keras.Sequential([
    keras.Input((12,)), keras.layers.Dense(32, "relu"), keras.layers.Dropout(0.2), keras.layers.Dense(2, "softmax"),
])
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(X, y, epochs=3, validation_split=0.25, verbose=2)
print({name: [float(one).hex() for one in values] for name, values in history.history.items()})
print(hashlib.sha256(b"".join(w.tobytes() for w in model.get_weights())).hexdigest())
print(hashlib.sha256(model.predict(X, verbose=0).tobytes()).hexdigest())
"""
SHOWS = """
tf.get_logger().warning("a warning of TensorFlow's")
print(pd.DataFrame(np.arange(60).reshape(2, 30)))
plt.plot(history.history["loss"]);
"""
FITS = """
from sklearn.linear_model import LogisticRegression
print([float(one).hex() for one in LogisticRegression(max_iter=50).fit(X, y).coef_[0]])
"""


def outputs_on(name: str) -> list:
    cells = [nbformat.v4.new_code_cell(code) for code in (TRAINS, SHOWS, FITS)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(notebook, kernel_name=name, timeout=200, startup_timeout=280, record_timing=False).execute()
    return [output for cell in notebook.cells for output in cell.outputs]


def without_times(outputs: list) -> str:
    """Leave out how long Keras's epochs took, and the chatter of a first import."""
    import re

    chatter = ("oneDNN", "absl::InitializeLog", "cudart_stub")  # in one message or in several, as time has it
    kept: list = []
    for one in outputs:
        if any(word in one.get("text", "") for word in chatter):
            continue
        if kept and one.get("name") == kept[-1].get("name") is not None:
            kept[-1] = {**one, "text": kept[-1]["text"] + one["text"]}
        else:
            kept.append(one)
    text = json.dumps(kept)
    return re.sub(r"\d+m?s(/step)?\b", "", text)


def test_training_gives_the_same_bits_on_both_kernels():
    plain, warm = outputs_on("python3"), outputs_on(NAME)
    assert "0x1." in json.dumps(warm) and "image/png" in json.dumps(warm)
    assert without_times(warm) == without_times(plain)


SURROUNDINGS = """
import gc, logging, os, resource, signal, sys, tempfile, threading, warnings
import tensorflow as tf, keras, pandas as pd, numpy as np, matplotlib, matplotlib.pyplot as plt
import sklearn.linear_model, sklearn.metrics, sklearn.model_selection, sklearn.pipeline, ftlearn.learn.submission
def name(thing): return repr(thing).split(" at ")[0]
def stream(handler): return name(getattr(handler, "stream", None)).replace("<_io.TextIOWrapper", "")
umask = os.umask(0); os.umask(umask)
every = ("stdin", "stdout", "stderr", "__stdin__", "__stdout__", "__stderr__")
seen = {
    "start": [repr(sys.flags), sys.argv[0], sys.path, sys.orig_argv[:3], os.getcwd(), umask, tempfile.gettempdir()],
    "environment": {k: v for k, v in os.environ.items() if k != "JPY_PARENT_PID"},
    "streams": [[name(type(getattr(sys, one))), getattr(sys, one).encoding, getattr(sys, one).errors] for one in every],
    "signals": [name(signal.getsignal(one)) for one in sorted(signal.valid_signals())],
    "masked": sorted(signal.pthread_sigmask(signal.SIG_BLOCK, [])),
    "limits": [resource.getrlimit(getattr(resource, one)) for one in dir(resource) if one.startswith("RLIMIT_")],
    "leads": [os.getsid(0) == os.getpid(), os.getpgrp() == os.getpid()],
    "threads": sorted(type(one).__name__ for one in threading.enumerate()),
    "collector": [gc.isenabled(), gc.get_threshold()],
    "cores": sorted(os.sched_getaffinity(0)),
    "hooks": [name(sys.excepthook), name(sys.displayhook), sys.ps1, name(sys.modules["__main__"])],
    "warnings": sorted(map(repr, warnings.filters)),
    "pandas": [repr(pd.get_option(one)) for one in pd._config.config._registered_options],
    "numpy": [repr(np.get_printoptions()), np.geterr()],
    "figures": [repr(dict(matplotlib.rcParams)), matplotlib.get_backend(), plt.isinteractive()],
    "keras": [keras.config.floatx(), keras.config.epsilon(), keras.config.is_interactive_logging_enabled()],
    "loggers": [[one.level, [name(type(h)) for h in one.handlers]] for one in (logging.root, tf.get_logger())],
}
"""


def test_a_fork_finds_what_a_fresh_kernel_finds(tmp_path):
    (tmp_path / "matplotlibrc").write_text("lines.linewidth: 7\n")
    seen = []
    environment = {**os.environ, "ODD": "caf\udce9", "TMPDIR": str(tmp_path), "TZ": "Asia/Tokyo"}
    for name in ("python3", NAME):
        with kernel(name, cwd=str(tmp_path), env=dict(environment)) as one:
            one.run(SURROUNDINGS)
            seen.append(one.value("seen"))
            assert one.value("plt.rcParams['lines.linewidth']") == 7
    plain, warm = seen
    for what in plain:
        assert warm[what] == plain[what], what


def test_two_forks_draw_different_numbers():
    drawn = []
    for _ in range(2):
        with kernel() as one:
            one.run("import random, numpy, keras, tensorflow as tf")
            drawn.append(one.value("[random.random(), numpy.random.rand(), float(tf.random.normal([]))]"))
    assert not set(drawn[0]) & set(drawn[1])


def test_the_server_is_one_thread_that_ran_nothing_and_leaves_no_zombies():
    with kernel() as one:
        server = one.process.parent()
        assert "server.py" in " ".join(server.cmdline()) and server.cwd() == "/"
        assert server.num_threads() == 1
        assert one.process.terminal() is None and server.terminal() is None
        files = server.num_fds()
    with kernel() as one:
        assert one.process.parent() == server, "one server serves all"
        wait_until(lambda: server.num_fds() <= files)
    wait_until(lambda: not server.children())


def test_a_running_cell_is_interrupted_and_the_kernel_goes_on():
    with kernel() as one:
        one.run("x = 1")
        waits = "import time\nprint('begun', flush=True)\ntime.sleep(600)"
        sent = one.client.execute(waits, stop_on_error=False)  # else what follows at once may be dropped with it
        while one.client.get_iopub_msg(timeout=60)["content"].get("text") != "begun\n":
            pass
        one.manager.interrupt_kernel()
        reply = one.client.get_shell_msg(timeout=60)
        assert reply["parent_header"]["msg_id"] == sent
        assert reply["content"]["ename"] == "KeyboardInterrupt"
        assert one.value("x + 1") == 2


def test_restart_and_shutdown():
    with kernel() as one:
        one.run("x = 1")
        first = one.process
        one.manager.restart_kernel()
        one.client.wait_for_ready(timeout=120)
        assert one.value("'x' in globals()") is False
        assert not first.is_running()
        second = one.process
        one.manager.shutdown_kernel()  # the polite way: a message
        assert not second.is_running() and not one.manager.is_alive()


@pytest.mark.parametrize(("code", "status"), [("os._exit(3)", 3), ("os.kill(os.getpid(), 9)", -9)])
def test_the_stand_in_ends_as_its_kernel_does(code, status):
    with kernel() as one:
        stand_in = one.manager.provisioner.process
        one.client.execute(f"import os\n{code}")
        assert stand_in.wait(30) == status
        assert not one.manager.is_alive()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_stand_in_takes_the_kernel_along(number):
    with kernel() as one:
        started = one.value("__import__('subprocess').Popen(['sleep', '600']).pid")
        process, child = one.process, psutil.Process(started)
        os.kill(one.manager.provisioner.pid, number)
        wait_until(lambda: not process.is_running())
        wait_until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)


def test_many_at_once():
    def number(_):
        with kernel() as one:
            return one.process.pid, one.value("__import__('os').getpid()")

    with ThreadPoolExecutor(4) as pool:
        pairs = list(pool.map(number, range(6)))
    assert all(outside == inside for outside, inside in pairs) and len(set(pairs)) == 6


def test_the_memory_of_the_kernel_is_measured_and_not_its_stand_in_s():
    with kernel() as one:
        before = peak_mb(one.manager.provisioner.pid)
        one.run("import numpy as np\nx = np.ones(40_000_000)")
        assert before > 500, "TensorFlow's libraries count, as in a fresh kernel"
        assert peak_mb(one.manager.provisioner.pid) > before + 250


def test_nbval_and_nbgrader_use_it(tmp_path, warm_place):
    code = "import os, shutil\nshutil.copyfile(f'/proc/{os.getppid()}/cmdline', 'parent.txt');"
    source = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    source.cells[0].metadata["nbgrader"] = {
        "grade": True, "grade_id": "one", "locked": True, "points": 1, "schema_version": 3, "solution": False,
        "task": False, "cell_type": "code",
    }  # fmt: skip
    path = tmp_path / "source" / "ps" / "one.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(source, path)
    options = ["-p", "no:cacheprovider", "-c", os.devnull, "--nbval", "--nbval-kernel-name", NAME]
    subprocess.run([sys.executable, "-m", "pytest", *options, str(path)], check=True, capture_output=True)
    said = path.with_name("parent.txt")
    assert "server.py" in said.read_text()
    said.unlink()
    config = f"c = get_config()\nc.CourseDirectory.course_id = 'c'\nc.Execute.kernel_name = {NAME!r}\n"
    (tmp_path / "nbgrader_config.py").write_text(config)
    places = {"JUPYTER_CONFIG_DIR": str(tmp_path), "IPYTHONDIR": str(tmp_path)}
    places["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    command = [sys.executable, "-m", "nbgrader"]
    for what in (["generate_assignment", "ps"], ["autograde", "ps"]):
        if what[0] == "autograde":
            place = tmp_path / "submitted" / "ada" / "ps"
            place.parent.mkdir(parents=True)
            (tmp_path / "release" / "ps").rename(place)
        done = subprocess.run(
            [*command, *what], cwd=tmp_path, env={**os.environ, **places}, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr[-2000:]
    assert "server.py" in next(tmp_path.glob("autograded/ada/ps/parent.txt")).read_text()
    assert len(list(warm_place.glob("*.sock"))) == 1, "one server serves all"
