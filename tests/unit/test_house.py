"""The rules of the house: which way imports run, how long files are, how quick the start is, what is documented."""

from __future__ import annotations

import ast
import importlib
import inspect
import os
import re
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

import ftlearn
from tools.notebooks import ROOT

PACKAGE = ROOT / "ftlearn"
SOURCES = sorted(path for path in PACKAGE.rglob("*.py"))
NAMES = {path: path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".") for path in SOURCES}
LESSON_PARTS = {
    "adaptation", "assets", "backbones", "capstone", "claims", "compute", "contracts", "costs", "datasets", "displays",
    "environment", "evaluation", "figures", "finetune", "forecasting", "live", "optimizers", "pretrain", "serving",
    "stages", "studies", "text", "training", "transferability", "tuning", "weights",
}  # fmt: skip
LEARNER_PARTS = {"learn", "widgets"}
TEACHER_PARTS = {"teach"}
PROCESS_PARTS = {"warm"}  # under Jupyter and the grader: it imports what notebooks use, and none of them uses it
DOCTOR_PARTS = {"doctor"}  # it looks at what others made: notebooks and the command use it, no part of the package
COMMAND_PARTS = {"cli", "laboratory"}
NOT_FOR_LESSON_PARTS = LEARNER_PARTS | COMMAND_PARTS | TEACHER_PARTS | PROCESS_PARTS | DOCTOR_PARTS
HEAVY = {"tensorflow", "keras", "keras_tuner"}


def part(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_parts(path: Path) -> set[str]:
    """Which parts of ftlearn a file imports, inside functions too."""
    package = NAMES[path].split(".") if path.name == "__init__.py" else NAMES[path].split(".")[:-1]
    if package[-1] == "__init__":
        package = package[:-1]
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            start = [] if not node.level else package[: len(package) - node.level + 1]
            module = [*start, *(node.module or "").split(".")] if node.module else start
            names = [".".join([*module, alias.name]) for alias in node.names]
        found |= {name.split(".")[1] for name in names if name.startswith("ftlearn.")}
    return found


def test_the_test_sees_imports():
    assert "errors" in imported_parts(PACKAGE / "claims.py")


def test_every_part_has_its_place():
    """A new module is put into one of the groups above, so that the rules of imports cover it."""
    grouped = [*LESSON_PARTS, *LEARNER_PARTS, *TEACHER_PARTS, *PROCESS_PARTS, *COMMAND_PARTS, *DOCTOR_PARTS]
    grouped += ["__init__", "errors"]
    assert sorted(grouped) == sorted({part(path) for path in SOURCES})


@pytest.mark.parametrize("path", SOURCES, ids=NAMES.get)
def test_imports_run_one_way(path):
    used = imported_parts(path) - {part(path)}
    if part(path) in LESSON_PARTS:
        assert not used & NOT_FOR_LESSON_PARTS, (
            f"{path.name} is used by lessons and imports {used & NOT_FOR_LESSON_PARTS}"
        )
    if part(path) in LEARNER_PARTS | PROCESS_PARTS:
        assert not used & TEACHER_PARTS, "what students have imports nothing of what is for those who teach"
    assert "cli" not in used, "nothing imports cli"
    if part(path) not in COMMAND_PARTS:
        assert "doctor" not in used, "the package does not examine itself: notebooks and the command do"
    if part(path) != "cli":
        assert "laboratory" not in used, "only cli imports laboratory"
    if part(path) == "errors":
        assert not used, "everything may use errors, so errors uses nothing"


@pytest.mark.parametrize("path", SOURCES, ids=NAMES.get)
def test_tensorflow_waits_until_it_is_needed(path):
    top = [
        node
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    for node in top:
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
        assert not {name.split(".")[0] for name in names} & HEAVY, f"line {node.lineno}: import it inside the function"


PYTHON_FILES = [*SOURCES, *sorted((ROOT / "tools").glob("*.py")), *sorted((ROOT / "tests").rglob("*.py"))]


@pytest.mark.parametrize("path", PYTHON_FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_files_stay_short(path):
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= 330, f"{lines} lines: split it"
    if lines > 300:
        warnings.warn(f"{path.name} has {lines} lines; the aim is 300", UserWarning, stacklevel=1)


@pytest.mark.parametrize("path", SOURCES, ids=NAMES.get)
def test_the_library_does_not_print(path):
    calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    assert not [call.lineno for call in calls if getattr(call.func, "id", "") == "print"]


def public_functions():
    """Every function that `ftlearn` or one of its public modules offers."""
    offered = {}
    for module in map(importlib.import_module, (f"ftlearn.{name}" for name in ftlearn._MODULES)):
        own = [name for name, value in vars(module).items() if getattr(value, "__module__", "") == module.__name__]
        for name in getattr(module, "__all__", own):
            offered[f"{module.__name__}.{name}"] = getattr(module, name)
    for name in ftlearn._HOME:
        offered[f"ftlearn.{name}"] = getattr(ftlearn, name)
    for name, value in offered.items():
        if inspect.isfunction(value) and not value.__name__.startswith("_"):
            yield pytest.param(value, id=name)


@pytest.mark.parametrize("function", list(public_functions()))
def test_public_functions_are_documented_with_an_example(function):
    text = inspect.getdoc(function) or ""
    for name in inspect.signature(function).parameters:
        assert re.search(rf"^\S*.*\b{name}\b.*:", text, re.M), f"its parameter {name} is not described"
    assert "Examples\n--------" in text and ">>> " in text, "it has no example that runs"


@pytest.mark.parametrize("path", SOURCES, ids=NAMES.get)
def test_everything_without_an_underscore_has_a_docstring(path):
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), f"{node.name} has no docstring"


def seconds(command: list[str], times: int) -> float:
    """Return the least processor time of several runs: waiting for a busy machine does not count."""

    def used() -> float:
        spent = os.times()
        return spent.children_user + spent.children_system

    taken = []
    for _ in range(times):
        before = used()
        subprocess.run(command, check=True, capture_output=True, cwd=ROOT)
        taken.append(used() - before)
    return min(taken)


@pytest.mark.parametrize(
    ("what", "code", "limit"),
    [
        ("import ftlearn", "import ftlearn", 0.1),
        ("ftlearn --help", "import sys; sys.argv = ['ftlearn', '--help']; from ftlearn.cli import main; main()", 0.3),
    ],
)
def test_the_start_is_quick(what, code, limit):
    for _ in range(4):
        bare = seconds([sys.executable, "-c", "pass"], 4)
        added = seconds([sys.executable, "-c", code], 4) - bare
        if added < limit:
            return
    pytest.fail(f"{what} takes {added:.2f} s above the bare interpreter; at most {limit} s")


@pytest.mark.parametrize("code", ["import ftlearn; dir(ftlearn)", "from ftlearn import cli"])
def test_the_start_loads_nothing_heavy(code):
    check = f"{code}; import sys; print(sorted({{'tensorflow', 'keras', 'matplotlib', 'pandas'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


def test_nothing_committed_names_a_machine():
    """Paths of the machine that a file was made on mean nothing elsewhere."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    shapes = re.compile(r"/(?:home|Users)/(?!ada\b)[a-z]\w+/|/root/\w|/work/\w|/opt/(?:pypi|wheels)|/tmp/\w+/")
    found = []
    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        if path.suffix in {".h5", ".png", ".npz", ".keras"} or not path.exists() or path == Path(__file__):
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="ignore").splitlines(), 1):
            if len(line) < 20_000 and shapes.search(line):
                found.append(f"{name}:{number}: {line.strip()[:80]}")
    assert not found, "\n".join(found)
