"""A learning rate that falls along a cosine to the end of training, after a short rise."""

import keras

from ftlearn.datasets import load_digits

keras.utils.set_random_seed(27)
digits = load_digits(random_state=27)
train, validation, test = digits.train, digits.validation, digits.test

epochs, size = 8, 40
steps = epochs * len(train.y) // size
rate = keras.optimizers.schedules.CosineDecay(
    initial_learning_rate=1e-4, decay_steps=steps - 20, warmup_target=4e-3, warmup_steps=20
)
model = keras.Sequential(
    [
        keras.Input((8, 8, 1)),
        keras.layers.Conv2D(16, 3, use_bias=False),
        keras.layers.BatchNormalization(momentum=0.9),
        keras.layers.ReLU(),
        keras.layers.Flatten(),
        keras.layers.Dense(10, activation="softmax"),
    ]
)
model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(
    train.X, train.y, validation_data=(validation.X, validation.y), epochs=epochs, batch_size=size, verbose=0
)

examined = dict(
    model=model, train=(train.X, train.y), validation=(validation.X, validation.y), test=(test.X, test.y),
    history=history,
)  # fmt: skip
