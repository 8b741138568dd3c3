"""Optimisers that fine-tuning wants and Keras does not have."""

from __future__ import annotations

import functools
from typing import Any

from ftlearn import finetune
from ftlearn.errors import DataError


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
