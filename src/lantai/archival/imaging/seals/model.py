"""What is known of a seal on a page (印章): where and what it is, what it says, whose it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from lantai.archival.imaging.pictures import Box, Picture

Shape = Literal["round", "oval", "square", "rectangle", "other"]
"""公章 and 专用章, 发票章, 名章, 条形章; triangles and diamonds are ``other``."""

Colour = Literal["red", "blue", "black"]

StripReader = Callable[[Sequence[Picture]], Sequence[tuple[str, float]]]
"""Reads strips that hold one level line each, dark on white: the text and how sure it is, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Outline:
    """A seal as it was found.

    Attributes:
        shape, colour: of its rim.
        box: the upright box around it, in pixels of the page.
        middle: of the rim.
        axes: how wide and high the rim is, before it is turned.
        angle: degrees the rim's first axis is turned clockwise; of round ones 0.
        closed: share of the rim that bears ink.
    """

    shape: Shape
    colour: Colour
    box: Box
    middle: tuple[float, float]
    axes: tuple[float, float]
    angle: float
    closed: float


@dataclass(frozen=True, slots=True)
class Owner:
    """A known organisation a seal's text was matched against; ``score`` is 1 where both are the same."""

    name: str
    score: float


@dataclass(frozen=True, slots=True)
class Seal:
    """A seal that was read.

    Attributes:
        outline: where and what it is.
        name: the words on the rim, in the quarters, or of the first line; empty where nothing could be read.
        middle: the line inside (专用章), empty where there is none.
        confidence: of the name, 0 to 1.
        turned: degrees clockwise the seal was stamped askew.
        owner: who of the known organisations it is, None where none is like it.
    """

    outline: Outline
    name: str
    middle: str
    confidence: float
    turned: float
    owner: Owner | None = None
