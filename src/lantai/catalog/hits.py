"""Where the words somebody looked for stand on a page: in its lines, and as rectangles on its image."""

from __future__ import annotations

from collections.abc import Sequence

from lantai.archival.checks.viewing import words_pattern
from lantai.common.shown_documents import Place

MOST_WORDS = 12
_HAN = 0x2E80
"""From here on characters are as wide as they are high; those before count half."""
_UPRIGHT = 1.5
"""A line so many times higher than wide is written from top to bottom."""

Line = tuple[str, float, float, float, float]


def words_asked(question: str) -> tuple[str, ...]:
    """The words of a question, as typed in the search box: by blanks, without quotation marks and operators."""
    written = (each.strip("\"'“”‘’()（）+-*,，;；") for each in question[:200].split())
    return tuple(dict.fromkeys(each for each in written if each))[:MOST_WORDS]


def pieces_asked(words: Sequence[str]) -> tuple[str, ...]:
    """The words' pieces of two Chinese characters, for a question that nowhere stands as it was typed."""
    pieces = (
        word[at : at + 2]
        for word in words
        for at in range(len(word) - 1)
        if len(word) > 2 and all(ord(each) >= _HAN for each in word[at : at + 2])
    )
    return tuple(dict.fromkeys(pieces))


def spans_of(lines: Sequence[Line], words: Sequence[str]) -> list[list[tuple[int, int]]]:
    """For each line the parts (from, to) of it that belong to a hit; a hit may run over a line's end."""
    found: list[list[tuple[int, int]]] = [[] for _ in lines]
    pattern = words_pattern(words)
    if pattern is None:
        return found
    starts, at = [], 0
    for text, *_place in lines:
        starts.append(at)
        at += len(text) + 1
    row = 0
    for hit in pattern.finditer("\n".join(text for text, *_place in lines)):
        while row + 1 < len(starts) and starts[row + 1] <= hit.start():
            row += 1
        for number in range(row, len(lines)):
            if starts[number] >= hit.end():
                break
            start = max(0, hit.start() - starts[number])
            end = min(len(lines[number][0]), hit.end() - starts[number])
            if start < end:
                found[number].append((start, end))
    return found


def pieces_of(text: str, spans: Sequence[tuple[int, int]]) -> tuple[tuple[str, bool], ...]:
    """The text cut at its hits: (piece, whether it is a hit)."""
    pieces: list[tuple[str, bool]] = []
    at = 0
    for start, end in spans:
        pieces += [(text[at:start], False), (text[start:end], True)]
        at = end
    pieces.append((text[at:], False))
    return tuple(each for each in pieces if each[0])


def place_of(line: Line, start: int, end: int, shape: float) -> Place:
    """The rectangle of a part of a line on the image, in per cent, reckoned from how wide its characters are.

    Args:
        line: its text and place, in parts of the page.
        start, end: the part.
        shape: the page's height over its width.
    """
    text, x, y, width, height = line
    widths = [1.0 if ord(each) >= _HAN else 0.5 for each in text]
    whole = sum(widths) or 1.0
    before, inside = sum(widths[:start]) / whole, sum(widths[start:end]) / whole
    if len(text) > 1 and height * shape > _UPRIGHT * width:
        return Place(100 * x, 100 * (y + before * height), 100 * width, 100 * inside * height)
    return Place(100 * (x + before * width), 100 * y, 100 * inside * width, 100 * height)
