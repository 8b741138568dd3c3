"""One in twelve is positive: classes are weighted, the area under precision and recall is watched."""

import keras
import numpy as np
from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(25)
X, y = make_classification(
    2400, 12, n_informative=6, n_redundant=2, weights=[0.92], class_sep=1.4, flip_y=0.01, random_state=25
)
X = X.astype("float32")
X_fit, X_test, y_fit, y_test = train_test_split(X, y, test_size=0.25, stratify=y, random_state=25)
X_train, X_val, y_train, y_val = train_test_split(X_fit, y_fit, test_size=0.25, stratify=y_fit, random_state=25)

count = np.bincount(y_train)
weight = {kind: len(y_train) / (2 * count[kind]) for kind in (0, 1)}
model = keras.Sequential(
    [keras.Input((12,)), keras.layers.Dense(24, activation="relu"), keras.layers.Dense(1, activation="sigmoid")]
)
model.compile(
    keras.optimizers.Adam(3e-3),
    "binary_crossentropy",
    metrics=[keras.metrics.AUC(curve="PR", name="pr_auc"), keras.metrics.Recall(name="recall")],
)
stop = keras.callbacks.EarlyStopping("val_pr_auc", mode="max", patience=5, restore_best_weights=True)
history = model.fit(
    X_train, y_train, validation_data=(X_val, y_val), class_weight=weight, epochs=25, callbacks=[stop], verbose=0
)

examined = dict(
    model=model, train=(X_train, y_train), validation=(X_val, y_val), test=(X_test, y_test), history=history,
    callbacks=[stop],
)  # fmt: skip
