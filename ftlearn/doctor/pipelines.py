"""The only place that touches private parts of tf.data; each has a way round for versions without them."""

from __future__ import annotations

from typing import Any


def stages_of(dataset: Any) -> list[str]:
    """Return the kinds of a tf.data pipeline's stages, in every branch, the last first; empty for anything else."""
    if not hasattr(dataset, "element_spec"):
        return []
    if _inputs_of(dataset) is None:
        return [node.op for node in reversed(_graph_nodes(dataset)) if "Dataset" in node.op and node.op[0] != "_"]
    return [type(one).__name__.strip("_") for one in _every_stage(dataset)]


def reshuffles(dataset: Any) -> bool:
    """Return whether a tf.data pipeline comes in another order each time, so that reading it moves that order on."""
    if not hasattr(dataset, "element_spec"):
        return False
    if _inputs_of(dataset) is None:
        return any("Shuffle" in one for one in stages_of(dataset))
    stages = [one for one in _every_stage(dataset) if "Shuffle" in type(one).__name__]
    return any(getattr(one, "_reshuffle_each_iteration", True) is not False for one in stages)


def cache_files(dataset: Any) -> list[str]:
    """Return the files that a tf.data pipeline caches into; empty for anything else."""
    if not hasattr(dataset, "element_spec"):
        return []
    stages = [one for one in _every_stage(dataset) if "Cache" in type(one).__name__]
    if _inputs_of(dataset) is None or any(not hasattr(one, "_filename") for one in stages):
        nodes = {node.name: node for node in _graph_nodes(dataset)}
        names = [node.input[1].split(":")[0] for node in nodes.values() if node.op.startswith("CacheDataset")]
        texts = [one for name in names for one in nodes[name].attr["value"].tensor.string_val]
    else:
        texts = [one._filename.numpy() for one in stages if hasattr(one._filename, "numpy")]
    return [one.decode(errors="replace") for one in texts if one]


def chain_of(dataset: Any) -> list[Any] | None:
    """Return the stages of a tf.data pipeline, the last first, up to where it branches; None where it does not tell."""
    found: list[Any] = []
    while len(found) < 100:
        found.append(dataset)
        before = _inputs_of(dataset)
        if before is None:
            return None
        if len(before) != 1:
            break
        dataset = before[0]
    return found


def _inputs_of(stage: Any) -> list[Any] | None:
    if hasattr(stage, "_input_dataset"):
        return [stage._input_dataset]
    told = getattr(stage, "_inputs", None)
    try:
        return None if told is None else list(told())
    except (NotImplementedError, TypeError):
        return None


def _every_stage(dataset: Any) -> list[Any]:
    found, waiting = [], [dataset]
    while waiting and len(found) < 300:
        found.append(waiting.pop(0))
        waiting += _inputs_of(found[-1]) or []
    return found


def _graph_nodes(dataset: Any) -> list[Any]:
    """Return the nodes of a tf.data pipeline as TensorFlow writes it down: slower, but public."""
    import tensorflow as tf

    try:
        written = tf.raw_ops.DatasetToGraphV2(input_dataset=tf.data.experimental.to_variant(dataset))
        return list(tf.compat.v1.GraphDef.FromString(written.numpy()).node)
    except Exception:  # a pipeline that cannot be written down
        return []


def draws_at_random(stage: Any) -> bool | None:
    """Return whether the function of a tf.data stage draws random numbers; None where the function is hidden."""
    held = getattr(stage, "_map_func", None)
    function = getattr(held, "_function", None) or getattr(held, "function", None)
    try:
        graph = function.graph.as_graph_def()
        nodes = list(graph.node) + [node for one in graph.library.function for node in one.node_def]
    except AttributeError:
        return None if "Map" in type(stage).__name__ else False
    return any("Random" in node.op or "Multinomial" in node.op for node in nodes)
