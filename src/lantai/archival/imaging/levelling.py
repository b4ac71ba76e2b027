"""A scan's places and those of the level page (拉正): what stands beside what is looked for on the latter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from lantai.archival.imaging.layout import Table
from lantai.archival.imaging.model import Line, moved
from lantai.archival.imaging.pictures import Box
from lantai.archival.imaging.repair import Matrix


@dataclass(frozen=True, slots=True)
class Levelling:
    """How a scan lies: ``matrix`` puts its points on the level page, which is ``width`` by ``height`` pixels; the scan
    is ``scan_width`` by ``scan_height``."""

    matrix: Matrix
    width: int
    height: int
    scan_width: int
    scan_height: int

    @classmethod
    def of(cls, matrix: Sequence[Sequence[float]] | Matrix, scan_width: int, scan_height: int) -> Levelling:
        """By the matrix of a reading; an empty one leaves everything where it is."""
        whole = np.asarray(matrix if len(matrix) else [[1, 0, 0], [0, 1, 0]], np.float64)
        corners = [[0, 0, 1], [scan_width, 0, 1], [scan_width, scan_height, 1], [0, scan_height, 1]]
        wide, high = (np.array(corners) @ whole.T).max(axis=0)
        return cls(whole, max(1, round(float(wide))), max(1, round(float(high))), scan_width, scan_height)

    def lines(self, lines: Sequence[Line]) -> list[Line]:
        """Lines of the scan as they lie on the level page."""
        return [moved(each, self.matrix, self.width, self.height) for each in lines]

    def table(self, table: Table) -> Table:
        """A table of the scan as it lies on the level page."""
        cells = tuple(replace(each, box=self.level(each.box)) for each in table.cells)
        return replace(table, cells=cells, box=self.level(table.box))

    def level(self, box: Box) -> Box:
        """A box of the scan as the upright box around it on the level page."""
        return _put(box, self.matrix, self.width, self.height)

    def back(self, box: Box) -> Box:
        """A box of the level page as the upright box around it on the scan, at least a pixel wide and high."""
        inverse = np.linalg.inv(np.vstack([self.matrix, [0, 0, 1]]))[:2]
        return _put(box, inverse, self.scan_width, self.scan_height)


def _put(box: Box, matrix: Matrix, width: int, height: int) -> Box:
    left, top, right, bottom = box
    points = np.array([[left, top, 1], [right, top, 1], [right, bottom, 1], [left, bottom, 1]]) @ matrix.T
    (x0, y0), (x1, y1) = points.min(axis=0), points.max(axis=0)
    left, top = (min(max(0, round(float(each))), most - 1) for each, most in ((x0, width), (y0, height)))
    right, bottom = (
        min(max(low + 1, round(float(each))), most) for each, low, most in ((x1, left, width), (y1, top, height))
    )
    return left, top, right, bottom
