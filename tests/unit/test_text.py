"""Text for the encoder: like Hugging Face's own tokeniser, padded without effect, and errors that say what to type."""

import ast
import json
import re
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftlearn import text
from ftlearn.assets import fetch, find
from ftlearn.errors import AssetError, DataError
from tools.notebooks import ROOT

keras_hub = pytest.importorskip("keras_hub")
WORDS = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "[MASK]",
    "where",
    "is",
    "my",
    "parcel",
    "cafe",
    "un",
    "##box",
    "##ed",
    "?",
]
needs_minilm = pytest.mark.skipif(find("minilm") is None, reason="MiniLM is not here: `ftlearn fetch minilm`")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A BERT of two blocks with random weights, as KerasHub saves it, with a table of a few words."""
    made = tmp_path_factory.mktemp("tiny") / "bert"
    backbone = keras_hub.models.BertBackbone(
        vocabulary_size=len(WORDS), num_layers=2, num_heads=2, hidden_dim=8, intermediate_dim=16, dropout=0.1,
        max_sequence_length=32,
    )  # fmt: skip
    backbone.save_to_preset(str(made))
    keras_hub.models.BertTokenizer(WORDS, lowercase=True, strip_accents=True).save_to_preset(str(made))
    return made


@pytest.fixture(scope="module")
def model(folder):
    return text.mean_pooled(text.load_encoder(folder))


def test_pieces(folder):
    assert text.word_pieces("Unboxed CAFÉ zzz?", folder=folder) == [
        "[CLS]", "un", "##box", "##ed", "cafe", "[UNK]", "?", "[SEP]",
    ]  # fmt: skip


@settings(max_examples=30, deadline=None)
@given(
    messages=st.lists(st.lists(st.sampled_from(WORDS[5:]), max_size=12).map(" ".join), min_size=1, max_size=5),
    length=st.none() | st.integers(3, 40),
)
def test_every_row_starts_and_ends_and_only_padding_is_masked(folder, messages, length):
    tokens = text.tokenize(messages, length, folder=folder)
    ids, mask = tokens["token_ids"], tokens["padding_mask"]
    assert ids.shape == mask.shape == tokens["segment_ids"].shape == (len(messages), length or ids.shape[1])
    for message, row, real in zip(messages, ids, mask, strict=True):
        count = real.sum()
        assert real[:count].all() and not row[count:].any()
        assert (row[0], row[count - 1]) == (2, 3)
        whole = len(text.word_pieces(message, folder=folder))
        assert count == (whole if length is None else min(whole, length))
    if length is None:
        assert mask[:, -1].any(), "no longer than the longest needs"


def test_padding_changes_no_vector(folder, model):
    messages = ["where is my parcel ?", "cafe"]
    short, long = (model.predict(text.tokenize(messages, length, folder=folder), verbose=0) for length in (None, 32))
    np.testing.assert_allclose(short, long, atol=1e-5)


def test_a_vector_is_the_mean_of_its_pieces(folder):
    encoder = text.load_encoder(folder)
    tokens = text.tokenize(["where is my parcel ?", "cafe"], folder=folder)
    each = encoder.predict(tokens, verbose=0)["sequence_output"]
    found = text.mean_pooled(encoder).predict(tokens, verbose=0)
    for row, real in enumerate(tokens["padding_mask"].astype(bool)):
        np.testing.assert_allclose(found[row], each[row][real].mean(axis=0), atol=1e-5)


@pytest.mark.parametrize("messages", ["one string", [], [1, 2]])
def test_messages_must_be_strings_in_a_list(messages):
    with pytest.raises(DataError, match="Put a single message into a list"):
        text.tokenize(messages)


@pytest.mark.parametrize("length", [2, 513, True])
def test_length_has_limits(length):
    with pytest.raises(DataError, match="from 3 to 512"):
        text.tokenize(["a"], length)


def test_a_folder_without_a_bert_is_named(tmp_path):
    with pytest.raises(DataError, match="holds no BERT"):
        text.load_encoder(tmp_path)


def test_without_keras_hub_the_message_says_what_to_install(capsys):
    with mock.patch.dict("sys.modules", keras_hub=None), pytest.raises(AssetError, match="ftlearn\\[text\\]"):
        text.load_encoder("anywhere")
    with mock.patch.object(text, "find_spec", lambda name: None):
        assert not text.encoder_available(part="Frozen encoder")
    assert '"Frozen encoder" needs KerasHub' in capsys.readouterr().out


def test_accents_go_where_hugging_face_takes_them_off(tmp_path):
    (tmp_path / "vocab.txt").write_text("\n".join(WORDS))
    config = {"model_type": "bert", "vocab_size": len(WORDS), "do_lower_case": True}
    (tmp_path / "config.json").write_text(json.dumps(config))
    for strip, pieces in ((None, "cafe"), (True, "cafe"), (False, "[UNK]")):
        (tmp_path / "tokenizer_config.json").write_text(json.dumps({"do_lower_case": True, "strip_accents": strip}))
        tokenizer = text.load_tokenizer(tmp_path)
        assert [tokenizer.id_to_token(n) for n in tokenizer("Café")] == [pieces]


@needs_minilm
def test_agrees_with_the_tokenizers_library():
    tokenizers = pytest.importorskip("tokenizers")
    from ftlearn.datasets import load_support_messages

    split = load_support_messages()
    messages = [
        *map(str, split.train.X),
        *map(str, split.validation.X),
        "Café naïve 😀!! £20 don’t “x” 日本",
        "",
        " \n",
    ]
    reference = tokenizers.BertWordPieceTokenizer(str(fetch("minilm") / "vocab.txt"), lowercase=True)
    for message in messages:
        assert text.word_pieces(message) == reference.encode(message).tokens


LESSON = ROOT / "notebooks" / "08_text_classification_with_bert.ipynb"


@pytest.mark.skipif(not LESSON.exists(), reason="the lesson is not here")
def test_programs_shown_but_not_run_use_names_that_exist():
    """Names read from transformers 5.23's and torchvision's signatures; neither is installed here."""
    cells = json.loads(LESSON.read_text(encoding="utf-8"))["cells"]
    prose = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    programs = re.findall(r"```python\n(.*?)```", prose, re.S)
    shown = {
        (node.func.id if isinstance(node.func, ast.Name) else node.func.attr): {k.arg for k in node.keywords}
        for program in programs
        for node in ast.walk(ast.parse(program))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute)
    }
    assert shown["TrainingArguments"] <= {
        "output_dir", "num_train_epochs", "per_device_train_batch_size", "learning_rate", "eval_strategy",
        "save_strategy", "load_best_model_at_end", "metric_for_best_model", "use_cpu", "seed", "report_to",
    }  # fmt: skip
    assert "eval_strategy" in shown["TrainingArguments"]
    assert shown["Trainer"] == {
        "model", "args", "data_collator", "train_dataset", "eval_dataset", "processing_class", "compute_metrics",
    }  # fmt: skip
    assert shown["resnet50"] == {"weights"}
