"""The report as text, as JSON and as a page: whole, harmless, readable, and without anything from outside."""

from __future__ import annotations

import html
import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from ftlearn.doctor.page import page_of
from ftlearn.doctor.report import FORMAT, Finding, Report, told

HOSTILE = "<script>alert('1')</script> & \"x\" \u202e\x1b[31m`</code><img src=x onerror=alert(1)>`"
ONE = Finding(
    "input-is-rescaled-twice", "The first layer receives values up to 0.004; see `base`.",
    {"largest": np.float32(0.0039), "rows": np.int64(48), "layers": ["a", "b"], "asked_for_inference": True},
    "What the base has learned does not apply.", "pixels = X  # not X / 255\nmodel.fit(pixels, y)", 5, "train.py:12",
    "keras-team/keras#20285, #7520; arXiv 2202.10054; https://keras.io/api/.",
)  # fmt: skip
REASONS = {
    "one-rule-of-three": "no train data was given",
    "two-rule": "no train data was given",
    "three": "no <b> here",
}
FULL = Report((ONE,) * 3, REASONS, ("float16-output",), {"softmax-of-one-unit": "on purpose"}, "Looked at 4,096 of it.")
REPORTS = {
    "nothing": Report(),
    "one": Report((ONE,)),
    "full": FULL,
    "many": Report(tuple(Finding(f"rule-number-{i}", "It is so. " * 30, {"n": i}) for i in range(200))),
    "bare": Report((Finding("some-rule", "It is so."),)),
    "hostile": Report(
        (Finding(HOSTILE, HOSTILE, {HOSTILE: HOSTILE, "list": [HOSTILE]}, HOSTILE, HOSTILE, 1, HOSTILE, HOSTILE),),
        {HOSTILE: HOSTILE}, (HOSTILE,), {HOSTILE: HOSTILE}, HOSTILE,
    ),
}  # fmt: skip


class Page(HTMLParser):
    """What a page consists of; every element must be closed in its turn."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.said, self.open = [], [], [], []
        self.feed(text)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *one) for one in attrs]
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open[-1:] != ["style"]:
            self.said.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.said).split())


@pytest.mark.parametrize("kind", REPORTS)
def test_every_form_tells_everything(kind):
    report = REPORTS[kind]
    page, text, held = Page(report._repr_html_()), str(report), json.loads(report.as_json())
    assert [one["rule"] for one in held["findings"]] == [one.rule for one in report.findings]
    assert held["unchecked"] == dict(report.unchecked) and held["passed"] == list(report.passed)
    assert page.tags.count("article") == len(report.findings)
    if kind == "hostile":
        return
    for one in report.findings:
        assert one.rule in text and one.rule in page.text
        assert one.sentence.strip().replace("`", "") in page.text.replace(" ;", ";").replace(" .", ".")
        assert " ".join(one.sentence.split()) in " ".join(text.split())
        assert all(line in text for line in one.fix.splitlines())
    for name, reason in {**report.unchecked, **report.ignored}.items():
        assert name in text and name in page.text and reason in text and reason in page.text
    assert report.sampled in text and report.sampled in page.text
    assert report.summary in text and report.summary in page.text


@pytest.mark.parametrize("kind", REPORTS)
def test_the_page_is_harmless_and_takes_nothing_from_outside(kind):
    text = REPORTS[kind]._repr_html_()
    page = Page(text)
    allowed = {"section", "style", "p", "strong", "ol", "li", "article", "div", "code", "table", "caption", "tbody",
               "tr", "th", "td", "pre", "details", "summary", "a"}  # fmt: skip
    assert set(page.tags) <= allowed, set(page.tags) - allowed
    names = {name for _, name, _ in page.attributes}
    assert names <= {"class", "aria-label", "role", "aria-level", "scope", "href"}
    assert all(value.startswith("https://") for _, name, value in page.attributes if name == "href")
    assert "url(" not in text and "@import" not in text
    assert "\u202e" not in text and "\x1b" not in text


@pytest.mark.parametrize("kind", REPORTS)
def test_the_text_is_wrapped_and_hides_nothing(kind):
    text = str(REPORTS[kind])
    assert kind == "hostile" or max(map(len, text.splitlines())) <= 100
    assert not re.search(r"[\x00-\x09\x0b-\x1f\u202a-\u202e]", text)


def test_what_is_folded_away_can_be_opened_by_the_keyboard_and_names_its_count():
    page = Page(FULL._repr_html_())
    assert page.tags.count("details") == page.tags.count("summary") == 3
    for said in ("3 rules not checked", "1 rule passed", "1 rule left out"):
        assert said in page.text
    assert page.text.count("no train data was given") == 1, "rules that lacked the same stand together"


def test_colours_of_its_own_stand_out_from_white_and_from_black():
    def light(colour):
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    style = page_of(FULL).split("</style>")[0]
    fixed = set(re.findall(r"#[0-9A-Fa-f]{6}\b", style))
    assert fixed
    for colour in fixed:
        for ground in ("#ffffff", "#111111"):
            lighter, darker = sorted((light(colour), light(ground)), reverse=True)
            assert (lighter + 0.05) / (darker + 0.05) >= 3, f"{colour} on {ground}"
    assert not re.search(r"[^-]color:(?!\s*inherit)", style), "text has the theme's colour"


def test_a_notebook_that_is_not_trusted_shows_the_page_without_style_and_it_still_has_an_order():
    page = re.sub(r"<style>.*?</style>", "", page_of(Report((ONE,))), flags=re.S)
    bold = re.findall(r"<strong[^>]*>(.*?)</strong>", page)
    assert bold[1:] == [
        "The first layer receives values up to 0.004; see <code>base</code>.", "Measured", "Why it matters",
        "What to type", "Read on",
    ]  # fmt: skip


def test_a_notebooks_own_style_is_outweighed():
    style = re.search(r"<style>(.*?)</style>", page_of(FULL), re.S)[1]
    for selectors in re.findall(r"([^{}]+)\{", style):
        for one in selectors.split(","):
            assert one.strip().startswith(".ftlearn-doctor" * 3), one  # JupyterLab's weigh up to two classes


def test_a_comment_that_would_be_wrapped_has_a_line_of_its_own():
    def typed(code):
        return html.unescape(re.search(r"<pre>(.*?)</pre>", page_of(Report((Finding("a", "b", fix=code),))), re.S)[1])

    call = "    model.compile(optimizer=keras.optimizers.Adam(1e-5), loss=...)"
    assert typed(f"if late:\n{call}  # after the last change") == f"if late:\n    # after the last change\n{call}"
    assert typed(f"{call}  # or freeze the base") == f"{call}\n    # or freeze the base"
    for kept in ("model.fit(X, y)  # once more", f"{call[4:-1]}, metrics=['accuracy'], jit_compile=False)"):
        assert typed(kept) == kept


def test_references_become_links():
    links = [value for _, name, value in Page(page_of(Report((ONE,)))).attributes if name == "href"]
    assert links == [
        "https://github.com/keras-team/keras/issues/20285", "https://github.com/keras-team/keras/issues/7520",
        "https://arxiv.org/abs/2202.10054", "https://keras.io/api/",
    ]  # fmt: skip
    assert "keras-hub/issues/1008" in page_of(Report((Finding("a", "b", reference="keras-hub#1008 says so"),)))


def test_evidence_is_readable():
    values = {
        "of": 3000, "share": 0.123456, "worst": float("nan"), "ids": np.arange(1000), "yes_or_no": False,
        "recall": {0: 0.5, 1: np.float32(1)}, "nothing": [], "long": "x" * 1000, "none": None,
    }  # fmt: skip
    found = dict(told(values))
    assert found["of"] == "3,000" and found["share"] == "0.1235" and found["yes or no"] == "no"
    assert found["ids"] == "0, 1, 2, 3, 4, 5 and 994 more" and found["recall"] == "0: 0.5, 1: 1"
    assert found["nothing"] == "none" and len(found["long"]) < 500 and found["worst"] == "nan"


def test_the_json_keeps_its_form():
    values = {"nan": float("nan"), "array": np.arange(3), "scalar": np.float64(0.5), 1: {2, 3}, "flag": np.bool_(True)}
    held = json.loads(Report((Finding("a-rule", "Is so.", values),)).as_json(), parse_constant=pytest.fail)
    assert list(held) == ["format", "findings", "unchecked", "passed", "ignored", "sampled"]
    assert held["format"] == FORMAT == 1
    (one,) = held["findings"]
    assert list(one) == ["rule", "sentence", "evidence", "why", "fix", "weight", "line", "reference"]
    assert one["evidence"] == {"nan": "nan", "array": [0, 1, 2], "scalar": 0.5, "1": [2, 3], "flag": True}
    assert Finding(**one).rule == "a-rule", "a finding can be made of its JSON again"
