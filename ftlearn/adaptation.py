"""Domain adaptation in small: another scanner for the same pictures, and two ways to meet it without a label."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ftlearn.errors import DataError
from ftlearn.weights import leaves

__all__ = ["Coral", "Scanner", "adapt_batchnorm"]


@dataclass(frozen=True)
class Scanner:
    """A scanner that sees the same page in its own way.

    Parameters
    ----------
    turned : float
        Degrees by which the page lies turned, anticlockwise.
    blur : float
        Standard deviation of the blur, in pixels.
    inverted : float
        From 0 (paper 0, ink 1, as in the course's pictures) to 1 (paper 1, ink 0). In between the contrast shrinks;
        at a half everything is the same grey.

    Examples
    --------
    >>> page = np.zeros((1, 8, 8, 1), "float32")
    >>> float(Scanner(inverted=1)(page).min())
    1.0
    >>> Scanner(turned=20, blur=0.7)
    Scanner(turned=20, blur=0.7, inverted=0.0)
    """

    turned: float = 0.0
    blur: float = 0.0
    inverted: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.inverted <= 1:
            raise DataError(f"inverted lies between 0 and 1; got {self.inverted!r}.")
        if self.blur < 0:
            raise DataError(f"blur is a standard deviation in pixels, 0 or more; got {self.blur!r}.")

    def __call__(self, X: np.ndarray) -> np.ndarray:
        """Scan pictures.

        Parameters
        ----------
        X : ndarray of shape (n, height, width, 1)
            Pictures, values from 0 (paper) to 1 (ink).

        Returns
        -------
        ndarray of float32, shape (n, height, width, 1)
            The same pictures, turned, then blurred, then inverted.

        Raises
        ------
        DataError
            For another shape.
        """
        from scipy.ndimage import gaussian_filter, rotate

        X = _pictures(X)
        if self.turned:
            X = rotate(X, self.turned, axes=(2, 1), reshape=False, order=1)
        if self.blur:
            X = gaussian_filter(X, (0, self.blur, self.blur, 0), mode="constant")
        return ((1 - self.inverted) * X + self.inverted * (1 - X)).clip(0, 1).astype("float32")

    def undo(self, X: np.ndarray) -> np.ndarray:
        """Do to scanned pictures what someone would who looked at them for a minute: plain image processing.

        The contrast is stretched back (``1 - x`` for a scanner that inverts), the blur is sharpened (the picture plus
        its difference from a blurred copy), the page is turned back. Blur and lost corners do not come back.

        Parameters
        ----------
        X : ndarray of shape (n, height, width, 1)
            What this scanner made.

        Returns
        -------
        ndarray of float32, shape (n, height, width, 1)
            Near to what was scanned.

        Raises
        ------
        DataError
            For another shape, or a scanner whose pictures are one grey (inverted = 0.5).

        Examples
        --------
        >>> page = np.eye(8, dtype="float32").reshape(1, 8, 8, 1)
        >>> scanner = Scanner(inverted=1)
        >>> bool(np.array_equal(scanner.undo(scanner(page)), page))
        True
        """
        from scipy.ndimage import gaussian_filter, rotate

        if abs(self.inverted - 0.5) < 0.01:
            raise DataError("With inverted at a half, paper and ink are the same grey: nothing is left to undo.")
        X = (_pictures(X) - self.inverted) / (1 - 2 * self.inverted)
        if self.blur:
            X = X + (X - gaussian_filter(X, (0, self.blur, self.blur, 0), mode="constant"))
        if self.turned:
            X = rotate(X, -self.turned, axes=(2, 1), reshape=False, order=1)
        return X.clip(0, 1).astype("float32")


def _pictures(X: Any) -> np.ndarray:
    X = np.asarray(X, float)
    if X.ndim != 4 or X.shape[-1] != 1:
        raise DataError(
            f"Pictures have the shape (n, height, width, 1); got {X.shape}.",
            fix="For one picture of 8 × 8: X.reshape(1, 8, 8, 1).",
        )
    return X


def adapt_batchnorm(model: Any, X: np.ndarray) -> Any:
    """Put the statistics of unlabelled pictures in the place of those that BatchNorm has stored.

    One forward pass in training mode, in which every BatchNorm layer keeps nothing of its old statistics (momentum
    0). No label is used and no weight learns.

    Parameters
    ----------
    model : keras.Model
        With BatchNorm layers inside; changed in place.
    X : ndarray of shape (n, height, width, channels)
        Unlabelled pictures of the new domain, like those to come: of all classes, in their usual shares.

    Returns
    -------
    keras.Model
        The same `model`.

    Raises
    ------
    DataError
        When there is no BatchNorm layer, or no picture.

    Notes
    -----
    Li, Wang, Shi, Liu, Hou (2016), *Revisiting Batch Normalization for Practical Domain Adaptation*, arXiv 1603.04779
    ("AdaBN"). Theirs averages over batches; here all pictures are one batch, which suits small networks.

    Examples
    --------
    >>> from ftlearn.backbones import load_backbone
    >>> base = load_backbone("letters", weights=None)
    >>> X = np.random.default_rng(0).uniform(0, 1, (50, 8, 8, 1)).astype("float32")
    >>> before = base.get_layer("block1_bn1").moving_mean.numpy()
    >>> after = adapt_batchnorm(base, X).get_layer("block1_bn1").moving_mean.numpy()
    >>> bool(np.allclose(before, after))
    False
    """
    import keras

    layers = [layer for layer in leaves(model) if isinstance(layer, keras.layers.BatchNormalization)]
    if not layers:
        raise DataError(f"{model.name!r} has no BatchNorm layer, so there are no statistics to adapt.")
    if not len(X):
        raise DataError("Statistics need a picture at least; got none.")
    kept = [(layer.momentum, layer.trainable) for layer in layers]
    for layer in layers:
        layer.momentum, layer.trainable = 0.0, True  # a layer that is not trainable would not look at the batch
    model(np.asarray(X, "float32"), training=True)
    for layer, (momentum, trainable) in zip(layers, kept, strict=True):
        layer.momentum, layer.trainable = momentum, trainable
    return model


class Coral:
    """CORAL: give one domain's features the means and covariances of another's, without a label.

    Parameters
    ----------
    shrinkage : float
        This much is added to each variance of both sides before the covariances are used, in units of the side's
        mean variance; with more features than pictures they could not be inverted otherwise.

    Attributes
    ----------
    mean_, like_mean_ : ndarray of shape (d,)
        The means of both sides.
    turn_ : ndarray of shape (d, d)
        What centred features are multiplied with.

    Notes
    -----
    Sun, Feng, Saenko (2016), *Return of Frustratingly Easy Domain Adaptation*, AAAI 2016 (arXiv 1511.05547). They
    standardise the features of each domain, add 1 to the variances, give the *source's* features the covariances of
    the target and train a classifier on them. `Coral` goes either way; from target to source, a head that is trained
    already can be kept.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> new, old = rng.normal(0, 1, (500, 2)), rng.normal(3, 2, (500, 2))
    >>> aligned = Coral(shrinkage=0).fit(new, like=old).transform(new)
    >>> bool(np.allclose(np.cov(aligned.T), np.cov(old.T)))
    True
    """

    def __init__(self, *, shrinkage: float = 1.0):
        self.shrinkage = shrinkage

    def fit(self, features: np.ndarray, *, like: np.ndarray) -> Coral:
        """Measure both domains.

        Parameters
        ----------
        features : ndarray of shape (n, d)
            Features of pictures of the domain to be changed.
        like : ndarray of shape (m, d)
            Features of pictures of the domain that they shall resemble.

        Returns
        -------
        Coral
            Itself, fitted.

        Raises
        ------
        DataError
            When the numbers of features differ, or a side has fewer than two rows.
        """
        features, like = np.asarray(features, float), np.asarray(like, float)
        if features.ndim != 2 or like.ndim != 2 or features.shape[1] != like.shape[1]:
            raise DataError(
                f"Both domains need tables with the same features; got shapes {features.shape} and {like.shape}.",
                fix="Both come out of the same network.",
            )
        if min(len(features), len(like)) < 2:
            raise DataError(f"Covariances need two rows at least; got {len(features)} and {len(like)}.")
        self.mean_, self.like_mean_ = features.mean(0), like.mean(0)
        self.turn_ = self._power(features, -0.5) @ self._power(like, 0.5)
        return self

    def transform(self, features: np.ndarray) -> np.ndarray:
        """Change features of the first domain.

        Parameters
        ----------
        features : ndarray of shape (n, d)
            Those that `fit` has seen, or others of the same domain.

        Returns
        -------
        ndarray of float32, shape (n, d)
            With means and covariances of the other domain.
        """
        return ((np.asarray(features, float) - self.mean_) @ self.turn_ + self.like_mean_).astype("float32")

    def _power(self, features: np.ndarray, exponent: float) -> np.ndarray:
        covariance = np.atleast_2d(np.cov(features.T))
        ridge = self.shrinkage * np.trace(covariance) / len(covariance)
        values, vectors = np.linalg.eigh(covariance + ridge * np.eye(len(covariance)))
        return (vectors * np.maximum(values, 1e-12) ** exponent) @ vectors.T
