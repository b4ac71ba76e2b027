"""Finding seals (印章检测): marks of coloured ink with a rim all around, told from red headings, rules and pictures."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from lantai.archival.imaging.pictures import Box, Picture, Plane, scaled
from lantai.archival.imaging.seals.model import Colour, Outline, Shape

_DPI = 100.0
"""Pixels an inch that seals are looked for at."""
_MM = _DPI / 25.4
_SMALLEST, _LARGEST = 9 * _MM, 80 * _MM
"""Sides of seals: name seals have 10 mm at least, seals of state organs 60 mm at most."""
_LEAST_ROUND = 14 * _MM
_LONGEST = 3.2
"""How much longer than broad a seal is at most."""
_CLOSINGS = (3, 7, 13)
"""Pixels of gaps in a rim that are bridged, one after the other."""
_DIRECTIONS = 72
_CLOSED, _CLOSED_BOX = 0.66, 0.72
_RINGS = ((0.89, 0.95), (0.97, 1.03), (1.05, 1.11))
"""Within a rim, the rim, beyond it."""
_FULL = 0.62
"""A mark that fills more of its outline is a picture, an emblem or a patch of colour."""
_COLOURED = 0.3
"""How much more coloured than its paper ink is at least, as a share of how much darker it is."""
_CROP = 800
"""Pixels: smaller pictures without a told resolution are taken for pieces of 100 dpi."""

Points = NDArray[np.float32]


def find_seals(picture: Picture, dpi: float | None = None) -> list[Outline]:
    """Seals of coloured ink on a page, from the top down. On a page without colour: round black ones.

    Args:
        picture: the page, RGB or grey; a piece of a page as well.
        dpi: of the picture; that of an A4 sheet when None.
    """
    high, wide = picture.shape[:2]
    if min(high, wide) < 24:
        return []
    told = dpi or (_DPI if max(high, wide) < _CROP else max(high, wide) / 11.69)
    factor = min(1.0, _DPI / told)
    small = scaled(picture, factor)
    found: list[Outline] = []
    if picture.ndim == 3:
        found += _of_colour(small, "red") + _of_colour(small, "blue")
    if not found:
        found = _black(small)
    kept = _single(found)
    return sorted((_enlarged(each, 1 / factor, wide, high) for each in kept), key=lambda each: each.box[1])


def ink_of(picture: Picture, colour: Colour) -> Plane:
    """How much more of a colour there is at each point than in the paper around it, in levels."""
    levels = picture.astype(np.float32)
    red, green, blue = levels[:, :, 0], levels[:, :, 1], levels[:, :, 2]
    over = red - np.maximum(green, blue * 0.9 + green * 0.1) if colour == "red" else blue - np.maximum(red, green)
    shifted = np.clip(over + 128, 0, 255).astype(np.uint8)
    small = cv2.resize(shifted, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    side = max(3, min(41, (min(small.shape) // 2) * 2 - 1))
    around = cv2.resize(cv2.medianBlur(small, side), over.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return cast(Plane, over - (around.astype(np.float32) - 128))


def _of_colour(small: Picture, colour: Colour) -> list[Outline]:
    ink = ink_of(cast(Picture, cv2.GaussianBlur(small, (3, 3), 0)), colour)
    strong = float(np.percentile(ink, 99.8))
    limit = max(13.0, min(40.0, 0.32 * strong))
    mask = (ink > limit).astype(np.uint8)
    found: list[Outline] = []
    for reach in _CLOSINGS:
        element = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
        closed = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, element)
        _count, labels, stats, _middles = cv2.connectedComponentsWithStats(closed, connectivity=8)
        for number, (left, top, wide, high, _area) in enumerate(stats[1:], 1):
            short, long = min(wide, high), max(wide, high)
            if short < _SMALLEST or long > _LARGEST or long > _LONGEST * short:
                continue
            inside = (slice(top, top + high), slice(left, left + wide))
            part = ((labels[inside] == number) & (mask[inside] > 0)).astype(np.uint8)
            if not _is_coloured(small[inside], ink[inside], part, colour):
                continue
            outline = _judged(part, (int(left), int(top)), colour)
            if outline is not None:
                found.append(outline)
    return found


def _is_coloured(piece: Picture, ink: Plane, part: Picture, colour: Colour) -> bool:
    """Whether a mark is of coloured ink: dark writing on coloured paper differs from it in colour too, but more in
    light."""
    light = piece[:, :, 1 if colour == "red" else 0].astype(np.float32)
    dark = float(np.percentile(light, 90)) - float(light[part > 0].mean())
    return float(ink[part > 0].mean()) >= _COLOURED * dark


def _judged(part: Picture, corner: tuple[int, int], colour: Colour) -> Outline | None:
    """What shape of rim a mark has, None when it has none."""
    nonzero = cv2.findNonZero(part)
    if nonzero is None or len(nonzero) < 60:
        return None
    points = nonzero.reshape(-1, 2).astype(np.float32)
    hull = cv2.convexHull(points)
    area = float(cv2.contourArea(hull))
    if area < 50 or len(hull) < 5:
        return None
    boxed = _as_box(points, cast(Points, hull))
    rimmed = _as_ellipse(points)
    choices = [each for each in (rimmed, boxed) if each is not None]
    if not choices:
        return None
    closed, shape, middle, axes, angle = max(choices, key=lambda each: each[0])
    space = axes[0] * axes[1] * (math.pi / 4 if shape in ("round", "oval") else 1.0)
    if cv2.countNonZero(part) > _FULL * space:
        return None
    if shape in ("round", "oval") and min(axes) < _LEAST_ROUND * 0.9:
        return None
    x, y = middle[0] + corner[0], middle[1] + corner[1]
    return Outline(shape, colour, _around(x, y, axes, angle, shape), (x, y), axes, angle, round(closed, 3))


_Fit = tuple[float, Shape, tuple[float, float], tuple[float, float], float]


def _as_ellipse(points: Points) -> _Fit | None:
    """A rim that is a circle or an ellipse, fitted to the outermost ink of each direction, twice."""
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    outer = _outermost(points, middle)
    if len(outer) < 24:
        return None
    fit = cv2.fitEllipse(outer)
    for _turn in range(3):
        far = _radius(outer, fit)
        near = outer[(far > 0.93) & (far < 1.06)]
        if len(near) < 24:
            break
        fit = cv2.fitEllipse(near)
    (x, y), (one, other), angle = fit
    if min(one, other) < 8 or max(one, other) > 1.8 * min(one, other):
        return None
    far = _radius(points, fit)
    beyond = float(np.mean(far > 1.1))
    turns = np.arctan2(points[:, 1] - y, points[:, 0] - x)
    sectors = ((turns + math.pi) / (2 * math.pi) * _DIRECTIONS).astype(int) % _DIRECTIONS
    closed = len(set(sectors[(far > 0.93) & (far < 1.05)].tolist())) / _DIRECTIONS
    if closed < _CLOSED or beyond > 0.12:
        return None
    rim = float(np.mean(far > 0.9))
    inside = float(np.mean((far > 0.78) & (far < 0.88)))
    if rim < 0.08 or inside > 3 * rim:
        return None
    long, short = max(one, other), min(one, other)
    if long < 1.13 * short:
        mean = (one + other) / 2
        return closed, "round", (float(x), float(y)), (mean, mean), 0.0
    turn = angle if one >= other else angle + 90
    turn = (turn + 90) % 180 - 90
    return closed, "oval", (float(x), float(y)), (long, short), float(turn)


def _outermost(points: Points, middle: NDArray[np.float32]) -> Points:
    """The farthest ink in each direction."""
    away = points - middle
    sectors = ((np.arctan2(away[:, 1], away[:, 0]) + math.pi) / (2 * math.pi) * 2 * _DIRECTIONS).astype(int)
    far = np.hypot(away[:, 0], away[:, 1])
    order = np.argsort(far)
    last = np.full(2 * _DIRECTIONS + 1, -1)
    last[sectors[order]] = order
    return cast(Points, points[last[last >= 0]])


def _radius(points: Points, fit: tuple[Sequence[float], Sequence[float], float]) -> Plane:
    """How far out points lie, 1 on the ellipse."""
    (x, y), (one, other), angle = fit
    turn = math.radians(angle)
    across, down = points[:, 0] - x, points[:, 1] - y
    u = (across * math.cos(turn) + down * math.sin(turn)) / max(1e-6, one / 2)
    v = (-across * math.sin(turn) + down * math.cos(turn)) / max(1e-6, other / 2)
    return cast(Plane, np.hypot(u, v))


def _as_box(points: Points, hull: Points) -> _Fit | None:
    """A rim that is a rectangle: ink along all four sides."""
    _middle, (wide, high), angle = cv2.minAreaRect(hull)
    angle = (angle + 45) % 90 - 45
    turn = math.radians(angle)
    u = points[:, 0] * math.cos(turn) + points[:, 1] * math.sin(turn)
    v = -points[:, 0] * math.sin(turn) + points[:, 1] * math.cos(turn)
    left, right = (float(each) for each in np.percentile(u, (0.3, 99.7)))
    top, bottom = (float(each) for each in np.percentile(v, (0.3, 99.7)))
    wide, high = right - left + 1, bottom - top + 1
    if min(wide, high) < _SMALLEST * 0.8:
        return None
    band = max(2.5, 0.07 * min(wide, high))
    sides = []
    for near, along, low, long in (
        (u < left + band, v, top, high),
        (u > right - band, v, top, high),
        (v < top + band, u, left, wide),
        (v > bottom - band, u, left, wide),
    ):
        bins = ((along[near] - low) / long * 24).astype(int)
        sides.append(len(set(np.clip(bins, 0, 23).tolist())) / 24)
    closed = float(np.mean(sides))
    if min(sides) < 0.45 or closed < _CLOSED_BOX:
        return None
    long, short = max(wide, high), min(wide, high)
    shape: Shape = "square" if long < 1.3 * short else "rectangle"
    x, y = (left + right) / 2, (top + bottom) / 2
    middle = (x * math.cos(turn) - y * math.sin(turn), x * math.sin(turn) + y * math.cos(turn))
    return closed, shape, middle, (wide, high), float(angle)


def moved_outline(outline: Outline, matrix: NDArray[np.float64], wide: int, high: int) -> Outline:
    """A seal that was found where *matrix* (moves, turns, one scale, mirrors) puts it on a page of this size."""
    x, y = (float(each) for each in matrix @ np.array([*outline.middle, 1]))
    scale = math.sqrt(abs(float(np.linalg.det(matrix[:, :2]))))
    turn = math.radians(outline.angle)
    u, v = (float(each) for each in matrix[:, :2] @ np.array([math.cos(turn), math.sin(turn)]))
    angle = 0.0 if outline.shape == "round" else (math.degrees(math.atan2(v, u)) + 90) % 180 - 90
    axes = (outline.axes[0] * scale, outline.axes[1] * scale)
    left, top, right, bottom = _around(x, y, axes, angle, outline.shape)
    box = (max(0, left), max(0, top), min(wide, right), min(high, bottom))
    return Outline(outline.shape, outline.colour, box, (x, y), axes, angle, outline.closed)


def _black(small: Picture) -> list[Outline]:
    """Round seals on a page without coloured ones: a closed circle of dark ink that is no letter and no drawing."""
    levels = small if small.ndim == 2 else cast(Picture, cv2.cvtColor(small, cv2.COLOR_RGB2GRAY))
    dark = cv2.adaptiveThreshold(levels, 1, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 31, 18)
    found = []
    least, most = round(_LEAST_ROUND), round(32 * _MM)
    circles = cv2.HoughCircles(
        cv2.GaussianBlur(levels, (3, 3), 0), cv2.HOUGH_GRADIENT, 2, 30, None, 160, 90, least, most
    )
    if circles is None:
        return []
    down, across = np.nonzero(dark)
    points = np.stack([across, down], axis=1).astype(np.float32)
    for x, y, radius in cast(NDArray[np.float32], circles).reshape(-1, 3)[:12]:
        near = points[np.abs(np.hypot(points[:, 0] - x, points[:, 1] - y) - radius) < 0.12 * radius]
        if len(near) < 60:
            continue
        far = np.hypot(near[:, 0] - x, near[:, 1] - y) / radius
        turns = ((np.arctan2(near[:, 1] - y, near[:, 0] - x) + math.pi) / (2 * math.pi) * _DIRECTIONS).astype(int)
        best = max(
            (len(set(turns[np.abs(far - at) < 0.035].tolist())) / _DIRECTIONS, at) for at in (0.92, 0.96, 1.0, 1.04)
        )
        if best[0] < 0.93:
            continue
        around = float(radius) * best[1]
        rings = [_density(points, (float(x), float(y)), around * low, around * high) for low, high in _RINGS]
        if rings[1] < 2 * max(rings[0], rings[2]):
            continue  # a drawing, a pattern: the rim is no darker than what lies beside it
        inside = points[np.hypot(points[:, 0] - x, points[:, 1] - y) < around * 0.9]
        share = len(inside) / (math.pi * (around * 0.9) ** 2)
        if 0.08 < share < 0.5:
            axes = (2 * around, 2 * around)
            box = _around(float(x), float(y), axes, 0.0, "round")
            found.append(Outline("round", "black", box, (float(x), float(y)), axes, 0.0, round(best[0], 3)))
    return found


def _density(points: Points, middle: tuple[float, float], inner: float, outer: float) -> float:
    """The share of a ring that is dark."""
    far = np.hypot(points[:, 0] - middle[0], points[:, 1] - middle[1])
    return float(np.count_nonzero((far >= inner) & (far < outer))) / (math.pi * (outer**2 - inner**2))


def _around(x: float, y: float, axes: tuple[float, float], angle: float, shape: Shape) -> Box:
    """The upright box around a turned rim."""
    turn = math.radians(angle)
    cosine, sine = abs(math.cos(turn)), abs(math.sin(turn))
    if shape in ("round", "oval"):
        wide, high = math.hypot(axes[0] * cosine, axes[1] * sine), math.hypot(axes[0] * sine, axes[1] * cosine)
    else:
        wide, high = axes[0] * cosine + axes[1] * sine, axes[0] * sine + axes[1] * cosine
    return (
        math.floor(x - wide / 2),
        math.floor(y - high / 2),
        math.ceil(x + wide / 2),
        math.ceil(y + high / 2),
    )


def _single(found: list[Outline]) -> list[Outline]:
    """Each seal once: the one whose rim is closed best, none within another."""
    kept: list[Outline] = []
    for each in sorted(found, key=lambda one: (-round(one.closed, 1), -one.axes[0] * one.axes[1])):
        if not any(_covered(each.box, other.box) > 0.5 for other in kept):
            kept = [other for other in kept if _covered(other.box, each.box) <= 0.8]
            kept.append(each)
    return kept


def _covered(box: Box, other: Box) -> float:
    """The share of a box that lies in another."""
    wide, high = min(box[2], other[2]) - max(box[0], other[0]), min(box[3], other[3]) - max(box[1], other[1])
    return max(0, wide) * max(0, high) / max(1, (box[2] - box[0]) * (box[3] - box[1]))


def _enlarged(outline: Outline, factor: float, wide: int, high: int) -> Outline:
    (x, y), (one, other) = outline.middle, outline.axes
    left, top, right, bottom = (round(each * factor) for each in outline.box)
    box = (max(0, left), max(0, top), min(wide, right), min(high, bottom))
    middle, axes = (x * factor, y * factor), (one * factor, other * factor)
    return Outline(outline.shape, outline.colour, box, middle, axes, outline.angle, outline.closed)


def seal_masks(picture: Picture, outlines: list[Outline]) -> Iterator[tuple[slice, slice]]:
    """The parts of a page that seals stand on, a little larger than they are."""
    high, wide = picture.shape[:2]
    for each in outlines:
        left, top, right, bottom = each.box
        more = max(6, (right - left) // 30)
        yield (
            slice(max(0, top - more), min(high, bottom + more)),
            slice(max(0, left - more), min(wide, right + more)),
        )
