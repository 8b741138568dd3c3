"""Plain gradient steps on a small network, as one compiled loop: what federated averaging and Reptile are made of."""

from __future__ import annotations

from typing import Any

import numpy as np

from ftlearn.studies._training import rounds

BATCH = 20


class Steps:
    """Take plain gradient steps (no momentum) from any weights; much faster than many short calls of ``fit``.

    Parameters
    ----------
    model : keras.Model
        Its last layer gives logits.
    """

    def __init__(self, model: Any):
        import keras
        import tensorflow as tf

        self.model = model
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        weights = model.trainable_variables

        @tf.function(reduce_retracing=True)
        def steps(X: Any, y: Any, order: Any, rate: Any) -> None:
            for i in tf.range(tf.shape(order)[0]):
                with tf.GradientTape() as tape:
                    value = loss(tf.gather(y, order[i]), model(tf.gather(X, order[i]), training=True))
                for weight, slope in zip(weights, tape.gradient(value, weights), strict=True):
                    weight.assign_sub(rate * slope)

        self._steps, self._tf = steps, tf

    def train(
        self, start: list, X: np.ndarray, y: np.ndarray, *, rate: float, steps: int, rng: np.random.Generator,
        batch: int = BATCH,
    ) -> list:  # fmt: skip
        """Go from `start` through `steps` batches, every example once before any comes again; returns the weights."""
        constant = self._tf.constant
        self.model.set_weights(start)
        order = rounds(len(y), steps * batch, rng).reshape(steps, batch)
        self._steps(constant(X), constant(y), constant(order), constant(rate, "float32"))
        return self.model.get_weights()

    def accuracy(self, weights: list, X: np.ndarray, y: np.ndarray) -> float:
        """Share of right answers with some weights, in inference mode."""
        self.model.set_weights(weights)
        return float((np.asarray(self.model(X, training=False)).argmax(1) == y).mean())
