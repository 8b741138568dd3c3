"""Whose notebook is whose, under which number, handed in when: folders, nbgrader, Moodle, Canvas, zips."""

from __future__ import annotations

import os
import zipfile
from datetime import datetime

import pytest

from ftlearn.errors import DataError
from ftlearn.teach.grading.collecting import collect

NAME = "05_evaluation_metrics.ipynb"
MOODLE = f"Ada Lovelace_4711_assignsubmission_file/{NAME}"
CANVAS = ["lovelaceada_1042_77_05_evaluation_metrics.ipynb", "weichen_LATE_1043_78_05_evaluation_metrics-2.ipynb"]


def put(folder, *places):
    for place in places:
        path = folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('{"cells": []}')


def zipped(path, *places):
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for place in places:
            archive.writestr(zipfile.ZipInfo(place, (2026, 3, 5, 20, 15, 0)), '{"cells": []}')
    return path


def told(found):
    return [(one.student, one.name, one.layout, one.number, one.late, bool(one.when)) for one in found]


def test_folders_bear_the_time_of_their_files(tmp_path):
    put(tmp_path, f"Ada Lovelace/{NAME}", f"Bo/{NAME}", f"Bo/.ipynb_checkpoints/{NAME}")
    os.utime(tmp_path / "Bo" / NAME, (1_772_700_000, 1_772_700_000))
    found = collect(tmp_path)
    assert told(found) == [(student, NAME, "folders", "", False, True) for student in ("Ada Lovelace", "Bo")]
    assert datetime.fromisoformat(found[1].when).timestamp() == 1_772_700_000
    assert found[0].lesson == "05"


def test_nbgraders_timestamp_counts_more_than_the_files_own(tmp_path):
    folder = f"Ada Lovelace/{NAME.removesuffix('.ipynb')}"
    put(tmp_path, f"{folder}/{NAME}")
    (tmp_path / folder / "timestamp.txt").write_text("2026-03-05 20:15:31.948203 UTC\n")
    (one,) = collect(tmp_path)
    assert (one.student, one.layout) == ("Ada Lovelace", "nbgrader")
    assert datetime.fromisoformat(one.when) == datetime.fromisoformat("2026-03-05T20:15:31.948203+00:00")


@pytest.mark.parametrize("archive", [False, True])
def test_moodles_download_gives_the_number_and_no_time(tmp_path, archive):
    put(tmp_path / "all", MOODLE)
    place = zipped(tmp_path / "all.zip", MOODLE) if archive else tmp_path / "all"
    assert told(collect(place)) == [("Ada Lovelace", NAME, "moodle", "4711", False, False)]


def test_a_zip_that_a_student_handed_in_on_moodle_is_theirs(tmp_path):
    zipped(tmp_path / "Ada Lovelace_4711_assignsubmission_file" / "my work.zip", f"desktop/{NAME}")
    assert told(collect(tmp_path)) == [("Ada Lovelace", NAME, "moodle", "4711", False, False)]


@pytest.mark.parametrize("archive", [False, True])
def test_canvas_gives_the_number_and_who_was_late(tmp_path, archive):
    put(tmp_path / "all", *CANVAS)
    place = zipped(tmp_path / "all.zip", *CANVAS) if archive else tmp_path / "all"
    assert told(collect(place)) == [
        ("lovelaceada (1042)", NAME, "canvas", "1042", False, False),
        ("weichen (1043)", NAME, "canvas", "1043", True, False),
    ]


def test_a_zip_of_folders_bears_the_times_in_it(tmp_path):
    (one,) = collect(zipped(tmp_path / "all.zip", f"Ada Lovelace/{NAME}"))
    assert (one.student, one.when) == ("Ada Lovelace", "2026-03-05T20:15:00")


def test_a_zip_that_leads_out_of_itself_brings_nothing(tmp_path):
    with pytest.raises(DataError, match="no notebook"):
        collect(zipped(tmp_path / "all.zip", f"../{NAME}"))
