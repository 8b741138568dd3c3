"""What a backbone accepts as input, and the words in which it refuses anything else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ftlearn.errors import InputContractError


@dataclass(frozen=True)
class InputContract:
    """What a backbone accepts.

    Attributes
    ----------
    name : str
        The backbone's.
    size : tuple of int or None
        Height and width in pixels; None where any size from `smallest` on will do.
    channels : int
        1 for grey, 3 for red, green, blue.
    low, high : float
        The range of pixel values.
    smallest : int
        Least height and width.

    Examples
    --------
    >>> from ftlearn.backbones import contract
    >>> contract("letters").check(np.zeros((1, 28, 28, 1)))
    Traceback (most recent call last):
        ...
    ftlearn.errors.InputContractError: 'letters' takes images of 8 × 8 × 1; got an array of shape (1, 28, 28, 1). \
Resize the images to 8 × 8.
    """

    name: str
    size: tuple[int, int] | None
    channels: int
    low: float
    high: float
    smallest: int = 1

    def __str__(self) -> str:
        size = f"{self.size[0]} × {self.size[1]}" if self.size else f"at least {self.smallest} × {self.smallest}"
        return f"{size} × {self.channels}, values from {self.low:g} to {self.high:g}"

    def check(self, X: Any) -> np.ndarray:
        """Refuse, in words, an array of images that breaks the contract.

        Parameters
        ----------
        X : array-like of shape (n, height, width, channels)
            The images.

        Returns
        -------
        ndarray
            `X` as an array, untouched.

        Raises
        ------
        InputContractError
            For a wrong number of axes, size or channels, values out of range or not finite, or images so dark that
            they were probably divided twice.
        """
        X = np.asarray(X)
        self._check_shape(X.shape)
        if X.dtype.kind not in "fiub":
            raise InputContractError(f"{self.name!r} takes numbers; got an array of {X.dtype}.")
        if X.size == 0:
            return X
        low, high = float(X.min()), float(X.max())
        if not (np.isfinite(low) and np.isfinite(high)):
            raise InputContractError(
                f"{self.name!r} takes finite values; got some that are not.", fix="Clean the data."
            )
        span = self.high - self.low
        wanted = f"{self.name!r} takes values from {self.low:g} to {self.high:g}; got {low:g} to {high:g}."
        if low < self.low - 0.01 * span or high > self.high + 0.01 * span:
            raise InputContractError(wanted, fix=self._range_fix(low, high))
        if len(X) >= 16 and self.low < high <= self.low + span / 16:
            raise InputContractError(
                wanted, fix="Were they divided twice, or for another network? Divide once or not at all."
            )
        return X

    def _check_shape(self, shape: tuple) -> None:
        size = f"{self.size[0]} × {self.size[1]}" if self.size else f"at least {self.smallest} × {self.smallest}"
        wanted = f"{self.name!r} takes images of {size} × {self.channels}; got an array of shape {shape}."
        if len(shape) != 4:
            fix = (
                "Add the channel axis: X[..., None]."
                if len(shape) == 3 and self.channels == 1
                else (
                    "Put images in a batch: X[None]."
                    if len(shape) == 3
                    else "Stack the images: (n, height, width, channels)."
                )
            )
            raise InputContractError(wanted, fix=fix)
        if shape[-1] != self.channels:
            fix = (
                "Repeat the grey channel three times: X.repeat(3, axis=-1)."
                if (shape[-1], self.channels) == (1, 3)
                else (
                    "Average the colours: X.mean(axis=-1, keepdims=True)."
                    if self.channels == 1
                    else "Keep three channels."
                )
            )
            raise InputContractError(wanted, fix=fix)
        if self.size and tuple(shape[1:3]) != self.size:
            raise InputContractError(wanted, fix=f"Resize the images to {self.size[0]} × {self.size[1]}.")
        if not self.size and min(shape[1:3]) < self.smallest:
            raise InputContractError(wanted, fix="Enlarge the images.")

    def _range_fix(self, low: float, high: float) -> str:
        if low < self.low:
            return f"Bring them to {self.low:g} to {self.high:g}; the backbone does any centring itself."
        largest = next((v for v in (16, 255, 65535) if high <= v), high)
        return (
            f"Divide by their largest possible value (X / {largest:g}?) and multiply by {self.high:g}."
            if (self.high != 1)
            else f"Divide by their largest possible value: X / {largest:g}?"
        )
