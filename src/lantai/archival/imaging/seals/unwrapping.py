"""The words of a seal laid level (印文展开): round and oval rims unwrapped, boxes set straight, quarters in a row."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from lantai.archival.imaging.pictures import Picture, Plane
from lantai.archival.imaging.seals.finding import ink_of
from lantai.archival.imaging.seals.model import Outline

_HIGH = 64
"""Pixels a strip is high."""
_FLOOR = 0.54
"""Where the words of a rim begin, as a share of its radius, from the middle; they end under the rim."""
_FLOOR_OF_OVAL = 0.47
_CEILING = 0.955
_LEAST_GAP = 14.0
"""Degrees: names that go all around are cut at the foot."""
_FOOT = 90.0
"""Degrees clockwise from the right: where the words of an upright seal begin and end."""


@dataclass(frozen=True, slots=True)
class InkViews:
    """A seal cut out of its page, dark on white, seen in three ways.

    Attributes:
        by_colour: by its colour alone, without the writing beneath; coarse, since files keep half of the colours.
        by_light: by the light of the other colours, near its ink.
        plain: by that light everywhere, with all the writing beneath.
        middle: of its rim in these pictures.
    """

    by_colour: Picture
    by_light: Picture
    plain: Picture
    middle: tuple[float, float]

    @property
    def all(self) -> tuple[Picture, Picture, Picture]:
        """The three ways."""
        return self.by_colour, self.by_light, self.plain


def seen(picture: Picture, outline: Outline) -> InkViews:
    """A seal cut out of its page."""
    left, top, right, bottom = outline.box
    more = max(8, (right - left) // 12)
    x0, y0 = max(0, left - more), max(0, top - more)
    part = picture[y0 : bottom + more, x0 : right + more]
    middle = (outline.middle[0] - x0, outline.middle[1] - y0)
    if outline.colour == "black" or part.ndim == 2:
        levels = part if part.ndim == 2 else cast(Picture, cv2.cvtColor(part, cv2.COLOR_RGB2GRAY))
        plain = _stretched(255 - levels.astype(np.float32))
        return InkViews(plain, plain, plain, middle)
    ink = ink_of(part, outline.colour)
    light = part[:, :, 1 if outline.colour == "red" else 0].astype(np.float32)
    side = max(3, round(min(outline.axes) * 0.045)) | 1
    limit = 0.3 * max(20.0, float(np.percentile(ink, 97)))
    near = cv2.dilate((ink > limit).astype(np.uint8), np.ones((side, side), np.uint8))
    dark = np.maximum(float(np.percentile(light, 75)) - light - 6, 0)
    masked = np.where(near > 0, dark, 0).astype(np.float32)
    return InkViews(_stretched(ink), _stretched(masked), _stretched(dark.astype(np.float32)), middle)


def _stretched(ink: Plane) -> Picture:
    """Ink as dark on white, the strongest of it black."""
    full = max(16.0, float(np.percentile(ink, 97)))
    return cast(Picture, (255 - np.clip(ink / full, 0, 1) * 255).astype(np.uint8))


def polar(view: Picture, outline: Outline, middle: tuple[float, float], low: float, high: float, rows: int) -> Picture:
    """A ring of a seal as a strip that begins at its foot and goes clockwise, the rim above. *low* and *high* are
    distances from the rim in shares of its shorter radius, counted from the middle: the ring of an oval is as broad
    everywhere, and equal lengths of its rim are equal lengths of the strip."""
    one, other = outline.axes[0] / 2, outline.axes[1] / 2
    fine = np.radians(_FOOT + np.arange(0, 360.5, 0.5))
    steps = np.hypot(np.diff(one * np.cos(fine)), np.diff(other * np.sin(fine)))
    along = np.concatenate([[0.0], np.cumsum(steps)])
    short = min(one, other)
    inner = 1 - (1 - (low + high) / 2) * short / (
        (one + other) / 2
    )  # how much shorter the ring's middle is than the rim
    columns = max(rows, round(along[-1] * inner / (short * (high - low)) * rows))
    at = np.interp(np.linspace(0, along[-1], columns, endpoint=False), along, fine).astype(np.float32)
    x, y = one * np.cos(at), other * np.sin(at)
    nx, ny = np.cos(at) / one, np.sin(at) / other
    length = np.hypot(nx, ny)
    depth = (1 - np.linspace(high, low, rows, dtype=np.float32))[:, None] * short
    u, v = x - depth * (nx / length), y - depth * (ny / length)
    turn = math.radians(outline.angle)
    across = (middle[0] + u * math.cos(turn) - v * math.sin(turn)).astype(np.float32)
    down = (middle[1] + u * math.sin(turn) + v * math.cos(turn)).astype(np.float32)
    return cast(
        Picture, cv2.remap(view, across, down, cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT, borderValue=(255.0,))
    )


def feet_of(view: Picture, outline: Outline, middle: tuple[float, float]) -> list[tuple[float, float]]:
    """Where the words of a rim may be parted, the likeliest first: degrees clockwise from where the foot of an upright
    seal is, and how wide the gap is. Gaps are parts of the ring without letters; digits below it and lines inside do
    not count. Always one at least.
    """
    rings = ((0.54, 0.68), (0.60, 0.74)) if outline.shape == "oval" else ((0.64, 0.79), (0.70, 0.86))
    inner, outer = (_columns(polar(view, outline, middle, low, high, 24)) for low, high in rings)
    inked = inner & outer
    letters = _closed_ring(inked, 6)
    letters = ~_closed_ring(~letters, 5)
    if letters.all() or not letters.any():
        return [(0.0, 0.0)]
    gaps = sorted(_runs(~letters), key=lambda each: -each[1])
    likely = [each for each in gaps[:3] if each[1] >= _LEAST_GAP]
    return [(((start + length / 2 + 180) % 360) - 180, float(length)) for start, length in likely] or [(0.0, 0.0)]


def _columns(strip: Picture) -> NDArray[np.bool_]:
    """For each degree, whether there is ink."""
    ink = 255 - strip.astype(np.float32)
    degrees = cv2.resize(ink, (360, strip.shape[0]), interpolation=cv2.INTER_AREA)
    return np.asarray((degrees > 90).mean(axis=0) > 0.1)


def _closed_ring(marks: NDArray[np.bool_], reach: int) -> NDArray[np.bool_]:
    """A ring of marks whose gaps of at most so many degrees are bridged."""
    wrapped = np.concatenate([marks, marks, marks]).astype(np.uint8)[None]
    closed = cv2.morphologyEx(wrapped, cv2.MORPH_CLOSE, np.ones((1, reach), np.uint8))
    return closed[0, 360:720] > 0


def _runs(marks: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """The runs of marks on a ring: where each begins, and its length."""
    first = int(np.argmin(marks))
    turned = np.concatenate([[False], np.roll(marks, -first), [False]])
    edges = np.nonzero(turned[1:] != turned[:-1])[0]
    return [((int(start) + first) % len(marks), int(end - start)) for start, end in edges.reshape(-1, 2)]


def name_strip(view: Picture, outline: Outline, middle: tuple[float, float], foot: float, gap: float) -> Picture:
    """The words of a rim as one level line, from the left end of the gap to its right end."""
    floor = _FLOOR_OF_OVAL if outline.shape == "oval" else _FLOOR
    strip = polar(view, outline, middle, floor, _CEILING, _HIGH)
    columns = strip.shape[1]
    strip = np.roll(strip, -round(foot / 360 * columns), axis=1)
    cut = max(0, round((gap / 2 - 16) / 360 * columns))
    strip = strip[:, cut : columns - cut] if cut else strip
    return _framed(_drawn_together(_under_the_rim(strip)))


def _under_the_rim(strip: Picture) -> Picture:
    """A strip without the rim's own lines, cut to the rows its letters fill."""
    lines = np.nonzero((strip[: int(strip.shape[0] * 0.42)] < 170).mean(axis=1) > 0.6)[0]
    if lines.size:
        strip = strip[int(lines[-1]) + 3 :]
    ink = (255 - strip.astype(np.float32)).mean(axis=1)
    rows = np.nonzero(ink > 0.22 * max(1.0, float(ink.max())))[0]
    if not rows.size:
        return strip
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    return strip[max(0, top - 2) : bottom + 2] if bottom - top > _HIGH // 3 else strip


def _drawn_together(strip: Picture) -> Picture:
    """A strip whose wide gaps between letters are cut short."""
    high = strip.shape[0]
    inked = (strip < 150).mean(axis=0) > 0.03
    keep, run = np.ones(len(inked), bool), 0
    for place, mark in enumerate(inked):
        run = 0 if mark else run + 1
        keep[place] = run <= max(3, high // 4)
    return cast(Picture, np.ascontiguousarray(strip[:, keep]))


def _framed(strip: Picture) -> Picture:
    margin = max(4, strip.shape[0] // 8)
    return cast(
        Picture,
        cv2.copyMakeBorder(strip, margin, margin, margin * 2, margin * 2, cv2.BORDER_CONSTANT, value=(255.0,)),
    )


def star_turn(view: Picture, outline: Outline, middle: tuple[float, float], about: float) -> float:
    """How a seal is turned by its star (five tips, one upwards), near the turn its words tell; that turn itself when
    there is no star."""
    ring = 255 - polar(view, outline, middle, 0.14, 0.30, 16).astype(np.float32)
    along = cv2.resize(ring, (360, 16), interpolation=cv2.INTER_AREA).mean(axis=0)
    waves = np.fft.rfft(along - along.mean())
    if not abs(waves[5]) > 0.4 * float(np.abs(waves[1:20]).max()) or float(along.mean()) < 8:
        return about
    tip = -float(np.angle(waves[5])) * 180 / math.pi / 5  # degrees from the foot, one of five
    turns = [((tip + 180 + 72 * number - about + 180) % 360 - 180) for number in range(5)]
    nearest = min(turns, key=abs)
    return about + nearest if abs(nearest) <= 20 else about


def upright(view: Picture, outline: Outline, middle: tuple[float, float], turned: float) -> Picture:
    """A seal turned upright, cut to its rim."""
    wide, high = max(8, round(outline.axes[0])), max(8, round(outline.axes[1]))
    matrix = cv2.getRotationMatrix2D(middle, turned, 1)
    matrix[:, 2] += np.array([wide / 2 - middle[0], high / 2 - middle[1]])
    return cast(
        Picture,
        cv2.warpAffine(
            view, matrix, (wide, high), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT, borderValue=(255.0,)
        ),
    )


def middle_strip(level: Picture, *, oval: bool) -> Picture | None:
    """The line inside an upright round or oval seal (专用章), None where there is none."""
    high, wide = level.shape
    top, bottom = (0.32, 0.68) if oval else (0.64, 0.86)
    part = level[round(high * top) : round(high * bottom), round(wide * 0.15) : round(wide * 0.85)].copy()
    down, across = np.mgrid[0 : part.shape[0], 0 : part.shape[1]]
    u = (across + wide * 0.15 - wide / 2) / (wide / 2)
    v = (down + high * top - high / 2) / (high / 2)
    part[np.hypot(u, v) > (0.70 if oval else 0.78)] = 255
    inked = part < 150
    rows = np.nonzero(inked.mean(axis=1) > 0.04)[0]
    runs = np.split(rows, np.nonzero(np.diff(rows) > 2)[0] + 1) if rows.size else []
    band: NDArray[np.intp] = max(runs, key=len) if runs else rows
    if len(band) < 0.045 * high:
        return None
    first, last = int(band[0]), int(band[-1]) + 1
    columns = np.nonzero(inked[first:last].any(axis=0))[0]
    if columns[-1] - columns[0] < 1.6 * (last - first):
        return None
    piece = part[max(0, first - 3) : last + 3, max(0, int(columns[0]) - 4) : int(columns[-1]) + 5]
    factor = 48 / piece.shape[0]
    return _framed(cast(Picture, cv2.resize(piece, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)))


def quarter_strips(level: Picture) -> list[Picture]:
    """The letters of an upright square seal, which run down and from the right, as level lines: of two by two and of
    two by three letters. White letters on ink are turned dark."""
    edge = max(2, round(min(level.shape) * 0.075))
    inside = level[edge:-edge, edge:-edge]
    if float((inside < 128).mean()) > 0.55:
        inside = 255 - inside
    strips = []
    for deep in (2, 3):
        cells = []
        for column in (1, 0):
            half = _half(inside, column)
            rows = [round(half.shape[0] * part / deep) for part in range(deep + 1)]
            cells += [_letter(half[low:high]) for low, high in itertools.pairwise(rows)]
        strips.append(_framed(np.hstack(cells)))
    return strips


def _half(inside: Picture, column: int) -> Picture:
    middle = inside.shape[1] // 2
    return inside[:, middle:] if column else inside[:, :middle]


def _letter(cell: Picture) -> Picture:
    """One letter in a square of its own, cut to its ink."""
    dark = cell < 140
    rows, columns = np.nonzero(dark.mean(axis=1) > 0.04)[0], np.nonzero(dark.mean(axis=0) > 0.04)[0]
    if rows.size and columns.size:
        cell = cell[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    side = max(cell.shape)
    more = (side - cell.shape[0], side - cell.shape[1])
    square = cv2.copyMakeBorder(
        cell,
        *(more[0] // 2, more[0] - more[0] // 2, more[1] // 2, more[1] - more[1] // 2),
        cv2.BORDER_CONSTANT,
        value=(255.0,),
    )
    small = cv2.resize(square, (46, 46), interpolation=cv2.INTER_AREA if side > 46 else cv2.INTER_CUBIC)
    return cast(Picture, cv2.copyMakeBorder(small, 4, 4, 5, 5, cv2.BORDER_CONSTANT, value=(255.0,)))


def row_strips(level: Picture) -> list[Picture]:
    """The lines of an upright rectangular seal, from the top."""
    edge = max(2, round(min(level.shape) * 0.06))
    inside = level[edge:-edge, edge:-edge]
    rows = np.nonzero((inside < 150).mean(axis=1) > 0.02)[0]
    strips = []
    for run in np.split(rows, np.nonzero(np.diff(rows) > max(2, inside.shape[0] // 40))[0] + 1) if rows.size else []:
        if len(run) < 0.08 * inside.shape[0]:
            continue
        piece = inside[max(0, int(run[0]) - 3) : int(run[-1]) + 4]
        factor = 48 / piece.shape[0]
        strips.append(
            _framed(cast(Picture, cv2.resize(piece, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)))
        )
    return strips[:3]
