"""Reading seals (印文识别): each seen in two ways, its words laid level and read, the surer reading kept."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import cast

import numpy as np

from lantai.archival.imaging.pictures import Picture
from lantai.archival.imaging.seals.finding import find_seals
from lantai.archival.imaging.seals.model import Outline, Seal, StripReader
from lantai.archival.imaging.seals.owners import KnownOwners
from lantai.archival.imaging.seals.unwrapping import (
    InkViews,
    feet_of,
    middle_strip,
    name_strip,
    quarter_strips,
    row_strips,
    seen,
    star_turn,
    upright,
)

_NO_WORDS = re.compile(r"[^\u3400-\u9fff\U00020000-\U0003ffffA-Za-z0-9（）()·]")
_NO_LETTERS = re.compile(r"[^\u3400-\u9fff\U00020000-\U0003ffff（）()·]")
_SURE_OF_MIDDLE = 0.6
_SURE_OF_NAME = 0.96
"""A name less sure than this is parted elsewhere too; that must say half a letter more to be taken."""
_CLEARLY_MORE = 0.5


def read_seals(
    picture: Picture, read: StripReader, *, dpi: float | None = None, known: KnownOwners | None = None
) -> list[Seal]:
    """The seals of a page, found and read, from the top down.

    Args:
        picture: the page, RGB or grey.
        read: what reads a level line.
        dpi: of the picture; that of an A4 sheet when None.
        known: organisations the names are matched against.
    """
    return [read_seal(picture, each, read, known=known) for each in find_seals(picture, dpi)]


def read_seal(picture: Picture, outline: Outline, read: StripReader, *, known: KnownOwners | None = None) -> Seal:
    """One seal that was found, read, and its owner looked for among *known*."""
    views = seen(picture, outline)
    how = {"square": _read_square, "rectangle": _read_rectangle}.get(outline.shape, _read_rim)
    name, middle, confidence, turned = how(views, outline, read)
    owner = known.match(name) if known is not None and name else None
    return Seal(outline, name, middle, round(confidence, 3), round(turned, 1), owner)


_Words = tuple[str, str, float, float]


def _read_rim(views: InkViews, outline: Outline, read: StripReader) -> _Words:
    """A round or oval seal: the name around, the line inside."""
    name, confidence, foot = "", 0.0, 0.0
    for where, gap in feet_of(views.by_colour, outline, views.middle):
        strips = [name_strip(view, outline, views.middle, where, gap) for view in views.all]
        text, sure = _surest(read(strips))
        if not name or _worth((text, sure)) > _worth((name, confidence)) + _CLEARLY_MORE:
            name, confidence, foot = text, sure, where
        if confidence >= _SURE_OF_NAME:
            break
    oval = outline.shape == "oval"
    turned = _oval_turn(outline, foot) if oval else star_turn(views.by_colour, outline, views.middle, foot)
    levels = [upright(view, outline, views.middle, turned) for view in views.all]
    inside = [strip for each in levels if (strip := middle_strip(each, oval=oval)) is not None]
    middle, sure = _surest(read(inside), letters=False) if inside else ("", 0.0)
    return name, middle if sure >= _SURE_OF_MIDDLE and len(middle) > 1 else "", confidence, turned


def _oval_turn(outline: Outline, foot: float) -> float:
    """An oval lies along its longer axis; its foot tells which way up."""
    return outline.angle if abs(foot) <= 90 else outline.angle + 180


def _read_square(views: InkViews, outline: Outline, read: StripReader) -> _Words:
    """A name seal: its letters in a row."""
    choices: list[tuple[str, float]] = []
    for view in views.all:
        strips = quarter_strips(upright(view, outline, views.middle, outline.angle))
        for letters, (text, sure) in zip((4, 6), read(strips), strict=True):
            plain = _NO_LETTERS.sub("", text)
            choices.append((plain, sure if len(plain) == letters else sure * 0.6))
    name, confidence = max(choices, key=lambda each: each[1])
    return name, "", confidence, outline.angle


def _read_rectangle(views: InkViews, outline: Outline, read: StripReader) -> _Words:
    """A seal of straight lines, which may stand on its head."""
    along = outline.angle + (90.0 if outline.axes[1] > outline.axes[0] else 0.0)
    best: tuple[float, list[str], float] = (-1.0, [], along)
    for view in views.all:
        for turned in (along, along + 180):
            strips = row_strips(_lying(view, outline, views.middle, turned))
            found = list(read(strips)) if strips else []
            words = [_NO_WORDS.sub("", text) for text, _sure in found]
            sure = sum(each for _text, each in found) / len(found) if found and any(words) else 0.0
            if sure > best[0]:
                best = (sure, [each for each in words if each], turned)
            if sure > 0.9:
                break
    sure, words, turned = best
    return (words[0] if words else ""), "".join(words[1:]), max(0.0, sure), turned


def _lying(view: Picture, outline: Outline, middle: tuple[float, float], turned: float) -> Picture:
    level = upright(view, outline, middle, outline.angle)
    quarters = round((turned - outline.angle) / 90) % 4
    return cast(Picture, np.ascontiguousarray(np.rot90(level, quarters)))


def _surest(found: Sequence[tuple[str, float]], *, letters: bool = True) -> tuple[str, float]:
    """The reading that says most surely."""
    return max((((_NO_LETTERS if letters else _NO_WORDS).sub("", text), sure) for text, sure in found), key=_worth)


def _worth(reading: tuple[str, float]) -> float:
    """What a reading is worth: each letter by how much surer it is than not."""
    text, sure = reading
    return len(text) * (sure - 0.55)
