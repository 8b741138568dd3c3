"""Three kinds of wine from thirteen measurements: a Sequential network on scaled columns."""

import keras
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(0)
X, y = load_wine(return_X_y=True)
X_fit, X_test, y_fit, y_test = train_test_split(X, y, test_size=0.25, stratify=y, random_state=0)
X_train, X_val, y_train, y_val = train_test_split(X_fit, y_fit, test_size=0.25, stratify=y_fit, random_state=0)

scaler = StandardScaler().fit(X_train)
X_train, X_val, X_test = (scaler.transform(part).astype("float32") for part in (X_train, X_val, X_test))

model = keras.Sequential(
    [
        keras.Input((13,)),
        keras.layers.Dense(16, activation="relu"),
        keras.layers.Dense(3, activation="softmax"),
    ]
)
model.compile(keras.optimizers.Adam(5e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(X_train, y_train, validation_data=(X_val, y_val), epochs=20, batch_size=16, verbose=0)

examined = dict(
    model=model, train=(X_train, y_train), validation=(X_val, y_val), test=(X_test, y_test), history=history,
    scaler=scaler,
)  # fmt: skip
