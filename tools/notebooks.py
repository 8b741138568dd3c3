"""Read, write and list the lessons as plain JSON (importing nbformat costs seconds and would decide nothing here)."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "notebooks"


def lessons(only: str = "", *, folder: Path = FOLDER) -> list[Path]:
    """List the lessons in reading order, or those whose file name starts with `only`."""
    found = sorted(path for path in folder.glob("[0-9][0-9]_*.ipynb") if path.name.startswith(only))
    if not found:
        known = ", ".join(path.stem for path in sorted(folder.glob("[0-9][0-9]_*.ipynb"))) or "none yet"
        raise SystemExit(f"No lesson starts with {only!r} in {folder.name}/. Lessons: {known}.")
    return found


def _joined(value: Any) -> Any:
    return "".join(value) if isinstance(value, list) else value


def _lines(value: Any) -> Any:
    return value.splitlines(keepends=True) if isinstance(value, str) else value


def _map_text(notebook: dict, change: Any) -> dict:
    """Apply `change` to every multi-line text of a notebook, in place."""
    for cell in notebook["cells"]:
        cell["source"] = change(cell["source"])
        for output in cell.get("outputs", []):
            if "text" in output:
                output["text"] = change(output["text"])
            for mime, value in output.get("data", {}).items():
                if not mime.endswith("json"):
                    output["data"][mime] = change(value)
    return notebook


def read(path: Path) -> dict:
    """Read a notebook, each text as one string."""
    return _map_text(json.loads(path.read_text(encoding="utf-8")), _joined)


def write(path: Path, notebook: dict) -> None:
    """Write a notebook the way Jupyter does, so that saving it there changes nothing else."""
    copy = _map_text(json.loads(json.dumps(notebook)), _lines)
    path.write_text(json.dumps(copy, indent=1, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")


def code_cells(notebook: dict) -> list[dict]:
    """Return the code cells that hold code."""
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code" and cell["source"].strip()]


def about(notebook: dict) -> dict:
    """Return ``metadata.ftlearn``: lesson, title, minutes, objectives, carries, given."""
    return notebook.get("metadata", {}).get("ftlearn", {})


def tags(cell: dict) -> set[str]:
    """Return a cell's tags."""
    return set(cell.get("metadata", {}).get("tags", []))


def keep_page(path: Path, text: str, *, check: bool) -> int:
    """Write a generated page, or with `check` only tell whether it is current; return the command's exit status."""
    current = path.is_file() and path.read_text(encoding="utf-8") == text
    if check and not current:
        sys.stderr.write(f"{path.relative_to(ROOT).as_posix()} is not current: type `make links`.\n")
        return 1
    if not current:
        path.write_text(text, encoding="utf-8")
    return 0
