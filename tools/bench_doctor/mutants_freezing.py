"""Mistakes in freezing: what should train does not, or what should not does."""

from __future__ import annotations

from typing import Any

import numpy as np

from tools.bench_doctor.programs import Correct, base_of, build, compiled, examined, first, score, second, thaw
from tools.bench_doctor.registry import Tried, mutant

ALL = ("letters", "series", "text", "photographs")
NORMALISED = ("letters", "text", "photographs")


def moved(model: Any, before: list[np.ndarray]) -> int:
    """Return how many weights of the base are not what they were before a stage."""
    old = dict(zip([id(one) for one in model.weights], before, strict=True))
    return sum(not np.array_equal(np.asarray(one), old[id(one)]) for one in base_of(model).weights)


def statistics(model: Any) -> list[np.ndarray]:
    """Return the moving means of a model's base."""
    return [np.array(one) for one in base_of(model).weights if "moving_mean" in one.path]


def after_two(correct: Correct, model: Any, history: Any, **more: Any) -> dict[str, Any]:
    """Return what `examine` is given when the second stage was the mutant's own."""
    return examined(correct.task, model, [correct.start[1], history], correct.start[0], **more)


@mutant("trainable-changed-after-compile", "letters", "series", "text", "photographs")
def flag_after_compile(correct: Correct) -> Tried:
    """Thaw the base after a fit, without compiling again."""
    model = correct.headed()
    model.fit(*correct.task.train, epochs=1, verbose=0)
    before = [np.array(one) for one in model.weights]
    thaw(correct.task, base_of(model))
    history = model.fit(*correct.task.train, epochs=1, validation_data=correct.task.validation, verbose=0)
    count = moved(model, before)
    return Tried(after_two(correct, model, history) | {"before": before}, count == 0, f"{count} weights moved")


@mutant("fine-tuning-moved-nothing", *ALL)
def forgot_to_thaw(correct: Correct) -> Tried:
    """Compile again with a small rate, and leave the base frozen."""
    model = correct.headed()
    history = second(correct.task, model, epochs=1)
    count = moved(model, correct.start[0])
    return Tried(after_two(correct, model, history), count == 0, f"{count} weights moved")


@mutant("batch-statistics-move-in-a-frozen-base", *NORMALISED)
def only_kernels_frozen(correct: Correct) -> Tried:
    """Freeze the base's layers but for BatchNormalization, and train the head through it."""
    import keras

    model = build(correct.task)
    base = base_of(model)
    for layer in base.layers:
        layer.trainable = isinstance(layer, keras.layers.BatchNormalization)
    before, old = [np.array(one) for one in model.weights], statistics(model)
    compiled(correct.task, model)
    history = model.fit(*correct.task.train, epochs=2, validation_data=correct.task.validation, verbose=0)
    gap = max(float(np.abs(a - b).max()) for a, b in zip(old, statistics(model), strict=True))
    return Tried(examined(correct.task, model, history, before), gap > 1e-4, f"statistics moved by {gap:.3g}")


@mutant("inference-mode-was-ignored", *NORMALISED)
def trusts_inference_mode(correct: Correct) -> Tried:
    """Call the base with training=False, thaw all of it, and leave its BatchNormalization awake."""
    task = correct.task.but(asked=False)
    model = correct.headed(task)
    base_of(model).trainable = True
    for layer in base_of(model).layers[: -task.thawed] if task.thawed else []:
        layer.trainable = False
    old = statistics(model)
    history = second(task, model, epochs=1)
    gap = max(float(np.abs(a - b).max()) for a, b in zip(old, statistics(model), strict=True))
    return Tried(after_two(correct, model, history), gap > 1e-4, f"statistics moved by {gap:.3g}")


def with_dropout(correct: Correct, rate: float) -> Any:
    """Return the pretrained network with a Dropout behind it, as one model."""
    import keras

    base = correct.task.base()
    return keras.Model(base.inputs, keras.layers.Dropout(rate, name="half")(base.outputs[0]), name=base.name)


@mutant("dropout-alive-in-a-frozen-base", "letters", "series", "text")
def dropout_inside(correct: Correct) -> Tried:
    """Ask a base with Dropout for inference mode, and train the head on what it really gives."""
    task = correct.task.but(asked=False, base=lambda: with_dropout(correct, 0.5))
    model = build(task)
    base_of(model).trainable = False
    compiled(task, model)
    history = model.fit(*task.train, epochs=3, validation_data=task.validation, verbose=0)
    X = task.train[0][:16]
    one, other = (np.asarray(base_of(model)(_pixels(X), training=True)) for _ in range(2))
    gap = float(np.abs(one - other).max() / np.abs(one).max())
    return Tried(examined(task, model, history), gap > 0.1, f"two passes differ by {gap:.2f}")


def _pixels(X: np.ndarray) -> Any:
    import keras

    return keras.ops.convert_to_tensor(X)


@mutant("random-head-on-an-unfrozen-base", *ALL)
def no_first_stage(correct: Correct) -> Tried:
    """Train all from the start, with a rate that suits the head."""
    model = build(correct.task)
    thaw(correct.task, base_of(model))
    before = [np.array(one) for one in model.weights]
    history = second(correct.task, model, rate=2e-3)
    went, usual = (_distance(*pair) for pair in ((model, before), (correct.tuned[0], correct.start[0])))
    made = examined(correct.task, model, history, before)
    return Tried(made, went > 3 * usual, f"base moved by {went:.3f}, in the correct program by {usual:.3f}")


def _distance(model: Any, before: list[np.ndarray]) -> float:
    old = dict(zip([id(one) for one in model.weights], before, strict=True))
    kernels = [one for one in base_of(model).weights if len(one.shape) > 1]
    gap = sum(float(np.square(np.asarray(one) - old[id(one)]).sum()) for one in kernels)
    return (gap / sum(float(np.square(old[id(one)]).sum()) for one in kernels)) ** 0.5


@mutant("base-was-never-pretrained", *ALL)
def no_weights(correct: Correct) -> Tried:
    """Freeze a base that has random weights."""
    task = correct.task.but(base=lambda: correct.task.base(pretrained=False))
    model = build(task)
    history = first(task, model)
    got = score(task, model)
    margin = 0.2 * abs(correct.head_score) if task.forecasts else 0.05
    worse = got < correct.head_score - margin
    return Tried(examined(task, model, history), worse, f"score {got:.3f}, pretrained {correct.head_score:.3f}")


@mutant("slice-counts-outer-layers", *NORMALISED)
def slice_of_the_outer(correct: Correct) -> Tried:
    """Thaw "the last three layers" of the outer model, of which the base is one."""
    import keras

    task = correct.task.but(behind=lambda: [keras.layers.Dropout(0.1)])
    model = correct.headed(task)
    for place, layer in enumerate(model.layers):
        layer.trainable = place >= len(model.layers) - 3
    share = np.mean([layer.trainable for layer in base_of(model).layers if layer.weights])
    history = second(task, model, epochs=1)
    return Tried(after_two(correct, model, history), share == 1, f"{share:.0%} of the base's layers train, not three")


@mutant("optimizer-belongs-to-other-weights", *ALL)
def same_optimizer(correct: Correct) -> Tried:
    """Compile the second stage with the first one's optimiser object."""
    model = correct.headed()
    model.fit(*correct.task.train, epochs=1, verbose=0)
    thaw(correct.task, base_of(model))
    compiled(correct.task, model, optimizer=model.optimizer)
    try:
        model.fit(*correct.task.train, epochs=1, verbose=0)
    except Exception as error:  # what Keras raises is not told apart: any stops the program
        raised = type(error).__name__
    else:
        raised = ""
    return Tried(examined(correct.task, model, correct.start[1]), bool(raised), f"fit raises {raised or 'nothing'}")


@mutant("update-too-large-for-pretrained-weights", *ALL)
def huge_rate(correct: Correct) -> Tried:
    """Tune all with a rate that suits a head at the most."""
    model = correct.headed()
    thaw(correct.task, base_of(model))
    history = second(correct.task, model, rate=1.0 if correct.task.forecasts else 0.05)
    got = score(correct.task, model)
    margin = 0.1 * abs(correct.score) if correct.task.forecasts else 0.05
    worse = not got >= correct.score - margin
    return Tried(after_two(correct, model, history), worse, f"score {got:.3f}, correct {correct.score:.3f}")


@mutant("update-too-small-to-matter", *ALL)
def tiny_rate(correct: Correct) -> Tried:
    """Tune all with a rate so small that nothing changes."""
    from tools.bench_doctor.programs import in_pieces

    model = correct.headed()
    thaw(correct.task, base_of(model))
    old = in_pieces(model, correct.task.test[0])
    history = second(correct.task, model, rate=1e-9)
    gap = float(np.abs(old - in_pieces(model, correct.task.test[0])).max() / np.abs(old).max())
    return Tried(after_two(correct, model, history), gap < 1e-3, f"predictions changed by {gap:.1g}")


@mutant("parent-frozen-children-alive", "letters", "text")
def outer_frozen(correct: Correct) -> Tried:
    """Freeze the outer model, thaw its head again, and train: nothing does."""
    model = build(correct.task)
    model.trainable = False
    model.layers[-1].trainable = True
    before = [np.array(one) for one in model.weights]
    compiled(correct.task, model)
    history = model.fit(*correct.task.train, epochs=1, validation_data=correct.task.validation, verbose=0)
    head = model.layers[-1].weights
    still = all(np.array_equal(np.asarray(one), old) for one, old in zip(head, before[-len(head) :], strict=True))
    return Tried(examined(correct.task, model, history), still, "the head did not train" if still else "it trained")


@mutant("parent-frozen-children-alive", "series", "photographs")
def children_thawed(correct: Correct) -> Tried:
    """Freeze the base, then switch every layer inside it on: all train, though the base says no."""
    model = correct.headed()
    for layer in base_of(model).layers:
        layer.trainable = True
    history = second(correct.task, model, epochs=1)
    count = moved(model, correct.start[0])
    made = after_two(correct, model, history)
    return Tried(made, count > 0, f"{count} weights moved, trainable {base_of(model).trainable}")


@mutant("same-rate-for-both-stages", "letters", "series", "text")
def head_rate_for_all(correct: Correct) -> Tried:
    """Thaw the base and go on at the rate that suited the head; somebody watched."""
    task, model = correct.task, correct.headed()
    thaw(task, base_of(model))
    thawed = [one.name for one in base_of(model).layers if one.trainable and one.weights]
    history = second(task, model, rate=task.rate)
    seen = {"learning_rate": task.rate, "earlier_stage": {"learning_rate": task.rate, "line": "", "thawed": thawed}}
    went, usual = (_distance(*pair) for pair in ((model, correct.start[0]), (correct.tuned[0], correct.start[0])))
    made = after_two(correct, model, history, observed=seen)
    return Tried(made, went > 3 * usual, f"base moved by {went:.3f}, in the correct program by {usual:.3f}")


@mutant("slice-reaches-the-head-only", *NORMALISED)
def slice_of_the_flat(correct: Correct) -> Tried:
    """Continue the base layer by layer, and thaw "the last three layers" of the model."""
    import keras

    task = correct.task
    base = with_dropout(correct, 0.2)
    model = keras.Model(base.inputs, keras.layers.Dense(task.units, task.activation, name="head")(base.outputs[0]))
    for layer in base.layers:
        layer.trainable = False
    for layer in model.layers[-3 if task.name != "text" else -2 :]:
        layer.trainable = True
    before = [np.array(one) for one in model.weights]
    history = second(task, model, epochs=1)
    old = dict(zip([id(one) for one in model.weights], before, strict=True))
    count = sum(not np.array_equal(np.asarray(one), old[id(one)]) for one in base.weights if "seed" not in one.path)
    return Tried(examined(task, model, history, base=base), count == 0, f"{count} weights of the base moved")
