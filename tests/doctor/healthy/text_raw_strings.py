"""Strings go into the model itself: the vectoriser is its first layer, and tf.data brings the texts."""

import keras
import tensorflow as tf

from ftlearn.datasets import load_support_messages

keras.utils.set_random_seed(23)
messages = load_support_messages("sentiment", train=420, validation=100, random_state=23)


def pipeline(part, shuffle=False):
    """Return batches of texts and classes."""
    data = tf.data.Dataset.from_tensor_slices((part.X.tolist(), part.y))
    return (data.shuffle(len(part.y), seed=23) if shuffle else data).batch(32)


train, validation, test = pipeline(messages.train, True), pipeline(messages.validation), pipeline(messages.test)
vectors = keras.layers.TextVectorization(max_tokens=600, output_mode="tf_idf", ngrams=2)
vectors.adapt(messages.train.X)

text = keras.Input((), dtype="string")
x = vectors(text)
x = keras.layers.Dropout(0.5)(x)
model = keras.Model(
    text, keras.layers.Dense(3, activation="softmax", kernel_regularizer=keras.regularizers.L2(1e-3))(x)
)
model.compile(keras.optimizers.Adam(3e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
stop = keras.callbacks.EarlyStopping("val_loss", patience=3, restore_best_weights=True)
history = model.fit(train, validation_data=validation, epochs=25, callbacks=[stop], verbose=0)

examined = dict(model=model, train=train, validation=validation, test=test, history=history, callbacks=[stop])
