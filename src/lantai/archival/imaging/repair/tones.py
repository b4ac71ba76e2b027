"""Cleaning a page: paper made white, the other side and folds taken away, noise and fading mended.

Every function works on pixels of eight bits in whole pictures at once; only what is slow is done on a reduction.
"""

from __future__ import annotations

from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from lantai.archival.imaging.pictures import Picture, grey, scaled

_Numbers = NDArray[Any]
_REDUCED = 8
_WHITE, _INKED = 250, 215
"""Paper once it is whitened; marks are darker than this."""
_SOFT = 0.58
"""The steepest step at the edge of ink that comes through, as a share of its depth, is less than this."""
_LEAST_SHARE, _MOST_SHARE = 0.06, 0.75
_APART, _FAINT = 20.0, 205.0
"""How much paler the other side's cores are than the page's own; paler than the second, nobody reads them."""
_FOLD_DEPTH = 0.06
"""A fold is darker than the paper beside it by this share."""
_RULE = 0.6
"""A line darker than this share is ink."""
_BLURRED = 3
"""Pixels beside a rule that its blur darkens."""
_STRIPS = 12
_BROAD = 2900
"""Pixels of the longer side from which strokes are broad enough to be smoothed: A4 at 250 dpi."""


def paper_of(picture: Picture) -> Picture:
    """The paper without the writing, on an eighth of the size: the lightest nearby, smoothed."""
    small = scaled(picture, 1 / _REDUCED)
    paper = cv2.dilate(small, np.ones((9, 9), np.uint8))
    return cast(Picture, cv2.medianBlur(paper, 21 if min(paper.shape[:2]) > 50 else 5))


def measure_paper(paper: Picture) -> tuple[float, float]:
    """Brightness of the paper and its spread over the page, the darkest channel counting."""
    plane = paper.min(axis=2) if paper.ndim == 3 else paper
    return float(np.median(plane)), float(plane.std())


def measure_noise(picture: Picture) -> float:
    """Spread of the sensor's noise, in levels of brightness."""
    plane = grey(picture)[::2, ::2].astype(np.float32)
    curve = cv2.Laplacian(plane, cv2.CV_32F, ksize=3)
    return float(np.median(np.abs(curve)) / 0.6745 / np.sqrt(20))


def measure_ink(picture: Picture) -> float:
    """Brightness of the writing: what only one pixel in a hundred and fifty is darker than."""
    return float(np.percentile(_darkest(scaled(picture, 0.5)), 0.7))


def whiten(picture: Picture, paper: Picture) -> Picture:
    """The page divided by its paper, so that paper is white wherever it was dark, yellow or stained."""
    ground = cv2.resize(np.maximum(paper, 24), picture.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    even = cv2.divide(picture, ground, scale=_WHITE)
    return cast(Picture, even)


def stretch(picture: Picture, dark: float, light: float) -> Picture:
    """Brightness *dark* and below made black, *light* and above white, the rest between."""
    levels = (np.arange(256, dtype=np.float32) - dark) / max(1.0, light - dark) * 255
    return cast(Picture, cv2.LUT(picture, np.clip(levels, 0, 255).astype(np.uint8)))


def measure_see_through(picture: Picture) -> tuple[float, float]:
    """How much of the marks on whitened paper is the other side's, and the brightness that parts both; 0 and 0 where
    it is none, or too faint to be read.

    Ink that comes through paper is soft: from the paper to its core it darkens slowly, where the page's own writing
    has edges.
    """
    factor = min(1.0, 1754 / max(picture.shape[:2]))
    plane = _darkest(cast(Picture, cv2.GaussianBlur(scaled(picture, factor), (0, 0), 0.8)))
    edges = cv2.morphologyEx(plane, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    marks = plane < _INKED
    count, labels, stats, _middles = cv2.connectedComponentsWithStats(marks.astype(np.uint8), connectivity=8)
    areas = stats[:, cv2.CC_STAT_AREA].astype(np.float64)
    kept = (areas >= 12) & (np.arange(count) > 0)
    if kept.sum() < 20:
        return 0.0, 0.0
    places = labels[marks].astype(np.int64)
    cores, steepest = np.full(count, 255, np.int64), np.zeros(count, np.int64)
    np.minimum.at(cores, places, plane[marks])
    np.maximum.at(steepest, places, edges[marks])
    cores, weight = cores[kept], np.minimum(areas[kept], 400)
    soft = steepest[kept] < _SOFT * (_WHITE - cores)
    share = float(weight[soft].sum() / weight.sum())
    if not _LEAST_SHARE <= share <= _MOST_SHARE:
        return 0.0, 0.0
    level, own = _quantile(cores[soft], weight[soft], 0.05), _quantile(cores[~soft], weight[~soft], 0.75)
    return (share, level) if own + _APART <= level and np.median(cores[soft]) < _FAINT else (0.0, 0.0)


def _quantile(values: _Numbers, weight: _Numbers, share: float) -> float:
    """The value that so much of the weight lies below."""
    if not values.size:
        return 0.0
    order = np.argsort(values)
    reached = np.cumsum(weight[order])
    return float(values[order][int(np.searchsorted(reached, share * reached[-1]))])


def cut_see_through(picture: Picture, level: float) -> Picture:
    """Everything pale that has no dark core near it made white; the page's own strokes keep their soft edges."""
    plane = _darkest(picture)
    size = max(3, round(max(picture.shape[:2]) / 500)) | 1
    near = cv2.dilate((plane < level).astype(np.uint8), np.ones((size, size), np.uint8))
    cleaned = picture.copy()
    cleaned[near == 0] = 255
    return cleaned


def find_folds(picture: Picture) -> list[tuple[int, int, float]]:
    """Fold lines (折痕) across (0) or down (1) a whitened page: axis, place in pixels, depth as a share."""
    high, wide = picture.shape[:2]
    whole = grey(picture)
    found: list[tuple[int, int, float]] = []
    for axis in (0, 1):
        # Along the fold eight pixels are made one first: what is asked for is paper, not strokes.
        size = (max(1, wide // 16), max(1, high // 2)) if axis == 0 else (max(1, wide // 2), max(1, high // 16))
        small = cv2.resize(whole, size, interpolation=cv2.INTER_AREA)
        strips = np.array_split(small, _STRIPS, axis=1 - axis)
        profiles = [np.percentile(strip, 75, axis=1 - axis) for strip in strips if strip.shape[1 - axis] >= 3]
        if len(profiles) < _STRIPS or profiles[0].size < 100:
            continue
        drops = [1 - each / np.maximum(_smooth(each), 1) for each in profiles]
        common = np.sort(np.array(drops), axis=0)[1]  # from edge to edge but for one strip, as no rule and no line does
        for place in np.nonzero((common > _FOLD_DEPTH) & (common < _RULE))[0]:
            near = common[max(0, place - 15) : place + 16]
            if common[place] == near.max() and not any(
                each[0] == axis and abs(each[1] - 2 * place) < 40 for each in found
            ):
                found.append((axis, int(2 * place), float(common[place])))
    return found


def _smooth(
    profile: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """A profile without its narrow dips."""
    column = np.ascontiguousarray(profile, np.float32).reshape(-1, 1)
    return cast(
        np.ndarray[tuple[int, ...], np.dtype[np.float32]], cv2.medianBlur(cv2.dilate(column, np.ones((31, 1))), 5)[:, 0]
    )


def lighten_folds(picture: Picture, folds: list[tuple[int, int, float]]) -> Picture:
    """Fold lines made as light as the paper beside them, the writing on them kept."""
    mended = picture.copy()
    reach = 28
    for axis, place, _depth in folds:
        low, high = max(0, place - reach), min(picture.shape[axis], place + reach + 1)
        band = mended[low:high] if axis == 0 else mended[:, low:high]
        across = band if axis == 0 else band.swapaxes(0, 1)
        for start in range(0, across.shape[1], 256):
            part = across[:, start : start + 256]
            level = np.percentile(part, 75, axis=1, keepdims=True)
            share = level / np.maximum(level.max(axis=0, keepdims=True), 1)
            gain = 1 / np.clip(_without_rules(share), _RULE, 1)
            across[:, start : start + 256] = np.clip(part * gain, 0, 255).astype(np.uint8)
    return mended


def _without_rules(share: _Numbers) -> _Numbers:
    """How bright rows across a fold are, those a printed rule runs along as bright as the rows beside them."""
    flat = share.reshape(len(share), -1).copy()
    places = np.arange(len(flat))
    for column in flat.T:
        ruled = np.convolve(column < _RULE, np.ones(2 * _BLURRED + 1), "same") > 0
        if ruled.any() and not ruled.all():
            column[ruled] = np.interp(places[ruled], places[~ruled], column[~ruled])
    return cast(_Numbers, flat.reshape(share.shape))


def calm(picture: Picture) -> Picture:
    """Noise and specks taken away: marks too small for any stroke, and where strokes are broad enough to bear it, the
    middle of each three by three pixels."""
    broad = max(picture.shape[:2]) >= _BROAD
    smooth = cast(Picture, cv2.medianBlur(picture, 3)) if broad else picture.copy()
    marks = (_darkest(smooth) < 150).astype(np.uint8)
    count, labels, stats, _middles = cv2.connectedComponentsWithStats(marks, connectivity=8)
    small = stats[:, cv2.CC_STAT_AREA] <= (8 if broad else 4)
    small[0] = False
    if count < 2 or not small.any():
        return smooth
    specks = small[labels]
    others = cv2.boxFilter(marks * ~specks, cv2.CV_16U, (25, 25), normalize=False)
    alone = specks & (others < 12)  # a dot beside strokes belongs to a character
    smooth[cv2.dilate(alone.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0] = 255
    return smooth


def _darkest(picture: Picture) -> Picture:
    """The darkest channel: red ink counts as dark."""
    if picture.ndim == 2:
        return picture
    red, green, blue = cv2.split(picture)
    return cast(Picture, cv2.min(cv2.min(red, green), blue))
