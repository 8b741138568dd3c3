"""Twenty labelled flowers and nothing more to learn from: one layer, strongly regularised."""

import keras
import numpy as np
from sklearn.datasets import load_iris
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(39)
X, y = load_iris(return_X_y=True)
_, once = np.unique(X, axis=0, return_index=True)  # two flowers have equal measurements
X, y = X[once].astype("float32"), y[once]
X_train, X_rest, y_train, y_rest = train_test_split(X, y, train_size=20, stratify=y, random_state=39)
X_val, X_test, y_val, y_test = train_test_split(X_rest, y_rest, train_size=20, stratify=y_rest, random_state=39)
mean, spread = X_train.mean(0), X_train.std(0)
X_train, X_val, X_test = ((part - mean) / spread for part in (X_train, X_val, X_test))

model = keras.Sequential(
    [keras.Input((4,)), keras.layers.Dense(3, activation="softmax", kernel_regularizer=keras.regularizers.L2(0.01))]
)
model.compile(keras.optimizers.Adam(0.1), "sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(X_train, y_train, validation_data=(X_val, y_val), epochs=20, batch_size=10, verbose=0)

examined = dict(
    model=model, train=(X_train, y_train), validation=(X_val, y_val), test=(X_test, y_test), history=history
)
