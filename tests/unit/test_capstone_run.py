"""A whole run: against the reference libraries, interrupted for real, changed, and described."""

from __future__ import annotations

import html.parser
import json
import re
import shutil
import signal
import subprocess
import sys

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import precision_recall_fscore_support
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from ftlearn import attach_head, load_backbone, unfreeze
from ftlearn.capstone import (
    Settings,
    answers,
    ask_once,
    class_scores,
    example_folder,
    fine_tune,
    finetune_folder,
    fit_head,
    small_pixels,
)
from ftlearn.capstone.markup import Section, Table, to_html, to_markdown
from ftlearn.errors import DataError

SETTINGS = Settings(epochs=3, random_state=1)
FTLEARN = (sys.executable, "-m", "ftlearn.cli")


def parts(n=60, d=5, classes=3, seed=0):
    rng = np.random.default_rng(seed)
    y = np.arange(n) % classes
    X = np.eye(classes, d)[y] + 0.5 * rng.normal(size=(n, d))
    return (X[: n // 2], y[: n // 2]), (X[n // 2 :], y[n // 2 :])


@pytest.mark.parametrize(("d", "classes"), [(5, 3), (5, 2), (80, 3)])
def test_the_head_is_scikit_learns_regression(d, classes):
    train, validation = parts(d=d, classes=classes)
    head = fit_head(train, validation, strengths=(0.1,))
    reference = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, tol=1e-8, max_iter=5000)).fit(*train)
    assert np.allclose(head.predict(validation[0]), reference.predict_proba(validation[0]), atol=2e-3)
    assert head.chosen["val_accuracy"] == reference.score(*validation)


def test_the_strength_with_the_lowest_validation_loss_is_kept():
    train, validation = parts(d=40)
    head = fit_head(train, validation)
    p = head.predict(validation[0])
    loss = -np.log(p[np.arange(len(p)), validation[1]]).mean()
    assert loss == pytest.approx(min(row["val_loss"] for row in head.tried), abs=1e-4)


def test_a_class_missing_in_training():
    (X, y), validation = parts()
    with pytest.raises(DataError, match="Only 2 of 3 classes"):
        fit_head((X[y < 2], y[y < 2]), validation)


def test_answers_do_not_depend_on_the_batch():
    base = load_backbone("letters")
    X = np.random.default_rng(0).uniform(0, 1, (7, 8, 8, 1)).astype("float32")
    assert np.allclose(answers(base, X, batch_size=3), base.predict(X, verbose=0), atol=1e-5)


def test_small_pixels_are_means():
    X = np.random.default_rng(0).uniform(0, 1, (2, 32, 48, 3)).astype("float32")
    assert np.allclose(small_pixels(X), X.reshape(2, 16, 2, 16, 3, 3).mean(axis=(2, 4)).reshape(2, -1), atol=1e-5)
    assert np.allclose(small_pixels(X[:, :8, :8, :1]), X[:, :8, :8, :1].reshape(2, -1))


def test_class_scores_agree_with_scikit_learn():
    rng = np.random.default_rng(0)
    y, p = rng.integers(0, 4, 80), rng.dirichlet(np.ones(4), 80)
    table = class_scores(y, p, tuple("abcd"))
    precision, recall, _, n = precision_recall_fscore_support(y, p.argmax(axis=1))
    assert np.allclose(table["precision"], precision) and np.allclose(table["recall"], recall)
    assert table["n"].tolist() == n.tolist()
    assert ((table["from"] <= table["recall"]) & (table["recall"] <= table["to"])).all()


def test_fine_tuning_goes_on_as_if_never_interrupted(tmp_path):
    rng = np.random.default_rng(0)
    X, y = rng.uniform(0, 1, (40, 8, 8, 1)).astype("float32"), np.arange(40) % 4
    data = ((X[:24], y[:24]), (X[24:], y[24:]))

    def network():
        return attach_head(unfreeze(load_backbone("letters")), 4)  # with Dropout silent, as in every run

    whole = network()
    history = fine_tune(whole, *data, epochs=4, patience=9)

    def stop(now):
        if now["epoch"] == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fine_tune(network(), *data, epochs=4, patience=9, keep=tmp_path, report=stop)
    seen, resumed = [], network()
    again = fine_tune(resumed, *data, epochs=4, patience=9, keep=tmp_path, report=lambda now: seen.append(now["epoch"]))
    assert seen == [3, 4]
    assert again == history
    for one, other in zip(whole.get_weights(), resumed.get_weights(), strict=True):
        assert np.array_equal(one, other)
    assert len(list(tmp_path.glob("epoch_*.npz"))) == 1


def test_patience_stops_and_the_best_weights_come_back():
    rng = np.random.default_rng(0)
    X, y = rng.uniform(0, 1, (32, 8, 8, 1)).astype("float32"), rng.integers(0, 4, 32)  # nothing to be learnt
    model = attach_head(load_backbone("letters"), 4)
    history = fine_tune(model, (X[:16], y[:16]), (X[16:], y[16:]), epochs=30, patience=2, learning_rate=1e-2)
    best = int(np.argmin(history["val_loss"]))
    assert len(history["val_loss"]) == best + 1 + 2
    assert model.evaluate(X[16:], y[16:], verbose=0)[0] == pytest.approx(history["val_loss"][best], rel=1e-4)


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    return example_folder(tmp_path_factory.mktemp("digits"), images=100)


@pytest.fixture(scope="module")
def whole(digits, tmp_path_factory):
    out = tmp_path_factory.mktemp("whole") / "run"
    said = []
    return finetune_folder(digits, out, settings=SETTINGS, licence="CC0 <1.0>", say=said.append), said, out


def test_a_run_leaves_model_card_and_words(whole, digits):
    outcome, said, out = whole
    assert outcome.made == ["checks", "baselines", "frozen", "fine_tuning", "test", "model", "served"]
    assert outcome.tested == 20 and outcome.correct >= 15
    assert {path.name for path in out.iterdir()} == {
        "run.json", "stages", "test_looks.json", "model.keras", "model.json", "model_card.md", "model_card.html",
    }  # fmt: skip
    assert any("epoch 1 of at most 3" in line and "s left" in line for line in said)
    assert any(line.startswith("served: asked over a socket") for line in said)
    held = np.load(out / "stages" / "test.npz")
    assert np.allclose(held["p_kept"].sum(axis=1), 1, atol=1e-4)
    assert str(outcome).startswith(
        f"Test accuracy of the {outcome.kept} model: {outcome.correct / 20:.3f} (95 % interval"
    )


def test_the_served_answer_is_the_models(whole, digits):
    outcome, _, out = whole
    held = np.load(out / "stages" / "test.npz")
    files = json.loads((out / "stages" / "test.json").read_text())["files"]
    answer = ask_once(outcome.model, digits / files[3])
    assert answer["probability"] == pytest.approx(held["p_kept"][3].max(), abs=1e-3)


def test_the_card_takes_licence_and_purpose_as_they_are(whole, digits):
    _, _, out = whole
    finetune_folder(digits, out, settings=SETTINGS, licence="CC0 <1.0>", purpose="|to| *show*")
    assert "Licence: CC0 &lt;1.0&gt;" in (out / "model_card.html").read_text()
    assert "Intended use: \\|to\\| \\*show\\*" in (out / "model_card.md").read_text()


def test_a_finished_run_is_taken_as_it_is(whole, digits):
    _, _, out = whole
    before = (out / "model.keras").read_bytes()
    said = []
    again = finetune_folder(digits, out, settings=SETTINGS, purpose="To show", say=said.append)
    assert not again.made and len(again.taken) == 7 and all("finished before" in line for line in said)
    assert (out / "model.keras").read_bytes() == before
    assert "Intended use: To show" in (out / "model_card.md").read_text()


def test_a_service_that_fails_keeps_no_card_away(whole, digits, tmp_path, monkeypatch):
    out = shutil.copytree(whole[2], tmp_path / "run")
    for path in (out / "stages" / "served.json", out / "model_card.html"):
        path.unlink()

    def refused(*args):
        raise OSError("Connection refused")

    monkeypatch.setattr("ftlearn.capstone.stages.ask_once", refused)
    said = []
    outcome = finetune_folder(digits, out, settings=SETTINGS, say=said.append)
    assert outcome.card.exists() and not outcome.made
    assert any("served: skipped" in line and "Connection refused" in line for line in said)
    assert not (out / "stages" / "served.json").exists()  # the next run tries again


def test_ctrl_c_in_fine_tuning_loses_nothing(whole, digits, tmp_path):
    out = tmp_path / "run"
    options = ["--epochs", "3", "--random-state", "1"]
    process = subprocess.Popen(
        [*FTLEARN, "finetune", str(digits), "--out", str(out), *options], stderr=subprocess.PIPE, text=True
    )
    lines = []
    for line in process.stderr:
        lines.append(line)
        if "epoch 1 of at most 3" in line:
            process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 130
    assert "the same command goes on from there" in lines[-1]
    assert not (out / "stages" / "fine_tuning.json").exists()
    said = []
    outcome = finetune_folder(digits, out, settings=SETTINGS, say=said.append)
    assert outcome.taken == ["checks", "baselines", "frozen"]
    assert not any("epoch 1 of" in line for line in said)
    first, second = (np.load(place / "stages" / "test.npz") for place in (whole[2], out))
    for key in ("p_frozen", "p_fine_tuned", "p_kept"):
        assert np.allclose(first[key], second[key], atol=1e-5)
    assert (outcome.kept, outcome.correct) == (whole[0].kept, whole[0].correct)


def test_what_has_changed_is_said(whole, digits, tmp_path):
    _, _, out = whole
    with pytest.raises(DataError, match=r"something else: epochs 3 then, 4 now.*--fresh"):
        finetune_folder(digits, out, settings=Settings(epochs=4, random_state=1))
    other = shutil.copytree(digits, tmp_path / "digits")
    next((other / "7").iterdir()).unlink()
    with pytest.raises(DataError, match="something else: images"):
        finetune_folder(other, out, settings=SETTINGS)


def test_wrong_places_for_results(digits, tmp_path):
    with pytest.raises(DataError, match="lies inside"):
        finetune_folder(digits, digits / "out")
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(DataError, match="holds other files"):
        finetune_folder(digits, tmp_path)
    with pytest.raises(DataError, match="is a file"):
        finetune_folder(digits, tmp_path / "letter.txt")
    with pytest.raises(DataError, match="epochs is 0 or more"):
        finetune_folder(digits, tmp_path / "new", settings=Settings(epochs=-1))
    assert not (tmp_path / "new").exists() and not (digits / "out").exists()


@pytest.mark.parametrize(("folder", "said"), [("nowhere", "does not exist"), (__file__, "is a file, not a folder")])
def test_the_command_refuses_wrong_folders_in_a_sentence(folder, said, tmp_path):
    done = subprocess.run(
        [*FTLEARN, "finetune", folder, "--out", str(tmp_path / "out")], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1 and said in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.headings, self.images, self.headers = [], [], [], []

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.tags.append(tag)
        if re.fullmatch(r"h\d", tag):
            self.headings.append(int(tag[1]))
        if tag == "img":
            self.images.append(attrs)
        if tag == "th":
            self.headers.append(attrs.get("scope"))
        for value in (attrs.get("src", ""), attrs.get("href", "")):
            assert not value.startswith("http")


def test_the_page_can_be_read_by_ear_and_without_a_network(whole):
    text = (whole[2] / "model_card.html").read_text(encoding="utf-8")
    page = Page()
    page.feed(text)
    assert 'lang="en"' in text and "<title>Model card: digits</title>" in text and "main" in page.tags
    assert page.headings == [1, *[2] * 6]
    assert len(page.images) >= 3 and all(len(image["alt"]) > 40 for image in page.images)
    assert all(image["src"].startswith("data:image/png;base64,") for image in page.images)
    assert page.headers and set(page.headers) == {"col", "row"}
    assert "script" not in page.tags


def test_the_card_says_what_was_measured(whole):
    outcome, _, out = whole
    text = (out / "model_card.md").read_text(encoding="utf-8")
    assert f"right for {outcome.correct} of 20 test pictures" in text
    assert "| all | 60 | 20 | 20 |" in text
    for heading in ("What it is for", "Data", "How it was made", "Scores", "Limits", "How to use it"):
        assert f"\n## {heading}\n" in text
    for said in ("random\\_state 1", "Keras 3", "McNemar", "opened once", "letters", "Not stated yet"):
        assert said in text
    assert str(out) not in text


def test_names_cannot_break_the_card():
    sections = [Section("Data", (Table(("class", "n"), [["a|b <i>", "1"]]), ["*x* `code_1`"]))]
    markdown, page = to_markdown("T", "S", sections), to_html("T", "S", sections)
    assert "| a\\|b \\<i> | 1 |" in markdown and "- \\*x\\* `code_1`" in markdown
    assert '<th scope="row">a|b &lt;i&gt;</th>' in page and "<code>code_1</code>" in page
