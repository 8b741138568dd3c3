"""Training in stages: the head first, then more of the network, each stage with an optimiser of its own."""

from __future__ import annotations

import functools
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ftlearn import finetune
from ftlearn.backbones import attach_head
from ftlearn.errors import DataError
from ftlearn.live import live_history

if TYPE_CHECKING:
    import pandas as pd

    from ftlearn.datasets import Part


@dataclass(frozen=True)
class Stage:
    """One stage of a training.

    Attributes
    ----------
    name : str
        What was trained.
    trained : int
        How many numbers the optimiser could change.
    learning_rate : float
        At the start of the stage.
    seconds : float
        Wall time.
    history : dict of str to list of float
        The curves, one value an epoch.
    """

    name: str
    trained: int
    learning_rate: float
    seconds: float
    history: dict[str, list[float]]


@dataclass
class Training:
    """A model and the stages that it went through.

    Attributes
    ----------
    model : keras.Model
        The base with its head.
    base : keras.Model
        The backbone inside.
    stages : list of Stage
        Finished stages; a stage that Ctrl-C ended is there too, as far as it came.
    """

    model: Any
    base: Any
    stages: list[Stage] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """Wall time of all stages."""
        return sum(stage.seconds for stage in self.stages)

    def table(self) -> pd.DataFrame:
        """List the stages: name, numbers trained, learning rate, epochs, seconds, last losses."""
        import pandas as pd

        return pd.DataFrame(
            {
                "stage": s.name,
                "trained": s.trained,
                "learning rate": s.learning_rate,
                "epochs": len(s.history.get("loss", [])),
                "seconds": round(s.seconds, 1),
                **{
                    key: round(s.history[key][-1], 3)
                    for key in ("loss", "val_loss", "val_accuracy")
                    if s.history.get(key)
                },
            }
            for s in self.stages
        )


def run_stage(
    training: Training,
    name: str,
    model: Any,
    train: tuple[np.ndarray, np.ndarray],
    validation: tuple[np.ndarray, np.ndarray] | None,
    *,
    optimizer: Any,
    epochs: int,
    batch_size: int = 16,
    show: bool = False,
    callbacks: list | None = None,
) -> Stage:
    """Compile a model anew, fit it, and add the stage to the training's record.

    Parameters
    ----------
    training : Training
        Whose record grows.
    name : str
        What the stage trains.
    model : keras.Model
        What is fitted: the whole model, or a head on cached features.
    train, validation : tuple of ndarray
        Inputs and integer classes; validation may be None.
    optimizer : keras.optimizers.Optimizer
        A new one: an optimiser that has seen other variables fails, or drags their momentum along.
    epochs, batch_size : int
        As in ``fit``.
    show : bool
        Whether to show progress: a bar and a loss curve in a notebook, lines elsewhere.
    callbacks : list of keras.callbacks.Callback, optional
        Further ones.

    Returns
    -------
    Stage
        What was recorded; also after Ctrl-C, which is passed on.

    Raises
    ------
    DataError
        When the optimiser was used before.

    Examples
    --------
    >>> import keras
    >>> from ftlearn import load_backbone, load_digits
    >>> few = load_digits().label_budget(20)
    >>> training = train_head(load_backbone("letters"), few.train, classes=10, epochs=1)
    >>> stage = run_stage(training, "more", training.model, few.train, None, optimizer=keras.optimizers.Adam(), epochs=1)
    >>> stage.name
    'more'
    """
    if getattr(optimizer, "built", False):
        raise DataError(
            "This optimiser has been used before: its moments belong to other weights.",
            fix="Make a new one for each stage.",
        )
    live = live_history(title=name)
    watch = [live] if show else []
    model.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    trained = sum(int(np.prod(v.shape)) for v in model.trainable_variables)
    rate, started = float(optimizer.learning_rate), time.perf_counter()
    record: dict[str, list[float]] = {}
    try:
        fitted = model.fit(
            train[0], train[1], validation_data=validation, epochs=epochs, batch_size=batch_size, verbose=0,
            callbacks=[*watch, *(callbacks or [])],
        )  # fmt: skip
        record = fitted.history
    finally:
        record = record or live.record
        stage = Stage(name, trained, rate, time.perf_counter() - started, record)
        training.stages.append(stage)
    return stage


def train_head(
    base: Any,
    train: Part,
    validation: Part | None = None,
    *,
    classes: int,
    epochs: int = 100,
    learning_rate: float = 0.01,
    weight_decay: float = 0.01,
    batch_size: int = 16,
    random_state: int = 0,
    show: bool = False,
) -> Training:
    """Freeze a backbone and train a new head on its cached features.

    Parameters
    ----------
    base : keras.Model
        The backbone; it is frozen.
    train, validation : Part
        Images that keep to the backbone's contract, and integer classes.
    classes : int
        How many classes.
    epochs, batch_size : int
        As in ``fit``.
    learning_rate, weight_decay : float
        Of AdamW.
    random_state : int
        Seed of the head's first weights and of the order of batches.
    show : bool
        Whether to show progress.

    Returns
    -------
    Training
        Its ``.model`` takes images; its one stage trained the head.

    Examples
    --------
    >>> from ftlearn import load_backbone, load_digits
    >>> few = load_digits().label_budget(20)
    >>> train_head(load_backbone("letters"), few.train, classes=10, epochs=2).table()["stage"].tolist()
    ['head']
    """
    import keras

    keras.utils.set_random_seed(random_state)
    finetune.freeze(base)
    model = attach_head(base, classes, random_state=random_state)
    head = keras.Sequential([keras.Input((base.output_shape[-1],)), model.get_layer("head")], name="head_alone")
    features = [(finetune.cache_features(base, part[0]), part[1]) if part else None for part in (train, validation)]
    training = Training(model, base)
    run_stage(
        training, "head", head, *features, epochs=epochs, batch_size=batch_size, show=show,
        optimizer=keras.optimizers.AdamW(learning_rate, weight_decay=weight_decay),
    )  # fmt: skip
    return training


def train_two_stage(
    base: Any,
    train: Part,
    validation: Part | None = None,
    *,
    classes: int,
    last: int | None = None,
    epochs: int = 30,
    learning_rate: float = 3e-4,
    batch_size: int = 16,
    random_state: int = 0,
    show: bool = False,
    **head: Any,
) -> Training:
    """Train the head on cached features, then unfreeze and train on with a new optimiser and a small rate.

    Parameters
    ----------
    base : keras.Model
        The backbone. BatchNorm inside it stays in inference mode throughout.
    train, validation : Part
        Images that keep to the backbone's contract, and integer classes.
    classes : int
        How many classes.
    last : int, optional
        How many of the last blocks the second stage unfreezes; all if not given.
    epochs, batch_size : int
        Of the second stage.
    learning_rate : float
        Of the second stage: 10 to 100 times smaller than the head's.
    random_state : int
        Seed of both stages.
    show : bool
        Whether to show progress.
    **head : dict
        Settings of the first stage, as ``epochs`` and ``learning_rate`` of `train_head`, with ``head_`` before them.

    Returns
    -------
    Training
        With two stages.

    Raises
    ------
    TypeError
        For a setting that neither stage has.

    Examples
    --------
    >>> from ftlearn import load_backbone, load_digits
    >>> few = load_digits().label_budget(20)
    >>> training = train_two_stage(load_backbone("letters"), few.train, classes=10, epochs=1, head_epochs=1)
    >>> training.table()["stage"].tolist()
    ['head', 'head and base']
    """
    import keras

    wrong = [key for key in head if key not in ("head_epochs", "head_learning_rate", "head_weight_decay")]
    if wrong:
        raise TypeError(
            f"Unknown setting {wrong[0]!r}; the head's are head_epochs, head_learning_rate, head_weight_decay."
        )
    training = train_head(
        base, train, validation, classes=classes, batch_size=batch_size, random_state=random_state, show=show,
        **{key.removeprefix("head_"): value for key, value in head.items()},
    )  # fmt: skip
    finetune.unfreeze(base, last)
    name = "head and base" if last is None else f"head and last {last} blocks"
    run_stage(
        training, name, training.model, train, validation,
        optimizer=keras.optimizers.Adam(learning_rate), epochs=epochs, batch_size=batch_size, show=show,
    )  # fmt: skip
    return training


def train_gradually(
    base: Any,
    train: Part,
    validation: Part | None = None,
    *,
    classes: int,
    epochs: int = 10,
    learning_rate: float = 3e-4,
    decay: float = 1.0,
    batch_size: int = 16,
    random_state: int = 0,
    show: bool = False,
    **head: Any,
) -> Training:
    """Train the head, then unfreeze block after block from the output's side, each time with a new optimiser.

    Parameters
    ----------
    base, train, validation, classes, batch_size, random_state, show, **head
        As in `train_two_stage`.
    epochs : int
        Of each stage after the head's.
    learning_rate : float
        Of the head and the last block.
    decay : float
        Each block further from the output learns this many times as fast: 1 for one rate, 0.4 for discriminative
        rates (see `discriminative_adam`).

    Returns
    -------
    Training
        One stage for the head and one for each block.

    Notes
    -----
    Howard and Ruder (2018), *Universal Language Model Fine-tuning for Text Classification*, ACL.

    Examples
    --------
    >>> from ftlearn import load_backbone, load_digits
    >>> few = load_digits().label_budget(20)
    >>> training = train_gradually(load_backbone("letters"), few.train, classes=10, epochs=1, head_epochs=1)
    >>> len(training.stages)
    4
    """
    training = train_two_stage(
        base, train, validation, classes=classes, last=1, epochs=epochs, learning_rate=learning_rate,
        batch_size=batch_size, random_state=random_state, show=show, **head,
    )  # fmt: skip
    for last in range(2, len(finetune.blocks(base)) + 1):
        finetune.unfreeze(base, last)
        run_stage(
            training, f"head and last {last} blocks", training.model, train, validation, epochs=epochs,
            batch_size=batch_size, show=show, optimizer=discriminative_adam(base, learning_rate, decay=decay),
        )  # fmt: skip
    return training


def discriminative_adam(base: Any, learning_rate: float, *, decay: float = 0.4) -> Any:
    """Make an Adam that trains early blocks more slowly than late ones.

    The head and the last block learn at `learning_rate`, the block before at ``decay`` times that, and so on.

    Parameters
    ----------
    base : keras.Model
        The backbone, whose blocks are ranked from the output.
    learning_rate : float
        Of the head and the last block.
    decay : float
        Between 0 (excluded) and 1.

    Returns
    -------
    keras.optimizers.Adam
        New, for one ``compile``. Its ``.rates`` tells the factor of each block. A model saved with it reloads after
        this function was called once, or with ``compile=False``.

    Raises
    ------
    DataError
        For a decay out of range.

    Notes
    -----
    Howard and Ruder (2018), *Universal Language Model Fine-tuning for Text Classification*, ACL, used 1/2.6.

    Examples
    --------
    >>> from ftlearn.backbones import load_backbone
    >>> discriminative_adam(load_backbone("letters", weights=None), 1e-3, decay=0.5).rates
    {'block3': 1.0, 'block2': 0.5, 'block1': 0.25}
    """
    if not 0 < decay <= 1:
        raise DataError(f"decay is above 0 and at most 1; got {decay!r}.")

    rates, factors = {}, {}
    for depth, (block, layers) in enumerate(reversed(finetune.blocks(base).items())):
        rates[block] = decay**depth
        factors |= {v.path: rates[block] for layer in layers for v in layer.trainable_variables}
    optimizer = _discriminative_class()(learning_rate, factors=factors)
    optimizer.rates = rates
    return optimizer


@functools.cache
def _discriminative_class() -> type:
    import keras

    @keras.saving.register_keras_serializable("ftlearn")
    class DiscriminativeAdam(keras.optimizers.Adam):
        """Adam with a factor on the learning rate of each variable, by the variable's path."""

        def __init__(self, *args: Any, factors: dict[str, float], **kwargs: Any):
            super().__init__(*args, **kwargs)
            self.factors = factors

        def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
            # The backend hands over its own variable; the optimiser knows which of Keras's variables it belongs to.
            path = self._trainable_variables[self._get_variable_index(variable)].path
            super().update_step(gradient, variable, learning_rate * self.factors.get(path, 1.0))

        def get_config(self) -> dict:
            return {**super().get_config(), "factors": self.factors}

    return DiscriminativeAdam
