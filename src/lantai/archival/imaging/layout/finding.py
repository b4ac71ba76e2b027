"""The tables of a page that was read (表格识别): ruled ones by their rules, others by how their words stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lantai.archival.imaging.layout.alignment import find_unruled_tables
from lantai.archival.imaging.layout.rules import find_ruled_tables
from lantai.archival.imaging.layout.words import filled
from lantai.archival.imaging.model import Line
from lantai.archival.imaging.pictures import Box, Picture
from lantai.archival.imaging.repair import Matrix
from lantai.archival.imaging.tables import Table


def tables_on(picture: Picture, lines: Sequence[Line]) -> list[Table]:
    """The tables of a page whose lines are level, with their words, from the top down.

    Args:
        picture: RGB or grey.
        lines: what was read, in its pixels.
    """
    return tables_with(find_ruled_tables(picture), lines)


def tables_with(ruled: Sequence[Table], lines: Sequence[Line]) -> list[Table]:
    """Ruled tables that were found, with the words in their cells, and those that only stand in columns among the other
    lines; from the top down."""
    held = [filled(each, lines) for each in ruled]
    free = [each for each in lines if not any(_within(each.box, one.box) for one in held)]
    return sorted([*held, *find_unruled_tables(free)], key=lambda each: each.box[1])


def moved_table(table: Table, matrix: Matrix, width: int, height: int) -> Table:
    """A table where *matrix* puts it, its boxes upright and within a page of this size."""

    def put(box: Box) -> Box:
        left, top, right, bottom = box
        points = np.array([[left, top, 1], [right, top, 1], [right, bottom, 1], [left, bottom, 1]]) @ matrix.T
        points = np.clip(np.rint(points), 0, (width, height)).astype(int)
        (x0, y0), (x1, y1) = points.min(axis=0), points.max(axis=0)
        return int(x0), int(y0), int(x1), int(y1)

    return replace(table, cells=tuple(replace(each, box=put(each.box)) for each in table.cells), box=put(table.box))


def _within(box: Box, other: Box) -> bool:
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return other[0] <= x <= other[2] and other[1] <= y <= other[3]
