"""Training in stages: the head first, then more of the network, each stage with an optimiser of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ftlearn import finetune
from ftlearn.backbones import attach_head
from ftlearn.optimizers import discriminative_adam
from ftlearn.training import Training, run_stage

if TYPE_CHECKING:
    from ftlearn.datasets import Part

__all__ = ["run_stage", "train_gradually", "train_head", "train_two_stage"]


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
    base : keras.Model
        The backbone. BatchNorm inside it stays in inference mode throughout.
    train, validation : Part
        Images that keep to the backbone's contract, and integer classes.
    classes : int
        How many classes.
    epochs : int
        Of each stage after the head's.
    learning_rate : float
        Of the head and the last block.
    decay : float
        Each block further from the output learns this many times as fast: 1 for one rate, 0.4 for discriminative
        rates (see `discriminative_adam`).
    batch_size : int
        As in ``fit``.
    random_state : int
        Seed of all stages.
    show : bool
        Whether to show progress.
    **head : dict
        Settings of the first stage, as for `train_two_stage`.

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
