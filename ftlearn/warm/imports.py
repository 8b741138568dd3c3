"""What a warm process has imported before it forks."""

from __future__ import annotations

import os


def warm_up(*, keras: bool = True) -> None:
    """Import what notebooks import. No operation may run: a child forked after one hangs in its next.

    Parameters
    ----------
    keras : bool
        Whether to import TensorFlow, Keras and scikit-learn too; without, only IPython and NumPy.

    Examples
    --------
    >>> warm_up(keras=False)
    """
    import IPython.core.interactiveshell
    import numpy  # noqa: F401

    assert IPython.core.interactiveshell
    if not keras:
        return
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from ftlearn import environment

    environment.start_tensorflow()
    import keras as _keras  # noqa: F401
    import pandas  # noqa: F401
    import sklearn.linear_model
    import sklearn.pipeline  # noqa: F401

    import ftlearn.learn.checking
    import ftlearn.learn.submission  # noqa: F401
