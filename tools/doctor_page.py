"""Write docs/doctor.md, the catalogue of the doctor's rules: ``python -m tools.doctor_page``.

``--check`` only tells whether it is current. What the page says of a rule stands in the rule's own file.
"""

from __future__ import annotations

import sys

from ftlearn.doctor import catalogue
from ftlearn.doctor.rule import FAMILIES, Rule
from tools.notebooks import ROOT, keep_page

PAGE = ROOT / "docs" / "doctor.md"
TITLES = {
    "freezing": ("Freezing", "Which weights train, and by how much."),
    "data": ("Data", "What goes in, and how it was split."),
    "training": ("Training", "Loss, labels, activations, callbacks."),
    "claims": ("Claims", "Whether a score means what is said of it."),
    "tuning": ("Tuning", "Searches for settings with Keras Tuner."),
    "saving": ("Saving", "Whether what is loaded is what was saved."),
}
TOP = """# The doctor

It looks at a Keras model, its data and its history, and names the mistake in it: what was measured, why that matters,
what to type. Written by `make links` from `ftlearn/doctor/rules/`; the programs below run as tests.

## In a notebook or a program

```python
from ftlearn.doctor import examine

examine(model, train=(X_train, y_train), validation=(X_val, y_val), test=(X_test, y_test), history=history)
```

In a notebook the report shows as a page; `print(report)` gives text, `report.as_json()` JSON, `report.names` the
rules that found something. Data are pairs of arrays, tf.data datasets or PyDatasets. Further arguments: `callbacks`
as given to `fit`; `base` and `before`, what was pretrained and its weights before fine-tuning; `scaler`, one of
scikit-learn; `scores`, for each method a list over seeds; `tuner`, after its search. What is left out is not checked,
and the report says so: a rule that lacks something never passes.

Everything is measured, nothing is guessed from the text of a program: weights before and after, flags at `compile`,
what arrives at a layer, what one step changes. The model, its optimiser and the random states are put back bit for
bit. Of large data a piece is looked at, and the report says which.

## On a whole program

```sh
ftlearn doctor train.py               # or a notebook; what follows after -- goes to the program
ftlearn doctor train.py --json        # for other programs
```

It runs the program and watches `compile`, `fit`, `evaluate`, `predict` and searches, examines each stage of training
and names the line. The exit status is 1 when something is wrong. Some rules need this: afterwards nothing shows that a
slice was longer than the model it was taken of, for one.

## To leave a rule out

By its name, with the reason, which the report repeats:

```python
examine(model, ignore={"base-was-never-pretrained": "random features are meant"})
```

```sh
ftlearn doctor train.py --ignore "base-was-never-pretrained=random features are meant"
```

## How far to trust it

A rule was made to stay silent rather than to cry wolf: each lets healthy programs of its kind pass in its tests, and
says below where it errs or is blind. That nothing was found does not mean that nothing is wrong. `make bench-doctor`
measures how many seeded faults are named, and how often a healthy program is accused.
"""


def page() -> str:
    """Return docs/doctor.md as it should be."""
    rules = list(catalogue().values())
    parts = [TOP, f"## The {len(rules)} rules\n", _table(rules)]
    for family in FAMILIES:
        title, about = TITLES[family]
        parts.append(f"## {title}\n\n{about}\n")
        parts += [_section(one) for one in rules if one.family == family]
    return "\n".join(parts)


def _table(rules: list[Rule]) -> str:
    """Return the table at the top: each family's rules and why each matters."""
    rows = ["| family | rule | what it finds |", "|---|---|---|"]
    for family in FAMILIES:
        for place, rule in enumerate(one for one in rules if one.family == family):
            name = TITLES[family][0] if not place else ""
            rows.append(f"| {name} | [`{rule.name}`](#{rule.name}) | {_finds(rule)} |")
    return "\n".join(rows) + "\n"


def _finds(rule: Rule) -> str:
    """Return the first sentence of the rule's file, which says what is wrong."""
    text = (sys.modules[rule.check.__module__].__doc__ or "").strip().replace("|", "\\|")
    return " ".join(text.split("\n\n")[0].split())


def _section(rule: Rule) -> str:
    lines = [
        f"### {rule.name}", "", f"**{_finds(rule)}** {rule.what}", "",
        f"*Why it matters:* {rule.why} ({rule.reference.rstrip('.')}.)", "",
    ]  # fmt: skip
    if rule.known_problems:
        lines += [f"*Known problems:* {rule.known_problems}", ""]
    lines += ["*What to type:*", "", _code(rule.fix), ""]
    for summary, program in (("A program that it names", rule.invalid), ("One that it lets pass", rule.valid)):
        lines += ["<details>", f"<summary>{summary}</summary>", "", _code(program), "", "</details>", ""]
    return "\n".join(lines)


def _code(text: str) -> str:
    return f"```python\n{text.strip()}\n```"


def main(check: bool) -> int:
    """Write the page, or tell whether it is current."""
    return keep_page(PAGE, page(), check=check)


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
