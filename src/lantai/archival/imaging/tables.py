"""Tables as they stand on a page (表格): cells with their places, rows, columns and what they say."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from lantai.archival.imaging.pictures import Box


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: its first row and column from 0, how many it covers, its box in pixels, its text and how sure that is
    (1 for an empty cell)."""

    row: int
    column: int
    rows: int
    columns: int
    box: Box
    text: str = ""
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its cells row by row, and whether rules part them."""

    cells: tuple[Cell, ...]
    box: Box
    ruled: bool

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return max((each.row + each.rows for each in self.cells), default=0)

    @property
    def columns(self) -> int:
        """How many columns there are."""
        return max((each.column + each.columns for each in self.cells), default=0)

    def grid(self) -> list[list[str]]:
        """The texts by row and column; a merged cell stands where it begins."""
        made = [[""] * self.columns for _row in range(self.rows)]
        for each in self.cells:
            made[each.row][each.column] = each.text
        return made

    def csv(self) -> str:
        """The table as CSV (RFC 4180). Values a spreadsheet would take for a formula are kept as text."""
        buffer = io.StringIO()
        rows = [[f"'{each}" if each[:1] in ("=", "+", "-", "@", "\t") else each for each in row] for row in self.grid()]
        csv.writer(buffer, lineterminator="\r\n").writerows(rows)
        return buffer.getvalue()

    def data(self) -> dict[str, Any]:
        """The table as data for JSON, every cell with its place."""
        return {
            "box": list(self.box),
            "ruled": self.ruled,
            "rows": self.rows,
            "columns": self.columns,
            "cells": [
                {
                    "row": each.row,
                    "column": each.column,
                    "rows": each.rows,
                    "columns": each.columns,
                    "box": list(each.box),
                    "text": each.text,
                    "confidence": round(each.confidence, 3),
                }
                for each in self.cells
            ],
        }

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Table:
        """The table of such data."""
        cells = tuple(
            Cell(
                row=int(each["row"]),
                column=int(each["column"]),
                rows=int(each["rows"]),
                columns=int(each["columns"]),
                box=_box(each["box"]),
                text=str(each["text"]),
                confidence=float(each["confidence"]),
            )
            for each in data["cells"]
        )
        return cls(cells, _box(data["box"]), bool(data["ruled"]))


def _box(told: Any) -> Box:
    return cast(Box, tuple(int(each) for each in told))
