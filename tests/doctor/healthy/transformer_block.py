"""One block of attention with LayerNormalization: which of three markers does a sequence hold?"""

import keras
import numpy as np
from keras import layers

rng = np.random.default_rng(29)
keras.utils.set_random_seed(29)
LENGTH, WORDS = 16, 60
labels = rng.integers(0, 3, 1500)
rows = rng.integers(3, WORDS, (1500, LENGTH))
for row, kind in zip(rows, labels, strict=True):
    row[rng.integers(0, LENGTH)] = kind
train, validation, test = (
    (rows[:1000], labels[:1000]),
    (rows[1000:1250], labels[1000:1250]),
    (rows[1250:], labels[1250:]),
)


@keras.saving.register_keras_serializable("transformer_block")
class Positions(layers.Layer):
    """A vector learnt for each place."""

    def build(self, shape):
        self.table = self.add_weight(shape=(shape[1], shape[2]), initializer="random_normal", name="table")

    def call(self, x):
        return x + self.table


tokens = keras.Input((LENGTH,), dtype="int32")
x = Positions()(layers.Embedding(WORDS, 24)(tokens))
normed = layers.LayerNormalization()(x)
x = layers.Add()([x, layers.MultiHeadAttention(2, 12, dropout=0.1)(normed, normed)])
normed = layers.LayerNormalization()(x)
x = layers.Add()([x, layers.Dense(24)(layers.Dense(48, activation="gelu")(normed))])
x = layers.GlobalMaxPooling1D()(layers.LayerNormalization()(x))
model = keras.Model(tokens, layers.Dense(3)(x))
model.compile(
    keras.optimizers.AdamW(3e-3),
    keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
history = model.fit(*train, validation_data=validation, epochs=6, batch_size=50, verbose=0)

examined = dict(model=model, train=train, validation=validation, test=test, history=history)
