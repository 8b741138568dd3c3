"""Near-identical work: copies are found under other names, and an honest class is left alone."""

from __future__ import annotations

import ast
import random
import re
from dataclasses import replace

import pytest

from ftlearn.teach.grading.alike import OTHER_SEED, pairs
from ftlearn.teach.grading.results import Result, TaskResult, TestResult
from ftlearn.teach.release import released
from ftlearn.teach.sources import read_source, tasks_of
from tools.notebooks import ROOT

SOURCES = {path.stem[:2]: path for path in sorted(ROOT.glob("solutions/*/*.ipynb"))}
CHECKED = (TestResult("check", "passed", 1.0, 1.0),)


def result(student, answers, lesson="04", remarks=()):
    tasks = tuple(
        TaskResult(name, "passed", 1.0, 1.0, answer=text, tests=() if name == "words" else CHECKED)
        for name, text in answers.items()
    )
    return Result(student, lesson, "x.ipynb", tasks=tasks, remarks=remarks)


def author(lesson):
    """Return for each of an author's four or more right answers to every task a student who wrote them."""
    source = read_source(SOURCES[lesson])
    answers = {
        name: [re.sub(r"(?m)^ *### (BEGIN|END) SOLUTION\n?", "", task.solution), *task.alternatives]
        for name, task in tasks_of(source).items()
        if task.check
    }
    return source, [
        result(f"S{number}", {name: all_[number] for name, all_ in answers.items()}, lesson) for number in range(4)
    ]


def disguised(text, keep, rng):
    """Copy code as somebody does who wants it not to be seen: other names, other blanks, lines in another order."""
    tree = ast.parse(text)
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    names |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    for number, name in enumerate(sorted(names - {keep})):
        for node in ast.walk(tree):
            for part in ("id", "arg"):
                if not isinstance(node, ast.keyword) and getattr(node, part, None) == name:
                    setattr(node, part, f"my_{number}")
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and len(node.body) > 4:
            place = rng.randrange(len(node.body) - 2)
            node.body[place : place + 2] = reversed(node.body[place : place + 2])
    return "# All my own work.\n\n" + ast.unparse(tree).replace("\n    ", "\n    # and now\n    ")


@pytest.mark.parametrize("lesson", SOURCES)
@pytest.mark.parametrize("made", [released, lambda source: source], ids=["exercise", "solution"])
def test_right_answers_found_independently_are_not_listed(lesson, made):
    source, honest = author(lesson)
    assert pairs(honest, {lesson: made(source)}) == []


@pytest.mark.parametrize("lesson", SOURCES)
def test_copies_are_found_whatever_they_are_called(lesson):
    source, honest = author(lesson)
    rng, found = random.Random(0), 0
    for original in honest:
        copy = result("Zed", {one.name: disguised(one.answer, one.name, rng) for one in original.tasks}, lesson)
        listed = pairs([*honest, copy], {lesson: released(source)})
        assert [one.students for one in listed] == [(original.student, "Zed")]
        found += len(listed[0].tasks)
        assert listed[0].likeness > 0.7
        for one in listed[0].evidence:
            assert (one.left, one.right) == (original.task(one.task).answer, copy.task(one.task).answer)
    assert found >= 2 * len(honest), "some of seven tasks are one line, which says nothing"


LONG = """def rates(blocks, rate):
    found = {}
    for place, block in enumerate(reversed(blocks)):
        found[block] = round(rate * 0.37 ** place, 7)
        if found[block] < 1e-6:
            found[block] = max(1e-6, found[block] + 3e-7)
    return {key: found[key] for key in blocks if key != 'stem'}"""


def others(number, text="def rates(blocks, rate):\n    return dict.fromkeys(blocks, rate * {})"):
    return [result(f"other {place}", {"rates": text.format(place)}) for place in range(number)]


def test_one_long_answer_is_enough_and_the_evidence_names_both():
    (one,) = pairs([*others(10), result("Bob", {"rates": LONG}), result("Ada", {"rates": LONG + "\n# mine"})], {})
    assert (one.lesson, one.students, one.tasks, one.likeness) == ("04", ("Ada", "Bob"), ("rates",), 1.0)
    assert one.evidence[0].left.endswith("# mine")


def test_what_the_exercise_gives_is_no_evidence():
    cells = [{"cell_type": "code", "metadata": {}, "source": LONG.replace("rates", "given").replace("found", "made")}]
    both = [result("Ada", {"rates": LONG}), result("Bob", {"rates": LONG})]
    assert len(pairs([*others(10), *both], {})) == 1
    assert pairs([*others(10), *both], {"04": {"cells": cells}}) == []


def test_what_many_write_alike_is_no_evidence():
    assert pairs([*others(30), *(result(f"same {n}", {"rates": LONG}) for n in range(10))], {}) == []


def test_a_group_that_shares_its_work_is_listed_pair_by_pair():
    listed = pairs([*others(30), *(result(f"same {n}", {"rates": LONG}) for n in range(3))], {})
    assert len(listed) == 3


def test_short_answers_say_nothing():
    answers = {f"task {n}": f"x_{n} = {n}" for n in range(8)}
    assert pairs([result("Ada", answers), result("Bob", answers)], {}) == []


def test_lessons_are_compared_each_for_itself():
    assert pairs([result("Ada", {"rates": LONG}, "04"), result("Ada", {"rates": LONG}, "05"), *others(5)], {}) == []


WORDS = (
    "Freeze the base first and train only the head, because the early layers see edges and corners that every "
    "photograph has. Then open the last block with a rate that is a hundred times smaller, look at what moves, and "
    "stop as soon as the old task suffers."
)


def test_words_are_compared_too_and_a_borrowed_part_is_enough():
    rest = " ".join(f"Ada's own remark {number} stands here." for number in range(40))
    asked = {"cells": [{"cell_type": "markdown", "metadata": {}, "source": "Say in your own words what moves when."}]}
    class_ = [
        result(f"S{n}", {"words": f"I would try {n} and then {n + 1}, and see which is the better."}) for n in range(9)
    ]
    both = [
        result("Ada", {"words": rest + WORDS.upper()}),
        result("Bob", {"words": WORDS.replace(" ", "\n") + " Really."}),
    ]
    (one,) = pairs([*class_, *both], {"04": asked})
    assert one.students == ("Ada", "Bob")
    assert pairs(class_, {"04": asked}) == []
    asked["cells"][0]["source"] = WORDS
    assert pairs([*class_, *both], {"04": asked}) == []


def test_a_seed_of_another_student_is_listed_with_nothing_else():
    said = OTHER_SEED.format(student="Bob")
    (one,) = pairs([result("Ada", {"rates": ""}, remarks=(said,)), result("Bob", {}), *others(3)], {})
    assert one.students == ("Ada", "Bob")
    assert one.remark == "The seed in Ada's notebook was handed out to Bob."
    assert not one.evidence


@pytest.mark.parametrize(
    "text", ["def f(:\n" + LONG, "(" * 9_000, "x = " + "-" * 9_000 + "1", "é\0ñ" * 50, "%magic\n" + LONG]
)
def test_code_that_is_none_is_compared_word_by_word(text):
    both = [result("Ada", {"rates": text}), result("Bob", {"rates": text}), *others(8)]
    assert len(pairs(both, {})) == ("return" in text)


def test_a_large_class_whose_answers_are_the_authors():
    source, honest = author("04")
    class_ = [replace(honest[n % 4], student=f"student {n:03}") for n in range(196)]
    copied = result("Zed", {"first_step": LONG.replace("rates", "first_step")})
    assert pairs([*class_, copied, replace(copied, student="Yan")], {"04": source})[0].students == ("Yan", "Zed")
    assert len(pairs([*class_, copied], {"04": source})) == 0
