"""What reading a page gives: lines in reading order, their words, where they stand and how sure each is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, cast

import numpy as np

from lantai.archival.imaging.pictures import Box, Picture
from lantai.archival.imaging.repair import Condition, Matrix, Step
from lantai.archival.imaging.seals.model import Outline
from lantai.archival.imaging.tables import Table

Corners = tuple[tuple[int, int], tuple[int, int], tuple[int, int], tuple[int, int]]
"""Where a line or word lies, from its first letter's upper corner, clockwise as it reads."""


@dataclass(frozen=True, slots=True)
class Word:
    """A Chinese character, or a run of letters or figures, with its place and how sure it is (0 to 1)."""

    text: str
    corners: Corners
    confidence: float

    @property
    def box(self) -> Box:
        """The upright box around it."""
        return hull(self.corners)


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it was read. ``vertical`` lines run downwards (竖排)."""

    text: str
    corners: Corners
    confidence: float
    words: tuple[Word, ...]
    vertical: bool = False

    @property
    def box(self) -> Box:
        """The upright box around it."""
        return hull(self.corners)

    def data(self) -> dict[str, Any]:
        """The line as plain data for JSON, its words as text, corners and confidence."""
        return {
            "text": self.text,
            "corners": [list(each) for each in self.corners],
            "confidence": round(self.confidence, 4),
            "vertical": self.vertical,
            "words": [
                [each.text, [list(one) for one in each.corners], round(each.confidence, 4)] for each in self.words
            ],
        }

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Line:
        """The line of such data."""
        words = tuple(Word(str(text), _corners(corners), float(sure)) for text, corners, sure in data["words"])
        return cls(
            str(data["text"]), _corners(data["corners"]), float(data["confidence"]), words, bool(data["vertical"])
        )


@dataclass(frozen=True, slots=True)
class PageReading:
    """A page that was read (识别结果).

    Attributes:
        width, height: of the scan, in pixels; all places are in its pixels, as it came.
        lines: in reading order.
        turned: by how many degrees clockwise the page lies; 0, 90, 180 or 270.
        mirrored: whether it was scanned through the back.
        version: what was read: ``scan``, ``straight`` (set right), or ``restored`` (cleaned too).
        steps: what repair did to the version that was read, in order.
        condition: what the page was found to be like.
        matrix: where a point of the scan lies on the repaired page.
        picture: the repaired page as it was read, before seals were taken off: a copy to look at (派生图); empty where
            it is no longer at hand.
        seals: found on the scan, not yet read (印章); ``seals.read_seal`` reads one.
        tables: with their words, from the top down (表格).
    """

    width: int
    height: int
    lines: tuple[Line, ...]
    turned: int
    mirrored: bool
    version: Literal["scan", "straight", "restored"]
    steps: tuple[Step, ...]
    condition: Condition
    matrix: Matrix
    picture: Picture = field(default_factory=lambda: np.zeros((0, 0, 3), np.uint8), repr=False, compare=False)
    seals: tuple[Outline, ...] = ()
    tables: tuple[Table, ...] = ()

    @property
    def text(self) -> str:
        """All lines in reading order."""
        return "\n".join(each.text for each in self.lines)

    @property
    def confidence(self) -> float:
        """How sure the characters are in the mean; 0 for a page with nothing on it."""
        count = sum(len(each.text) for each in self.lines)
        return sum(each.confidence * len(each.text) for each in self.lines) / count if count else 0.0

    @property
    def empty(self) -> bool:
        """Whether nothing was found on the page (空白页)."""
        return not self.lines


def hull(corners: Corners) -> Box:
    """The upright box around corners."""
    across, down = [each[0] for each in corners], [each[1] for each in corners]
    return min(across), min(down), max(across), max(down)


def _corners(told: Any) -> Corners:
    return cast(Corners, tuple((int(x), int(y)) for x, y in told))


def moved(line: Line, matrix: Matrix, width: int, height: int) -> Line:
    """A line and its words where *matrix* puts them, kept within a page of this size."""

    def put(corners: Corners) -> Corners:
        points = np.array([[x, y, 1] for x, y in corners]) @ matrix.T
        points = np.clip(np.rint(points), 0, (width, height)).astype(int)
        first, second, third, fourth = ((int(x), int(y)) for x, y in points)
        return first, second, third, fourth

    words = tuple(replace(each, corners=put(each.corners)) for each in line.words)
    return replace(line, corners=put(line.corners), words=words)
