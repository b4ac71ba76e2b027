"""The tables of a page that was read (表格识别): ruled ones by their rules, others by how their words stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import cv2
import numpy as np

from lantai.archival.imaging.layout.alignment import find_unruled_tables
from lantai.archival.imaging.layout.model import Table
from lantai.archival.imaging.layout.rules import find_ruled_tables
from lantai.archival.imaging.layout.words import filled
from lantai.archival.imaging.model import Line, PageReading, moved
from lantai.archival.imaging.pictures import Box, Picture
from lantai.archival.imaging.repair import Matrix


def tables_on(picture: Picture, lines: Sequence[Line]) -> list[Table]:
    """The tables of a page whose lines are level, with their words, from the top down.

    Args:
        picture: RGB or grey.
        lines: what was read, in its pixels.
    """
    ruled = [filled(each, lines) for each in find_ruled_tables(picture)]
    free = [each for each in lines if not any(_within(each.box, one.box) for one in ruled)]
    return sorted([*ruled, *find_unruled_tables(free)], key=lambda each: each.box[1])


def tables_of(scan: Picture, reading: PageReading) -> list[Table]:
    """The tables of a scan that was read, however it lies; boxes are in the pixels of the scan."""
    corners = np.array([[0, 0, 1], [scan.shape[1], 0, 1], [scan.shape[1], scan.shape[0], 1], [0, scan.shape[0], 1]])
    wide, high = (max(1, round(float(each))) for each in (corners @ reading.matrix.T).max(axis=0))
    paper = (
        tuple(float(each) for each in np.median(scan[::16, ::16].reshape(-1, scan.shape[2]), axis=0))
        if (scan.ndim == 3)
        else (float(np.median(scan[::16, ::16])),)
    )
    level = cv2.warpAffine(scan, reading.matrix, (wide, high), borderMode=cv2.BORDER_CONSTANT, borderValue=paper)
    lines = [moved(each, reading.matrix, wide, high) for each in reading.lines]
    back = np.linalg.inv(np.vstack([reading.matrix, [0, 0, 1]]))[:2]
    return [_moved(each, back) for each in tables_on(cast(Picture, level), lines)]


def _moved(table: Table, matrix: Matrix) -> Table:
    cells = tuple(replace(each, box=_box(each.box, matrix)) for each in table.cells)
    return replace(table, cells=cells, box=_box(table.box, matrix))


def _box(box: Box, matrix: Matrix) -> Box:
    left, top, right, bottom = box
    points = np.array([[left, top, 1], [right, top, 1], [right, bottom, 1], [left, bottom, 1]]) @ matrix.T
    (x0, y0), (x1, y1) = points.min(axis=0), points.max(axis=0)
    return round(float(x0)), round(float(y0)), round(float(x1)), round(float(y1))


def _within(box: Box, other: Box) -> bool:
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return other[0] <= x <= other[2] and other[1] <= y <= other[3]
