"""Where lines of writing are on a page (文本检测): slanted boxes around them, found on a reduced picture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from lantai.archival.imaging.models import Network, Tensor
from lantai.archival.imaging.pictures import Picture, Plane, coloured

Quad = NDArray[np.float32]
"""Four corners, x and y, of a line as it reads: upper left, upper right, lower right, lower left."""

LONGEST = 960
"""Pixels of the longer side that lines are looked for at: larger costs time and finds no more on A4."""
_GRID = 32
"""The network wants sides that are multiples of this."""
_SURE, _BOX_SURE, _GROWTH = 0.3, 0.5, 1.6
"""What counts as writing; the mean over a box; how much a box is grown, since the network marks the lines' cores."""
_LEAST = 3.0
_MEAN, _SPREAD = 0.5, 0.5
_TILE, _OVERLAP = 2560, 320
"""Sheets much larger than A4 are looked through in squares of so many pixels, which overlap."""
_WHOLE = 4200


@dataclass(frozen=True, slots=True)
class Detector:
    """Finds lines with a network.

    Args:
        network: of the DB kind.
        longest: pixels of the longer side of what it sees.
    """

    network: Network
    longest: int = LONGEST

    def find(self, picture: Picture) -> list[Quad]:
        """The lines of a page, in no order, in pixels of the picture."""
        high, wide = picture.shape[:2]
        if max(high, wide) <= _WHOLE and max(high, wide) <= 8 * min(high, wide):
            return self._seen(picture)
        found: list[Quad] = []
        for left, top, part in _tiles(picture):
            inner = (left, top, left + part.shape[1], top + part.shape[0])
            shift = np.array([left, top], np.float32)
            found += [quad + shift for quad in self._seen(part) if not _cut(quad + shift, inner, wide, high)]
        return _single(found)

    def _seen(self, picture: Picture) -> list[Quad]:
        high, wide = picture.shape[:2]
        pad = max(0, 64 - min(high, wide)) // 2 + (8 if min(high, wide) < 64 else 0)
        if pad:
            picture = cast(Picture, cv2.copyMakeBorder(picture, pad, pad, pad, pad, cv2.BORDER_REPLICATE))
        taller, wider = picture.shape[:2]
        factor = min(1.0, self.longest / max(taller, wider))
        size = (_fitting(wider * factor), _fitting(taller * factor))
        how = cv2.INTER_AREA if factor < 0.6 else cv2.INTER_LINEAR
        small = cv2.resize(coloured(picture), size, interpolation=how)
        chance = self.network(_tensor(cast(Picture, small)))[0, 0]
        stretch = np.array([wider / size[0], taller / size[1]], np.float32)
        quads = [_upright(quad) * stretch - pad for quad in _boxes(chance)]
        limit = np.array([wide, high], np.float32)
        return [np.clip(quad, 0, limit).astype(np.float32) for quad in quads]


def _fitting(length: float) -> int:
    return max(_GRID, round(length / _GRID) * _GRID)


def _tensor(picture: Picture) -> Tensor:
    """Blue first, around nought, as the network was taught."""
    plane = picture[:, :, ::-1].astype(np.float32) * (1 / 255 / _SPREAD) - _MEAN / _SPREAD
    return np.ascontiguousarray(plane.transpose(2, 0, 1)[None], np.float32)


def _boxes(chance: Plane) -> Iterator[Quad]:
    """Boxes around what the network holds for writing, in its own pixels."""
    mask = cv2.dilate((chance > _SURE).astype(np.uint8), np.ones((2, 2), np.uint8))
    contours, hierarchy = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    if hierarchy is None:
        return
    for contour, (_next, _previous, _child, parent) in zip(contours, hierarchy[0], strict=True):
        if parent >= 0:
            continue  # the edge of a hole
        middle, (wide, high), angle = cv2.minAreaRect(contour)
        if min(wide, high) < _LEAST:
            continue
        corners = cv2.boxPoints((middle, (wide, high), angle))
        if _mean_within(chance, cast(Quad, corners)) < _BOX_SURE:
            continue
        more = wide * high * _GROWTH / (wide + high)  # twice area over circumference: on both sides
        yield cast(Quad, cv2.boxPoints((middle, (wide + more, high + more), angle)))


def _mean_within(chance: Plane, corners: Quad) -> float:
    low, top = np.floor(corners.min(axis=0)).astype(int), np.ceil(corners.max(axis=0)).astype(int)
    left, upper = max(0, int(low[0])), max(0, int(low[1]))
    part = chance[upper : int(top[1]) + 1, left : int(top[0]) + 1]
    mask = np.zeros(part.shape, np.uint8)
    cv2.fillPoly(mask, [(corners - np.array([left, upper])).astype(np.int32)], 1)
    return float(cv2.mean(part, mask)[0])


def _upright(corners: Quad) -> Quad:
    """The corners from the upper left one, clockwise."""
    by_x = corners[np.argsort(corners[:, 0], kind="stable")]
    left, right = by_x[:2], by_x[2:]
    upper_left, lower_left = left[np.argsort(left[:, 1], kind="stable")]
    upper_right, lower_right = right[np.argsort(right[:, 1], kind="stable")]
    return np.array([upper_left, upper_right, lower_right, lower_left], np.float32)


def _tiles(picture: Picture) -> Iterator[tuple[int, int, Picture]]:
    """Overlapping squares of a large sheet: left, top, pixels."""
    high, wide = picture.shape[:2]
    for top in _starts(high):
        for left in _starts(wide):
            yield left, top, picture[top : top + _TILE, left : left + _TILE]


def _starts(length: int) -> list[int]:
    if length <= _TILE:
        return [0]
    count = -(-(length - _OVERLAP) // (_TILE - _OVERLAP))
    return [round(number * (length - _TILE) / (count - 1)) for number in range(count)]


def _cut(quad: Quad, tile: tuple[int, int, int, int], wide: int, high: int) -> bool:
    """Whether a line goes over an inner edge of its square; the neighbour sees it whole, or none does."""
    low, top = quad.min(axis=0), quad.max(axis=0)
    left, upper, right, lower = tile
    over = (
        (left > 0 and low[0] <= left + 2)
        or (upper > 0 and low[1] <= upper + 2)
        or (right < wide and top[0] >= right - 2)
        or (lower < high and top[1] >= lower - 2)
    )
    return bool(over) and float(max(top - low)) < _OVERLAP


def _single(quads: list[Quad]) -> list[Quad]:
    """Lines that two squares saw, once."""
    kept: list[Quad] = []
    boxes: list[tuple[float, float, float, float]] = []
    for quad in sorted(quads, key=lambda each: -float(cv2.contourArea(each))):
        low, top = quad.min(axis=0), quad.max(axis=0)
        box = (float(low[0]), float(low[1]), float(top[0]), float(top[1]))
        if not any(_covered(box, other) for other in boxes):
            kept.append(quad)
            boxes.append(box)
    return kept


def _covered(box: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    """Whether half of a box lies in another."""
    wide = min(box[2], other[2]) - max(box[0], other[0])
    high = min(box[3], other[3]) - max(box[1], other[1])
    return wide > 0 and high > 0 and wide * high > 0.5 * (box[2] - box[0]) * (box[3] - box[1])
