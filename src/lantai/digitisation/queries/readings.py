"""Pages as they were read, back from their rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, cast

import numpy as np

from lantai.archival.imaging.model import Corners, Line, PageReading, Word
from lantai.archival.imaging.repair import Condition, Step
from lantai.digitisation.models import ReadPage

_UNTOLD = Condition(0, 0, 0, 0, 0, 0)
_STAYS = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]


def page_reading(row: ReadPage) -> PageReading:
    """A page as it was read, people's corrections in it; its ``page`` must be at hand. What its condition was is not
    kept."""
    return PageReading(
        width=row.page.width,
        height=row.page.height,
        lines=tuple(read_line(each) for each in row.lines),
        turned=row.turned,
        mirrored=row.mirrored,
        version=cast(Literal["scan", "straight", "restored"], row.version),
        steps=tuple(Step(each["name"], dict(each["parameters"])) for each in row.steps),
        condition=_UNTOLD,
        matrix=np.array(row.matrix or _STAYS, np.float64),
    )


def read_line(told: dict[str, Any]) -> Line:
    """A line of a page, as its row keeps it."""
    words = tuple(Word(str(text), _corners(place), float(sure)) for text, place, sure in told["words"])
    return Line(
        str(told["text"]), _corners(told["corners"]), float(told["confidence"]), words, bool(told.get("vertical"))
    )


def _corners(told: Sequence[Sequence[int]]) -> Corners:
    first, second, third, fourth = ((int(x), int(y)) for x, y in told)
    return first, second, third, fourth
