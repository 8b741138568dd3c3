"""Progress of a fit: a bar and a growing loss curve in a notebook, plain lines elsewhere."""

from __future__ import annotations

import functools
import html
import sys
import time
from typing import Any

from ftlearn import displays


def live_history(*, title: str = "Training", every: float = 1.0) -> Any:
    """Make a Keras callback that shows how training goes while it goes.

    Parameters
    ----------
    title : str
        What is being trained.
    every : float
        Seconds between two updates, at least.

    Returns
    -------
    keras.callbacks.Callback
        For ``fit(..., callbacks=[live_history()], verbose=0)``. Its ``.record`` holds the curves, also after Ctrl-C.

    Examples
    --------
    >>> live_history(title="Head").record
    {}
    """
    return _history_class()(title, every)


@functools.cache
def _history_class() -> type:
    import keras

    class LiveHistory(keras.callbacks.Callback):
        """See `live_history`."""

        def __init__(self, title: str, every: float):
            super().__init__()
            self.title, self.every, self.record = title, every, {}
            self._handle, self._shown, self._said, self._started = None, 0.0, 0, 0.0

        def on_train_begin(self, logs: dict | None = None) -> None:
            self.record, self._handle, self._shown, self._said, self._started = {}, None, 0.0, 0, time.monotonic()
            if displays.in_notebook():
                from IPython.display import display

                self._handle = display({"text/html": self._bar(0), "text/plain": self.title}, raw=True, display_id=True)

        def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
            for key, value in (logs or {}).items():
                self.record.setdefault(key, []).append(float(value))
            now = time.monotonic()
            if now - self._shown >= self.every:
                self._shown = now
                self._update(epoch + 1)

        def on_train_end(self, logs: dict | None = None) -> None:
            self._update(len(next(iter(self.record.values()), [])))

        def _line(self, done: int) -> str:
            last = ", ".join(f"{k} {v[-1]:.3g}" for k, v in self.record.items() if k != "learning_rate")
            return f"{self.title}: epoch {done} of {self.params.get('epochs', done)}. {last}"

        def _bar(self, done: int) -> str:
            label = html.escape(self._line(done))
            total = self.params.get("epochs") or 1
            return f'<label>{label} <progress max="{total}" value="{done}" aria-label="{label}"></progress></label>'

        def _update(self, done: int) -> None:
            if self._handle is None:
                if done != self._said:  # the last line may have been said already
                    sys.stdout.write(f"{self._line(done)} ({time.monotonic() - self._started:.0f} s)\n")
                    self._said = done
                return
            markup, text = self._bar(done), self._line(done)
            if "loss" in self.record and len(self.record["loss"]) > 1:
                curve = displays.LearningCurveDisplay.from_history(self.record, title=f"{self.title}: loss by epoch")
                markup += "<br>" + displays.figure_html(curve.figure_, curve.alt)
                text += " " + curve.alt
            self._handle.update({"text/html": markup, "text/plain": text}, raw=True)

    return LiveHistory
