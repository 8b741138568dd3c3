"""One logit: the loss is told so, and the metrics cut at 0."""

import keras
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import RobustScaler

keras.utils.set_random_seed(16)
X, y = load_breast_cancer(return_X_y=True)
y = (1 - y)[:, None].astype("float32")  # 1 is malignant
X_train, X_rest, y_train, y_rest = train_test_split(X, y, test_size=0.4, stratify=y, random_state=16)
X_val, X_test, y_val, y_test = train_test_split(X_rest, y_rest, test_size=0.5, stratify=y_rest, random_state=16)
scaler = RobustScaler().fit(X_train)
X_train, X_val, X_test = (scaler.transform(part).astype("float32") for part in (X_train, X_val, X_test))

model = keras.Sequential([keras.Input((30,)), keras.layers.Dense(12, activation="relu"), keras.layers.Dense(1)])
model.compile(
    keras.optimizers.Adam(4e-3),
    keras.losses.BinaryCrossentropy(from_logits=True),
    metrics=[keras.metrics.BinaryAccuracy(threshold=0.0), keras.metrics.Recall(thresholds=0.0, name="recall")],
)
stop = keras.callbacks.EarlyStopping("val_loss", patience=4, restore_best_weights=True)
history = model.fit(
    X_train, y_train, validation_data=(X_val, y_val), epochs=30, batch_size=16, callbacks=[stop], verbose=0
)

examined = dict(
    model=model, train=(X_train, y_train), validation=(X_val, y_val), test=(X_test, y_test), history=history,
    callbacks=stop,
)  # fmt: skip
