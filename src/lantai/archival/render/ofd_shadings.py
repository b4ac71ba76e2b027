"""Shading of OFD (渐变, GB/T 33190-2016 clause 8.3.4): axial, radial, and the two of meshes, as shadings of PDF."""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from lxml import etree
from pikepdf import Array, Dictionary, Name

from lantai.archival.formats.ofd_document import numbers
from lantai.archival.formats.xmlsafe import every, first, local
from lantai.archival.render.matrices import IDENTITY, Matrix, Point, inverse, joined, mapped, turned
from lantai.archival.render.ofd_colours import Paint, Rgb

_SAMPLES = 256
_PERIODS = 200
"""How often a repeated shading is repeated at most."""

_POINTS = 100_000
_MOST = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Shading:
    """A shading for a PDF: its dictionary, its stream where it has one, and where its coordinates lie in the object."""

    made: Dictionary
    data: bytes | None = None
    place: Matrix = IDENTITY


def make_shading(
    element: etree._Element, paint: Callable[[etree._Element], Paint], box: Sequence[Point]
) -> Shading | None:
    """The shading of a colour, None where what it says makes none.

    Args:
        element: AxialShd, RadialShd, GouraudShd or LaGouraudShd.
        paint: what a Color element stands for.
        box: corners of what is painted, in the object's coordinates: as far as repeated shading has to reach.
    """
    kind = local(element)
    if kind == "AxialShd":
        return _axial(element, paint, box)
    if kind == "RadialShd":
        return _radial(element, paint, box)
    return _mesh(element, paint)


def _axial(element: etree._Element, paint: Callable[[etree._Element], Paint], box: Sequence[Point]) -> Shading | None:
    start, end = (numbers(element.get(name)) for name in ("StartPoint", "EndPoint"))
    stops = _stops(element, paint)
    if len(start) != 2 or len(end) != 2 or start == end or not stops:
        return None
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = math.hypot(dx, dy)
    along = [((x - start[0]) * dx + (y - start[1]) * dy) / length**2 for x, y in box] or [0.0, 1.0]
    low, high, function, extend = _run(element, stops, length, min(along), max(along))
    coordinates = [start[0] + low * dx, start[1] + low * dy, start[0] + high * dx, start[1] + high * dy]
    return Shading(_dictionary(2, Coords=Array(coordinates), Function=function, Extend=Array(extend)))


def _radial(element: etree._Element, paint: Callable[[etree._Element], Paint], box: Sequence[Point]) -> Shading | None:
    start, end = (numbers(element.get(name)) for name in ("StartPoint", "EndPoint"))
    stops = _stops(element, paint)
    inner, outer = (abs(next(iter(numbers(element.get(name))), 0.0)) for name in ("StartRadius", "EndRadius"))
    if len(start) != 2 or len(end) != 2 or not stops or (start == end and inner == outer):
        return None
    eccentricity = min(0.999, max(0.0, next(iter(numbers(element.get("Eccentricity"))), 0.0)))
    flat = math.sqrt(1 - eccentricity**2)
    place = joined((1.0, 0.0, 0.0, flat, 0.0, 0.0), turned(next(iter(numbers(element.get("Angle"))), 0.0)))
    back = inverse(place) or IDENTITY
    (x0, y0), (x1, y1) = mapped(back, start), mapped(back, end)
    away = math.hypot(x1 - x0, y1 - y0)
    length = max(away, abs(outer - inner))
    reach = max((math.dist(mapped(back, each), (x0, y0)) for each in box), default=length)
    grows = outer - inner
    low = -inner / grows if grows > 0 else -reach / length
    high = -inner / grows if grows < 0 else (reach + away) / (abs(grows) if abs(grows) > away else length) + 1
    low, high, function, extend = _run(element, stops, length, low, high)
    circles = []
    for t in (low, high):
        circles += [x0 + t * (x1 - x0), y0 + t * (y1 - y0), max(0.0, inner + t * grows)]
    made = _dictionary(3, Coords=Array(circles), Function=function, Extend=Array(extend))
    return Shading(made, None, place)


def _run(
    element: etree._Element, stops: list[tuple[float, Rgb]], length: float, least: float, most: float
) -> tuple[float, float, Dictionary, list[bool]]:
    """From where to where on its axis a shading is drawn, by which colours, and which ends go on.

    Args:
        element: what says how.
        stops: places on one run, 0 to 1, and their colours.
        length: of the axis.
        least, most: how far, in lengths of the axis, painting needs it at most.
    """
    way = element.get("MapType", "Direct")
    extend = int(next(iter(numbers(element.get("Extend"))), 0.0))
    before, after = bool(extend & 1), bool(extend & 2)
    if way not in ("Repeat", "Reflect"):
        return (
            0.0,
            1.0,
            _function([_colour_at(stops, each / (_SAMPLES - 1)) for each in range(_SAMPLES)]),
            [before, after],
        )
    unit = next(iter(numbers(element.get("MapUnit"))), length)
    period = max(unit / length, 1 / _PERIODS) if unit > 0 else 1.0
    low = min(0.0, max(least, -_PERIODS * period)) if before else 0.0
    high = max(1.0, min(most, _PERIODS * period)) if after else 1.0
    count = min(8192, max(_SAMPLES, math.ceil(32 * (high - low) / period)))
    colours = []
    for each in range(count):
        run, rest = divmod((low + (high - low) * each / (count - 1)) / period, 1.0)
        colours.append(_colour_at(stops, 1 - rest if way == "Reflect" and run % 2 else rest))
    return low, high, _function(colours), [False, False]


def _stops(element: etree._Element, paint: Callable[[etree._Element], Paint]) -> list[tuple[float, Rgb]]:
    """Segments with their places; those that name none lie evenly between those that do."""
    segments = every(element, "Segment")[:1000]
    places = [next(iter(numbers(each.get("Position"))), None) for each in segments]
    colours = [first(each, "Color") for each in segments]
    if not segments:
        return []
    places[0] = 0.0 if places[0] is None else places[0]
    places[-1] = 1.0 if places[-1] is None else places[-1]
    known = [index for index, place in enumerate(places) if place is not None]
    for left, right in pairwise(known):
        for index in range(left + 1, right):
            begin, end = places[left] or 0.0, places[right] or 0.0
            places[index] = begin + (end - begin) * (index - left) / (right - left)
    found: list[tuple[float, Rgb]] = []
    for place, colour in zip(places, colours, strict=True):
        if colour is not None:
            at = min(1.0, max(found[-1][0] if found else 0.0, place or 0.0))
            found.append((at, paint(colour).rgb))
    return found


def _colour_at(stops: list[tuple[float, Rgb]], place: float) -> Rgb:
    before = stops[0]
    for after in stops:
        if after[0] > place:
            span = after[0] - before[0]
            part = (place - before[0]) / span if span > 0 else 1.0
            part = min(1.0, max(0.0, part))
            red, green, blue = (one + (other - one) * part for one, other in zip(before[1], after[1], strict=True))
            return (red, green, blue)
        before = after
    return before[1]


def _function(colours: list[Rgb]) -> Dictionary:
    """Colours along 0 to 1, as straight pieces between them wherever they bend."""
    ends = [0]
    for index in range(1, len(colours) - 1):
        if any(abs(colours[index - 1][n] + colours[index + 1][n] - 2 * colours[index][n]) > 0.004 for n in range(3)):
            ends.append(index)
    ends.append(len(colours) - 1)
    whole = len(colours) - 1
    pieces = [
        Dictionary(FunctionType=2, Domain=Array([0, 1]), N=1, C0=Array(colours[one]), C1=Array(colours[other]))
        for one, other in pairwise(ends)
    ]
    if len(pieces) == 1:
        return pieces[0]
    return Dictionary(
        FunctionType=3,
        Domain=Array([0, 1]),
        Functions=Array(pieces),
        Bounds=Array([each / whole for each in ends[1:-1]]),
        Encode=Array([0, 1] * len(pieces)),
    )


def _mesh(element: etree._Element, paint: Callable[[etree._Element], Paint]) -> Shading | None:
    """Triangles, or a lattice, with a colour at each corner."""
    corners = []
    for each in every(element, "Point")[:_POINTS]:
        x, y = (next(iter(numbers(each.get(name))), None) for name in ("X", "Y"))
        colour = first(each, "Color")
        if x is not None and y is not None and colour is not None:
            flag = int(next(iter(numbers(each.get("EdgeFlag"))), 0.0))
            corners.append((flag if flag in (0, 1, 2) else 0, x, y, paint(colour).rgb))
    lattice = local(element) == "LaGouraudShd"
    row = int(next(iter(numbers(element.get("VerticesPerRow"))), 0.0)) if lattice else 0
    if lattice and row > 0 and len(corners) % row and not len(corners) % (row + 1):
        row += 1  # written as the number of meshes in a row
    if len(corners) < (4 if lattice else 3) or (lattice and row < 2):
        return None
    left, right = min(each[1] for each in corners), max(each[1] for each in corners)
    top, bottom = min(each[2] for each in corners), max(each[2] for each in corners)
    wide, high = (right - left) or 1.0, (bottom - top) or 1.0
    data = bytearray()
    for flag, x, y, rgb in corners:
        data += b"" if lattice else bytes([flag])
        data += struct.pack(">II", round((x - left) / wide * _MOST), round((y - top) / high * _MOST))
        data += bytes(round(255 * each) for each in rgb)
    made = _dictionary(
        5 if lattice else 4,
        BitsPerCoordinate=32,
        BitsPerComponent=8,
        Decode=Array([left, left + wide, top, top + high, 0, 1, 0, 1, 0, 1]),
    )
    if lattice:
        made["/VerticesPerRow"] = row
    else:
        made["/BitsPerFlag"] = 8
    back = first(element, "BackColor")
    if back is not None:
        made["/Background"] = Array(paint(back).rgb)
    made["/Filter"] = Name.FlateDecode
    return Shading(made, zlib.compress(bytes(data)))


def _dictionary(kind: int, **more: Any) -> Dictionary:
    return Dictionary(ShadingType=kind, ColorSpace=Name.DeviceRGB, **more)
