"""What a message wants: words are counted off inside the pipeline, the vocabulary comes from the training part."""

import keras
import tensorflow as tf

from ftlearn.datasets import load_support_messages

keras.utils.set_random_seed(22)
messages = load_support_messages(train=420, validation=100, random_state=22)
vectors = keras.layers.TextVectorization(max_tokens=800, output_sequence_length=30)
vectors.adapt(messages.train.X)


def numbered(part):
    """Return the numbers of the words, and the classes."""
    return vectors(tf.constant(part.X.tolist())).numpy(), part.y


train, validation, test = numbered(messages.train), numbered(messages.validation), numbered(messages.test)
model = keras.Sequential(
    [
        keras.Input((30,), dtype="int64"),
        keras.layers.Embedding(800, 32, mask_zero=True),
        keras.layers.GlobalAveragePooling1D(),
        keras.layers.Dropout(0.3),
        keras.layers.Dense(len(messages.classes), activation="softmax"),
    ]
)
model.compile(keras.optimizers.Adam(1e-2), "sparse_categorical_crossentropy", metrics=["accuracy"])
stop = keras.callbacks.EarlyStopping("val_loss", patience=4, restore_best_weights=True)
history = model.fit(*train, validation_data=validation, epochs=40, batch_size=32, callbacks=[stop], verbose=0)

examined = dict(model=model, train=train, validation=validation, test=test, history=history, callbacks=[stop])
