"""From an opened image file to the pixels that a network meets: the same in training and in the service."""

from __future__ import annotations

from typing import Any

import numpy as np


def upright(raw: Any) -> Any:
    """Turn an image as its camera says, lay transparency over white, and keep 8 bits a channel: L or RGB."""
    from PIL import Image, ImageOps

    image = ImageOps.exif_transpose(raw)
    if image.mode.startswith("I"):  # 16 bits; Pillow's own conversion would clip
        return Image.fromarray((np.asarray(image, "uint32") // 257).clip(0, 255).astype("uint8"))
    if image.mode == "F":
        raise ValueError("pixels are floating-point numbers of unknown range")
    if image.mode == "1":
        return image.convert("L")
    if image.has_transparency_data:
        solid = image.convert("RGBA")
        white = Image.new("RGBA", solid.size, "white")
        flat = Image.alpha_composite(white, solid)
        return flat.convert("L" if image.mode == "LA" else "RGB")
    return image.convert("L" if image.mode == "L" else "RGB")


def resized(image: Any, size: tuple[int, int]) -> Any:
    """Resize to height and width; BOX averages over what a pixel covers, where the image shrinks."""
    from PIL import Image

    shrinks = image.height >= size[0] and image.width >= size[1]
    return image.resize(size[::-1], Image.Resampling.BOX if shrinks else Image.Resampling.BILINEAR)
