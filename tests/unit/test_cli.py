"""The command line as a person meets it: real processes, their exit codes and what they print."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import types
import urllib.request

import pytest
from typer.testing import CliRunner

import ftlearn
from ftlearn import cli, laboratory
from ftlearn.errors import FtlearnError, UnknownNameError

FTLEARN = (sys.executable, "-m", "ftlearn.cli")


def ftlearn_run(*args, cwd=None, **environment):
    env = {k: v for k, v in os.environ.items() if k not in ("FTLEARN_ASSETS", "FTLEARN_CACHE")} | environment
    return subprocess.run([*FTLEARN, *args], capture_output=True, text=True, env=env, cwd=cwd, timeout=60)


@pytest.fixture
def checkout(tmp_path):
    folder = tmp_path / "course" / "notebooks"
    folder.mkdir(parents=True)
    text = '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
    for name in ("00_start_here", "04_freezing_and_unfreezing"):
        (folder / f"{name}.ipynb").write_text(text)
    return folder.parent


def test_version():
    assert ftlearn_run("--version").stdout == f"ftlearn {ftlearn.__version__}\n"


def test_help_loads_no_tensorflow():
    """That it is quick is told by test_house.py, which asks again when the machine was busy."""
    code = "import sys\nsys.argv = ['ftlearn', '--help']\nfrom ftlearn.cli import main\n"
    code += "try: main()\nexcept SystemExit: pass\n"
    code += "assert not {'tensorflow', 'keras', 'numpy', 'requests', 'rich'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


@pytest.mark.parametrize("command", ["lab", "fetch", "finetune", "doctor", "pretrain", "serve", "study"])
def test_each_command_has_help_with_examples(command):
    done = ftlearn_run(command, "--help")
    assert done.returncode == 0
    assert re.search(rf"Examples:\n +ftlearn {command}", done.stdout)


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("fetch", "clothin"), "There is no asset named 'clothin'. Did you mean 'clothing'?"),
        (("fetch", "--list", "clothin"), "There is no asset named 'clothin'. Did you mean 'clothing'?"),
        (("pretrain", "lettrs"), "There is no recipe named 'lettrs'. Did you mean 'letters'?"),
        (("study", "label_bugdet"), "There is no study named 'label_bugdet'. Did you mean 'label_budget'?"),
    ],
)
def test_unknown_names_are_one_sentence(args, said):
    done = ftlearn_run(*args)
    assert done.returncode == 1
    assert done.stderr.startswith(said)
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("args", [("frobnicate",), ("lab", "--port", "x"), ("study",)])
def test_wrong_usage_exits_2(args):
    done = ftlearn_run(*args)
    assert done.returncode == 2
    assert "Usage: ftlearn" in done.stderr and "Traceback" not in done.stderr


def test_fetch_says_what_failed_and_exits_1(tmp_path):
    nobody = "http://127.0.0.1:9"
    done = ftlearn_run("fetch", "air_passengers", FTLEARN_CACHE=str(tmp_path / "cache"), HTTPS_PROXY=nobody)
    assert done.returncode == 1
    assert done.stderr.startswith("No connection to raw.githubusercontent.com") and done.stderr.count("\n") == 1
    assert done.stdout == "0 fetched, 0 already there, 0 skipped, 1 failed.\n"


def test_fetch_with_a_missing_mirror_folder(tmp_path):
    done = ftlearn_run("fetch", FTLEARN_ASSETS=str(tmp_path / "nowhere"), FTLEARN_CACHE=str(tmp_path))
    assert done.returncode == 1 and "there is no such folder" in done.stderr and "Traceback" not in done.stderr


def test_list_has_name_size_licence_and_place(tmp_path):
    done = ftlearn_run("fetch", "--list", FTLEARN_CACHE=str(tmp_path))
    rows = [re.split(r"  +", line) for line in done.stdout.splitlines()]
    assert rows[0] == ["NAME", "SIZE", "LICENCE", "WHERE"]
    assert ["clothing", "41 MB", "CC0-1.0", "to download"] in rows
    assert ["sentence_polarity", "490 kB", "CC-BY-4.0", "to download"] in rows


def test_pretrain_writes_where_it_is_told(monkeypatch):
    calls = []

    def recipe(out, *, random_state, progress):
        calls.append((str(out), random_state))
        progress("epoch 1")
        return {"accuracy": 0.5}

    module = types.ModuleType("recipe_for_test")
    module.recipe = recipe
    monkeypatch.setitem(sys.modules, "recipe_for_test", module)
    monkeypatch.setitem(cli.PRETRAINED, "letters", ("recipe_for_test", "recipe"))
    done = CliRunner().invoke(cli.app, ["pretrain", "letters", "--random-state", "3"])
    assert done.exit_code == 0, done.output
    assert calls == [("pretrained", 3)], "the shipped file must not be overwritten unasked"
    assert "epoch 1\naccuracy: 0.5\n" in done.output
    CliRunner().invoke(cli.app, ["pretrain", "letters", "--out", "elsewhere"])
    assert calls[-1] == ("elsewhere", 0)


def _study(monkeypatch, problems=(), error=None):
    from ftlearn import studies

    def run(name, *, check, seeds, out, jobs, progress):
        if error:
            raise error
        return studies.StudyResult(name, laboratory.Path("x.csv"), [1, 2], list(problems))

    monkeypatch.setattr(studies, "run", run)
    return lambda *args: CliRunner().invoke(cli.app, ["study", "x", *args])


def test_study_check_exits_1_when_the_results_no_longer_stand(monkeypatch):
    stands = _study(monkeypatch)("--check")
    assert (stands.exit_code, stands.output) == (0, "x.csv still stands.\n")
    fallen = _study(monkeypatch, ["accuracy is off."])("--check")
    assert fallen.exit_code == 1 and fallen.output.startswith("accuracy is off.\nx.csv no longer stands.")
    assert _study(monkeypatch)().output == "2 measurements written to x.csv.\n"


def test_errors_and_ctrl_c_are_sentences(monkeypatch):
    failed = _study(monkeypatch, error=FtlearnError("It failed.", fix="Do this."))()
    assert (failed.exit_code, failed.output) == (1, "It failed. Do this.\n")
    interrupted = _study(monkeypatch, error=KeyboardInterrupt())()
    assert interrupted.exit_code == 130 and "finished seeds are kept" in interrupted.output


def test_lessons_are_found_by_number(checkout):
    notebooks = checkout / "notebooks"
    assert laboratory.find_notebooks(notebooks) == notebooks == laboratory.find_notebooks(checkout)
    assert laboratory.find_lesson(notebooks, None).name == "00_start_here.ipynb"
    for name in ("04", "4", "04_freezing_and_unfreezing", "notebooks/04_freezing_and_unfreezing.ipynb"):
        assert laboratory.find_lesson(notebooks, name).name == "04_freezing_and_unfreezing.ipynb"
    for name in ("09", "04_frying", "x"):
        with pytest.raises(UnknownNameError, match=r"no lesson named .* Known: 00, 04"):
            laboratory.find_lesson(notebooks, name)


def test_no_lessons_here(tmp_path, monkeypatch):
    monkeypatch.setattr(laboratory, "__file__", str(tmp_path / "site-packages" / "ftlearn" / "laboratory.py"))
    with pytest.raises(FtlearnError, match=r"lessons are not here.*Clone the course's repository"):
        laboratory.find_notebooks(tmp_path)


@pytest.mark.parametrize(
    ("platform", "environment", "screen"),
    [
        ("linux", {}, False),
        ("linux", {"DISPLAY": ":0"}, True),
        ("linux", {"WAYLAND_DISPLAY": "wayland-0"}, True),
        ("linux", {"DISPLAY": ":0", "SSH_CONNECTION": "a 1 b 2"}, False),
        ("darwin", {}, True),
        ("win32", {"SSH_CONNECTION": "a 1 b 2"}, False),
    ],
)
def test_where_there_is_a_screen(monkeypatch, platform, environment, screen):
    monkeypatch.setattr(sys, "platform", platform)
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "SSH_CONNECTION", "SSH_TTY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert laboratory.has_screen() is screen


def test_a_taken_port_is_said_and_a_free_one_found(checkout):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert not laboratory.is_free(port, "127.0.0.1")
        done = ftlearn_run("lab", "--port", str(port), cwd=checkout)
    assert done.returncode == 1
    assert done.stderr == f"Port {port} is taken at 127.0.0.1. Choose another, or leave --port out.\n"
    assert laboratory.is_free(laboratory.free_port("127.0.0.1"), "127.0.0.1")


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, 143)])
def test_lab_answers_at_the_address_that_it_prints(checkout, number, code):
    process = subprocess.Popen(
        [*FTLEARN, "lab", "04", "--no-browser"],
        cwd=checkout,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        lines = []
        for line in process.stdout:
            lines.append(line)
            if "Ctrl-C ends it" in line:
                break
        said = "".join(lines)
        found = re.search(
            r"http://127\.0\.0\.1:(\d+)/lab/tree/notebooks/04_freezing_and_unfreezing\.ipynb\?token=\w+", said
        )
        assert found, said
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with direct.open(found[0], timeout=30) as answer:
            page = answer.read().decode()
        assert answer.status == 200 and "JupyterLab" in page and "login" not in answer.url
        with pytest.raises(urllib.error.HTTPError, match="403"):
            direct.open(f"http://127.0.0.1:{found[1]}/api/contents", timeout=30)
        process.send_signal(number)
        rest, _ = process.communicate(timeout=40)
        assert process.returncode == code, rest
        assert "Traceback" not in rest
        assert laboratory.is_free(int(found[1]), "127.0.0.1"), "the server still listens"
    finally:
        process.kill()
        process.wait()
