"""Ruled tables (有线表格): rules found as straight runs, folds left out, the grid they make turned into cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from lantai.archival.imaging.pictures import Box, Picture, scaled
from lantai.archival.imaging.tables import Cell, Table

_SIDE = 1754
"""Pixels of the longer side that rules are looked for at: A4 at 150 dpi."""
_REACH_ACROSS, _REACH_DOWN = 60, 36
"""Pixels a rule is long at least: longer than strokes of large letters."""
_NEAR = 7
"""Pixels between a rule's end and the rule it meets; between places that are one line of the grid."""
_BESIDE, _ALONE, _CROWDED = 3, 0.2, 0.5
"""Pixels beside a rule that are paper, and the share of them that may bear ink: rules cross, and letters come near."""
_LONG = 180
"""Pixels of a rule that no row of letters makes."""
_RUNS_ON, _IN_FOLD = 0.1, 0.75
"""A fold runs on for more than this share beyond the rules it meets, and is there not paler than this share."""
_PALE, _EVEN = 0.55, 15
"""A rule is paler than this share of the others where it is the other side's, over so many pixels."""
_OVER = 14
"""Pixels a rule may run past those it meets."""
_BORNE = 0.5
"""Share of a cell's side that bears ink where a rule parts it from the next; broken rules count."""
_LEAST_CELLS = 3
_LEAST_WIDTH, _LEAST_HEIGHT = 180, 20
"""Pixels a table is wide, and its cells are high in the middle: less is the strokes of a large letter."""
_DARKER, _MOST_DARKER, _NOISES = 10.0, 26.0, 3.5
"""How much darker than what is around it a rule is, more where the page is noisy."""


@dataclass(slots=True, eq=False)
class _Rule:
    """A straight rule: where it lies across its run, the pieces it is of, and how much darker than the paper beside it
    each point of these is, as a share."""

    at: float
    pieces: list[tuple[int, int]]
    depths: list[NDArray[np.float32]]

    @property
    def start(self) -> int:
        """Where it begins."""
        return min((start for start, _end in self.pieces), default=0)

    @property
    def end(self) -> int:
        """Where it ends."""
        return max((end for _start, end in self.pieces), default=0)

    @property
    def depth(self) -> float:
        """How dark it is in the mean."""
        return float(np.concatenate(self.depths).mean()) if self.inked else 0.0

    def cut(self, first: float, last: float) -> _Rule:
        """What of it lies between two places."""
        low, high = round(first), round(last)
        pieces, depths = [], []
        for (start, end), held in zip(self.pieces, self.depths, strict=True):
            if min(end, high) > max(start, low):
                pieces.append((max(start, low), min(end, high)))
                depths.append(held[max(0, low - start) : max(0, high - start)])
        return _Rule(self.at, pieces, depths)

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
    levels = _lightest(small)  # red seals and stamps are light in their own colour
    limit = min(_MOST_DARKER, max(_DARKER, _NOISES * _noise(levels)))
    marks = cv2.adaptiveThreshold(levels, 1, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 21, limit)
    across = _rules(cast(Picture, marks), levels)
    down = _rules(cast(Picture, np.ascontiguousarray(marks.T)), cast(Picture, np.ascontiguousarray(levels.T)))
    limit = _PALE * _usual_depth([*across, *down])
    across, down = ([each for each in rules if each.depth >= limit] for rules in (across, down))
    across, down = (_dark(rules, limit) for rules in _without_folds(across, down))
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


def _rules(marks: Picture, levels: Picture) -> list[_Rule]:
    """The rules that run from left to right; pieces that lie in one line are one rule."""
    reach = _REACH_ACROSS if marks.shape[1] <= marks.shape[0] else _REACH_DOWN
    thick = cv2.dilate(marks, np.ones((3, 1), np.uint8))
    bridged = cv2.morphologyEx(thick, cv2.MORPH_CLOSE, np.ones((1, 9), np.uint8))
    runs = cv2.morphologyEx(bridged, cv2.MORPH_OPEN, np.ones((1, reach), np.uint8))
    _count, _labels, stats, middles = cv2.connectedComponentsWithStats(runs, connectivity=8)
    pieces = []
    for (left, top, long, deep, _area), middle in zip(stats[1:].tolist(), middles[1:], strict=True):
        if deep <= max(12, long // 25) and _is_alone(marks, left, top, long, deep):
            pieces.append(_Rule(float(middle[1]), [(left, left + long)], [_depths(levels, left, top, long, deep)]))
    joined: list[_Rule] = []
    for piece in sorted(pieces, key=lambda each: each.start):
        same = next((one for one in joined if abs(one.at - piece.at) <= 3.5 and piece.start - one.end <= reach), None)
        if same is None:
            joined.append(piece)
            continue
        total = same.inked + piece.inked
        same.at = (same.at * same.inked + piece.at * piece.inked) / total
        same.pieces, same.depths = same.pieces + piece.pieces, same.depths + piece.depths
    return joined


def _is_alone(marks: Picture, left: int, top: int, long: int, deep: int) -> bool:
    """Whether there is paper on both sides of a piece: strokes of letters have others beside them. A long one may have
    letters along one side."""
    above = marks[max(0, top - _BESIDE) : top, left : left + long]
    below = marks[top + deep : top + deep + _BESIDE, left : left + long]
    one, other = sorted(float(each.mean()) if each.size else 0.0 for each in (above, below))
    return one < _ALONE and other < (_ALONE if long < _LONG else _CROWDED)


def _depths(levels: Picture, left: int, top: int, long: int, deep: int) -> NDArray[np.float32]:
    """How much darker each point of a piece is than what is beside the piece, as a share."""
    darkest = levels[top : top + deep, left : left + long].min(axis=0).astype(np.float32)
    beside = np.concatenate(
        [
            levels[max(0, top - 2 * _BESIDE) : max(0, top - _BESIDE), left : left + long],
            levels[top + deep + _BESIDE : top + deep + 2 * _BESIDE, left : left + long],
        ]
    )
    paper = np.median(beside, axis=0) if beside.size else np.full(long, 255.0)
    return cast("NDArray[np.float32]", 1 - darkest / np.maximum(paper, 1).astype(np.float32))


def _usual_depth(rules: Sequence[_Rule]) -> float:
    """How dark most of the long rules are."""
    long = sorted((each.depth, each.inked) for each in rules if each.inked >= _LONG)
    half, seen = sum(inked for _depth, inked in long) / 2, 0
    return next((depth for depth, inked in long if (seen := seen + inked) >= half), 0.0)


def _dark(rules: list[_Rule], limit: float) -> list[_Rule]:
    """What of rules is as dark as that: where the other side's run on in one line, they end."""
    kept = []
    for rule in rules:
        dark = _Rule(rule.at, [], [])
        for (start, _end), depths in zip(rule.pieces, rule.depths, strict=True):
            even = cv2.blur(depths.reshape(1, -1), (_EVEN, 1), borderType=cv2.BORDER_REPLICATE)[0]
            marks = np.concatenate([[False], even >= limit, [False]])
            for first, last in np.nonzero(marks[1:] != marks[:-1])[0].reshape(-1, 2).tolist():
                if last - first >= _EVEN:
                    dark.pieces.append((start + first, start + last))
                    dark.depths.append(depths[first:last])
        if dark.pieces:
            kept.append(dark)
    return kept


def _without_folds(across: list[_Rule], down: list[_Rule]) -> tuple[list[_Rule], list[_Rule]]:
    """Rules without the folds of the paper: a rule ends at the rules it meets, a fold runs past them; and without
    strokes that meet nothing. What is left is looked at again, since a fold's friends go with it."""
    while True:
        kept_across = [found for each in across if (found := _ended(each, down)) is not None]
        kept_down = [found for each in down if (found := _ended(each, kept_across)) is not None]
        if kept_across == across and kept_down == down:
            return across, down
        across, down = kept_across, kept_down


def _ended(rule: _Rule, others: Sequence[_Rule]) -> _Rule | None:
    """A rule that meets two others at least, ended at the outermost there is; None for what meets fewer, and for a
    fold, which runs on as dark as it was. A rule that lies in a fold is darker than what runs on."""
    if sum(_meet(rule, each) for each in others) < 2:
        return None
    passing = [each.at for each in others if each.start - _NEAR <= rule.at <= each.end + _NEAR]
    first, last = min(passing), max(passing)
    if first - rule.start <= _OVER and rule.end - last <= _OVER:
        return rule
    inside, before, after = (
        rule.cut(first - _NEAR, last + _NEAR),
        rule.cut(0, first - _OVER),
        rule.cut(last + _OVER, 1 << 20),
    )
    beyond = before.inked + after.inked
    if beyond < _RUNS_ON * inside.inked:
        return inside
    dark = (before.depth * before.inked + after.depth * after.inked) / max(1, beyond)
    return inside if dark < _IN_FOLD * inside.depth else None


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
    return float(np.median(np.abs(levels[::2, ::2].astype(np.float32) - around[::2, ::2]))) * 1.4826


def _lightest(picture: Picture) -> Picture:
    """The lightest channel of each point."""
    if picture.ndim == 2:
        return picture
    red, green, blue = cv2.split(picture)
    return cast(Picture, cv2.max(cv2.max(red, green), blue))


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
