"""Pictures as this room knows them: rows of RGB pixels of eight bits."""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
"""Height x width x 3, red first; or height x width for one channel."""

Plane = NDArray[np.float32]
"""One channel of numbers, as large as a picture or as its reduction."""

Box = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels; right and bottom lie just outside."""


def grey(picture: Picture) -> Picture:
    """One channel of brightness."""
    return picture if picture.ndim == 2 else cast(Picture, cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY))


def coloured(picture: Picture) -> Picture:
    """Three channels, whatever came."""
    return cast(Picture, cv2.cvtColor(picture, cv2.COLOR_GRAY2RGB)) if picture.ndim == 2 else picture


def scaled(picture: Picture, factor: float) -> Picture:
    """The picture in another size, at least one pixel; smaller by the mean of what falls together."""
    high, wide = picture.shape[:2]
    size = (max(1, round(wide * factor)), max(1, round(high * factor)))
    if size == (wide, high):
        return picture
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    return cast(Picture, cv2.resize(picture, size, interpolation=how))


def resized(picture: Picture, width: int, height: int) -> Picture:
    """The picture in exactly this size."""
    if picture.shape[:2] == (height, width):
        return picture
    return cast(Picture, cv2.resize(picture, (width, height), interpolation=cv2.INTER_LINEAR))


def turned(picture: Picture, quarters: int) -> Picture:
    """The picture turned clockwise by so many quarters."""
    return np.ascontiguousarray(np.rot90(picture, -quarters)) if quarters % 4 else picture


def mirrored(picture: Picture) -> Picture:
    """Left and right exchanged."""
    return np.ascontiguousarray(picture[:, ::-1])
