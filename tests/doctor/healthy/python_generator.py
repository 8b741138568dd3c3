"""A Python generator that draws batches without end; how many make an epoch is said."""

import keras
import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split


def batches(X, y, size, seed):
    """Yield random batches for ever."""
    rng = np.random.default_rng(seed)
    while True:
        order = rng.permutation(len(y))
        for start in range(0, len(y) - size + 1, size):
            rows = order[start : start + size]
            yield X[rows], y[rows]


keras.utils.set_random_seed(9)
X, y = load_breast_cancer(return_X_y=True)
X_train, X_rest, y_train, y_rest = train_test_split(X, y, test_size=0.4, stratify=y, random_state=9)
mean, spread = X_train.mean(0), X_train.std(0)
X_train, X_rest = ((part - mean).astype("float32") / spread.astype("float32") for part in (X_train, X_rest))
X_val, X_test, y_val, y_test = train_test_split(X_rest, y_rest, test_size=0.5, stratify=y_rest, random_state=9)

model = keras.Sequential(
    [keras.Input((30,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1, activation="sigmoid")]
)
model.compile(keras.optimizers.Adam(5e-3), "binary_crossentropy", metrics=["accuracy"])
history = model.fit(
    batches(X_train, y_train, 32, seed=9), steps_per_epoch=len(y_train) // 32, epochs=10,
    validation_data=(X_val, y_val), verbose=0,
)  # fmt: skip

examined = dict(
    model=model, train=batches(X_train, y_train, 32, seed=10), validation=(X_val, y_val), test=(X_test, y_test),
    history=history,
)  # fmt: skip
