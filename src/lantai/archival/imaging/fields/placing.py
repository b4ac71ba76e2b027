"""The lines of a page as one text whose every letter knows its place; what runs on over lines is put together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lantai.archival.imaging.model import Line, hull
from lantai.archival.imaging.pictures import Box

_PLAIN = {0x3000: " ", ord(":"): "：", ord("("): "（", ord(")"): "）", ord(","): "，", ord(";"): "；"}
_PLAIN |= {
    code: chr(code - 0xFEE0) for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))
}
_PLAIN |= {ord(one): other for one, other in zip("[【［{]】］}", "〔〔〔〔〕〕〕〕", strict=True)}
_ENDS = re.compile(r"[。；：！？]$")
_LABEL = re.compile(r"^[^：]{1,14}：")
_LEAST_LETTERS = 8
"""Shorter lines do not run on."""
_PITCH = 2.5
"""Lines of one paragraph stand at most so many letter heights apart."""
_FULL, _SAME_BLOCK = 3, 6
"""Letter heights that a full line ends before the longest one at most, of those that begin so near to it."""


@dataclass(frozen=True, slots=True)
class PlacedText:
    """A text and where each of its letters stands; a line break parts what does not run on.

    Full-width figures and letters are plain in it, brackets and colons of one form, so that rules need not know them.
    """

    text: str
    boxes: tuple[Box | None, ...]
    confidences: tuple[float, ...]

    def box(self, start: int, end: int) -> Box:
        """The upright box around a piece. Raises ValueError when nothing stands there."""
        found = [each for each in self.boxes[start:end] if each is not None]
        if not found:
            raise ValueError(f"{start}:{end}")
        left, top, right, bottom = zip(*found, strict=True)
        return min(left), min(top), max(right), max(bottom)

    def confidence(self, start: int, end: int) -> float:
        """How sure a piece is in the mean."""
        found = [
            sure
            for sure, box in zip(self.confidences[start:end], self.boxes[start:end], strict=True)
            if box is not None
        ]
        return sum(found) / len(found) if found else 0.0


def plain(text: str) -> str:
    """Full-width figures, letters, brackets and colons in one form; the length stays."""
    return text.translate(_PLAIN)


def place_text(lines: Sequence[Line]) -> PlacedText:
    """The text of lines that are in reading order."""
    letters: list[str] = []
    boxes: list[Box | None] = []
    confidences: list[float] = []
    for number, line in enumerate(lines):
        if number and not (_runs_on(lines[number - 1], line) and _is_full(lines[number - 1], lines)):
            letters.append("\n")
            boxes.append(None)
            confidences.append(0.0)
        for letter, box, confidence in _letters(line):
            letters.append(letter)
            boxes.append(box)
            confidences.append(confidence)
    return PlacedText("".join(letters), tuple(boxes), tuple(confidences))


def _letters(line: Line) -> list[tuple[str, Box | None, float]]:
    """Each letter of a line with the box of its word; of a line that was corrected, and no longer agrees with its
    words, each letter has the box of the line."""
    text, whole = plain(line.text), line.box
    found: list[tuple[str, Box | None, float]] = [(each, whole, line.confidence) for each in text]
    at = 0
    for word in line.words:
        place = text.find(plain(word.text), at)
        if place < 0:
            break
        box, count = hull(word.corners), len(word.text)
        for step in range(count):
            found[place + step] = (text[place + step], box, word.confidence)
        at = place + count
    return [(letter, None if letter.isspace() else box, sure) for letter, box, sure in found]


def _is_full(line: Line, lines: Sequence[Line]) -> bool:
    """Whether a line goes to the end of its block."""
    left, top, right, bottom = line.box
    size = bottom - top
    return right >= max(each.box[2] for each in lines if abs(each.box[0] - left) <= _SAME_BLOCK * size) - _FULL * size


def _runs_on(line: Line, after: Line) -> bool:
    """Whether the next line stands where one that goes on with a line would."""
    if line.vertical or after.vertical or len(line.text) < _LEAST_LETTERS or _ENDS.search(plain(line.text)):
        return False
    (left, top, right, bottom), (next_left, next_top, next_right, next_bottom) = line.box, after.box
    size = max(1, min(bottom - top, next_bottom - next_top))
    alike = max(bottom - top, next_bottom - next_top) < 1.5 * size
    below = 0.6 * size < next_top - top < _PITCH * size
    under = next_left <= left + size and next_right <= right + 1.5 * size and next_left > left - 4 * size
    return alike and below and under and not _LABEL.match(plain(after.text))
