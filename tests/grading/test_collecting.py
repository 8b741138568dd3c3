"""Folders, downloads and archives of a class: whose notebook is whose, and nothing handed in costs the others."""

from __future__ import annotations

import io
import os
import struct
import unicodedata
import warnings
import zipfile
from pathlib import Path

import pytest

from ftlearn.errors import DataError
from ftlearn.teach.grading import archives, collecting
from ftlearn.teach.grading.collecting import HandedIn, collect

NAME = "04_freezing.ipynb"


def lay(place, files):
    """Write files; a dict is an archive, bytes are what they are."""
    for name, content in files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(packed(content) if isinstance(content, dict) else content)
    return place


def packed(files):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, packed(content) if isinstance(content, dict) else content)
    return held.getvalue()


def seen(found):
    return [(one.student, one.lesson, one.layout, one.number, one.read()) for one in found]


LAYOUTS = {
    "folders": ({f"Ada/{NAME}": b"a", f"Bob Ray/{NAME}": b"b"}, ("", "")),
    "nbgrader": (
        {f"submitted/Ada/04_freezing/{NAME}": b"a", f"submitted/Bob Ray/04_freezing/{NAME}": b"b",
         f"autograded/Ada/04_freezing/{NAME}": b"not this",
         "submitted/Ada/04_freezing/timestamp.txt": b"2026-11-20 10:00:00 UTC"},
        ("", ""),
    ),
    "moodle": (
        {f"Ada_123_assignsubmission_file_/{NAME}": b"a", f"Bob Ray_456_assignsubmission_file/{NAME}": b"b",
         "Bob Ray_456_assignsubmission_onlinetext/onlinetext.html": b"no"},
        ("123", "456"),
    ),
    "moodle in one folder": (
        {f"Ada_123_assignsubmission_file_{NAME}": b"a", f"Bob Ray_456_assignsubmission_file_{NAME}": b"b"},
        ("123", "456"),
    ),
    "moodle with archives": (
        {"Ada_123_assignsubmission_file_/work.zip": {f"work/{NAME}": b"a"},
         f"Bob Ray_456_assignsubmission_file_/deep/{NAME}": b"b"},
        ("123", "456"),
    ),
    "one archive each": ({"Ada.zip": {NAME: b"a"}, "Bob Ray.zip": {f"04_freezing/{NAME}": b"b"}}, ("", "")),
    "an archive in a folder": ({"Ada/my work.zip": {f"x/{NAME}": b"a"}, f"Bob Ray/{NAME}": b"b"}, ("", "")),
    "a folder around": ({f"class of 2026/Ada/{NAME}": b"a", f"class of 2026/Bob Ray/deep/down/{NAME}": b"b"}, ("", "")),
}  # fmt: skip


@pytest.mark.parametrize("packing", ["folder", "zip", "zip in a folder"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts(tmp_path, layout, packing):
    files, numbers = LAYOUTS[layout]
    if packing == "folder":
        place = lay(tmp_path, files)
    elif packing == "zip":
        place = lay(tmp_path, {"all.zip": files}) / "all.zip"
    else:
        place = lay(tmp_path, {"all.zip": files})
    if packing != "folder" and layout == "one archive each":
        pytest.skip("whose an archive in an archive is, is not told by its name")
    found = collect(place)
    assert [(one.student, one.lesson, one.read()) for one in found] == [("Ada", "04", b"a"), ("Bob Ray", "04", b"b")]
    assert tuple(one.number for one in found) == numbers
    assert {one.layout for one in found} <= {layout.split()[0], "folders", "nbgrader"}
    assert all(one.when for one in found)


def test_canvas_says_who_whose_number_and_whether_late(tmp_path):
    files = {
        "lovelaceada_LATE_12345_678901_04_freezing-1.ipynb": b"newer",
        "lovelaceada_12345_678801_04_freezing.ipynb": b"older",
        "rayérob_77_678902_04_freezing.ipynb": b"b",
        "anon_x1Y2z_678903_04_freezing.ipynb": b"c",
        "LATE_anon_Q1_678904_04_freezing.ipynb": b"d",
        "zed_9_678905_all.zip": {NAME: b"z"},
    }
    for place in (lay(tmp_path / "unpacked", files), lay(tmp_path, {"submissions.zip": files}) / "submissions.zip"):
        found = {one.student: one for one in collect(place)}
        ada = found["lovelaceada (12345)"]
        assert (ada.number, ada.late, ada.layout, ada.lesson, ada.read()) == ("12345", True, "canvas", "04", b"newer")
        assert "2 versions were handed in" in ada.remarks[0]
        assert not found["rayérob (77)"].late
        assert found["anon_x1Y2z"].read() == b"c"
        assert found["anon_Q1"].late
        assert found["zed (9)"].read() == b"z"


@pytest.mark.parametrize(
    "name",
    ["04_freezing (1).ipynb", "04_freezing-2.ipynb", "Copy of 04_freezing.ipynb", "04_freezing_Ada.ipynb", "04.ipynb",
     "04_freezing - Copy.ipynb", "04_Freezing.IPYNB", "my 04_freezing final.ipynb"],
)  # fmt: skip
def test_changed_names(tmp_path, name):
    (one,) = collect(lay(tmp_path, {f"Ada/{name}": b"a"}))
    assert (one.student, one.lesson, one.name) == ("Ada", "04", name)


def test_the_newest_of_several_counts_and_the_rest_is_said(tmp_path):
    lay(tmp_path, {"Ada/04_freezing (1).ipynb": b"old", f"Ada/{NAME}": b"new", "Ada/04_freezing (2).ipynb": b"middle"})
    for age, name in enumerate([NAME, "04_freezing (2).ipynb", "04_freezing (1).ipynb"]):
        os.utime(tmp_path / "Ada" / name, (1_800_000_000 - age * 60,) * 2)
    (one,) = collect(tmp_path)
    assert one.read() == b"new"
    assert one.remarks == (f"3 versions were handed in; the newest counts: {NAME}.",)


def test_a_version_that_cannot_be_read_does_not_hide_one_that_can(tmp_path):
    lay(tmp_path, {f"Ada/{NAME}": b"good"})
    (tmp_path / "Ada" / "04_freezing (9).ipynb").symlink_to("/etc/passwd")
    (one,) = collect(tmp_path)
    assert one.read() == b"good"


def test_a_notebook_of_no_exercise_is_not_lost(tmp_path):
    found = collect(lay(tmp_path, {"Ada/Untitled.ipynb": b"u", "Ada/Untitled1.ipynb": b"v", f"Ada/{NAME}": b"a"}))
    assert [(one.name, one.lesson) for one in found] == [(NAME, "04"), ("Untitled.ipynb", ""), ("Untitled1.ipynb", "")]


def test_one_student_however_written(tmp_path):
    two = unicodedata.normalize("NFD", "Zoë")
    found = collect(lay(tmp_path, {"Zoë/04_a.ipynb": b"", f"{two}/05_b.ipynb": b"", "ZOË/06_c.ipynb": b""}))
    assert len({one.student for one in found}) == 1


def test_two_participants_of_one_name_are_two(tmp_path):
    files = {f"Kim Lee_{number}_assignsubmission_file_/{NAME}": str(number).encode() for number in (1, 2)}
    assert [(one.student, one.read()) for one in collect(lay(tmp_path, files))] == [
        ("Kim Lee (1)", b"1"),
        ("Kim Lee (2)", b"2"),
    ]


def test_what_is_not_handed_in_is_passed_over(tmp_path):
    files = {
        f"Ada/.ipynb_checkpoints/{NAME}": b"",
        f"__MACOSX/Ada/._{NAME}": b"",
        f"Ada/{NAME}": b"a",
        "Ada/x.txt": b"",
    }
    assert [one.read() for one in collect(lay(tmp_path / "folder", files))] == [b"a"]
    assert [one.read() for one in collect(lay(tmp_path, {"all.zip": files}) / "all.zip")] == [b"a"]


def test_nbgraders_timestamp_is_believed(tmp_path):
    for text in ("2026-11-20 10:00:00.123 UTC", "2026-11-20 10:00:00 +0000", "2026-11-20T10:00:00+00:00"):
        lay(tmp_path, {f"Ada/04_freezing/{NAME}": b"", "Ada/04_freezing/timestamp.txt": text.encode()})
        (one,) = collect(tmp_path)
        assert one.when.startswith("2026-11-20T10:00:00")
        assert one.when.endswith("+00:00")
    lay(tmp_path, {"Ada/04_freezing/timestamp.txt": b"\xff\x00 yesterday"})
    assert collect(tmp_path)[0].when


def problems(place):
    """Collect, read what can be read, and return why the rest cannot; Bob's always can."""
    said = {}
    for one in collect(place):
        try:
            content = one.read()
        except DataError as error:
            said[one.student] = str(error)
        else:
            assert (one.student, content) == ("Bob", b"b")
    return said


def hidden(tmp_path):
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / NAME).write_bytes(b"the instructor's own")
    return lay(tmp_path / "class", {f"Bob/{NAME}": b"b"})


def test_links_are_never_followed(tmp_path):
    place = hidden(tmp_path)
    (place / "Ada").mkdir()
    (place / "Ada" / NAME).symlink_to(tmp_path / "outside" / NAME)
    (place / "Cyd").symlink_to(tmp_path / "outside")
    (place / "Dot").mkdir()
    (place / "Dot" / "loop").symlink_to(place)
    said = problems(place)
    assert set(said) == {"Ada", "Cyd", "Dot"}
    assert all("it is a link, and links are not followed" in one for one in said.values())


def test_a_link_put_there_after_collecting_is_not_followed_either(tmp_path):
    place = lay(hidden(tmp_path), {f"Ada/{NAME}": b"a"})
    ada = next(one for one in collect(place) if one.student == "Ada")
    ada.where.unlink()
    ada.where.symlink_to(tmp_path / "outside" / NAME)
    with pytest.raises(DataError, match="cannot be read"):
        ada.read()


def test_pipes_do_not_hang_and_folders_named_like_notebooks_hold_nothing(tmp_path):
    place = hidden(tmp_path)
    (place / "Ada").mkdir()
    os.mkfifo(place / "Ada" / NAME)
    (place / "Cyd" / NAME).mkdir(parents=True)
    assert problems(place) == {"Ada": f"{NAME} cannot be read: it is no plain file."}
    with pytest.raises(DataError, match="no plain file"):
        HandedIn("Ada", NAME, place / "Ada" / NAME).read()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_said(tmp_path):
    place = lay(hidden(tmp_path), {f"Ada/{NAME}": b"", f"Cyd/{NAME}": b""})
    (place / "Ada" / NAME).chmod(0)
    (place / "Cyd").chmod(0)
    try:
        assert set(problems(place)) == {"Ada", "Cyd"}
    finally:
        (place / "Cyd").chmod(0o700)


def test_limits_go_by_what_is_read(tmp_path, monkeypatch):
    for module in (archives, collecting):
        monkeypatch.setattr(module, "NOTEBOOK_LIMIT", 1000)
    place = lay(hidden(tmp_path), {f"Ada/{NAME}": b"x" * 1001, "Cyd/all.zip": {NAME: os.urandom(1001)}})
    lying = bytearray(packed({NAME: b"y" * 5000}))
    at = lying.index(b"PK\x01\x02")
    lying[at + 24 : at + 28] = struct.pack("<I", 900)  # the archive says that it is smaller
    lay(place, {"Dot/all.zip": bytes(lying)})
    said = problems(place)
    assert "larger than 1,000 bytes" in said["Ada"]
    assert "1,001 bytes; at most 1,000" in said["Cyd"]
    assert "Dot" in said


def test_bombs_are_not_unpacked(tmp_path):
    place = lay(hidden(tmp_path), {"Ada/all.zip": {NAME: b"\0" * (20 * 2**20)}})
    lay(place, {"Cyd/all.zip": {"a.zip": {"b.zip": {NAME: b"c"}}}})
    said = problems(place)
    assert "it unpacks to 20,971,520 bytes from" in said["Ada"]
    assert "an archive in an archive in an archive" in said["Cyd"]


def test_names_in_archives_lead_nowhere(tmp_path):
    names = ["../../Ada/04_a.ipynb", "/etc/Bea/04_a.ipynb", "C:\\Cyd\\04_a.ipynb", "./Dot//04_a.ipynb"]
    found = collect(lay(tmp_path, {"all.zip": {name: b"x" for name in names}}) / "all.zip")
    assert [one.student for one in found] == ["Ada", "Cyd", "Dot", "etc"]
    assert all(one.read() == b"x" for one in found)


def test_odd_archives(tmp_path):
    place = hidden(tmp_path)
    whole = packed({NAME: b"a" * 500})
    encrypted, unknown = bytearray(whole), bytearray(whole)
    for at in (whole.index(b"PK\x03\x04") + 6, whole.index(b"PK\x01\x02") + 8):
        encrypted[at] |= 1
    for at in (whole.index(b"PK\x03\x04") + 8, whole.index(b"PK\x01\x02") + 10):
        unknown[at] = 97
    broken = bytearray(whole)
    broken[45:50] = b"?????"
    lay(place, {"Ada/w.zip": bytes(encrypted), "Bea/w.zip": whole[:-30], "Cyd/w.zip": b"no archive", "Dot/w.zip": b"",
                "Eve/w.zip": bytes(unknown), "Fay/w.zip": bytes(broken)})  # fmt: skip
    link = io.BytesIO()
    with zipfile.ZipFile(link, "w") as archive:
        info = zipfile.ZipInfo(NAME)
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
    lay(place, {"Gus/w.zip": link.getvalue()})
    said = problems(place)
    assert set(said) == {"Ada", "Bea", "Cyd", "Dot", "Eve", "Fay", "Gus"}
    assert "encrypted" in said["Ada"]
    assert "no archive that can be opened" in said["Cyd"]
    assert "link" in said["Gus"]


def test_names_twice_in_an_archive_and_in_other_encodings(tmp_path):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for content in (b"first", b"second"):
            archive.writestr(f"Ada/{NAME}", content)
        archive.writestr(f"Xzoe/{NAME}", b"z")
    content = held.getvalue().replace(b"Xzoe", "zoë".encode())  # UTF-8, and no flag that says so
    found = collect(lay(tmp_path, {"all.zip": content}) / "all.zip")
    assert [(one.student, one.read()) for one in found] == [("Ada", b"second"), ("zoë", b"z")]
    assert "2 versions" in found[0].remarks[0]


def test_names_that_are_no_text_can_be_written_down(tmp_path):
    folder = os.fsencode(tmp_path) + b"/A\xff\xfea"
    try:
        os.mkdir(folder)
    except OSError:
        pytest.skip("this file system wants names in UTF-8")
    Path(os.fsdecode(folder), NAME).write_bytes(b"a")
    (one,) = collect(tmp_path)
    assert one.read() == b"a"
    one.student.encode()


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda place: place / "nowhere", "There is no"),
        (lambda place: place, "There is no notebook"),
        (lambda place: lay(place, {"x.txt": b"?"}) / "x.txt", "neither a folder nor a zip"),
        (lambda place: lay(place, {"x.zip": {"a.txt": b""}}) / "x.zip", "There is no notebook"),
    ],
)
def test_places_without_notebooks_are_said(tmp_path, make, said):
    with pytest.raises(DataError, match=said):
        collect(make(tmp_path))
