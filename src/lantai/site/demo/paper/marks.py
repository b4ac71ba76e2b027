"""What a page bears, in millimetres from its upper left corner: one description for PDF, OFD and scanner alike."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

BLACK = (0, 0, 0)
RED = (214, 24, 31)
GREY = (120, 120, 120)
Colour = tuple[int, int, int]


class Text(NamedTuple):
    """A run of text whose baseline begins at ``x``, ``y``; ``size`` in points, ``angle`` in degrees clockwise about
    that place. ``spacing`` is put after each character, in millimetres; ``over`` prints onto what lies below, as ink
    of a stamp does."""

    x: float
    y: float
    size: float
    text: str
    colour: Colour = BLACK
    bold: bool = False
    spacing: float = 0.0
    angle: float = 0.0
    over: bool = False


class Line(NamedTuple):
    """A straight line, ``width`` millimetres thick."""

    x1: float
    y1: float
    x2: float
    y2: float
    width: float = 0.18
    colour: Colour = BLACK


class Ring(NamedTuple):
    """A circle's line."""

    x: float
    y: float
    radius: float
    width: float
    colour: Colour = RED


class Shape(NamedTuple):
    """A filled polygon."""

    points: tuple[tuple[float, float], ...]
    colour: Colour = RED
    over: bool = False


Mark = Text | Line | Ring | Shape


@dataclass(slots=True)
class Page:
    """One page and what is on it, in the order it is drawn."""

    width: float = 210.0
    height: float = 297.0
    marks: list[Mark] = field(default_factory=list)


@dataclass(slots=True)
class Paper:
    """A finished document: its pages, what its information says, where its seal lies (x, y of the middle, page)."""

    title: str
    author: str
    created: str
    pages: list[Page]
    seal: tuple[float, float, int] | None = None


Alignment = Literal["left", "centre", "right"]
