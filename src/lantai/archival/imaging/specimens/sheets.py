"""A sheet of paper that is written on, and remembers what was written where."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from lantai.archival.imaging.pictures import Box, Picture
from lantai.archival.imaging.specimens.model import TrueCell, TrueLine, TrueTable
from lantai.archival.render.fonts import typeface_path

DPI = 300
WIDTH, HEIGHT = 2480, 3508
"""A4 at 300 dpi."""
INK = (18, 18, 20)
NOT_FIRST = "，。、；：！？）》”』」〕"
"""What may not begin a line (避头)."""

Ink = tuple[int, int, int]
CellText = tuple[str, int, int]
"""Text, columns, rows it covers."""


@functools.cache
def face(name: str, size: int) -> ImageFont.FreeTypeFont:
    """A typeface in a size in pixels. Raises FontMissing."""
    return ImageFont.truetype(str(typeface_path(name)), size, layout_engine=ImageFont.Layout.BASIC)


@dataclass(frozen=True, slots=True)
class Style:
    """How a line is set: typeface (``song``, ``song-bold``, ``hei``), size in pixels, colour."""

    name: str
    size: int
    ink: Ink = INK


class Sheet:
    """A page while it is set. ``y`` is where the next line goes; ``body`` the typeface of running text."""

    def __init__(self, body: str, *, top: int = 300, width: int = WIDTH, height: int = HEIGHT) -> None:
        self._image = Image.new("RGB", (width, height), "white")
        self.pen = ImageDraw.Draw(self._image)
        self.body = body
        self.y = top
        self.width, self.height = width, height
        self.lines: list[TrueLine] = []
        self.tables: list[TrueTable] = []

    def picture(self) -> Picture:
        """The pixels as they are now."""
        return np.array(self._image, np.uint8)

    def length(self, text: str, style: Style) -> float:
        """How wide a line would be, in pixels."""
        return self.pen.textlength(text, font=face(style.name, style.size))

    def line(self, x: float, y: float, text: str, style: Style) -> Box:
        """Set one line with its upper left corner there."""
        font = face(style.name, style.size)
        self.pen.text((x, y), text, font=font, fill=style.ink, anchor="lt")
        box = _whole(self.pen.textbbox((x, y), text, font=font, anchor="lt"))
        self.lines.append(TrueLine(text, box))
        return box

    def centred(self, text: str, style: Style, gap: int = 60) -> Box:
        """Set a line in the middle and go on below it."""
        box = self.line((self.width - self.length(text, style)) / 2, self.y, text, style)
        self.y += style.size + gap
        return box

    def right(self, text: str, style: Style, gap: int = 40, margin: int = 330) -> Box:
        """Set a line against the right margin and go on below it."""
        box = self.line(self.width - margin - self.length(text, style), self.y, text, style)
        self.y += style.size + gap
        return box

    def paragraph(
        self, text: str, *, size: int = 66, indent: int = 2, left: int = 330, right: int = 330, gap: int = 42
    ) -> None:
        """Set running text between the margins, broken where a line is full."""
        style = Style(self.body, size)
        first = left + indent * size
        for number, part in enumerate(self._broken(text, style, self.width - right - left, indent * size)):
            self.line(left if number else first, self.y, part, style)
            self.y += size + gap

    def _broken(self, text: str, style: Style, width: float, indent: float = 0) -> list[str]:
        """The text in lines no wider than *width*, the first one narrower by *indent*."""
        parts, now, room = [], "", width - indent
        for letter in text:
            if now and letter not in NOT_FIRST and self.length(now + letter, style) > room:
                parts.append(now)
                now, room = "", width
            now += letter
        return [*parts, now] if now else parts

    def table(
        self,
        rows: Sequence[Sequence[str | CellText | None]],
        widths: Sequence[int],
        heights: Sequence[int],
        *,
        size: int = 50,
        left: int = 300,
        ruled: bool = True,
    ) -> TrueTable:
        """Set a table: a cell is its text, or text with the columns and rows it covers, None where it is covered."""
        style = Style(self.body, size)
        across = [left + sum(widths[:number]) for number in range(len(widths) + 1)]
        down = [self.y + sum(heights[:number]) for number in range(len(heights) + 1)]
        cells = []
        for row, cells_of_row in enumerate(rows):
            for column, cell in enumerate(cells_of_row):
                if cell is None:
                    continue
                text, columns, deep = (cell, 1, 1) if isinstance(cell, str) else cell
                box = (across[column], down[row], across[column + columns], down[row + deep])
                self._cell(text, box, style, ruled)
                cells.append(TrueCell(text, row, column, deep, columns, box))
        made = TrueTable(tuple(cells), (across[0], down[0], across[-1], down[-1]), ruled)
        self.tables.append(made)
        self.y = down[-1] + 50
        return made

    def _cell(self, text: str, box: Box, style: Style, ruled: bool) -> None:
        left, top, right, bottom = box
        if ruled:
            self.pen.rectangle(box, outline=(10, 10, 10), width=4)
        parts = self._broken(text, style, right - left - 40)
        at = top + (bottom - top - len(parts) * (style.size + 14)) / 2
        for part in parts:
            inside = (right - left - self.length(part, style)) / 2 if len(text) < 8 else 22
            self.line(left + inside, at, part, style)
            at += style.size + 14

    def column(self, x: float, y: float, text: str, style: Style, gap: int = 8) -> Box:
        """Set a line that runs downwards (竖排), its letters centred on *x*; returns the box."""
        font = face(style.name, style.size)
        top = y
        for letter in text:
            self.pen.text((x, y), letter, font=font, fill=style.ink, anchor="mt")
            y += style.size + gap
        box = (round(x - style.size / 2), round(top), round(x + style.size / 2), round(y - gap))
        self.lines.append(TrueLine(text, box, vertical=True))
        return box


def _whole(box: tuple[float, float, float, float]) -> Box:
    left, top, right, bottom = box
    return int(left), int(top), int(-(-right // 1)), int(-(-bottom // 1))
