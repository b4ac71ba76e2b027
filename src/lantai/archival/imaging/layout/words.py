"""Words put into cells (单元格文字): each where its middle stands, in the order they are read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from lantai.archival.imaging.model import Line, Word
from lantai.archival.imaging.pictures import Box
from lantai.archival.imaging.tables import Cell, Table

_LATIN = re.compile(r"[A-Za-z0-9]$")


def filled(table: Table, lines: Iterable[Line]) -> Table:
    """A table with its words. Lines that run over several cells are parted between them."""
    words: dict[int, list[Word]] = {}
    for line in lines:
        for word in line.words or (Word(line.text, line.corners, line.confidence),):
            place = _cell_of(word.box, table.cells)
            if place is not None:
                words.setdefault(place, []).append(word)
    cells = [_with_words(cell, words.get(place, [])) for place, cell in enumerate(table.cells)]
    return replace(table, cells=tuple(cells))


def words_within(lines: Iterable[Line], box: Box) -> list[Word]:
    """The words whose middle stands in a box, in the order they are read."""
    found = []
    for line in lines:
        for word in line.words or (Word(line.text, line.corners, line.confidence),):
            x, y = _middle(word.box)
            if box[0] <= x < box[2] and box[1] <= y < box[3]:
                found.append(word)
    return [word for row in rows_of(found) for word in row]


def rows_of(words: Sequence[Word]) -> list[list[Word]]:
    """Words in rows from the top, each from the left: those are in one row whose middles lie within half a letter."""
    rows: list[list[Word]] = []
    for word in sorted(words, key=lambda each: _middle(each.box)[1]):
        y = _middle(word.box)[1]
        if rows:
            ys = [_middle(each.box)[1] for each in rows[-1]]
            deep = max(each.box[3] - each.box[1] for each in (*rows[-1], word))
            if abs(y - sum(ys) / len(ys)) < 0.5 * deep:
                rows[-1].append(word)
                continue
        rows.append([word])
    return [sorted(row, key=lambda each: each.box[0]) for row in rows]


def joined(words: Sequence[Word]) -> str:
    """Words as one text: no spaces between Chinese characters, one between Latin words that stand apart."""
    text, right = "", 0
    for word in words:
        gap = word.box[0] - right
        if text and _LATIN.search(text) and _LATIN.match(word.text[:1]) and gap > 0.25 * (word.box[3] - word.box[1]):
            text += " "
        text, right = text + word.text, word.box[2]
    return text


def _with_words(cell: Cell, words: Sequence[Word]) -> Cell:
    if not words:
        return cell
    ordered = [word for row in rows_of(words) for word in row]
    count = sum(len(each.text) for each in ordered)
    sure = sum(each.confidence * len(each.text) for each in ordered) / max(1, count)
    return replace(cell, text=joined(ordered), confidence=sure)


def _cell_of(box: Box, cells: Sequence[Cell]) -> int | None:
    x, y = _middle(box)
    for place, cell in enumerate(cells):
        left, top, right, bottom = cell.box
        if left <= x < right and top <= y < bottom:
            return place
    return None


def _middle(box: Box) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
