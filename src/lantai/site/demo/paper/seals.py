"""Seals drawn by the code: the round one of a body, the square one of a check. All say that they are of the demo."""

from __future__ import annotations

import math

from lantai.site.demo.paper.marks import RED, Colour, Line, Mark, Ring, Shape, Text
from lantai.site.demo.paper.typeface import POINT, typeface

RADIUS = 20.0
"""Of a round seal, in millimetres."""


def round_seal(body: str, x: float, y: float, *, purpose: str = "演示专用", radius: float = RADIUS) -> list[Mark]:
    """A round seal around *x*, *y*: the name of *body* along the ring, a star, and *purpose* below it."""
    marks: list[Mark] = [Ring(x, y, radius, 1.1), Shape(_star(x, y - radius * 0.02, radius * 0.3), over=True)]
    size = min(15.0, 170.0 / max(8, len(body)))
    inner = radius - 1.6 - size * POINT * 0.86
    sweep = min(math.radians(250), len(body) * size * POINT * 1.18 / inner)
    step = sweep / max(1, len(body) - 1)
    for number, character in enumerate(body):
        angle = -sweep / 2 + number * step
        half = typeface().width(character, size) / 2
        at_x = x + inner * math.sin(angle) - half * math.cos(angle)
        at_y = y - inner * math.cos(angle) - half * math.sin(angle)
        marks.append(Text(at_x, at_y, size, character, RED, True, 0.0, math.degrees(angle), True))
    small = 8.0
    width = typeface().width(purpose or "演示专用", small)
    marks.append(Text(x - width / 2, y + radius * 0.66, small, purpose or "演示专用", RED, True, over=True))
    return marks


def _star(x: float, y: float, radius: float) -> tuple[tuple[float, float], ...]:
    points = []
    for number in range(10):
        reach = radius if number % 2 == 0 else radius * 0.382
        angle = math.pi * number / 5
        points.append((x + reach * math.sin(angle), y - reach * math.cos(angle)))
    return tuple(points)


def box_stamp(lines: tuple[str, ...], x: float, y: float, *, size: float = 11.0, colour: Colour = RED) -> list[Mark]:
    """A rectangular stamp whose upper left corner is *x*, *y*."""
    face = typeface()
    width = max(face.width(each, size) for each in lines) + 5
    step = size * POINT * 1.5
    height = step * len(lines) + 2.5
    marks: list[Mark] = [
        Line(x, y, x + width, y, 0.5, colour),
        Line(x + width, y, x + width, y + height, 0.5, colour),
        Line(x + width, y + height, x, y + height, 0.5, colour),
        Line(x, y + height, x, y, 0.5, colour),
    ]
    for number, line in enumerate(lines):
        at = x + (width - face.width(line, size)) / 2
        marks.append(Text(at, y + 1.25 + step * (number + 0.74), size, line, colour, True, over=True))
    return marks
