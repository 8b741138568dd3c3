"""Put a watcher's wrappers around calls of Keras, Keras Tuner and scikit-learn, once the program has imported them."""

from __future__ import annotations

import contextlib
import functools
import importlib.abc
import importlib.machinery
import inspect
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

from . import slices

_SCALERS = ("StandardScaler", "MinMaxScaler", "MaxAbsScaler", "RobustScaler")
_BY_CLASS = (
    "classification_report", "confusion_matrix", "precision_score", "recall_score", "f1_score", "fbeta_score",
    "balanced_accuracy_score", "roc_auc_score", "average_precision_score", "precision_recall_curve", "roc_curve",
    "precision_recall_fscore_support", "matthews_corrcoef", "cohen_kappa_score", "multilabel_confusion_matrix",
)  # fmt: skip


class Hooks(importlib.abc.MetaPathFinder):
    """The wrappers, put in place when their module is imported and taken away by `remove`.

    Parameters
    ----------
    watcher : Watcher
        What they tell.
    """

    def __init__(self, watcher: Any):
        self.watcher = watcher
        self._put: list[tuple[Any, str, Any, bool]] = []
        self._after: dict[str, Callable[[ModuleType], None]] = {
            "keras": self._keras, "keras_tuner": self._tuner,
            "sklearn.preprocessing": self._scalers, "sklearn.metrics": self._metrics,
        }  # fmt: skip

    def install(self) -> None:
        """Wait for the imports; what is imported already is wrapped at once."""
        sys.meta_path.insert(0, self)
        for name, after in self._after.items():
            if name in sys.modules:
                self._guarded(after, sys.modules[name])

    def remove(self) -> None:
        """Take every wrapper away."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)
        for owner, name, value, own in reversed(self._put):
            if own:
                setattr(owner, name, value)
            else:
                delattr(owner, name)
        self._put.clear()

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        """Find the module as it would be found without this, and wrap it after it has run."""
        if name not in self._after:
            return None
        for finder in sys.meta_path:
            if finder is self or not hasattr(finder, "find_spec"):
                continue
            spec = finder.find_spec(name, path, target)
            if spec is not None:
                break
        else:
            return None
        if spec.loader is not None and hasattr(spec.loader, "exec_module"):
            execute, after = spec.loader.exec_module, self._after[name]

            def run(module: ModuleType) -> None:
                execute(module)
                self._guarded(after, module)

            spec.loader.exec_module = run
        return spec

    def _guarded(self, after: Callable[[ModuleType], None], module: ModuleType) -> None:
        try:
            after(module)
        except Exception as error:  # an unknown version: the program runs on, unwatched
            self.watcher.missed(f"{module.__name__} could not be watched", error)

    def _put_around(self, owner: Any, name: str, wrapper: Callable[..., Any]) -> None:
        original = getattr(owner, name)
        own = name in vars(owner)
        wrapped = functools.wraps(original)(wrapper(original))
        with contextlib.suppress(TypeError, ValueError):  # Keras reads names of arguments, and follows no wrappers
            wrapped.__signature__ = inspect.signature(original)
        self._put.append((owner, name, original, own))
        setattr(owner, name, wrapped)

    def _keras(self, module: ModuleType) -> None:
        watcher, model = self.watcher, module.Model

        def around(before: Callable[..., Any], after: Callable[..., Any]) -> Callable[..., Any]:
            def wrapper(original: Any) -> Any:
                def call(this: Any, *given: Any, **named: Any) -> Any:
                    event = watcher.safely(before, original, this, given, named)
                    watcher.deeper(1)
                    try:
                        result = original(this, *given, **named)
                    except BaseException as error:
                        watcher.deeper(-1)
                        watcher.safely(after, this, event, None, error)
                        raise
                    watcher.deeper(-1)
                    watcher.safely(after, this, event, result, None)
                    return result

                return call

            return wrapper

        def making(after: Callable[..., Any]) -> Callable[..., Any]:
            def wrapper(original: Any) -> Any:
                # Keras reads these three names off the function, next to the signature of the one that is wrapped.
                def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
                    original(self, *args, **kwargs)
                    watcher.safely(after, self)

                return __init__

            return wrapper

        self._put_around(model, "__init__", making(watcher.made))
        functional = sys.modules.get("keras.src.models.functional")
        if functional is not None:
            self._put_around(functional.Functional, "__init__", making(watcher.joined))
        # Where `compile` lies: to `load_model`, one put on Model itself would be a user's own, and left undone.
        compiling = next(one for one in model.__mro__ if "compile" in vars(one))
        self._put_around(compiling, "compile", around(watcher.compiling, watcher.compiled))
        self._put_around(model, "fit", around(watcher.fitting, watcher.fitted))
        self._put_around(model, "evaluate", around(watcher.evaluating, watcher.nothing))
        self._put_around(model, "predict", around(watcher.predicting, watcher.nothing))
        slices.put_around(module, watcher.slices, self._put_property)

    def _put_property(self, owner: Any, name: str, value: property) -> None:
        self._put.append((owner, name, vars(owner)[name], True))
        setattr(owner, name, value)

    def _tuner(self, module: ModuleType) -> None:
        watcher = self.watcher

        def wrapper(original: Any) -> Any:
            def search(this: Any, *given: Any, **named: Any) -> Any:
                watcher.safely(watcher.searching, original, this, given, named)
                watcher.deeper(1)
                try:
                    return original(this, *given, **named)
                finally:
                    watcher.deeper(-1)

            return search

        self._put_around(module.Tuner, "search", wrapper)

    def _scalers(self, module: ModuleType) -> None:
        watcher = self.watcher

        def wrapper(original: Any) -> Any:
            def fit(this: Any, *given: Any, **named: Any) -> Any:
                result = original(this, *given, **named)
                watcher.safely(watcher.scaled, this)
                return result

            return fit

        for name in _SCALERS:
            if hasattr(module, name):
                self._put_around(getattr(module, name), "fit", wrapper)

    def _metrics(self, module: ModuleType) -> None:
        watcher = self.watcher

        def wrapper(original: Any) -> Any:
            def score(*given: Any, **named: Any) -> Any:
                watcher.safely(watcher.scored, original.__name__, sys._getframe(1).f_code.co_filename)
                return original(*given, **named)

            return score

        for name in _BY_CLASS:
            if hasattr(module, name):
                home = sys.modules.get(getattr(module, name).__module__)
                self._put_around(module, name, wrapper)
                if home not in (None, module) and hasattr(home, name):  # pickle looks there for the same object
                    self._put.append((home, name, getattr(home, name), True))
                    setattr(home, name, getattr(module, name))
