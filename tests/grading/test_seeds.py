"""Variants: a student's seed is theirs alone, and nobody can foretell it."""

from __future__ import annotations

import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftlearn.errors import DataError
from ftlearn.teach.grading.moments import plain
from ftlearn.teach.grading.seeds import for_student, read_key, seed_of, seeds_in

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


def notebook(*lines):
    return {"cells": [{"cell_type": "markdown", "source": "seed = 1  # your seed"}] + [
        {"cell_type": "code", "source": line} for line in lines
    ]}  # fmt: skip


@given(st.binary(min_size=1, max_size=64), TEXT, TEXT, TEXT)
def test_it_is_hmac_sha256_of_who_and_what(key, student, lesson, name):
    whole = hmac.new(key, f"{plain(student)}\0{lesson}\0{name}".encode(), "sha256").digest()
    assert seed_of(key, student, lesson, name) == int.from_bytes(whole[:4], "big") // 2
    assert 0 <= seed_of(key, student, lesson, name) < 2**31


def test_students_tasks_and_keys_have_different_ones():
    whose = [("Ada", "04", "seed"), ("Ben", "04", "seed"), ("Ada", "05", "seed"), ("Ada", "04", "seed_2")]
    assert len({seed_of(key, *who) for key in (b"a" * 16, b"b" * 16) for who in whose}) == 8


def test_only_lines_that_say_so_change():
    made = for_student(notebook("seed = 0  # your seed\nX = 1", "other = 3"), b"k" * 16, "Ada", "04")
    number = seed_of(b"k" * 16, "Ada", "04", "seed")
    assert seeds_in(made) == {"seed": number}
    assert ["".join(cell["source"]) for cell in made["cells"]] == [
        "seed = 1  # your seed", f"seed = {number}  # your seed\nX = 1", "other = 3",
    ]  # fmt: skip


def test_what_a_student_wrote_there_does_not_count():
    assert seeds_in(notebook("seed = int('7')  # your seed", "  seed = 3  # your seed")) == {}


def test_a_key_that_is_missing_or_short_says_how_to_make_one(tmp_path):
    with pytest.raises(DataError, match="cannot be read"):
        read_key(tmp_path / "none")
    (tmp_path / "short").write_text("abc")
    with pytest.raises(DataError, match="3 characters; 16 are the least"):
        read_key(tmp_path / "short")
    (tmp_path / "key").write_text("0123456789abcdef\n")
    assert read_key(tmp_path / "key") == b"0123456789abcdef"
