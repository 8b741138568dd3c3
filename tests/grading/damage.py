"""An exercise that runs in no time, right answers to it, and what becomes of notebooks before they are handed in."""

from __future__ import annotations

import copy

CHECK = '@check("{name}", points=1, hints=["Think.", "Again."])\ndef _(submission):\n    submission.value("{name}")'
HEAD = "from ftlearn.learn import check, exercise, expect\n\nexercise('98')"
TASKS = {
    "total": ("table = [1, 2, 3]", "total = ...  # your answer here\nmean = ...  # your answer here"),
    "longest": ("words = ['to', 'thaw']\nshort = words[0]", "def longest(words):\n    ...  # your answer here"),
    "kept": ("rate = 0.5", "kept = ...  # your answer here"),
}
ANSWERS = {
    "total": "total = sum(table)\nmean = total / len(table)",
    "longest": "def longest(words):\n    return max(words, key=len)",
    "kept": "lost = 1 - rate\nkept = 1 - lost",
}
RIGHT = {
    "total": "total == 6 and mean == 2",
    "longest": "longest(['a', 'bb', '']) == 'bb'",
    "kept": "kept == 0.5",
}
WORDS = "Because a frozen base keeps what it knows, and the head is all that has to be learnt."
STUB = "*Your answer here.*"


def cell(kind, name, text, grade=None):
    graded = {"grade": grade == "check", "grade_id": name, "locked": grade is None, "schema_version": 3,
              "solution": grade == "answer", "task": False}  # fmt: skip
    extra = {"outputs": [], "execution_count": None} if kind == "code" else {}
    return {"cell_type": kind, "id": name, "metadata": {"nbgrader": graded}, "source": text, **extra}


def exercise():
    cells = [cell("markdown", "start-text", "# Exercise 98"), cell("code", "start-code", HEAD)]
    for name, (given, stub) in TASKS.items():
        cells += [cell("markdown", f"{name}-text", f"## The {name}"), cell("code", f"{name}-code", given)]
        cells += [cell("code", name, stub, "answer"), cell("code", f"{name}_check", CHECK.format(name=name), "check")]
    cells += [
        cell("markdown", "why-text", "## Why at all?\n\nSay it in fifty words."),
        cell("markdown", "why", STUB, "answer"),
    ]
    about = {"ftlearn": {"lesson": "98", "title": "Damage", "minutes": 5, "release": "aaaa"}}
    return {"cells": cells, "metadata": about, "nbformat": 4, "nbformat_minor": 5}


def answered():
    made = exercise()
    for one in made["cells"]:
        if one["id"] in ANSWERS:
            one["source"] = ANSWERS[one["id"]]
        elif one["id"] == "why":
            one["source"] = WORDS
    return made


def place_of(notebook, text):
    """Find the first code cell that holds a text."""
    return next(i for i, one in enumerate(notebook["cells"]) if text in one["source"])


def own(text, kind="code"):
    extra = {"outputs": [], "execution_count": None} if kind == "code" else {}
    return {"cell_type": kind, "id": f"own{abs(hash(text)) % 10**8}", "metadata": {}, "source": text, **extra}


def last_line(name):
    return ANSWERS[name].split("\n")[-1]


def deleted_given(notebook, name):
    notebook["cells"] = [one for one in notebook["cells"] if one["source"] != TASKS[name][0]]


def deleted_checks(notebook, name):
    notebook["cells"] = [one for one in notebook["cells"] if one["source"] != CHECK.format(name=name)]


def deleted_head(notebook, _):
    notebook["cells"] = [one for one in notebook["cells"] if one["source"] != HEAD]


def older_version_above(notebook, name):
    place = place_of(notebook, last_line(name))
    older = copy.deepcopy(notebook["cells"][place])
    older["source"] = f"{name} = 17\nmean = 18" if name != "longest" else "def longest(words):\n    return 17"
    older["id"] = f"older-{name}"
    notebook["cells"].insert(place, older)


def stub_below(notebook, name):
    place = place_of(notebook, last_line(name))
    stub = copy.deepcopy(notebook["cells"][place])
    stub |= {"source": TASKS[name][1], "id": f"again-{name}"}
    notebook["cells"].append(stub)


def other_ids(notebook, _):
    for number, one in enumerate(notebook["cells"]):
        one["id"] = f"x{number}"


def mixed_ids(notebook, _):
    ids = [one.get("id") for one in notebook["cells"]]
    for one, name in zip(notebook["cells"], ids[3:] + ids[:3], strict=True):
        one["id"] = name


def no_ids(notebook, _):
    for one in notebook["cells"]:
        one.pop("id", None)
    notebook["nbformat_minor"] = 4


def no_metadata(notebook, _):
    for one in notebook["cells"]:
        one["metadata"] = {}


def renamed(notebook, name):
    for one in notebook["cells"]:
        if one["metadata"].get("nbgrader", {}).get("grade_id") == name:
            one["metadata"]["nbgrader"]["grade_id"] = "mine"


def split(notebook, name):
    place = place_of(notebook, last_line(name))
    one = notebook["cells"][place]
    first, _, last = one["source"].rpartition("\n")
    if one["source"] == ANSWERS[name] and name != "longest":
        one["source"] = first
        notebook["cells"].insert(place + 1, {**copy.deepcopy(one), "source": last, "id": f"split-{name}"})


def split_without_metadata(notebook, name):
    split(notebook, name)
    for one in notebook["cells"]:
        if one.get("id") == f"split-{name}":
            one["metadata"] = {}


def in_the_check(notebook, name):
    place = place_of(notebook, last_line(name))
    notebook["cells"][place]["source"] += "\n\n" + CHECK.format(name=name)
    deleted_checks(notebook, name)


def written_into_the_check(notebook, name):
    for one in notebook["cells"]:
        if one["source"] == CHECK.format(name=name):
            one["source"] = ANSWERS[name] + "\n\n" + one["source"]
            _unanswered(notebook, name)


def instead_of_the_check(notebook, name):
    for one in notebook["cells"]:
        if one["source"] == CHECK.format(name=name):
            one["source"] = ANSWERS[name]
            _unanswered(notebook, name)


def _unanswered(notebook, name):
    for one in notebook["cells"]:
        if one["source"] == ANSWERS[name] and one["metadata"].get("nbgrader", {}).get("grade_id") == name:
            one["source"] = TASKS[name][1]


def merged_with_given(notebook, name):
    for place, one in enumerate(notebook["cells"][:-1]):
        if one["source"] == TASKS[name][0] and last_line(name) in notebook["cells"][place + 1]["source"]:
            one["source"] += "\n\n" + notebook["cells"].pop(place + 1)["source"]
            return


def merged_with_the_next(notebook, name):
    following = {"total": "longest", "longest": "kept"}.get(name)
    whole = {one["source"] for one in notebook["cells"] if isinstance(one, dict)}
    if following and {ANSWERS[name], ANSWERS[following]} <= whole:
        gone = notebook["cells"].pop(place_of(notebook, last_line(following)))
        notebook["cells"][place_of(notebook, last_line(name))]["source"] += "\n\n" + gone["source"]


def all_in_one(notebook, _):
    """Everything that runs in a single cell, as Jupyter's "merge selected cells" leaves it."""
    texts = [one["source"] for one in notebook["cells"] if one["cell_type"] == "code"]
    kept = [one for one in notebook["cells"] if one["cell_type"] != "code"]
    notebook["cells"] = [*kept, own("\n\n".join(texts))]


def edited_given(notebook, name):
    for one in notebook["cells"]:
        if one["source"] == TASKS[name][0]:
            one["source"] = one["source"] + "  # a look\nprint(3)" if name == "kept" else "print(2)\n" + one["source"]


def edited_check(notebook, name):
    for one in notebook["cells"]:
        one["source"] = one["source"].replace(f'submission.value("{name}")', "pass\n    boom = 1 / 0")


def own_cell_below(notebook, name):
    place = place_of(notebook, last_line(name))
    one = notebook["cells"][place]
    notebook["cells"].insert(place + 2, own(one["source"]))
    one["source"] = TASKS[name][1]


def own_cell_at_the_end(notebook, name):
    place = place_of(notebook, last_line(name))
    one = notebook["cells"][place]
    notebook["cells"].append(own(one["source"]))
    one["source"] = TASKS[name][1].replace("  # your answer here", "")


def emptied_and_written_below(notebook, name):
    own_cell_below(notebook, name)
    for one in notebook["cells"]:
        if one["source"] == TASKS[name][1]:
            one["source"] = ""


def turned_into_markdown(notebook, name):
    one = notebook["cells"][place_of(notebook, last_line(name))]
    one["cell_type"] = "markdown"
    for part in ("outputs", "execution_count"):
        one.pop(part, None)


def magic(notebook, name):
    one = notebook["cells"][place_of(notebook, last_line(name))]
    one["source"] = one["source"] + "\n%matplotlib inline"


def oddities(notebook, _):
    notebook["cells"][1:1] = [None, 7, {"cell_type": "code"}, {"source": 5, "cell_type": "code", "metadata": 3}]
    notebook["cells"].append(
        {"cell_type": ["code"], "metadata": {"nbgrader": {"grade_id": []}}, "id": {}, "source": [1]}
    )


DAMAGES = [
    deleted_given, deleted_checks, deleted_head, older_version_above, stub_below, other_ids, mixed_ids, no_ids,
    no_metadata, renamed, split, split_without_metadata, in_the_check, written_into_the_check, instead_of_the_check,
    merged_with_given, merged_with_the_next, all_in_one, edited_given, edited_check, own_cell_below,
    own_cell_at_the_end, emptied_and_written_below, turned_into_markdown,
]  # fmt: skip
