"""environment.yml, pyproject.toml, requirements.lock, the Makefile and CI say the same thing."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
import tomllib

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from tools.notebooks import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
DIRECT = [Requirement(text) for text in PROJECT["dependencies"] + PROJECT["optional-dependencies"]["dev"]]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PINS = [Requirement(line) for line in LOCK.splitlines() if line and line[0] not in " #"]
PYTHONS = ("3.11", "3.12", "3.13")


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pins_of(name: str, python: str, system: str) -> list[str]:
    place = {"python_version": python, "python_full_version": f"{python}.9", "sys_platform": system}
    place |= {"platform_system": {"linux": "Linux", "darwin": "Darwin", "win32": "Windows"}[system], "extra": ""}
    hits = [pin for pin in PINS if canonical(pin.name) == canonical(name)]
    return [str(pin.specifier) for pin in hits if pin.marker is None or pin.marker.evaluate(place)]


@pytest.mark.parametrize("system", ["linux", "darwin", "win32"])
@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("wanted", DIRECT, ids=lambda wanted: wanted.name)
def test_every_direct_dependency_is_pinned_once_within_its_range(wanted, python, system):
    (pin,) = pins_of(wanted.name, python, system)
    assert pin.startswith("==")
    assert wanted.specifier.contains(pin[2:], prereleases=True), f"{wanted} against {pin}"


def test_the_lock_pins_everything_and_names_its_command_only():
    assert all(re.fullmatch(r"==[^*,]+", str(pin.specifier)) for pin in PINS)
    assert "#    make lock\n" in LOCK
    assert not re.search(r"https?://|file:|--index|--find-links|@ ", LOCK)


def test_the_lock_satisfies_what_is_asked_for_without_a_network(tmp_path):
    """Uv resolves pyproject.toml against the lock as the only constraints: nothing direct may be missing or differ."""
    pytest.importorskip("uv")
    from uv import find_uv_bin

    command = [find_uv_bin(), "pip", "compile", "--quiet", "--universal", "--python-version", "3.11"]
    for extra in ("dev", "cluster", "serve", "text"):
        command += ["--extra", extra]
    command += ["--no-header", "--no-annotate", "--offline", "--constraints", "requirements.lock", "pyproject.toml"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    if done.returncode and re.search(r"offline|cache|network", done.stderr, re.I):
        pytest.skip("uv's cache on this machine does not hold the packages' metadata")
    assert done.returncode == 0, done.stderr
    pinned = sorted(line for line in LOCK.splitlines() if line and line[0] not in " #")
    assert sorted(done.stdout.split("\n"))[-len(pinned) :] == pinned, "type: make lock"


def test_this_environment_holds_what_the_lock_pins():
    from importlib.metadata import version

    python, system = "{}.{}".format(*sys.version_info), sys.platform
    assert python in PYTHONS
    wrong = {}
    for wanted in DIRECT:
        (pin,) = pins_of(wanted.name, python, system)
        if version(wanted.name) != pin[2:]:
            wrong[wanted.name] = (version(wanted.name), pin)
    assert not wrong, f"type: make setup ({wrong})"


def test_environment_yml_is_one_python_and_the_lock():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    assert environment["name"] == "ftlearn"
    assert environment["channels"] == ["conda-forge"]
    conda = [item for item in environment["dependencies"] if isinstance(item, str)]
    (pip,) = [item["pip"] for item in environment["dependencies"] if isinstance(item, dict)]
    assert pip == ["-r requirements.lock", "-e ."], "anything else would be installed without being pinned"
    (python,) = [item.partition("=")[2] for item in conda if item.startswith("python=")]
    assert sorted(conda) == ["pip", f"python={python}"]
    assert python in SpecifierSet(PROJECT["requires-python"])


def test_the_python_range_is_the_same_everywhere():
    allowed = SpecifierSet(PROJECT["requires-python"])
    assert [python for python in ("3.10", *PYTHONS, "3.14") if python in allowed] == list(PYTHONS)
    setup = (ROOT / "tools/setup.sh").read_text(encoding="utf-8")
    assert "(3, 11) <= sys.version_info[:2] <= (3, 13)" in setup


def test_makefile_and_ci_install_through_the_lock():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "$(VENV): requirements.lock pyproject.toml" in makefile
    assert "\nencoder: $(VENV)\n" in makefile  # what needs the sentence encoder needs the environment through it
    for target, rest in re.findall(r"^([a-z-]+):(.*?)##", makefile, re.M):
        if target not in ("help", "clean"):
            assert "$(VENV)" in rest or "encoder" in rest, f"make {target} does not work from a fresh clone"
    setup = (ROOT / "tools/setup.sh").read_text(encoding="utf-8")
    for line in re.findall(r"^.*pip install.*$", setup, re.M):
        assert re.search(r"-r requirements.lock|--no-deps|\$uv_pin", line), line
    ci = (ROOT / ".ci/run").read_text(encoding="utf-8")
    assert "make test" in ci and "pip install" not in ci
    assert os.access(ROOT / ".ci/run", os.X_OK)


def test_setup_says_clearly_that_no_python_fits(tmp_path):
    """With nothing but an old Python on the path, it says what it found and what to type, and makes nothing."""
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools/setup.sh").write_text((ROOT / "tools/setup.sh").read_text(encoding="utf-8"))
    old = tmp_path / "old-python"
    old.write_text("#!/bin/sh\nprintf '3.9.2 no'\n")
    old.chmod(0o755)
    asked = {"PYTHON": str(old), "PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    done = subprocess.run(["sh", "tools/setup.sh"], cwd=tmp_path, env=asked, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "old-python is 3.9.2; the course needs Python 3.11, 3.12 or 3.13" in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_keras_tuner_imports_because_tensorboard_is_pinned():
    assert pins_of("tensorboard", "3.12", "linux")
    assert importlib.import_module("keras_tuner").RandomSearch
    assert importlib.import_module("tensorboard.plugins.hparams.api").KerasCallback


def test_version_and_licence_agree_in_every_file():
    import ftlearn

    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == PROJECT["version"] == ftlearn.__version__
    assert citation["license"] == PROJECT["license"] == "Apache-2.0"
    assert f"## {PROJECT['version']}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "Apache License" in (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "creativecommons.org/licenses/by/4.0/legalcode" in (ROOT / "LICENSES/CC-BY-4.0.txt").read_text(
        encoding="utf-8"
    )
