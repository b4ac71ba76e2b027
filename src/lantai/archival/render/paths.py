"""OFD's abbreviated path data (GB/T 33190-2016 clause 9.1) as operators of a PDF content stream."""

from __future__ import annotations

import math
from collections.abc import Iterator

from lantai.archival.render.canvas import number

_ARGUMENTS = {"S": 2, "M": 2, "L": 2, "Q": 4, "B": 6, "A": 7, "C": 0}


def path_operators(written: str) -> list[str]:
    """``M 0 0 L 10 0 B ... C`` as ``m l c h``; whatever cannot be read ends the path."""
    found: list[str] = []
    here = start = (0.0, 0.0)
    parts = written.replace(",", " ").split()
    at = 0
    while at < len(parts):
        command = parts[at]
        count = _ARGUMENTS.get(command)
        if count is None or at + count >= len(parts) + (count == 0):
            break
        try:
            values = [float(each) for each in parts[at + 1 : at + 1 + count]]
        except ValueError:
            break
        if len(values) < count or not all(math.isfinite(each) and abs(each) < 1e7 for each in values):
            break
        at += 1 + count
        if command == "C":
            if found and found[-1] != "h":
                found.append("h")
            here = start
            continue
        if not found and command not in "SM":
            found.append(_point(here) + " m")
        if command in "SM":
            found.append(_point(values) + " m")
        elif command == "L":
            found.append(_point(values) + " l")
        elif command == "B":
            found.append(_point(values) + " c")
        elif command == "Q":
            found.append(_quadratic(here, values))
        else:
            found.extend(_arc(here, values))
        here = (values[-2], values[-1])
        if command in "SM":
            start = here
    return found


def _point(values: tuple[float, ...] | list[float]) -> str:
    return " ".join(map(number, values))


def _quadratic(here: tuple[float, float], values: list[float]) -> str:
    """A quadratic curve raised to a cubic one."""
    (x0, y0), (x1, y1, x2, y2) = here, values
    return (
        _point([x0 + 2 / 3 * (x1 - x0), y0 + 2 / 3 * (y1 - y0), x2 + 2 / 3 * (x1 - x2), y2 + 2 / 3 * (y1 - y2), x2, y2])
        + " c"
    )


def _arc(here: tuple[float, float], values: list[float]) -> Iterator[str]:
    """An elliptical arc (radii, rotation in degrees, large, sweep, end) as cubic curves (SVG 1.1 F.6.5)."""
    rx, ry, angle, large, sweep, x2, y2 = values
    x1, y1 = here
    rx, ry = abs(rx), abs(ry)
    if not rx or not ry or (x1, y1) == (x2, y2):
        yield _point([x2, y2]) + " l"
        return
    turn = math.radians(angle)
    cosine, sine = math.cos(turn), math.sin(turn)
    dx, dy = (x1 - x2) / 2, (y1 - y2) / 2
    px, py = cosine * dx + sine * dy, -sine * dx + cosine * dy
    size = (px / rx) ** 2 + (py / ry) ** 2
    if size > 1:
        rx, ry = rx * math.sqrt(size), ry * math.sqrt(size)
    over = (rx * ry) ** 2 - (rx * py) ** 2 - (ry * px) ** 2
    under = (rx * py) ** 2 + (ry * px) ** 2
    factor = math.sqrt(max(0.0, over / under)) * (-1 if bool(large) == bool(sweep) else 1) if under else 0.0
    qx, qy = factor * rx * py / ry, -factor * ry * px / rx
    cx, cy = cosine * qx - sine * qy + (x1 + x2) / 2, sine * qx + cosine * qy + (y1 + y2) / 2
    start = math.atan2((py - qy) / ry, (px - qx) / rx)
    extent = math.atan2((-py - qy) / ry, (-px - qx) / rx) - start
    if sweep and extent < 0:
        extent += 2 * math.pi
    elif not sweep and extent > 0:
        extent -= 2 * math.pi
    pieces = max(1, math.ceil(abs(extent) / (math.pi / 2)))
    step = extent / pieces
    reach = 4 / 3 * math.tan(step / 4)
    for index in range(pieces):
        a, b = start + index * step, start + (index + 1) * step
        points = (
            (math.cos(a) - reach * math.sin(a), math.sin(a) + reach * math.cos(a)),
            (math.cos(b) + reach * math.sin(b), math.sin(b) - reach * math.cos(b)),
            (math.cos(b), math.sin(b)),
        )
        yield (
            _point(
                [
                    each
                    for u, v in points
                    for each in (cx + rx * u * cosine - ry * v * sine, cy + rx * u * sine + ry * v * cosine)
                ]
            )
            + " c"
        )
