"""Ruled tables (有线表格): rules found as straight runs, folds left out, the grid they make turned into cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np

from lantai.archival.imaging.layout.model import Cell, Table
from lantai.archival.imaging.pictures import Box, Picture, scaled

_SIDE = 1754
"""Pixels of the longer side that rules are looked for at: A4 at 150 dpi."""
_REACH_ACROSS, _REACH_DOWN = 60, 36
"""Pixels a rule is long at least: longer than strokes of large letters."""
_NEAR = 7
"""Pixels between a rule's end and the rule it meets; between places that are one line of the grid."""
_OVER = 14
"""Pixels a rule may run past those it meets."""
_BORNE = 0.5
"""Share of a cell's side that bears ink where a rule parts it from the next; broken rules count."""
_LEAST_CELLS = 3
_LEAST_WIDTH, _LEAST_HEIGHT = 180, 20
"""Pixels a table is wide, and its cells are high in the middle: less is the strokes of a large letter."""
_DARKER, _MOST_DARKER, _NOISES = 10.0, 26.0, 3.5
"""How much darker than what is around it a rule is, more where the page is noisy."""


@dataclass(slots=True)
class _Rule:
    """A straight rule: where it lies across its run, from where to where it runs, and the pieces it is of."""

    at: float
    start: int
    end: int
    pieces: list[tuple[int, int]]

    @property
    def inked(self) -> int:
        return sum(end - start for start, end in self.pieces)


def find_ruled_tables(picture: Picture) -> list[Table]:
    """The ruled tables of a page whose lines are level, from the top down, their cells without text.

    Args:
        picture: RGB or grey; boxes are in its pixels.
    """
    high, wide = picture.shape[:2]
    factor = min(1.0, _SIDE / max(high, wide))
    small = scaled(picture, factor)
    if min(small.shape[:2]) < 40:
        return []
    levels = small if small.ndim == 2 else small.max(axis=2)  # red seals and stamps are light in their own colour
    limit = min(_MOST_DARKER, max(_DARKER, _NOISES * _noise(cast(Picture, levels))))
    marks = cv2.adaptiveThreshold(levels, 1, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 21, limit)
    across = _rules(cast(Picture, marks))
    down = _rules(cast(Picture, np.ascontiguousarray(marks.T)))
    across, down = _without_folds(across, down)
    tables = []
    for rows, columns in _frames(across, down):
        cells = _cells(rows, columns)
        if _is_table(cells):
            tables.append(_table([_enlarged(each, 1 / factor) for each in cells]))
    return sorted(tables, key=lambda each: each.box[1])


def _table(cells: list[Cell]) -> Table:
    left, top = (min(each.box[side] for each in cells) for side in (0, 1))
    right, bottom = (max(each.box[side] for each in cells) for side in (2, 3))
    return Table(tuple(cells), (left, top, right, bottom), True)


def _enlarged(cell: Cell, factor: float) -> Cell:
    left, top, right, bottom = (round(each * factor) for each in cell.box)
    return Cell(cell.row, cell.column, cell.rows, cell.columns, (left, top, right, bottom))


def _rules(marks: Picture) -> list[_Rule]:
    """The rules that run from left to right; pieces that lie in one line are one rule."""
    reach = _REACH_ACROSS if marks.shape[1] <= marks.shape[0] else _REACH_DOWN
    thick = cv2.dilate(marks, np.ones((3, 1), np.uint8))
    bridged = cv2.morphologyEx(thick, cv2.MORPH_CLOSE, np.ones((1, 9), np.uint8))
    runs = cv2.morphologyEx(bridged, cv2.MORPH_OPEN, np.ones((1, reach), np.uint8))
    _count, _labels, stats, middles = cv2.connectedComponentsWithStats(runs, connectivity=8)
    pieces = [
        _Rule(float(middle[1]), int(left), int(left + long), [(int(left), int(left + long))])
        for (left, _top, long, deep, _area), middle in zip(stats[1:], middles[1:], strict=True)
        if deep <= max(12, long // 25)
    ]
    joined: list[_Rule] = []
    for piece in sorted(pieces, key=lambda each: each.start):
        same = next(
            (one for one in joined if abs(one.at - piece.at) <= 3.5 and piece.start - one.end <= 3 * reach), None
        )
        if same is None:
            joined.append(piece)
            continue
        total = same.inked + piece.inked
        same.at = (same.at * same.inked + piece.at * piece.inked) / total
        same.end, same.pieces = max(same.end, piece.end), same.pieces + piece.pieces
    return joined


def _without_folds(across: list[_Rule], down: list[_Rule]) -> tuple[list[_Rule], list[_Rule]]:
    """Rules without the folds of the paper: a rule ends at the rules it meets, a fold runs past them;
    and without strokes that meet nothing. What is left is looked at again, since a fold's friends go with it."""
    while True:
        kept_across = [each for each in across if _ends_well(each, down)]
        kept_down = [each for each in down if _ends_well(each, kept_across)]
        if len(kept_across) == len(across) and len(kept_down) == len(down):
            return across, down
        across, down = kept_across, kept_down


def _ends_well(rule: _Rule, others: Sequence[_Rule]) -> bool:
    """Whether a rule meets two others at least and does not run on past the outermost as a fold does."""
    met = [each.at for each in others if _meet(rule, each)]
    if len(met) < 2:
        return False
    if min(met) - rule.start <= _OVER and rule.end - max(met) <= _OVER:
        return True
    passing = [each.at for each in others if each.start - _NEAR <= rule.at <= each.end + _NEAR]
    first, last = min(passing), max(passing)  # a rule whose end is broken off does not reach the last it would meet
    return first - rule.start <= _OVER and rule.end - last <= _OVER and rule.inked >= 0.6 * (last - first)


def _meet(rule: _Rule, other: _Rule) -> bool:
    return rule.start - _NEAR <= other.at <= rule.end + _NEAR and other.start - _NEAR <= rule.at <= other.end + _NEAR


def _frames(across: list[_Rule], down: list[_Rule]) -> list[tuple[list[_Rule], list[_Rule]]]:
    """The rules that hang together, table by table."""
    left = list(across)
    frames = []
    while left:
        rows, columns = [left.pop()], list[_Rule]()
        grown = True
        while grown:
            more_down = [each for each in down if each not in columns and any(_meet(one, each) for one in rows)]
            columns += more_down
            more_across = [each for each in left if any(_meet(each, one) for one in columns)]
            rows += more_across
            left = [each for each in left if each not in more_across]
            grown = bool(more_down or more_across)
        if len(rows) >= 2 and len(columns) >= 2:
            frames.append((rows, columns))
    return frames


def _lines(rules: list[_Rule]) -> list[float]:
    """The places of the grid's lines: rules that lie nearly together are one."""
    places: list[list[float]] = []
    for at in sorted(each.at for each in rules):
        if places and at - places[-1][-1] <= _NEAR:
            places[-1].append(at)
        else:
            places.append([at])
    return [sum(each) / len(each) for each in places]


def _cells(rows: list[_Rule], columns: list[_Rule]) -> list[Cell]:
    """The cells of a grid: its smallest boxes, joined where no rule parts them; what is open to the outside is none."""
    ys, xs = _lines(rows), _lines(columns)
    deep, broad = len(ys) - 1, len(xs) - 1
    parent = list(range(deep * broad + 1))
    outside = deep * broad

    def root(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    for row in range(deep + 1):
        for column in range(broad):
            if not _parted(rows, ys[row], xs[column], xs[column + 1]):
                above = (row - 1) * broad + column if row else outside
                below = row * broad + column if row < deep else outside
                parent[root(above)] = root(below)
    for column in range(broad + 1):
        for row in range(deep):
            if not _parted(columns, xs[column], ys[row], ys[row + 1]):
                before = row * broad + column - 1 if column else outside
                after = row * broad + column if column < broad else outside
                parent[root(before)] = root(after)
    groups: dict[int, list[tuple[int, int]]] = {}
    for place in range(deep * broad):
        if root(place) != root(outside):
            groups.setdefault(root(place), []).append(divmod(place, broad))
    cells = []
    for places in groups.values():
        first, last = min(row for row, _ in places), max(row for row, _ in places) + 1
        start, end = min(column for _, column in places), max(column for _, column in places) + 1
        if len(places) < (last - first) * (end - start):
            continue  # a shape that is no box
        box: Box = (round(xs[start]), round(ys[first]), round(xs[end]), round(ys[last]))
        cells.append(Cell(first, start, last - first, end - start, box))
    return sorted(cells, key=lambda each: (each.row, each.column))


def _parted(rules: list[_Rule], at: float, start: float, end: float) -> bool:
    """Whether rules at a place cover the side of a box."""
    covered = sum(
        max(0.0, min(last, end) - max(first, start))
        for each in rules
        if abs(each.at - at) <= _NEAR
        for first, last in each.pieces
    )
    return covered >= _BORNE * (end - start)


def _noise(levels: Picture) -> float:
    """The spread of the sensor's noise, by how points differ from those around them where there is no writing."""
    around = cv2.GaussianBlur(levels, (0, 0), 1.5).astype(np.float32)
    return float(np.median(np.abs(levels.astype(np.float32) - around))) * 1.4826


def _is_table(cells: list[Cell]) -> bool:
    """Whether cells are those of a table and not what the strokes of letters enclose."""
    if len(cells) < _LEAST_CELLS:
        return False
    heights = sorted(each.box[3] - each.box[1] for each in cells)
    left, right = min(each.box[0] for each in cells), max(each.box[2] for each in cells)
    top, bottom = min(each.box[1] for each in cells), max(each.box[3] for each in cells)
    area = sum((each.box[2] - each.box[0]) * (each.box[3] - each.box[1]) for each in cells)
    return (
        right - left >= _LEAST_WIDTH
        and heights[len(heights) // 2] >= _LEAST_HEIGHT
        and area >= 0.6 * (right - left) * (bottom - top)
    )
