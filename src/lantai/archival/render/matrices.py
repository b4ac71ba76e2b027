"""Affine matrices as PDF and OFD write them: ``(a, b, c, d, e, f)``, x' = a x + c y + e, y' = b x + d y + f."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

Matrix = tuple[float, float, float, float, float, float]
Point = tuple[float, float]
IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


def moved(x: float, y: float) -> Matrix:
    """A shift."""
    return (1.0, 0.0, 0.0, 1.0, x, y)


def turned(degrees: float) -> Matrix:
    """A turn from the x axis towards the y axis: clockwise where y runs down."""
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return (cosine, sine, -sine, cosine, 0.0, 0.0)


def joined(first: Matrix, then: Matrix) -> Matrix:
    """What doing *first* and *then* comes to."""
    a, b, c, d, e, f = first
    m, n, o, p, q, r = then
    return (a * m + b * o, a * n + b * p, c * m + d * o, c * n + d * p, e * m + f * o + q, e * n + f * p + r)


def inverse(matrix: Matrix) -> Matrix | None:
    """What undoes a matrix, None where nothing does."""
    a, b, c, d, e, f = matrix
    whole = a * d - b * c
    if not math.isfinite(whole) or abs(whole) < 1e-18:
        return None
    return (d / whole, -b / whole, -c / whole, a / whole, (c * f - d * e) / whole, (b * e - a * f) / whole)


def mapped(matrix: Matrix, point: Sequence[float]) -> Point:
    """Where a point comes to lie."""
    a, b, c, d, e, f = matrix
    x, y = point
    return (a * x + c * y + e, b * x + d * y + f)


def corners(left: float, top: float, width: float, height: float) -> tuple[Point, Point, Point, Point]:
    """The corners of a box."""
    return ((left, top), (left + width, top), (left + width, top + height), (left, top + height))


def bounds(points: Iterable[Point]) -> tuple[float, float, float, float]:
    """The box around points: left, top, right, bottom."""
    across, down = zip(*points, strict=True)
    return (min(across), min(down), max(across), max(down))


def of_numbers(values: Sequence[float]) -> Matrix:
    """A CTM as OFD writes it; anything but six numbers stands for none."""
    if len(values) != 6:
        return IDENTITY
    a, b, c, d, e, f = values
    return (a, b, c, d, e, f)
