"""Invariants of freezing and unfreezing, asserted on weights before and after a real fit."""

import keras
import numpy as np
import pytest

from ftlearn import backbones, finetune, optimizers, stages
from ftlearn.errors import DataError, InputContractError

rng = np.random.default_rng(0)
X = rng.uniform(0, 1, (64, 8, 8, 1)).astype("float32")
y = rng.integers(0, 10, 64)


@pytest.fixture
def base():
    return backbones.load_backbone("letters")


def fit(model, rate=1e-3, epochs=2):
    model.compile(optimizer=keras.optimizers.Adam(rate), loss="sparse_categorical_crossentropy")
    model.fit(X, y, epochs=epochs, batch_size=16, verbose=0)


def change(before, model, kind):
    table = finetune.moved(before, model, by="kind").set_index("kind")
    return float(table.loc[kind, "largest_change"])


def test_frozen_weights_are_bit_identical_after_fit_and_the_head_moved(base):
    model = backbones.attach_head(finetune.freeze(base), 10)
    before, head = finetune.snapshot(base), model.get_layer("head").get_weights()
    fit(model)
    after = finetune.snapshot(base)
    assert all(np.array_equal(before[k], after[k]) for k in before)
    assert any(not np.array_equal(a, b) for a, b in zip(head, model.get_layer("head").get_weights(), strict=True))


def test_dropout_is_silent_in_a_frozen_base_even_in_training_mode(base):
    finetune.freeze(base)
    assert np.array_equal(base(X, training=True), base(X, training=False))


def test_unfrozen_weights_move_while_batchnorm_and_dropout_stay_still(base):
    model = backbones.attach_head(finetune.unfreeze(base), 10)
    before = finetune.snapshot(base)
    fit(model)
    assert change(before, base, "other weights") > 0
    assert change(before, base, "BatchNorm statistics") == 0
    assert change(before, base, "BatchNorm scale and shift") == 0
    assert np.array_equal(base(X, training=True), base(X, training=False))


def test_batchnorm_and_dropout_wake_when_asked(base):
    finetune.freeze(base)
    model = backbones.attach_head(finetune.unfreeze(base, batchnorm=True, dropout=True), 10)
    before = finetune.snapshot(base)
    fit(model)
    assert change(before, base, "BatchNorm statistics") > 0
    assert change(before, base, "BatchNorm scale and shift") > 0
    assert not np.array_equal(base(X, training=True), base(X, training=True))


@pytest.mark.parametrize("last", [0, 1, 2, 3])
def test_only_the_last_blocks_move(base, last):
    model = backbones.attach_head(finetune.unfreeze(base, last), 10)
    before = finetune.snapshot(base)
    fit(model)
    table = finetune.moved(before, base).set_index("layer")["largest_change"]
    moved_blocks = {name.split("_")[0] for name, largest in table.items() if largest > 0}
    assert moved_blocks == {"block1", "block2", "block3"} - {f"block{b}" for b in range(1, 4 - last)}


@pytest.mark.parametrize("last", [-1, 4])
def test_more_blocks_than_there_are(base, last):
    with pytest.raises(DataError, match="has 3 blocks; got last="):
        finetune.unfreeze(base, last)


def test_the_popular_recipe_fails_on_keras_3(base):
    """base(x, training=False) with base.trainable=True: would notice if Keras changed (keras issue 20285)."""
    base.trainable = True
    inputs = keras.Input((8, 8, 1))
    model = keras.Model(inputs, keras.layers.Dense(10, activation="softmax")(base(inputs, training=False)))
    before = finetune.snapshot(base)
    fit(model)
    assert change(before, base, "BatchNorm statistics") > 0, "Keras now honours training=False: correct lesson 04"


def test_unfreezing_after_a_fit_does_nothing_until_compile():
    base = finetune.freeze(backbones.load_backbone("letters"))
    model = backbones.attach_head(base, 10)
    fit(model)
    before = finetune.snapshot(base)
    finetune.unfreeze(base)
    model.fit(X, y, batch_size=16, verbose=0)
    assert float(finetune.moved(before, base)["largest_change"].max()) == 0
    fit(model)
    assert float(finetune.moved(before, base)["largest_change"].max()) > 0


def test_tables_agree_with_keras_counts(base):
    model = backbones.attach_head(finetune.unfreeze(base, 1), 10)
    total = finetune.trainable_table(model).iloc[-1]
    assert total["trainable"] == sum(int(np.prod(v.shape)) for v in model.trainable_variables)
    assert total["weights"] == sum(int(np.prod(w.shape)) for w in model.weights if "seed" not in w.path)


def test_snapshot_of_another_model_is_refused(base):
    other = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    with pytest.raises(DataError, match="another model"):
        finetune.moved(finetune.snapshot(other), base)
    with pytest.raises(DataError, match="by is 'layer'"):
        finetune.moved(finetune.snapshot(base), base, by="colour")


def test_snapshot_is_a_copy(base):
    before = finetune.snapshot(base)
    base.weights[0].assign(base.weights[0] + 1)
    assert float(finetune.moved(before, base)["largest_change"].max()) == pytest.approx(1)


def test_cached_features_are_what_the_frozen_base_gives(base):
    finetune.freeze(base)
    assert np.allclose(finetune.cache_features(base, X, batch_size=10), base(X, training=True), atol=1e-5)
    with pytest.raises(InputContractError):
        finetune.cache_features(base, X * 255)


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [("vgg16", "block1", "block5"), ("mobilenet_v2_0.35", "stem", "block_16"), ("resnet50", "stem", "conv5_block3")],
)
def test_blocks_of_published_networks(name, first, last):
    network = backbones.load_backbone(name, weights=None, size=64)
    grouped = finetune.blocks(network)
    assert next(iter(grouped)) == first and list(grouped)[-1] == last
    assert [layer for block in grouped.values() for layer in block if layer.weights] == [
        layer for layer in finetune.leaves(network) if layer.weights
    ]


def test_two_stages_have_two_optimisers_and_the_first_leaves_the_base_alone(base):
    before = finetune.snapshot(base)
    training = stages.train_head(base, (X, y), classes=10, epochs=2)
    assert float(finetune.moved(before, base)["largest_change"].max()) == 0
    training = stages.train_two_stage(base, (X, y), (X, y), classes=10, epochs=2, head_epochs=2, last=1)
    assert [s.name for s in training.stages] == ["head", "head and last 1 blocks"]
    assert int(training.model.optimizer.iterations) == 2 * 4  # fresh: it counts its own stage's steps only
    assert training.table()["trained"].tolist()[0] == sum(
        int(np.prod(w.shape)) for w in training.model.get_layer("head").weights
    )
    with pytest.raises(TypeError, match="head_epoch"):
        stages.train_two_stage(base, (X, y), classes=10, head_epoch=3)


def test_a_used_optimiser_is_refused(base):
    training = stages.train_two_stage(base, (X, y), classes=10, epochs=1, head_epochs=1)
    with pytest.raises(DataError, match="used before"):
        stages.run_stage(training, "again", training.model, (X, y), None, optimizer=training.model.optimizer, epochs=1)


def test_ctrl_c_keeps_what_was_trained(base):
    class Stop(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 2:
                raise KeyboardInterrupt

    training = stages.train_head(base, (X, y), classes=10, epochs=1)
    with pytest.raises(KeyboardInterrupt):
        optimizer = keras.optimizers.Adam()
        stages.run_stage(training, "", training.model, (X, y), None, optimizer=optimizer, epochs=9, callbacks=[Stop()])
    assert len(training.stages) == 2 and len(training.stages[1].history["loss"]) == 3


def test_gradual_unfreezing_opens_one_block_more_each_stage(base):
    training = stages.train_gradually(base, (X, y), classes=10, epochs=1, head_epochs=1, decay=0.5)
    trained = [s.trained for s in training.stages]
    assert len(trained) == 4 and trained == sorted(trained) and len(set(trained)) == 4


def test_discriminative_rates_move_early_blocks_less():
    base = finetune.unfreeze(backbones.load_backbone("letters"))
    model = backbones.attach_head(base, 10)
    head = model.get_layer("head")
    head.kernel.assign(rng.normal(size=head.kernel.shape))  # from a head of zeros, no gradient reaches the base
    before = finetune.snapshot(base)
    model.compile(
        optimizer=optimizers.discriminative_adam(base, 1e-3, decay=0.1), loss="sparse_categorical_crossentropy"
    )
    model.train_on_batch(X, y)  # Adam's first step moves each weight by about its rate
    table = finetune.moved(before, base).set_index("layer")["largest_change"]
    for block, rate in (("block3", 1e-3), ("block2", 1e-4), ("block1", 1e-5)):
        assert table[f"{block}_conv1"] == pytest.approx(rate, rel=0.05)
    with pytest.raises(DataError, match="above 0"):
        optimizers.discriminative_adam(base, 1e-3, decay=0)


def test_plain_lines_outside_a_notebook(base, capsys):
    stages.train_head(base, (X, y), classes=10, epochs=2, show=True)
    out = capsys.readouterr().out
    assert "head: epoch 2 of 2." in out and "loss" in out and out.count("epoch 2 of 2") == 1
