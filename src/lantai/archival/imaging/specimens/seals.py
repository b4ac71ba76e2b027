"""Seals (印章) as they are cut and stamped: a mask of ink in any shape, and its impression on a page."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random

import cv2
import numpy as np
from PIL import Image, ImageDraw

from lantai.archival.imaging.pictures import Box, Picture, Plane
from lantai.archival.imaging.specimens.model import Shape
from lantai.archival.imaging.specimens.sheets import face

_FINER = 3
"""A seal is drawn this many times larger and reduced."""
REDS = ((205, 25, 30), (190, 20, 40), (220, 50, 45))


@dataclass(frozen=True, slots=True)
class Die:
    """A seal before it is inked: name on its rim (or in its quarters), line in its middle, code at its foot."""

    shape: Shape
    name: str
    middle: str = ""
    code: str = ""
    star: bool = True
    typeface: str = "song"


def impression(die: Die, size: int, chance: Random, *, fade: float = 1.0, angle: float = 0.0) -> Plane:
    """How much ink a stamp leaves, from 0 to 1, *size* pixels wide before it is turned.

    Args:
        die: what is cut.
        size: 42 mm of a round seal are 496 pixels at 300 dpi.
        chance: gives the uneven inking.
        fade: 1 for full ink.
        angle: degrees clockwise.
    """
    cut = _CUTTERS[die.shape](die, size * _FINER)
    cut = cut.rotate(-angle, expand=True, resample=Image.Resampling.BICUBIC)
    small = cut.resize((cut.width // _FINER, cut.height // _FINER), Image.Resampling.LANCZOS)
    ink = np.asarray(small, np.float32) / 255
    source = np.random.RandomState(chance.randrange(1 << 30))
    fine, coarse = _unevenness(source, ink.shape, 1.2), _unevenness(source, ink.shape, 18)
    worn: Plane = (ink * np.clip(0.86 + 0.12 * fine + 0.12 * coarse, 0.15, 1) * fade).astype(np.float32)
    return worn


def stamp(page: Picture, ink: Plane, colour: tuple[int, int, int], x: int, y: int) -> Box:
    """Print a seal on a page, which changes, as ink over ink: dark writing stays dark. Returns where it lies.

    Args:
        page: changed in place.
        ink: from ``impression``.
        colour: of full ink.
        x, y: where its upper left corner is wanted; it is kept on the page.
    """
    high, wide = ink.shape
    x, y = max(0, min(x, page.shape[1] - wide)), max(0, min(y, page.shape[0] - high))
    part = page[y : y + high, x : x + wide].astype(np.float32)
    through = 1 - ink[..., None] * (1 - np.array(colour, np.float32) / 255)
    page[y : y + high, x : x + wide] = np.clip(part * through, 0, 255).astype(np.uint8)
    rows, columns = np.nonzero(ink.max(axis=1) > 0.2)[0], np.nonzero(ink.max(axis=0) > 0.2)[0]
    if not rows.size or not columns.size:
        return x, y, x + wide, y + high
    return x + int(columns[0]), y + int(rows[0]), x + int(columns[-1]) + 1, y + int(rows[-1]) + 1


def _unevenness(source: np.random.RandomState, shape: tuple[int, ...], width: float) -> Plane:
    """A field of mean 0 and spread 1 whose spots are about *width* pixels wide."""
    field = cv2.GaussianBlur(source.rand(*shape).astype(np.float32), (0, 0), width)
    even: Plane = ((field - field.mean()) / max(float(field.std()), 1e-6)).astype(np.float32)
    return even


def _round(die: Die, wide: int) -> Image.Image:
    return _rimmed(die, wide, wide)


def _oval(die: Die, wide: int) -> Image.Image:
    return _rimmed(die, wide, int(wide * 0.72))


def _rimmed(die: Die, wide: int, high: int) -> Image.Image:
    """A round or oval seal: rim, name along its upper arc, star or line in the middle, code along its foot."""
    image = Image.new("L", (wide, high), 0)
    pen = ImageDraw.Draw(image)
    rim, oval = max(3, int(wide * 0.018)), high != wide
    pen.ellipse((rim, rim, wide - rim, high - rim), outline=255, width=rim)
    if oval:
        pen.ellipse((rim * 3, rim * 3, wide - rim * 3, high - rim * 3), outline=255, width=max(2, rim // 3))
    count = len(die.name)
    span = math.radians(min(250, max(140, count * 16)) if oval else min(300, max(150, count * 19)))
    size = int(wide * 0.095) if oval else int(min(wide * 0.13, wide * 0.42 * span / count))
    for number, letter in enumerate(die.name):
        at = -span / 2 + span * (number / (count - 1) if count > 1 else 0.5)
        if oval:
            x, y = (wide / 2 - rim * 4 - size * 0.6) * math.sin(at), -(high / 2 - rim * 4 - size * 0.6) * math.cos(at)
            lean = math.atan2(math.sin(at) / (wide / 2), math.cos(at) / (high / 2))
        else:
            radius = wide / 2 - rim * 2 - size * 0.72
            x, y, lean = radius * math.sin(at), -radius * math.cos(at), at
        _letter(image, letter, die.typeface, size, (wide / 2 + x, high / 2 + y), lean, narrow=0.82)
    if die.star and not oval:
        _star(pen, wide / 2, high / 2, wide * 0.15)
    if die.middle:
        _centred(
            pen, die.middle, die.typeface, int(wide * 0.085), wide / 2, high / 2 + (0 if oval else wide * 0.25), wide
        )
    if die.code:
        _code(image, die.code, wide, rim)
    return image


def _letter(
    image: Image.Image,
    letter: str,
    typeface: str,
    size: int,
    middle: tuple[float, float],
    lean: float,
    *,
    narrow: float = 1.0,
) -> None:
    """One letter, turned clockwise by *lean* radians, around a point."""
    glyph = Image.new("L", (size * 2, size * 2), 0)
    ImageDraw.Draw(glyph).text((size, size), letter, font=face(typeface, size), fill=255, anchor="mm")
    glyph = glyph.resize((int(size * 2 * narrow), size * 2))
    glyph = glyph.rotate(-math.degrees(lean), expand=True, resample=Image.Resampling.BICUBIC)
    image.paste(255, (int(middle[0] - glyph.width / 2), int(middle[1] - glyph.height / 2)), glyph)


def _star(pen: ImageDraw.ImageDraw, x: float, y: float, radius: float) -> None:
    points = []
    for number in range(10):
        reach = radius if number % 2 == 0 else radius * 0.382
        points.append((x + reach * math.sin(number * math.pi / 5), y - reach * math.cos(number * math.pi / 5)))
    pen.polygon(points, fill=255)


def _centred(pen: ImageDraw.ImageDraw, text: str, typeface: str, size: int, x: float, y: float, wide: int) -> None:
    """A straight line in the middle, made smaller until it fits."""
    long = pen.textlength(text, font=face(typeface, size))
    if long > wide * 0.62:
        size = int(size * wide * 0.62 / long)
    pen.text((x, y), text, font=face(typeface, size), fill=255, anchor="mm")


def _code(image: Image.Image, code: str, wide: int, rim: int) -> None:
    """The number along the foot, read from the left."""
    size, count = int(wide * 0.042), len(code)
    radius, span = wide / 2 - rim * 2 - size * 0.9, math.radians(count * 4.6)
    for number, letter in enumerate(code):
        at = math.pi + span / 2 - span * number / max(1, count - 1)
        middle = wide / 2 + radius * math.sin(at), wide / 2 - radius * math.cos(at)
        _letter(image, letter, "hei", size, middle, at - math.pi)


def _square(die: Die, wide: int) -> Image.Image:
    """A name seal: columns from the right, two or three letters each."""
    image = Image.new("L", (wide, wide), 0)
    pen = ImageDraw.Draw(image)
    rim = max(3, int(wide * 0.018))
    pen.rectangle((rim, rim, wide - rim, wide - rim), outline=255, width=rim * 2)
    deep = 2 if len(die.name) <= 4 else 3
    columns = [die.name[start : start + deep] for start in range(0, len(die.name), deep)]
    broad, tall = (wide - rim * 8) / len(columns), (wide - rim * 8) / deep
    font = face(die.typeface, int(min(broad, tall) * 0.9))
    for column, letters in enumerate(columns):
        for row, letter in enumerate(letters):
            place = wide - rim * 4 - broad * (column + 0.5), rim * 4 + tall * (row + 0.5)
            pen.text(place, letter, font=font, fill=255, anchor="mm")
    return image


def _rectangle(die: Die, wide: int) -> Image.Image:
    """A seal of one or two straight lines."""
    high = int(wide * 0.55)
    image = Image.new("L", (wide, high), 0)
    pen = ImageDraw.Draw(image)
    rim = max(3, int(wide * 0.018))
    pen.rectangle((rim, rim, wide - rim, high - rim), outline=255, width=rim)
    size = int(min(high * 0.26, wide * 0.86 / max(1, len(die.name))))
    pen.text(
        (wide / 2, high * (0.3 if die.middle else 0.5)), die.name, font=face(die.typeface, size), fill=255, anchor="mm"
    )
    if die.middle:
        size = int(min(high * 0.22, wide * 0.86 / len(die.middle)))
        pen.text((wide / 2, high * 0.7), die.middle, font=face(die.typeface, size), fill=255, anchor="mm")
    return image


_CUTTERS = {"round": _round, "oval": _oval, "square": _square, "rectangle": _rectangle}
