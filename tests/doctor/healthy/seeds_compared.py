"""Five seeds of a head on a network that knows letters, against a linear model on pixels with the same labels."""

import keras
from sklearn.linear_model import LogisticRegression

from ftlearn.backbones import load_backbone
from ftlearn.datasets import load_digits
from ftlearn.finetune import cache_features, freeze

digits = load_digits(random_state=33)
base = freeze(load_backbone("letters"))
val_pixels, val_seen = digits.validation.X.reshape(-1, 64), cache_features(base, digits.validation.X)
scores = {"pixels": [], "letters": []}
for seed in range(5):
    few = digits.label_budget(60, random_state=seed).train
    linear = LogisticRegression(C=1.0, max_iter=500).fit(few.X.reshape(-1, 64), few.y)
    scores["pixels"].append(linear.score(val_pixels, digits.validation.y))

    keras.utils.set_random_seed(seed)
    seen = cache_features(base, few.X)
    model = keras.Sequential(
        [keras.Input(seen.shape[1:]), keras.layers.Dense(10, activation="softmax", kernel_initializer="zeros")]
    )
    model.compile(keras.optimizers.Adam(5e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(seen, few.y, epochs=10, batch_size=20, verbose=0)
    scores["letters"].append(model.evaluate(val_seen, digits.validation.y, verbose=0)[1])

test = digits.test
examined = dict(
    model=model, train=(seen, few.y), validation=(val_seen, digits.validation.y),
    test=(cache_features(base, test.X), test.y), history=history, scores=scores,
)  # fmt: skip
