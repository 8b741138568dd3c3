"""What a network costs agrees with TensorFlow's own profiler, and with what its authors publish."""

import contextlib
import io

import keras
import numpy as np
import pytest

from ftlearn import costs
from ftlearn.errors import DataError

NETWORKS = {"ResNet50": 224, "VGG16": 224, "InceptionV3": 299, "MobileNetV2": 224, "EfficientNetB0": 224}


def profiled(model):
    """Multiply-adds as TensorFlow's profiler counts them: half of the operations of what multiplies."""
    import tensorflow as tf

    shape = tf.TensorSpec((1, *model.input_shape[1:]))
    graph = tf.function(lambda x: model(x, training=False)).get_concrete_function(shape).graph
    options = tf.compat.v1.profiler.ProfileOptionBuilder(tf.compat.v1.profiler.ProfileOptionBuilder.float_operation())
    quiet = options.with_empty_output().build()
    with contextlib.redirect_stdout(io.StringIO()):
        found = tf.compat.v1.profiler.profile(graph, cmd="op", options=quiet)
    total, nodes = 0, [found]
    while nodes:
        node = nodes.pop()
        if node.name in ("Conv2D", "DepthwiseConv2dNative", "MatMul"):
            total += node.float_ops
        nodes.extend(node.children)
    return total / 2


@pytest.mark.parametrize("name", NETWORKS)
def test_multiply_adds_agree_with_the_profiler(name):
    side = NETWORKS[name]
    model = getattr(keras.applications, name)(weights=None, include_top=False, input_shape=(side, side, 3))
    table = costs.layer_costs(model)
    assert table["multiply_adds"].sum() == pytest.approx(profiled(model), rel=1e-6)
    assert table["parameters"].sum() == model.count_params()
    keras.backend.clear_session()


@pytest.fixture
def small():
    """Every kind of layer that multiplies, and some that do not."""
    return keras.Sequential(
        [
            keras.Input((12, 10, 2)),
            keras.layers.Conv2D(6, 3, strides=2, groups=2, name="grouped"),
            keras.layers.BatchNormalization(),
            keras.layers.SeparableConv2D(5, 3, padding="same", name="separable"),
            keras.layers.Dropout(0.5),
            keras.layers.DepthwiseConv2D(3, name="depthwise"),
            keras.layers.Dense(7, name="across"),
            keras.layers.Flatten(),
            keras.layers.Dense(4, name="last"),
        ]
    )


def test_small_network_by_hand_and_by_profiler(small):
    counted = costs.layer_costs(small).set_index("layer")["multiply_adds"]
    assert counted["grouped"] == 5 * 4 * 6 * 3 * 3 * 1  # each of 6 channels reads one of the 2 that come in
    assert counted["last"] == 3 * 2 * 7 * 4
    assert counted["separable"] == 5 * 4 * (3 * 3 * 6 + 6 * 5)
    assert counted.drop("grouped").sum() == profiled(small)  # the profiler does not see grouped convolutions


def test_multiply_adds_grow_with_the_picture_and_parameters_do_not():
    def made(side):
        model = keras.applications.MobileNetV2(weights=None, include_top=False, input_shape=(side, side, 3), alpha=0.35)
        return costs.layer_costs(model)[["multiply_adds", "parameters"]].sum()

    small, large = made(64), made(128)
    assert large["multiply_adds"] == 4 * small["multiply_adds"]
    assert large["parameters"] == small["parameters"]


def test_measure_counts_time_disk_and_memory(small):
    made = costs.measure(small, repeats=2)
    assert made["parameters"] == small.count_params()
    assert 4 * made["parameters"] / 1e6 < made["megabytes"] < 4 * made["parameters"] / 1e6 + 0.2
    assert made["milliseconds"] > 0
    outputs = [int(np.prod(layer.output.shape[1:])) for layer in small.layers]
    assert made["kept_mb"] == pytest.approx(4 * sum(outputs) / 1e6)
    first = 12 * 10 * 2 + 5 * 4 * 6  # the input and what the first convolution makes of it
    assert made["largest_mb"] == pytest.approx(4 * first / 1e6)


def test_memory_grows_with_batch_and_frozen_needs_less():
    assert costs.training_memory(10, 5, batch_size=32) == 4 * 10 + 32 * 5
    assert costs.training_memory(10, 5, frozen=True) < costs.training_memory(10, 5, batch_size=1)


def test_what_cannot_be_counted_is_refused():
    with pytest.raises(DataError, match=r"open size.*input_shape=\(224, 224, 3\)"):
        costs.layer_costs(keras.Sequential([keras.Input((None, None, 3)), keras.layers.Conv2D(2, 3)]))
    with pytest.raises(DataError, match="'memory', a LSTM"):
        costs.layer_costs(keras.Sequential([keras.Input((4, 3)), keras.layers.LSTM(2, name="memory")]))
