"""Several labels may hold at once: a sigmoid for each, binary cross-entropy, a metric made for it."""

import keras
from sklearn.datasets import make_multilabel_classification

keras.utils.set_random_seed(15)
X, Y = make_multilabel_classification(n_samples=1200, n_features=20, n_classes=5, n_labels=2, random_state=15)
X, Y = X.astype("float32"), Y.astype("float32")
train, validation, test = (X[:800], Y[:800]), (X[800:1000], Y[800:1000]), (X[1000:], Y[1000:])

scale = keras.layers.Normalization()
scale.adapt(train[0])
model = keras.Sequential(
    [
        keras.Input((20,)),
        scale,
        keras.layers.Dense(32, activation="relu"),
        keras.layers.Dense(5, activation="sigmoid"),
    ]
)
model.compile(
    keras.optimizers.Adam(3e-3),
    keras.losses.BinaryCrossentropy(),
    metrics=[keras.metrics.BinaryAccuracy(), keras.metrics.AUC(multi_label=True, num_labels=5, name="auc")],
)
history = model.fit(*train, validation_data=validation, epochs=10, batch_size=32, verbose=0)

examined = dict(model=model, train=train, validation=validation, test=test, history=history)
