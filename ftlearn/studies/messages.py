"""Ways to sort customer-support messages, by intent and by sentiment: what they reach and what they train.

Every way is given the same messages and tries six settings, of which the validation messages choose one: strength of
regularisation (and words or runs of letters) for the linear models; for the others one of two learning rates and the
epoch after which to stop. The test messages are looked at once. Seconds are a processor's, for one training with the
setting chosen; the frozen encoder's vectors are computed once and their seconds counted each time. What goes into the
top two blocks is computed once, too, and is not in their seconds. The ways that train the whole encoder are in the
study ``whole_encoder``, which uses this one's functions.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ftlearn import text
from ftlearn.datasets import Split, load_support_messages
from ftlearn.studies._training import best_of, start_over
from ftlearn.weights import numbers_in

SEEDS = 5
TASKS = ("intent", "sentiment")
BUDGETS = (60, 150, 300)
STRENGTHS = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
TOP, TOP_RATES = "top two blocks", (3e-4, 1e-3)
EPOCHS, BATCH, RANK = 3, 16, 4
KEYS = ["task", "way", "labels"]
CHECK = ("intent", "frozen", 60)
TOLERANCE = {"accuracy": 0.03}


def measure(seed: int, part: tuple[str, str, int] | None = None) -> list[dict[str, Any]]:
    """Measure every way at every budget for one split of the messages, or one way at one budget."""
    wanted = [part] if part else [
        *[(task, way, labels) for task in TASKS for way in ("majority", "TF-IDF", "frozen") for labels in BUDGETS],
        *[(task, TOP, BUDGETS[-1]) for task in TASKS],
    ]  # fmt: skip
    return [row_of(seed, task, way, labels) for task, way, labels in wanted]


def row_of(seed: int, task: str, way: str, labels: int, rates: tuple[float, ...] = TOP_RATES) -> dict[str, Any]:
    """Measure one way for one split: choose its setting with the validation messages, then ask the test messages."""
    linear = {"majority": _majority, "TF-IDF": _tfidf, "frozen": _frozen}
    split = load_support_messages(task, random_state=seed).label_budget(labels)
    found = linear[way](split) if way in linear else _tuned(split, way, seed, rates)
    setting, validation, (guesses, trained, seconds) = found
    return {
        "seed": seed, "task": task, "way": way, "labels": labels, "setting": setting, "trained": trained,
        "seconds": round(seconds, 3), "validation": validation, "accuracy": _score(guesses, split._test),
    }  # fmt: skip


def _score(guesses: Callable[[Any], np.ndarray], part: Any) -> float:
    return float(np.mean(guesses(part.X) == part.y))


def _majority(split: Split) -> tuple:
    common = np.bincount(split.train.y).argmax()

    def guesses(messages: Any) -> np.ndarray:
        return np.full(len(messages), common)

    return "", _score(guesses, split.validation), (guesses, 0, 0.0)


def _tfidf(split: Split) -> tuple:
    """Logistic regression on words and pairs of words, or on runs of two to five letters."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    kinds = {"words": ("word", (1, 2)), "letters": ("char_wb", (2, 5))}

    def attempt(setting: tuple[str, float]) -> tuple:
        analyzer, ngrams = kinds[setting[0]]
        began = time.process_time()
        model = make_pipeline(
            TfidfVectorizer(analyzer=analyzer, ngram_range=ngrams, sublinear_tf=True),
            LogisticRegression(C=setting[1], max_iter=3000),
        ).fit(*split.train)
        seconds = time.process_time() - began
        return _score(model.predict, split.validation), (model.predict, model[-1].coef_.size, seconds)

    (kind, strength), best, result = best_of([(k, c) for k in kinds for c in (1.0, 10.0, 100.0)], attempt)
    return f"{kind}, C={strength:g}", best, result


def _frozen(split: Split) -> tuple:
    """Logistic regression on the encoder's mean-pooled vectors."""
    from sklearn.linear_model import LogisticRegression

    known, each = _vectors()

    def look_up(messages: Any) -> np.ndarray:
        return np.stack([known[str(one)] for one in messages])

    def attempt(strength: float) -> tuple:
        began = time.process_time()
        model = LogisticRegression(C=strength, max_iter=5000).fit(look_up(split.train.X), split.train.y)
        seconds = time.process_time() - began + each * len(split.train.y)

        def guesses(messages: Any) -> np.ndarray:
            return model.predict(look_up(messages))

        head = model.coef_, model.intercept_
        return _score(guesses, split.validation), (guesses, head[0].size + head[1].size, seconds)

    strength, best, result = best_of(list(STRENGTHS), attempt)
    return f"C={strength:g}", best, result


@functools.cache
def _messages() -> tuple[str, ...]:
    split = load_support_messages()
    return tuple(str(one) for part in (split.train, split.validation, split._test) for one in part.X)


@functools.cache
def _encoder() -> Any:
    return text.load_encoder()


@functools.cache
def _vectors() -> tuple[dict[str, np.ndarray], float]:
    """Return every message's vector, and the seconds that one took."""
    messages = _messages()
    model = text.mean_pooled(_encoder())
    tokens = text.tokenize(messages)
    model.predict(tokens, batch_size=32, verbose=0)  # the first time traces the graph
    began = time.process_time()
    vectors = model.predict(tokens, batch_size=32, verbose=0)
    return dict(zip(messages, vectors, strict=True)), (time.process_time() - began) / len(messages)


@functools.cache
def _inputs(way: str) -> dict[str, dict[str, np.ndarray]]:
    """Return what the model takes for each message, without padding: word pieces, or what block 4 made of them."""
    import keras

    messages = _messages()
    tokens = text.tokenize(messages)
    long = tokens["padding_mask"].sum(axis=1)
    if way == TOP:
        encoder = _encoder()
        below = keras.Model(encoder.input, encoder.get_layer("transformer_layer_3").output)
        hidden = below.predict(tokens, batch_size=32, verbose=0)
        tokens = {"hidden": hidden, "padding_mask": tokens["padding_mask"]}
    return {one: {name: array[row, : long[row]] for name, array in tokens.items()} for row, one in enumerate(messages)}


@functools.cache
def _model(way: str, classes: int) -> tuple[Any, list]:
    """Compile the model of one way, once; return it with its starting weights."""
    import keras

    if way == TOP:
        encoder = _encoder()
        inputs = {
            "hidden": keras.Input((None, encoder.hidden_dim), name="hidden"),
            "padding_mask": keras.Input((None,), dtype="int32", name="padding_mask"),
        }
        x = inputs["hidden"]
        for name in ("transformer_layer_4", "transformer_layer_5"):
            block = type(encoder.get_layer(name)).from_config(encoder.get_layer(name).get_config())
            x = block(x, padding_mask=inputs["padding_mask"])
            block.set_weights(encoder.get_layer(name).get_weights())
    else:
        encoder = text.load_encoder()
        if way == "LoRA":
            encoder.enable_lora(RANK)
        inputs, x = encoder.input, encoder.output["sequence_output"]
    x = keras.layers.GlobalAveragePooling1D()(x, mask=inputs["padding_mask"])
    head = keras.layers.Dense(classes, activation="softmax", kernel_initializer="zeros")
    model = keras.Model(inputs, head(x))
    model.compile(keras.optimizers.Adam(1e-4), "sparse_categorical_crossentropy", jit_compile=False)
    model.optimizer.build(model.trainable_variables)
    return model, model.get_weights()


def _tuned(split: Split, way: str, seed: int, rates: tuple[float, ...]) -> tuple:
    """Train from the pretrained weights and a head of zeros; after each epoch the validation messages are asked."""
    import keras

    model, start = _model("all layers" if way in ("all layers, recipe", "from scratch") else way, len(split.classes))
    if way == "from scratch":
        start = _scrambled(start, seed)
    inputs = _inputs(way)
    trained = numbers_in(model.trainable_variables)

    def guesses(messages: Any) -> np.ndarray:
        return _guesses(model, [inputs[str(one)] for one in messages])

    few = np.arange(BATCH)
    model.fit(_batches([inputs[str(split.train.X[i])] for i in few], split.train.y[few]), shuffle=False, verbose=0)
    best = (-1.0, "", [], 0.0)  # the step above traced the graph, so that its seconds are not counted below
    for rate in rates:
        rng = np.random.default_rng(seed)
        keras.utils.set_random_seed(seed)
        start_over(model, start, rate)
        seconds = 0.0
        for epoch in range(1, EPOCHS + 1):
            chosen = rng.permutation(len(split.train.y))
            data = _batches([inputs[str(split.train.X[i])] for i in chosen], split.train.y[chosen])
            began = time.process_time()
            model.fit(data, epochs=1, shuffle=False, verbose=0)
            seconds += time.process_time() - began
            score = _score(guesses, split.validation)
            if score > best[0]:
                best = (score, f"rate={rate:g}, epochs={epoch}", model.get_weights(), seconds)
    model.set_weights(best[2])
    return best[1], best[0], (guesses, trained, best[3])


def _scrambled(weights: list, seed: int) -> list:
    """Start as BERT itself did: matrices from a normal distribution of width 0.02, scales and shifts as they begin."""
    rng = np.random.default_rng(seed)
    fresh = [rng.normal(0, 0.02, w.shape) if w.ndim > 1 else np.full(w.shape, float(w.mean() > 0.3)) for w in weights]
    return [*fresh[:-2], *weights[-2:]]


def _batches(rows: list[dict[str, np.ndarray]], y: np.ndarray | None = None, *, together: int = 4) -> Any:
    """Make batches in the order given, padded to what each needs: messages of like length, of four batches' worth."""
    import tensorflow as tf

    long = np.array([len(row["padding_mask"]) for row in rows])
    order = np.concatenate(
        [
            at + np.argsort(long[at : at + together * BATCH], kind="stable")
            for at in range(0, len(rows), together * BATCH)
        ]
    )
    signature: Any = {name: tf.TensorSpec((None, *array.shape[1:]), array.dtype) for name, array in rows[0].items()}
    if y is not None:
        signature = (signature, tf.TensorSpec((), tf.int64))

    def one_by_one() -> Iterator[Any]:
        for number in order:
            yield rows[number] if y is None else (rows[number], y[number])

    data = tf.data.Dataset.from_generator(one_by_one, output_signature=signature).padded_batch(BATCH)
    return data.apply(tf.data.experimental.assert_cardinality(-(-len(rows) // BATCH)))


def _guesses(model: Any, rows: list[dict[str, np.ndarray]]) -> np.ndarray:
    long = np.array([len(row["padding_mask"]) for row in rows])
    order = np.argsort(long, kind="stable")
    found = np.empty(len(rows), int)
    data = _batches([rows[number] for number in order])
    found[order] = model.predict(data, verbose=0).argmax(axis=1)
    return found
