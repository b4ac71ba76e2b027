"""What is known of a specimen: its picture, and everything that stands on it with its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lantai.archival.imaging.pictures import Box, Picture

Kind = Literal["decision", "form", "receipt", "permit", "redhead", "columns", "vertical"]
"""准予行政许可决定书, 申请表, 受理通知书, 许可证, 红头文件; a gazette in two columns, an old vertical letter."""

KINDS: tuple[Kind, ...] = ("decision", "form", "receipt", "permit", "redhead")
"""The kinds of page an approving office makes; ``columns`` and ``vertical`` are asked for by name."""

Shape = Literal["round", "oval", "square", "rectangle"]
"""公章 and 专用章, 发票章, 名章, 条形章."""


@dataclass(frozen=True, slots=True)
class TrueLine:
    """A line of writing as it was set. ``vertical`` lines run downwards."""

    text: str
    box: Box
    vertical: bool = False


@dataclass(frozen=True, slots=True)
class TrueSeal:
    """A seal (印章) as it was stamped: ``fade`` is 1 for full ink, ``angle`` its turn in degrees clockwise."""

    name: str
    shape: Shape
    box: Box
    fade: float
    middle: str = ""
    code: str = ""
    angle: float = 0.0


@dataclass(frozen=True, slots=True)
class TrueCell:
    """One cell of a table, its first row and column from 0 and how many it covers."""

    text: str
    row: int
    column: int
    rows: int
    columns: int
    box: Box


@dataclass(frozen=True, slots=True)
class TrueTable:
    """A table and its cells, row by row."""

    cells: tuple[TrueCell, ...]
    box: Box
    ruled: bool = True


@dataclass(frozen=True, slots=True)
class Specimen:
    """A page whose content is known. ``lines`` stand in reading order; the words in seals are not among them.

    ``wear`` names what was done to it: a level or a fault, empty for the page as it was set.
    """

    kind: Kind
    seed: int
    picture: Picture
    dpi: int
    lines: tuple[TrueLine, ...]
    seals: tuple[TrueSeal, ...] = ()
    tables: tuple[TrueTable, ...] = ()
    wear: str = ""

    @property
    def text(self) -> str:
        """All lines in reading order."""
        return "\n".join(each.text for each in self.lines)
