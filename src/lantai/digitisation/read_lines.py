"""Lines of a page that was read, as they are kept (ReadPage.lines): which are doubtful, and how a person changes one.

A line that somebody looked at bears who it was in ``by``. One that was struck out keeps its place, with an empty text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lantai.archival.imaging.corrected import corrected_words
from lantai.archival.imaging.model import Corners, Word

DOUBTFUL = 0.93
"""A line less sure than this in the mean is doubtful (存疑)."""
DOUBTFUL_WORD = 0.8
"""So is one with a word less sure than this."""

KeptLine = Mapping[str, Any]


def is_doubtful(line: KeptLine) -> bool:
    """Whether a line may be wrong and nobody has looked at it."""
    if line.get("by") or not line["text"]:
        return False
    unsure = any(confidence < DOUBTFUL_WORD for _text, _corners, confidence in line.get("words", ()))
    return unsure or bool(line["confidence"] < DOUBTFUL)


def count_doubtful(lines: Iterable[KeptLine]) -> int:
    """How many lines may be wrong and were looked at by nobody."""
    return sum(is_doubtful(each) for each in lines)


def looked_at(line: KeptLine, by: str) -> dict[str, Any]:
    """A line that *by* found right."""
    return {**line, "by": by}


def changed_line(line: KeptLine, text: str, by: str) -> dict[str, Any]:
    """A line that *by* gave another text; its words keep their places as far as they stayed."""
    words = [Word(said, _corners(corners), confidence) for said, corners, confidence in line.get("words", ())]
    made = [
        [each.text, [list(point) for point in each.corners], each.confidence] for each in corrected_words(words, text)
    ]
    return {**line, "text": text, "words": made, "by": by}


def typed_line(text: str, corners: Iterable[Iterable[int]], by: str) -> dict[str, Any]:
    """A line that reading missed and *by* typed."""
    return {
        "text": text, "corners": [list(each) for each in corners], "confidence": 1.0, "vertical": False, "words": [],
        "by": by,
    }  # fmt: skip


def place_of_line(lines: Sequence[KeptLine], box: tuple[int, int, int, int]) -> int:
    """Where in reading order a line with this box belongs: after the line nearest to it among those above it or, at its
    height, to its left; first where there is none."""
    left, top, _right, bottom = box
    best, nearest = 0, None
    for number, each in enumerate(lines):
        first, above = min(x for x, _y in each["corners"]), min(y for _x, y in each["corners"])
        below = max(y for _x, y in each["corners"])
        beside = min(bottom, below) - max(top, above) > 0.5 * (bottom - top) and first < left
        if not beside and below > top + 0.5 * (bottom - top):
            continue
        far = abs(first - left) if beside else (top - below) * 4 + abs(first - left)
        if nearest is None or far <= nearest:
            best, nearest = number + 1, far
    return best


def _corners(points: Iterable[Iterable[int]]) -> Corners:
    first, second, third, fourth = ((int(x), int(y)) for x, y in points)
    return first, second, third, fourth
