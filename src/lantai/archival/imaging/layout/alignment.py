"""Unruled tables (无线表格): rows of words that stand in columns with clear gaps between them."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from lantai.archival.imaging.layout.words import joined, rows_of
from lantai.archival.imaging.model import Line, Word
from lantai.archival.imaging.pictures import Box
from lantai.archival.imaging.tables import Cell, Table

_LEAST_ROWS, _LEAST_COLUMNS = 3, 2
_GAP = 1.2
"""How wide a gap between columns is at least, in heights of a line."""
_FILLED = 0.6
"""Share of a row's columns that hold words at least."""


def find_unruled_tables(lines: Sequence[Line]) -> list[Table]:
    """Tables without rules among the lines of a level page: three rows at least that stand in the same columns."""
    words = [word for line in lines if not line.vertical for word in _parts(line)]
    rows = rows_of(words)
    tables, start = [], 0
    while start < len(rows):
        end, columns = _longest(rows, start)
        if end - start >= _LEAST_ROWS:
            tables.append(_table(rows[start:end], columns))
            start = end
        else:
            start += 1
    return tables


def _parts(line: Line) -> list[Word]:
    """A line parted where a gap is wide enough to be one between columns."""
    words = line.words or (Word(line.text, line.corners, line.confidence),)
    groups: list[list[Word]] = []
    for word in words:
        deep = word.box[3] - word.box[1]
        if groups and word.box[0] - groups[-1][-1].box[2] < 0.8 * deep:
            groups[-1].append(word)
        else:
            groups.append([word])
    return [_one(group) for group in groups]


def _one(group: Sequence[Word]) -> Word:
    first, last = group[0].corners, group[-1].corners
    sure = sum(each.confidence * len(each.text) for each in group) / max(1, sum(len(each.text) for each in group))
    return Word(joined(group), (first[0], last[1], last[2], first[3]), sure)


def _longest(rows: Sequence[Sequence[Word]], start: int) -> tuple[int, list[tuple[int, int]]]:
    """The longest run of rows from *start* on that share columns: where it ends, and the columns."""
    best: tuple[int, list[tuple[int, int]]] = (start, [])
    for end in range(start + 1, len(rows) + 1):
        block = rows[start:end]
        deep = _depth(block)
        if len(block) > 1 and _top(block[-1]) - _bottom(block[-2]) > 2.5 * deep:
            break
        columns = _columns(block, deep)
        if len(columns) < _LEAST_COLUMNS or any(_share(row, columns) < _FILLED for row in block):
            break
        best = (end, columns)
    return best


def _depth(rows: Sequence[Sequence[Word]]) -> float:
    heights = sorted(each.box[3] - each.box[1] for row in rows for each in row)
    return float(heights[len(heights) // 2])


def _top(row: Sequence[Word]) -> int:
    return min(each.box[1] for each in row)


def _bottom(row: Sequence[Word]) -> int:
    return max(each.box[3] for each in row)


def _columns(rows: Sequence[Sequence[Word]], deep: float) -> list[tuple[int, int]]:
    """The stretches that words cover in any row, parted by gaps that are clear in all."""
    columns: list[tuple[int, int]] = []
    for left, right in sorted((each.box[0], each.box[2]) for row in rows for each in row):
        if columns and left - columns[-1][1] < _GAP * deep:
            columns[-1] = (columns[-1][0], max(right, columns[-1][1]))
        else:
            columns.append((left, right))
    return columns


def _share(row: Sequence[Word], columns: Sequence[tuple[int, int]]) -> float:
    """The share of the columns that a row has words in; 0 with fewer than two."""
    held = sum(any(left <= each.box[0] < right for each in row) for left, right in columns)
    return held / len(columns) if held >= _LEAST_COLUMNS else 0.0


def _table(rows: Sequence[Sequence[Word]], columns: Sequence[tuple[int, int]]) -> Table:
    edges = [columns[0][0], *((one[1] + other[0]) // 2 for one, other in itertools.pairwise(columns))]
    edges.append(columns[-1][1])
    levels = [_top(rows[0])]
    levels += [(_bottom(one) + _top(other)) // 2 for one, other in itertools.pairwise(rows)]
    levels.append(_bottom(rows[-1]))
    cells = []
    for row, words in enumerate(rows):
        for column in range(len(columns)):
            box: Box = (edges[column], levels[row], edges[column + 1], levels[row + 1])
            held = [each for each in words if box[0] <= (each.box[0] + each.box[2]) / 2 < box[2] + 1]
            sure = min((each.confidence for each in held), default=1.0)
            cells.append(Cell(row, column, 1, 1, box, joined(held), sure))
    return Table(tuple(cells), (edges[0], levels[0], edges[-1], levels[-1]), False)
