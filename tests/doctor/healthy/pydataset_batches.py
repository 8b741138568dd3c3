"""Batches from a PyDataset that shuffles between epochs; validation and test keep their order."""

import keras
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split


class Batches(keras.utils.PyDataset):
    """Pictures of digits, scaled when they are asked for."""

    def __init__(self, images, labels, size=32, shuffle=False, **options):
        super().__init__(**options)
        self.images, self.labels, self.size, self.shuffle = images, labels, size, shuffle
        self.order, self.rng = np.arange(len(labels)), np.random.default_rng(8)

    def __len__(self):
        return -(-len(self.labels) // self.size)

    def __getitem__(self, at):
        rows = self.order[at * self.size : (at + 1) * self.size]
        return self.images[rows].astype("float32").reshape(len(rows), 64) / 16, self.labels[rows]

    def on_epoch_end(self):
        if self.shuffle:
            self.rng.shuffle(self.order)


keras.utils.set_random_seed(8)
data = load_digits()
images, rest, labels, rest_labels = train_test_split(
    data.images, data.target, test_size=600, stratify=data.target, random_state=8
)
train = Batches(images, labels, shuffle=True)
validation, test = Batches(rest[:300], rest_labels[:300]), Batches(rest[300:], rest_labels[300:])

model = keras.Sequential(
    [keras.Input((64,)), keras.layers.Dense(64, activation="gelu"), keras.layers.Dense(10, activation="softmax")]
)
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(train, validation_data=validation, epochs=12, verbose=0)

examined = dict(model=model, train=train, validation=validation, test=test, history=history)
