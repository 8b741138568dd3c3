"""Half precision inside, the last layer in float32."""

import keras

from ftlearn.datasets import load_digits

keras.utils.set_random_seed(26)
digits = load_digits(random_state=26)
train, validation, test = digits.train, digits.validation, digits.test

keras.mixed_precision.set_dtype_policy("mixed_float16")
model = keras.Sequential(
    [
        keras.Input((8, 8, 1)),
        keras.layers.Conv2D(16, 3, activation="relu"),
        keras.layers.Flatten(),
        keras.layers.Dense(48, activation="relu"),
        keras.layers.Dense(10, activation="softmax", dtype="float32"),
    ]
)
model.compile(keras.optimizers.Adam(2e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(train.X, train.y, validation_data=(validation.X, validation.y), epochs=8, batch_size=32, verbose=0)

examined = dict(
    model=model, train=(train.X, train.y), validation=(validation.X, validation.y), test=(test.X, test.y),
    history=history,
)  # fmt: skip
