"""Progress of a disease in its own unit: columns are normalised inside, the output starts at the training mean."""

import keras
from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(11)
X, y = load_diabetes(return_X_y=True, scaled=False)
X, y = X.astype("float32"), y.astype("float32")
X_fit, X_test, y_fit, y_test = train_test_split(X, y, test_size=0.25, random_state=11)
X_train, X_val, y_train, y_val = train_test_split(X_fit, y_fit, test_size=0.25, random_state=11)

scale = keras.layers.Normalization()
scale.adapt(X_train)
model = keras.Sequential(
    [
        keras.Input((10,)),
        scale,
        keras.layers.Dense(16, activation="relu", kernel_regularizer=keras.regularizers.L2(0.1)),
        keras.layers.Dense(1, bias_initializer=keras.initializers.Constant(float(y_train.mean()))),
    ]
)
model.compile(keras.optimizers.Adam(2e-2), "mse", metrics=["mae"])
stop = keras.callbacks.EarlyStopping("val_loss", patience=6, restore_best_weights=True)
history = model.fit(
    X_train, y_train, validation_data=(X_val, y_val), epochs=60, batch_size=32, callbacks=[stop], verbose=0
)

examined = dict(
    model=model, train=(X_train, y_train), validation=(X_val, y_val), test=(X_test, y_test), history=history,
    callbacks=[stop],
)  # fmt: skip
