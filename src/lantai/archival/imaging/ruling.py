"""Ruled cells (表格线) as reading order needs them: which lines of writing stand in one box."""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np

from lantai.archival.imaging.pictures import Box, Picture, grey, scaled
from lantai.archival.imaging.repair.tones import find_folds

_LOOKED_AT = 1300
"""Pixels of the longer side that rules are looked for at."""
_DARKER = 10
_FOLD = 12
"""Pixels on both sides of a fold that are no rules."""
_NEARLY_ALL = 0.93
"""A rule that runs over so much of the sheet is a fold or an edge."""
_FULL = 0.7
"""A cell fills so much of the box around it."""
_LARGEST = 0.4
"""A box larger than this share of the page is a frame, no cell."""


def find_cells(picture: Picture) -> list[Box]:
    """The boxes that ruled lines enclose, on a page whose lines are level; none on a page without rules. Folds, which
    look like rules, are left out."""
    high, wide = picture.shape[:2]
    factor = min(1.0, _LOOKED_AT / max(high, wide))
    small = grey(scaled(picture, factor))
    deep, broad = small.shape
    if min(deep, broad) < 100:
        return []
    marks = cv2.adaptiveThreshold(small, 1, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 31, _DARKER)
    reach = max(24, broad // 22)
    across = _rules(cast(Picture, marks), (reach, 1), broad)
    down = _rules(cast(Picture, marks), (1, reach), deep)
    if not across.any() or not down.any():
        return []
    for axis, place, _depth in find_folds(picture):
        low, high = max(0, round((place - _FOLD) * factor)), round((place + _FOLD) * factor) + 1
        if axis == 0:
            across[low:high] = 0
        else:
            down[:, low:high] = 0
    rules = cv2.bitwise_or(across, down)
    closed = cv2.morphologyEx(cv2.dilate(rules, np.ones((3, 3), np.uint8)), cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8))
    _count, _labels, stats, _middles = cv2.connectedComponentsWithStats(1 - closed, connectivity=4)
    cells = []
    for left, top, length, height, area in stats[1:]:
        inside = left > 0 and top > 0 and left + length < broad and top + height < deep
        shaped = length >= 14 and height >= 10 and area >= _FULL * length * height
        if inside and shaped and length * height <= _LARGEST * broad * deep:
            cells.append(
                (
                    round((left - 1) / factor),
                    round((top - 1) / factor),
                    round((left + length + 1) / factor),
                    round((top + height + 1) / factor),
                )
            )
    return cells if len(cells) > 1 else []


def _rules(marks: Picture, reach: tuple[int, int], length: int) -> Picture:
    """Straight rules along one axis, those left out that run over nearly the whole sheet."""
    found = cast(Picture, cv2.morphologyEx(marks, cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_RECT, reach)))
    _count, labels, stats, _middles = cv2.connectedComponentsWithStats(found, connectivity=8)
    along = stats[:, cv2.CC_STAT_WIDTH if reach[0] > 1 else cv2.CC_STAT_HEIGHT]
    keep = along < _NEARLY_ALL * length
    keep[0] = False
    return cast(Picture, keep[labels].astype(np.uint8))
