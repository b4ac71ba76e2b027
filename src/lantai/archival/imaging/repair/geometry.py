"""Setting a page right: the scanner's dark bed around it is cut away, lines that lean are made level."""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np

from lantai.archival.imaging.pictures import Picture, Plane, grey, scaled
from lantai.archival.imaging.repair.model import Matrix

_BED = 70
"""The bed is darker than this."""
_SHARE = 0.004
"""Dark areas at the edge count from this share of the page on."""
_ISLANDS = 12
"""Light spots a bed may hold."""
_MOST = 0.45
"""A page darker than this share is dark itself: a photograph, a negative."""
_STEEPEST = 15.0
_LEAST = 0.15
"""Degrees from which lines are made level."""
_SHARPER = 1.02
"""How much sharper rows must become by it."""
_LOOKED_AT = 900
"""Pixels of the longer side that the angle is measured on, in the end."""
_STAYS = 3.0
"""Degrees up to which the page keeps its size; beyond, its corners would be lost."""


def find_border(picture: Picture) -> tuple[Picture | None, float]:
    """The scanner's bed around a page: where it is, on an eighth of the size, and its share of the page; None where
    there is none."""
    small = grey(scaled(picture, 1 / 8))
    high, wide = small.shape
    dark = (small < _BED).astype(np.uint8)
    count, labels, stats, _middles = cv2.connectedComponentsWithStats(dark, connectivity=4)
    at_edge = [
        number
        for number in range(1, count)
        if stats[number][4] > _SHARE * high * wide
        and (
            stats[number][0] == 0
            or stats[number][1] == 0
            or stats[number][0] + stats[number][2] == wide
            or stats[number][1] + stats[number][3] == high
        )
    ]
    bed = np.isin(labels, at_edge).astype(np.uint8)
    share = float(bed.mean())
    if at_edge and cv2.connectedComponents(1 - bed, connectivity=4)[0] - 2 > _ISLANDS:
        return None, share  # light marks within the dark: a dark cover with writing on it
    return (bed, share) if at_edge and share < _MOST else (None, 0.0 if not at_edge else share)


def cut_border(picture: Picture, bed: Picture) -> tuple[Picture, tuple[int, int]]:
    """The page without the bed: cut off where it fills a side, painted over with paper where it is a corner.

    Returns the page and how many pixels went at the left and at the top.
    """
    high, wide = bed.shape
    rows, columns = bed.mean(axis=1) > 0.5, bed.mean(axis=0) > 0.5
    top = _run(rows[: high // 5])
    bottom = high - _run(rows[::-1][: high // 5])
    left = _run(columns[: wide // 5])
    right = wide - _run(columns[::-1][: wide // 5])
    painted = picture.copy()
    grown = cv2.dilate(bed, np.ones((3, 3), np.uint8))
    over = cv2.resize(grown, picture.shape[1::-1], interpolation=cv2.INTER_NEAREST)
    painted[over > 0] = paper_colour(picture)
    x, y = round(left * picture.shape[1] / wide), round(top * picture.shape[0] / high)
    end_x, end_y = round(right * picture.shape[1] / wide), round(bottom * picture.shape[0] / high)
    return np.ascontiguousarray(painted[y:end_y, x:end_x]), (x, y)


def _run(marks: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> int:
    """How many are true before the first that is not."""
    return int(np.argmin(marks)) if not marks.all() else len(marks)


def paper_colour(picture: Picture) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """The colour of most of the page's middle."""
    high, wide = picture.shape[:2]
    middle = picture[high // 4 : max(high // 4 + 1, -high // 4) : 16, wide // 4 : max(wide // 4 + 1, -wide // 4) : 16]
    return np.asarray(np.median(middle.reshape(-1, *picture.shape[2:]), axis=0), np.float64)


def measure_skew(picture: Picture) -> tuple[float, float]:
    """By how many degrees the lines of a page lean, and how much sharper its rows are without it.

    Positive is what turning counter-clockwise mends. Lines that run downwards are measured by their columns.
    """
    high, wide = picture.shape[:2]
    if min(high, wide) < 64:
        return 0.0, 1.0
    small = grey(scaled(picture, min(1.0, _LOOKED_AT / max(high, wide))))
    ink = cv2.subtract(cv2.medianBlur(small, 21), small)
    _level, marks = cv2.threshold(ink, 0, 1, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    deep, broad = marks.shape
    fine = cast(Plane, marks[deep // 25 : -deep // 25 or None, broad // 25 : -broad // 25 or None].astype(np.float32))
    if not fine.any():
        return 0.0, 1.0
    coarse = cast(Plane, cv2.resize(fine, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA))
    along = max((0, 1), key=lambda axis: _best(coarse, 0.0, _STEEPEST, 1.0, axis)[1])
    angle, _sharp = _best(coarse, 0.0, _STEEPEST, 1.0, along)
    angle, _sharp = _best(fine, angle, 1.0, 0.25, along)
    angle, sharp = _best(fine, angle, 0.2, 0.05, along)
    return angle, sharp / max(_sharpness(fine, 0.0, along), 1.0)


def _best(marks: Plane, middle: float, reach: float, step: float, along: int) -> tuple[float, float]:
    """The angle around *middle* with the sharpest rows, and how sharp they are there."""
    count = round(reach / step)
    angles = [middle + number * step for number in range(-count, count + 1)]
    return max(((angle, _sharpness(marks, angle, along)) for angle in angles), key=lambda each: each[1])


def _sharpness(marks: Plane, angle: float, along: int) -> float:
    """How much neighbouring rows (or columns, *along* 1) differ in ink once the page is turned."""
    high, wide = marks.shape
    matrix = cv2.getRotationMatrix2D((wide / 2, high / 2), angle, 1)
    sums = cv2.warpAffine(marks, matrix, (wide, high), flags=cv2.INTER_LINEAR).sum(axis=1 - along)
    return float((np.diff(sums) ** 2).sum())


def asks_for_level(angle: float, sharper: float) -> bool:
    """Whether lines lean enough to be made level."""
    return abs(angle) >= _LEAST and sharper >= _SHARPER


def make_level(picture: Picture, angle: float) -> tuple[Picture, Matrix]:
    """The page turned counter-clockwise by *angle* degrees, beside it the colour of its paper; and where points go."""
    high, wide = picture.shape[:2]
    matrix = cast(Matrix, cv2.getRotationMatrix2D((wide / 2, high / 2), angle, 1))
    if abs(angle) > _STAYS:
        sine, cosine = abs(float(np.sin(np.radians(angle)))), abs(float(np.cos(np.radians(angle))))
        wider, taller = round(wide * cosine + high * sine), round(wide * sine + high * cosine)
        matrix[:, 2] += (wider - wide) / 2, (taller - high) / 2
        wide, high = wider, taller
    beside = [float(each) for each in np.atleast_1d(paper_colour(picture))]
    level = cv2.warpAffine(
        picture, matrix, (wide, high), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT, borderValue=beside
    )
    return cast(Picture, level), matrix
