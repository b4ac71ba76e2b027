"""Round seals (印章): the body's name on an arc, a star, and 演示 below it, so that nobody takes one for real."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache

from lantai.site.demo.files.typeface import Typeface, outline

SEAL_SIZE = 119.0
"""Points across: 42 mm, as seals of county bodies are."""
LOWER = "演示专用章"
Step = tuple[str, tuple[float, ...]]


@lru_cache(maxsize=64)
def seal_steps(body: str, face: Typeface) -> tuple[tuple[Step, ...], ...]:
    """The filled outlines of a seal (letters and star) in points, y upwards, the lower left corner at zero."""
    middle, ring = SEAL_SIZE / 2, SEAL_SIZE / 2 - 6
    size = min(15.5, 2 * math.pi * ring * 0.62 / len(body) * 1.02)
    spread = min(math.radians(250), size * 1.12 * (len(body) - 1) / (ring - size * 0.55))
    shapes: list[tuple[Step, ...]] = []
    for place, character in enumerate(body):
        share = place / (len(body) - 1) if len(body) > 1 else 0.5
        angle = math.pi / 2 + spread / 2 - spread * share
        reach = ring - size * 0.92
        x, y = middle + reach * math.cos(angle), middle + reach * math.sin(angle)
        shapes.append(tuple(_turned(outline(face, character), size * 0.82, size, x, y, angle - math.pi / 2)))
    for place, character in enumerate(LOWER):
        x = middle + (place - (len(LOWER) - 1) / 2) * 11
        shapes.append(tuple(_turned(outline(face, character), 10, 10, x, middle - 35, 0)))
    star: list[Step] = []
    for corner in range(10):
        reach = 16.5 if corner % 2 == 0 else 16.5 * 0.382
        angle = math.pi / 2 + corner * math.pi / 5
        point = (middle + reach * math.cos(angle), middle + reach * math.sin(angle))
        star.append(("M" if corner == 0 else "L", point))
    star.append(("C", ()))
    shapes.append(tuple(star))
    return tuple(shapes)


def _turned(steps: list[Step], wide: float, high: float, x: float, y: float, turn: float) -> Iterator[Step]:
    """A character's outline scaled, turned and put with its middle above the point."""
    sine, cosine = math.sin(turn), math.cos(turn)
    for step, values in steps:
        moved: list[float] = []
        for across, up in zip(values[::2], values[1::2], strict=True):
            across, up = (across - 0.5) * wide, up * high
            moved += (x + across * cosine - up * sine, y + across * sine + up * cosine)
        yield step, tuple(moved)


_OPERATOR = {"M": "m", "L": "l", "B": "c", "C": "h"}


@lru_cache(maxsize=64)
def seal_operators(body: str, face: Typeface) -> str:
    """The seal as operators of a PDF content stream."""
    middle = SEAL_SIZE / 2
    red = "0.84 0.09 0.11"
    parts = [f"{red} rg {red} RG 3.4 w", _circle(middle, middle, middle - 2.2) + " S"]
    for shape in seal_steps(body, face):
        parts += [" ".join((*(f"{value:.1f}" for value in values), _OPERATOR[step])) for step, values in shape]
        parts.append("f")
    return "\n".join(parts)


def _circle(x: float, y: float, radius: float) -> str:
    reach = radius * 0.5523
    corners = [(1, 0, 0, 1), (0, 1, -1, 0), (-1, 0, 0, -1), (0, -1, 1, 0)]
    parts = [f"{x + radius:.2f} {y:.2f} m"]
    for ax, ay, bx, by in corners:
        parts.append(
            f"{x + ax * radius + bx * reach:.2f} {y + ay * radius + by * reach:.2f} "
            f"{x + bx * radius + ax * reach:.2f} {y + by * radius + ay * reach:.2f} "
            f"{x + bx * radius:.2f} {y + by * radius:.2f} c"
        )
    return " ".join(parts)
