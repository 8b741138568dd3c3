"""Generated links and tables: right with an address, honest without one, and a stale file fails the check."""

from __future__ import annotations

import pytest

from tests.notebooks.made_up import notebook
from tools.links import START, UNSET, binder, colab, lessons_table, links, repository, stale
from tools.notebooks import read, write

README = "# R\n<!-- links:begin -->\n<!-- links:end -->\n<!-- lessons:begin -->\n<!-- lessons:end -->\n"


def make_repository(folder, address=""):
    (folder / "notebooks").mkdir(exist_ok=True)
    (folder / "pyproject.toml").write_text(f'[tool.ftlearn]\nrepository = "{address}"\n')
    (folder / "README.md").write_text(README)
    write(folder / "notebooks/90_small.ipynb", notebook(carries="a measured difference"))
    return folder


def test_unset_says_so_and_points_nowhere(tmp_path):
    root = make_repository(tmp_path)
    assert stale(root, fix=True) == ["README.md", "notebooks/90_small.ipynb"]
    opening = read(root / "notebooks/90_small.ipynb")["cells"][0]["source"]
    for text in ((root / "README.md").read_text(), opening):
        assert UNSET in text
        assert "http" not in text
    assert opening.startswith("# A small lesson\n\n<!-- links:begin -->")
    assert "**Minutes:** 5" in opening


def test_set_points_at_each_notebook_and_setting_it_back_removes_the_links(tmp_path):
    root = make_repository(tmp_path, "https://github.com/ada/course.git")
    stale(root, fix=True)
    readme = (root / "README.md").read_text()
    assert "https://mybinder.org/v2/gh/ada/course/main?labpath=notebooks%2F00_start_here.ipynb" in readme
    opening = read(root / "notebooks/90_small.ipynb")["cells"][0]["source"]
    assert "https://colab.research.google.com/github/ada/course/blob/main/notebooks/90_small.ipynb" in opening
    assert "labpath=notebooks%2F90_small.ipynb" in opening
    assert stale(root, fix=False) == []
    (root / "pyproject.toml").write_text('[tool.ftlearn]\nrepository = ""\n')
    assert stale(root, fix=False) == ["README.md", "notebooks/90_small.ipynb"]
    stale(root, fix=True)
    assert "http" not in (root / "README.md").read_text()


def test_check_fails_on_a_stale_table(tmp_path):
    root = make_repository(tmp_path)
    stale(root, fix=True)
    write(root / "notebooks/91_more.ipynb", notebook(lesson="91", title="More"))
    assert "README.md" in stale(root, fix=False)


def test_only_what_works_is_offered_outside_github():
    assert colab("https://gitlab.com/ada/course", START) == ""
    assert binder("https://gitlab.com/ada/course", START).startswith("https://mybinder.org/v2/gl/ada%2Fcourse/main?")
    assert "/v2/git/https%3A%2F%2Fcode.example.org%2Fada%2Fcourse/main?" in links(
        "https://code.example.org/ada/course", START
    )
    assert "Colab" not in links("https://code.example.org/ada/course", START)


def test_an_address_that_is_none_is_refused(tmp_path):
    with pytest.raises(SystemExit, match="expected the like of"):
        repository(make_repository(tmp_path, "github.com/ada"))


def test_the_table_comes_from_the_lessons_and_the_benchmark(tmp_path):
    root = make_repository(tmp_path)
    row = "| 90 | [A small lesson](notebooks/90_small.ipynb) | 5 | a measured difference |"
    assert f"{row} not measured yet |  |  |" in lessons_table(root)
    (root / "notebooks/bench.csv").write_text("lesson,seconds,peak_mb,claims,checked_cells\n90,41.6,912,7,2\n")
    assert f"{row} 42 s, 0.9 GB | 7 | 2 |" in lessons_table(root)
