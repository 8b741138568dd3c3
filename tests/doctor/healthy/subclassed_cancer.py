"""Malignant or benign: a model written as a class, with normalisation inside."""

import keras
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split


class Net(keras.Model):
    """Two dense layers behind a normalisation that learnt the training part."""

    def __init__(self, rows):
        super().__init__()
        self.scale = keras.layers.Normalization()
        self.scale.adapt(rows)
        self.hidden = keras.layers.Dense(16, activation="relu")
        self.drop = keras.layers.Dropout(0.3)
        self.out = keras.layers.Dense(1, activation="sigmoid")

    def call(self, inputs, training=False):
        return self.out(self.drop(self.hidden(self.scale(inputs)), training=training))


keras.utils.set_random_seed(2)
X, y = load_breast_cancer(return_X_y=True)
X = X.astype("float32")
X_fit, X_test, y_fit, y_test = train_test_split(X, y, test_size=0.25, stratify=y, random_state=2)
X_train, X_val, y_train, y_val = train_test_split(X_fit, y_fit, test_size=0.25, stratify=y_fit, random_state=2)

model = Net(X_train)
model.compile(keras.optimizers.Adam(6e-3), "binary_crossentropy", metrics=["accuracy", keras.metrics.AUC(name="auc")])
stop = keras.callbacks.EarlyStopping("val_loss", patience=4, restore_best_weights=True)
history = model.fit(
    X_train, y_train, validation_data=(X_val, y_val), epochs=16, batch_size=32, callbacks=[stop], verbose=0
)

examined = dict(
    model=model, train=(X_train, y_train), validation=(X_val, y_val), test=(X_test, y_test), history=history,
    callbacks=[stop],
)  # fmt: skip
