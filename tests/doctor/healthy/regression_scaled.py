"""The same kind of target on a scale of its own: both scalers saw the training part only."""

import keras
from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(12)
X, y = load_diabetes(return_X_y=True, scaled=False)
y = y[:, None]
X_fit, X_test, y_fit, y_test = train_test_split(X, y, test_size=0.25, random_state=12)
X_train, X_val, y_train, y_val = train_test_split(X_fit, y_fit, test_size=0.25, random_state=12)

columns, target = StandardScaler().fit(X_train), StandardScaler().fit(y_train)
X_train, X_val, X_test = (columns.transform(part).astype("float32") for part in (X_train, X_val, X_test))
y_train, y_val, y_test = (target.transform(part).astype("float32") for part in (y_train, y_val, y_test))

inputs = keras.Input((10,))
x = keras.layers.Dense(24, activation="tanh", kernel_regularizer="l2")(inputs)
model = keras.Model(inputs, keras.layers.Dense(1)(x))
model.compile(keras.optimizers.Adam(3e-3), keras.losses.Huber(), metrics=["mae"])
stop = keras.callbacks.EarlyStopping(patience=5, restore_best_weights=True)
history = model.fit(
    X_train, y_train, validation_data=(X_val, y_val), epochs=40, batch_size=16, callbacks=[stop], verbose=0
)

examined = dict(
    model=model, train=(X_train, y_train), validation=(X_val, y_val), test=(X_test, y_test), history=history,
    callbacks=[stop], scaler=columns,
)  # fmt: skip
