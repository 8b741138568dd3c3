"""A variant for each student: handed out by roster, graded against their own, and whose seed it was is said."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from ftlearn.cli import app
from ftlearn.errors import DataError
from ftlearn.teach.grading.seeds import seed_of, seeds_in
from ftlearn.teach.grading.store import read_results
from ftlearn.teach.grading.variant import NAME, write_variant
from ftlearn.teach.roster import read_roster

KEY = "a key of sixteen characters or more"
ADA, BO, COPIES, GUESSES, EDITS = (
    "Ada Lovelace",
    "Bo Åkesson",
    "Copies Everything",
    "Copies the Number",
    "Edits the Seed",
)
CLASS = [ADA, BO, COPIES, GUESSES, EDITS]
ANSWER = "middle = float(np.median(prices))"


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course in the working folder: solutions, roster, key."""
    monkeypatch.chdir(tmp_path)
    write_variant(tmp_path, CLASS)
    (tmp_path / "course.key").write_text(KEY)
    (tmp_path / "grading.toml").write_text('[course]\nkey = "course.key"\n')
    return tmp_path


def typed(*words):
    return CliRunner().invoke(app, list(words))


def handed_out(course, student):
    return course / "handed_out" / student / NAME / f"{NAME}.ipynb"


def answered(path, text, **replaced):
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        if cell["id"] == "middle":
            cell["source"] = text
        if cell["id"] in replaced:
            cell["source"] = replaced[cell["id"]]
    path.write_text(json.dumps(notebook), encoding="utf-8")


def test_right_answers_count_with_ones_own_seed_only(course, walled):
    done = typed("release", "20", "--students", "roster.csv", "--key", "course.key")
    assert done.exit_code == 0 and done.output.count("written") == len(CLASS)
    paths = {student: handed_out(course, student) for student in CLASS}
    seeds = {student: seeds_in(json.loads(path.read_text(encoding="utf-8")))["seed"] for student, path in paths.items()}
    assert seeds == {student: seed_of(KEY.encode(), student, "20", "seed") for student in CLASS}
    assert len(set(seeds.values())) == len(CLASS)

    import numpy as np

    number = float(np.median(np.random.default_rng(seeds[ADA]).normal(170, 8, 51).round(1)))
    for student in (ADA, BO):
        answered(paths[student], ANSWER)
    paths[COPIES].write_bytes(paths[ADA].read_bytes())
    answered(paths[GUESSES], f"middle = {number}")
    answered(paths[EDITS], ANSWER, **{"start-code-2": "import numpy as np\n\nseed = 7  # your seed\nprices = [1700.5]"})

    done = typed("grade", "handed_out", "--out", "results", "--solutions", "solutions", "--config", "grading.toml")
    assert done.exit_code == 0, done.output
    found = {one.student: one for one in read_results("results")[0]}
    assert {name: one.points for name, one in found.items()} == {ADA: 2, BO: 2, COPIES: 0, GUESSES: 0, EDITS: 0}
    assert found[COPIES].task("middle").tests[0].kind == "passed", "the check they all have says nothing of whose it is"
    assert any(ADA in one for one in found[COPIES].remarks), "whose seed it was is said"
    assert any("not the one that was handed out" in one for one in found[EDITS].remarks)
    assert not any("seed" in one for student in (ADA, BO, GUESSES) for one in found[student].remarks)


def test_without_the_key_the_class_is_told_what_is_missing(course, walled):
    typed("release", "20", "--students", "roster.csv", "--key", "course.key")
    done = typed("grade", "handed_out", "--out", "results", "--solutions", "solutions")
    assert f"0 graded, 0 as before, {len(CLASS)} not graded" in done.output
    assert "[course] key" in done.output


def test_releasing_again_changes_nothing_and_a_new_student_is_added(course):
    typed("release", "20", "--students", "roster.csv", "--key", "course.key")
    with (course / "roster.csv").open("a", encoding="utf-8") as roster:
        roster.write("Newly Enrolled\n")
    done = typed("release", "20", "--students", "roster.csv", "--key", "course.key")
    assert (done.output.count("unchanged"), done.output.count("written")) == (len(CLASS), 1)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--students", "roster.csv"], "--key FILE"),
        (["--key", "course.key"], "--students FILE"),
        (["--students", "roster.csv", "--key", "none.key"], "cannot be read"),
        (["--students", "roster.csv", "--key", "short.key"], "16 are the least"),
        (["--students", "none.txt", "--key", "course.key"], "roster none.txt cannot be read"),
    ],
)
def test_what_is_missing_is_named_and_nothing_is_written(course, words, said):
    (course / "short.key").write_text("key")
    done = typed("release", "20", *words)
    assert done.exit_code != 0
    assert said in f"{done.output}{done.exception}"
    assert not (course / "handed_out").exists()


@pytest.mark.parametrize(
    "name",
    ["../up", "a/b", "a\\b", "..", ".hidden", "ends.", "CON", "lpt1.txt", "a\tb", "what?", "x" * 121, "__pycache__"],
)
def test_a_name_that_is_no_folder_is_refused(tmp_path, name):
    (tmp_path / "roster.txt").write_text(f"Ada\n{name}\n", encoding="utf-8")
    with pytest.raises(DataError, match="cannot name a folder"):
        read_roster(tmp_path / "roster.txt")


@pytest.mark.parametrize(
    ("file", "text", "names"),
    [
        ("r.txt", "Ada\n\n  Bo Åkesson \n", ["Ada", "Bo Åkesson"]),
        ("r.txt", "\ufeffAda\r\nD'Angelo, Giovanna\r\n", ["Ada", "D'Angelo, Giovanna"]),
        ("r.csv", "number,Student\n1,Ada\n2,\"Åkesson, Bo\"\n", ["Ada", "Åkesson, Bo"]),
        ("r.csv", "student;number\nAda;1\nLinh Nguyễn;2\n", ["Ada", "Linh Nguyễn"]),
        ("r.txt", "Zoe\u0308\n", ["Zo\u00eb"]),
    ],
)  # fmt: skip
def test_rosters_as_people_write_them(tmp_path, file, text, names):
    (tmp_path / file).write_text(text, encoding="utf-8")
    assert read_roster(tmp_path / file) == names


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("r.txt", "Ada\nBo\nAda\n", "two students of one name: 'Ada'"),
        ("r.txt", "Ada\nADA\n", "'Ada' and 'ADA'"),
        ("r.txt", "\n", "names nobody"),
        ("r.csv", "name,number\nAda,1\n", "no column 'student'; it has 'name', 'number'"),
        ("r.csv", "", "no column 'student'"),
    ],
)
def test_a_roster_that_cannot_be_meant_is_refused(tmp_path, file, text, said):
    (tmp_path / file).write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=said):
        read_roster(tmp_path / file)


def test_a_roster_in_another_encoding_is_refused(tmp_path):
    (tmp_path / "r.txt").write_bytes("Åkesson\n".encode("latin-1"))
    with pytest.raises(DataError, match="not in UTF-8"):
        read_roster(tmp_path / "r.txt")


def test_an_accent_written_in_two_ways_has_one_seed():
    assert seed_of(b"key", "Zoe\u0308", "04", "seed") == seed_of(b"key", "Zo\u00eb", "04", "seed")
