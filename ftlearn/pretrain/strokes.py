"""Drawing variants of glyphs: thinned to a pen stroke, bent, redrawn with another thickness, counted in blocks."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from ftlearn.errors import DataError

CANVAS = 64  # side of the master pictures that all variants are sampled from
BITMAP = 32  # side of the black-and-white bitmap before blocks are counted


def font_path(font: str) -> Path:
    """Path of one of matplotlib's own font files."""
    import matplotlib

    return Path(matplotlib.get_data_path()) / "fonts" / "ttf" / f"{font}.ttf"


@lru_cache(maxsize=64)
def charmap(font: str) -> frozenset[int]:
    """Code points that a font can draw."""
    from matplotlib.ft2font import FT2Font

    path = font_path(font)
    if not path.exists():
        raise DataError(
            f"There is no font {font!r} in matplotlib.", fix="Known: the names in TRAIN_FONTS and UNSEEN_FONTS."
        )
    return frozenset(FT2Font(str(path)).get_charmap())


def _draw(font: str, character: str, freetype) -> np.ndarray | None:
    """Draw one glyph, crop it to its ink and fit its longer side into three quarters of the canvas."""
    from PIL import Image

    mask, _ = freetype.getmask2(character, mode="L")
    width, height = mask.size
    if not width or not height:
        return None
    ink = np.asarray(mask, dtype=np.uint8).reshape(height, width)
    rows, columns = np.flatnonzero(ink.max(1) > 64), np.flatnonzero(ink.max(0) > 64)
    if not len(rows) or not len(columns):
        return None
    ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = 0.75 * CANVAS / max(ink.shape)
    size = [max(2, round(side * scale)) for side in ink.shape]
    small = np.asarray(Image.fromarray(ink).resize((size[1], size[0]), Image.Resampling.BILINEAR)) > 127
    out = np.zeros((CANVAS, CANVAS), bool)
    top, left = (CANVAS - size[0]) // 2, (CANVAS - size[1]) // 2
    out[top : top + size[0], left : left + size[1]] = small
    return out


def thin(pictures: np.ndarray) -> np.ndarray:
    """Thin black-and-white pictures to lines one pixel wide (Zhang and Suen, 1984), all at once.

    Parameters
    ----------
    pictures : ndarray of bool, shape (n, height, width)
        True where there is ink; the border must be empty.

    Returns
    -------
    ndarray of bool, shape (n, height, width)
        The skeletons.
    """
    ink = pictures.astype(np.uint8)
    active = np.arange(len(ink))
    while len(active):
        work = ink[active]
        changed = np.zeros(len(active), bool)
        for step in (0, 1):
            p = np.pad(work, ((0, 0), (1, 1), (1, 1)))
            north, south, west, east = p[:, :-2, 1:-1], p[:, 2:, 1:-1], p[:, 1:-1, :-2], p[:, 1:-1, 2:]
            around = [north, p[:, :-2, 2:], east, p[:, 2:, 2:], south, p[:, 2:, :-2], west, p[:, :-2, :-2]]
            count = sum(around)
            turns = sum((around[i] == 0) & (around[(i + 1) % 8] == 1) for i in range(8))
            if step == 0:
                corners = (north * east * south == 0) & (east * south * west == 0)
            else:
                corners = (north * east * west == 0) & (north * south * west == 0)
            drop = (work == 1) & (count >= 2) & (count <= 6) & (turns == 1) & corners
            changed |= drop.any((1, 2))
            work = np.where(drop, 0, work).astype(np.uint8)
        ink[active] = work
        active = active[changed]
    return ink.astype(bool)


class Masters:
    """Distance pictures of glyphs, from which any number of variants can be sampled.

    Parameters
    ----------
    characters : sequence of str
        One class each; a string of several characters is a class whose members look alike.
    fonts : sequence of str
        Font files of matplotlib, without ``.ttf``; a glyph that a font lacks is skipped.

    Attributes
    ----------
    label_ : ndarray of int64, shape (m,)
        Class of each master picture.
    outline_, stroke_ : ndarray of int8, shape (m, 64, 64)
        Four times the distance in pixels to the outline (negative inside) and to the skeleton.
    aspect_ : ndarray of float32, shape (m,)
        Width over height of the ink.
    """

    def __init__(self, characters: Sequence[str], fonts: Sequence[str]):
        from PIL import ImageFont
        from scipy.ndimage import distance_transform_edt

        pictures, labels = [], []
        for font in fonts:
            have = charmap(font)
            freetype = ImageFont.truetype(str(font_path(font)), 96, layout_engine=ImageFont.Layout.BASIC)
            for label, members in enumerate(characters):
                for character in members:
                    picture = _draw(font, character, freetype) if ord(character) in have else None
                    if picture is not None:
                        pictures.append(picture)
                        labels.append(label)
        if len(set(labels)) < len(characters):
            lost = [c for i, c in enumerate(characters) if i not in set(labels)]
            raise DataError(f"The fonts {', '.join(fonts)} cannot draw {', '.join(lost)}.")
        ink = np.stack(pictures)
        self.label_ = np.array(labels, np.int64)
        self.outline_ = np.empty(ink.shape, np.int8)
        self.stroke_ = np.empty(ink.shape, np.int8)
        for i, (solid, line) in enumerate(zip(ink, thin(ink), strict=True)):
            signed = distance_transform_edt(~solid) - distance_transform_edt(solid)
            self.outline_[i] = np.clip(4 * signed, -127, 127)
            self.stroke_[i] = np.clip(4 * distance_transform_edt(~line), -127, 127)
        self.aspect_ = (ink.any(1).sum(1) / ink.any(2).sum(1)).astype(np.float32)
        self._of_class = [np.flatnonzero(self.label_ == c) for c in range(len(characters))]

    def sample(
        self, labels: np.ndarray, rng: np.random.Generator, *, size: int = 8, strength: float = 1.0
    ) -> np.ndarray:
        """Draw one variant for each label.

        Parameters
        ----------
        labels : ndarray of int64, shape (n,)
            Classes to draw.
        rng : numpy.random.Generator
            Source of every random choice.
        size : int
            Side of the pictures; divides 32.
        strength : float
            How far strokes are bent: 0 leaves the glyph's shape alone.

        Returns
        -------
        ndarray of float32, shape (n, size, size, 1)
            Share of ink in each block, in [0, 1].
        """
        out = np.empty((len(labels), size, size, 1), np.float32)
        for start in range(0, len(labels), 2048):
            part = slice(start, start + 2048)
            bitmaps = self._bitmaps(labels[part], rng, strength)
            out[part, ..., 0] = block_shares(bitmaps, size)
        return out

    def _bitmaps(self, labels: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
        """Black-and-white pictures of 32 x 32, stretched to the box of their ink."""
        n = len(labels)
        pick = rng.random(n)
        which = np.array(
            [self._of_class[c][int(u * len(self._of_class[c]))] for c, u in zip(labels, pick, strict=True)]
        )
        pen = rng.random(n) < 0.75  # three of four are drawn as a pen stroke, the others keep their outline
        warp = _Warp(n, rng, strength)
        # Half the pen's width in master pixels; 32 bitmap pixels are about 48 master pixels.
        half = np.where(pen, rng.uniform(2.2, 5.5, n), rng.uniform(-0.3, 3.2, n)).astype(np.float32)
        rough = rng.uniform(0.0, 0.5, n).astype(np.float32) * (rng.random(n) < 0.5)

        def ink(low: np.ndarray, high: np.ndarray, side: int) -> np.ndarray:
            """Ink on a grid over the box from low to high (n, 2), in units where the canvas is [-1, 1]."""
            steps = (np.arange(side, dtype=np.float32) + 0.5) / side
            x = low[:, :1] + (high - low)[:, :1] * steps
            y = low[:, 1:] + (high - low)[:, 1:] * steps
            u, v, noise = warp(x, y)
            column = np.clip((u + 1) * (CANVAS / 2), 0, CANVAS - 1).astype(np.int32)
            row = np.clip((v + 1) * (CANVAS / 2), 0, CANVAS - 1).astype(np.int32)
            index = (which.astype(np.int32)[:, None, None] * CANVAS + row) * CANVAS + column
            distance = np.where(pen[:, None, None], self.stroke_.ravel()[index], self.outline_.ravel()[index])
            limit = 4 * half[:, None, None] * (1 + rough[:, None, None] * noise)
            return distance < limit

        span = np.full((n, 2), 1.5, np.float32)
        first = ink(-span, span, 48)
        low, high = _box(first, -span, span)
        # The digits fill their height and about three quarters of their width, whatever their class.
        natural = (high - low)[:, 0] / np.maximum((high - low)[:, 1], 1e-3)
        share = np.clip(rng.normal(0.70, 0.06, n) * np.clip(natural / 0.70, 0.3, 2) ** rng.uniform(0, 0.5, n), 0.3, 1.0)
        middle, reach = (low + high)[:, 0] / 2, (high - low)[:, 0] / 2 / share
        middle = middle + rng.normal(0, 0.04, n) * reach
        low[:, 0], high[:, 0] = middle - reach, middle + reach
        return ink(low, high, BITMAP)


class _Warp:
    """A random smooth map from the plane of the picture to the plane of the master, one for each of n pictures."""

    def __init__(self, n: int, rng: np.random.Generator, strength: float):
        def one(scale: float) -> np.ndarray:
            return (strength * scale * rng.standard_normal(n)).astype(np.float32)[:, None]

        def between(low: float, high: float) -> np.ndarray:
            return rng.uniform(low, high, (n, 1)).astype(np.float32)

        slow_and_fast = [(0.06, 1.5, 3.5), (0.03, 3.5, 6.5)]
        self._waves = [(one(scale), between(low, high), between(0, 6.3)) for scale, low, high in slow_and_fast * 4]
        self._noise = [(between(3, 9), between(0, 6.3)) for _ in range(2)]
        turn, slant, lean = one(0.12), one(0.22), one(0.08)
        wide, tall = np.exp(one(0.15)), np.exp(one(0.08))
        self._matrix = [
            np.cos(turn) * wide, (slant - np.sin(turn)) * tall, (lean + np.sin(turn)) * wide, np.cos(turn) * tall
        ]  # fmt: skip
        self._bend = [one(0.08) for _ in range(6)]

    def __call__(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        def wave(i, at):
            amplitude, frequency, phase = self._waves[i]
            return amplitude * np.sin(frequency * at + phase)

        # Sums of functions of x alone and of y alone: a whole grid costs little more than its two edges.
        u = (x + wave(0, x) + wave(1, x))[:, None, :] + (wave(2, y) + wave(3, y))[:, :, None]
        v = (wave(4, x) + wave(5, x))[:, None, :] + (y + wave(6, y) + wave(7, y))[:, :, None]
        a, b, c, d = (m[:, :, None] for m in self._matrix)
        p, q = a * u + b * v, c * u + d * v
        k = [m[:, :, None] for m in self._bend]
        cross = p * q
        p, q = p + k[0] * cross + k[1] * q * q + k[4] * p * q * q, q + k[2] * cross + k[3] * p * p + k[5] * q * p * p
        (f, s), (g, t) = self._noise
        return p, q, np.sin(f * x + s)[:, None, :] * np.sin(g * y + t)[:, :, None]


def _box(ink: np.ndarray, low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Box of the ink on a grid over low..high, as new (low, high); the whole grid where there is no ink."""
    side = ink.shape[1]
    step = (high - low) / side
    ends = []
    for axis, seen in enumerate((ink.any(1), ink.any(2))):
        first, last = seen.argmax(1), side - seen[:, ::-1].argmax(1)
        ends.append((low[:, axis] + first * step[:, axis], low[:, axis] + last * step[:, axis]))
    return np.stack([e[0] for e in ends], 1).astype(np.float32), np.stack([e[1] for e in ends], 1).astype(np.float32)


def block_shares(bitmaps: np.ndarray, size: int = 8) -> np.ndarray:
    """Share of ink in each block of a bitmap, as the digits were counted.

    Parameters
    ----------
    bitmaps : ndarray of bool, shape (n, 32, 32)
        Black-and-white pictures, True where there is ink.
    size : int
        Blocks along a side; divides 32.

    Returns
    -------
    ndarray of float32, shape (n, size, size)
        Multiples of ``(size / 32) ** 2`` in [0, 1]: sixteenths for 8 x 8.

    Raises
    ------
    DataError
        If `size` does not divide 32.
    """
    if size < 1 or BITMAP % size:
        raise DataError(f"size={size} does not divide {BITMAP}.", fix="Use 4, 8, 16 or 32.")
    block = BITMAP // size
    return bitmaps.reshape(len(bitmaps), size, block, size, block).mean((2, 4), dtype=np.float32)
