"""Seals as reading meets them (印章遮挡): red marks with an outline, taken off so that the words beneath are read.

Red headings stay: they have no outline around them. Whose seal it is, is another question.
"""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np

from lantai.archival.imaging.pictures import Box, Picture, scaled

_REDUCED = 4
_REDDER = 24
"""How much redder than the page a seal's ink is."""
_SMALLEST, _LARGEST = 0.035, 0.36
"""A seal's sides as shares of the page's shorter side."""
_LONGEST = 2.6
"""How much longer than broad a seal is at most."""
_OUTLINE = 0.62
"""Share of its circumference that bears ink."""
_STAYS = 0.70
"""In the red channel, red ink is lighter than this share of the paper; writing is darker."""


def find_red_marks(page: Picture) -> list[Box]:
    """Boxes around red marks that have an outline all around; none on a grey page."""
    if page.ndim == 2 or min(page.shape[:2]) < 200:
        return []
    small = scaled(page, 1 / _REDUCED)
    red = _redness(small) > _REDDER
    if not red.any():
        return []
    shorter = min(small.shape[:2])
    reach = max(3, round(shorter * 0.02)) | 1
    closed = cv2.morphologyEx(red.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((reach, reach), np.uint8))
    _count, labels, stats, _middles = cv2.connectedComponentsWithStats(closed, connectivity=8)
    found = []
    for number, (left, top, wide, high, _area) in enumerate(stats[1:], 1):
        sides = min(wide, high), max(wide, high)
        if sides[0] < _SMALLEST * shorter or sides[1] > _LARGEST * shorter or sides[1] > _LONGEST * sides[0]:
            continue
        part = (labels[top : top + high, left : left + wide] == number) & red[top : top + high, left : left + wide]
        if _outlined(part.astype(np.uint8)) >= _OUTLINE:
            found.append(tuple(_REDUCED * int(each) for each in (left, top, left + wide, top + high)))
    return cast(list[Box], found)


def without_red_marks(page: Picture, marks: list[Box]) -> Picture:
    """The page with the red ink of the marks taken away; what is written beneath stays."""
    cleaned = page.copy()
    high, wide = page.shape[:2]
    for left, top, right, bottom in marks:
        across, down = slice(max(0, left - 8), min(wide, right + 8)), slice(max(0, top - 8), min(high, bottom + 8))
        part = cleaned[down, across]
        paper = np.percentile(part.reshape(-1, 3), 90, axis=0)
        inked = cv2.dilate((_redness(part) > _REDDER / 2).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
        light = np.clip(part[:, :, 0].astype(np.float32) / max(1.0, float(paper[0]) * _STAYS), 0, 1)
        part[inked] = (light[inked][:, None] * paper[None]).astype(np.uint8)
    return cleaned


def _redness(picture: Picture) -> np.ndarray[tuple[int, ...], np.dtype[np.int16]]:
    """How much red stands out before green and blue, the page's own tint taken off."""
    red, green, blue = cv2.split(picture)
    over = red.astype(np.int16) - np.maximum(green, blue).astype(np.int16)
    return cast("np.ndarray[tuple[int, ...], np.dtype[np.int16]]", over - np.int16(np.median(over)))


def _outlined(mark: Picture) -> float:
    """The share of a mark's hull along which there is ink."""
    points = cv2.findNonZero(mark)
    if points is None or len(points) < 20:
        return 0.0
    hull = np.zeros_like(mark)
    cv2.polylines(hull, [cv2.convexHull(points)], True, 1, 1)
    near = cv2.dilate(mark, np.ones((5, 5), np.uint8))
    return float((near[hull > 0] > 0).mean())
