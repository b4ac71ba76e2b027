"""Reading order (阅读顺序): rows from the top, cells of a table as they are filled in, columns one after the other,
lines that run downwards from the right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lantai.archival.imaging.pictures import Box

_SAME_ROW = 0.5
"""Middles nearer than this share of the lower height stand in one row."""
_COLUMN_LINES = 4
"""A column has at least so many lines,"""
_FILLED = 0.55
"""and they fill so much of its width in the mean."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A line before it is ordered: its number, its box, whether it runs downwards."""

    number: int
    box: Box
    vertical: bool = False


@dataclass(frozen=True, slots=True)
class _Unit:
    """What stays together: one line, or all lines of a cell."""

    box: Box
    lines: tuple[Placed, ...]
    cell: bool = False

    @property
    def middle(self) -> float:
        return (self.box[1] + self.box[3]) / 2

    @property
    def height(self) -> int:
        return self.box[3] - self.box[1]


def reading_order(lines: Sequence[Placed], cells: Sequence[Box] = ()) -> list[int]:
    """The numbers of lines as a person reads them.

    Args:
        lines: of a page whose lines are level.
        cells: boxes of its tables' cells.
    """
    downwards = [each for each in lines if each.vertical]
    if len(downwards) * 2 > len(lines):
        return [each.number for each in _downwards(lines)]
    return [each.number for unit in _ordered(_units(lines, cells)) for each in unit.lines]


def _units(lines: Sequence[Placed], cells: Sequence[Box]) -> list[_Unit]:
    """Lines, those of one cell together and in order."""
    free: list[_Unit] = []
    held: dict[Box, list[Placed]] = {}
    for line in lines:
        x, y = (line.box[0] + line.box[2]) / 2, (line.box[1] + line.box[3]) / 2
        around = [each for each in cells if each[0] <= x <= each[2] and each[1] <= y <= each[3]]
        wide = line.box[2] - line.box[0]
        cell = min(around, key=lambda each: each[2] - each[0]) if around else None
        if cell is not None and min(line.box[2], cell[2]) - max(line.box[0], cell[0]) > 0.8 * wide:
            held.setdefault(cell, []).append(line)
        else:
            free.append(_Unit(line.box, (line,)))
    for cell, inside in held.items():
        ordered = [each for row in _rows([_Unit(line.box, (line,)) for line in inside]) for each in row]
        free.append(_Unit(cell, tuple(each.lines[0] for each in ordered), cell=True))
    return free


def _ordered(units: list[_Unit]) -> list[_Unit]:
    """Columns where there are any, else rows."""
    parts = _columns(units)
    if parts is None:
        return [each for row in _rows(units) for each in row]
    return [each for part in parts for each in _ordered(part)]


def _rows(units: Sequence[_Unit]) -> list[list[_Unit]]:
    """Rows from the top, each from the left. Cells go by their upper edges, lines by their middles."""
    rows: list[list[_Unit]] = []
    for unit in sorted(units, key=_height_on_page):
        if rows and _beside(rows[-1], unit):
            rows[-1].append(unit)
        else:
            rows.append([unit])
    return [sorted(row, key=lambda each: each.box[0]) for row in rows]


def _height_on_page(unit: _Unit) -> float:
    return unit.box[1] + 30 if unit.cell else unit.middle


def _beside(row: list[_Unit], unit: _Unit) -> bool:
    if unit.cell != row[0].cell:
        return False
    if unit.cell:
        lowest = min(each.height for each in (*row, unit))
        return abs(unit.box[1] - row[0].box[1]) < 0.4 * lowest
    middle = sum(each.middle for each in row) / len(row)
    return abs(unit.middle - middle) < _SAME_ROW * min(unit.height, *(each.height for each in row))


def _columns(units: list[_Unit]) -> list[list[_Unit]] | None:
    """The page in parts that are read one after the other; None where it has no columns.

    A gutter is looked for that parts the most lines into two columns of running text. What crosses it stands above,
    between or below the columns.
    """
    lines = [each for each in units if not each.cell]
    if len(lines) < 2 * _COLUMN_LINES:
        return None
    best: tuple[int, list[list[_Unit]]] | None = None
    for gutter in _gutters(lines):
        parts = _parted(units, gutter)
        if parts is not None and (best is None or parts[0] > best[0]):
            best = parts
    return best[1] if best is not None else None


def _gutters(lines: list[_Unit]) -> list[float]:
    """Where a column may begin: just left of where several lines do."""
    starts = sorted(each.box[0] for each in lines)
    near = 0.015 * (max(each.box[2] for each in lines) - starts[0])
    found: list[float] = []
    for number, start in enumerate(starts):
        together = [each for each in starts[number:] if each <= start + near]
        if (
            len(together) >= _COLUMN_LINES
            and start > starts[0] + 10 * near
            and not (found and start < found[-1] + near)
        ):
            found.append(start - 1)
    return found


def _parted(units: list[_Unit], gutter: float) -> tuple[int, list[list[_Unit]]] | None:
    """How many lines stand in columns beside a gutter, and the parts of the page; None where none do."""
    crossing = sorted((each for each in units if _crosses(each, gutter)), key=lambda each: each.box[1])
    beside = [each for each in units if not _crosses(each, gutter)]
    if len(beside) < 2 * _COLUMN_LINES:
        return None
    count, parts = 0, []
    above = float("-inf")
    for cut in [*crossing, None]:
        below = cut.middle if cut is not None else float("inf")
        band = [each for each in beside if above <= each.middle < below]
        first = [each for each in band if each.box[0] + each.box[2] <= 2 * gutter]
        second = [each for each in band if each.box[0] + each.box[2] > 2 * gutter]
        if _is_column(first) and _is_column(second):
            count += len(band)
            parts += [first, second]
        elif band:
            parts.append(band)
        if cut is not None:
            parts.append([cut])
            above = below
    return (count, _joined(parts)) if count else None


def _crosses(unit: _Unit, gutter: float) -> bool:
    """Whether something stands on both sides of a gutter; boxes are a little larger than what is in them, and a mark
    may hang over the edge of its column."""
    over = min(unit.height, 60) / 2
    return unit.box[0] + over < gutter < unit.box[2] - over


def _joined(parts: list[list[_Unit]]) -> list[list[_Unit]]:
    """Parts that are no columns and follow each other made one, so that rows hold together."""
    made: list[list[_Unit]] = []
    plain = False
    for part in parts:
        column = _is_column(part)
        if made and plain and not column:
            made[-1] = made[-1] + part
        else:
            made.append(part)
        plain = not column
    return made


def _is_column(units: list[_Unit]) -> bool:
    """Whether lines make a column of running text: enough of them, one below the other, most of them full."""
    rows = _rows(units)
    if len(rows) < _COLUMN_LINES or any(each.cell for each in units) or len(units) > 1.3 * len(rows):
        return False
    width = max(each.box[2] for each in units) - min(each.box[0] for each in units)
    return sum(each.box[2] - each.box[0] for each in units) > _FILLED * width * len(units)


def _downwards(lines: Sequence[Placed]) -> list[Placed]:
    """Lines that run downwards, the rightmost first; one below the other where they share a column. Level lines above
    the middle come first, the others last."""
    upright = [each for each in lines if each.vertical]
    middle = sum((each.box[1] + each.box[3]) / 2 for each in upright) / len(upright)
    columns: list[list[Placed]] = []
    for line in sorted(upright, key=lambda each: -(each.box[0] + each.box[2])):
        x = (line.box[0] + line.box[2]) / 2
        last = columns[-1][0] if columns else None
        if last is not None and abs(x - (last.box[0] + last.box[2]) / 2) < 0.6 * (last.box[2] - last.box[0]):
            columns[-1].append(line)
        else:
            columns.append([line])
    ordered = [each for column in columns for each in sorted(column, key=lambda line: line.box[1])]
    level = sorted((each for each in lines if not each.vertical), key=lambda each: (each.box[1], each.box[0]))
    above = [each for each in level if (each.box[1] + each.box[3]) / 2 < middle]
    return [*above, *ordered, *(each for each in level if each not in above)]
