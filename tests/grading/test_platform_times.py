"""A download from Canvas long after the due date makes nobody late whom Canvas did not mark so."""

from __future__ import annotations

from typer.testing import CliRunner

from ftlearn.cli import app
from ftlearn.teach.grading.marks import Marks
from ftlearn.teach.grading.settings import read_settings
from ftlearn.teach.grading.standings import standings
from ftlearn.teach.grading.store import read_results
from ftlearn.teach.grading.variant import write_variant

TOML = '[late]\nper_day = 0.1\n\n[due]\n"20" = 2026-03-06T18:00:00+01:00\n'


def test_canvas_files_bear_the_time_of_their_download(tmp_path):
    write_variant(tmp_path, ["Ada"])
    (tmp_path / "grading.toml").write_text(TOML)
    folder = tmp_path / "canvas"
    for name in ("adalovelace_1042_678901_20_a_sample.ipynb", "chenwei_LATE_1043_678902_20_a_sample.ipynb"):
        folder.mkdir(exist_ok=True)
        (folder / name).write_text("{}")
    command = ["grade", str(folder), "--out", str(tmp_path / "results"), "--solutions", str(tmp_path / "solutions")]
    done = CliRunner().invoke(app, [*command, "--config", str(tmp_path / "grading.toml")])
    assert done.exit_code == 0, done.output
    results, _ = read_results(tmp_path / "results")
    settings = read_settings(tmp_path / "grading.toml")
    late = {one.student: one.lateness for one in standings(results, Marks(tmp_path), settings)}
    assert late["adalovelace (1042)"] == "It is not known when it was handed in; counted as in time."
    assert late["chenwei (1043)"].startswith("Marked late by the platform, at a time unknown")
