"""Sheets of paper: text in the house font, wrapped by measured width, and tables that run over pages."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Literal

from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from lantai.archival.render import font_path

FONT = "lantai-print"
LINE_WIDTH = 0.5
A3 = (297.0, 420.0)
# Marks that may not begin a line (GB/T 15834): they hang at the end of the line before.
_NOT_FIRST = "，。、；：？！）》〉」』】〕”’％%),.;:!?]"


@cache
def print_font() -> str:
    """The house font, registered once a process. Raises archival.render's FontMissing."""
    pdfmetrics.registerFont(TTFont(FONT, str(font_path())))
    return FONT


@lru_cache(maxsize=20_000)
def _advance(character: str) -> float:
    return float(pdfmetrics.stringWidth(character, print_font(), 1))


def width_of(text: str, size: float) -> float:
    """The width of *text* at *size*, in points."""
    return size * sum(map(_advance, text))


def wrapped(text: str, *, size: float, width: float) -> list[str]:
    """*text* in lines no wider than *width* points: at any character, but no closing mark begins a line, and a word of
    letters and digits is kept whole where it fits. A line break in the text is kept.
    """
    lines: list[str] = []
    for paragraph in text.split("\n") or [""]:
        lines += _filled(paragraph, size, width)
    return lines


def _filled(text: str, size: float, width: float) -> list[str]:
    lines: list[str] = []
    line, used = "", 0.0
    for word in _words(text, size, width):
        step = width_of(word, size)
        if line and used + step > width and word[0] not in _NOT_FIRST:
            lines.append(line.rstrip())
            line, used = "", 0.0
            if word == " ":
                continue
        line += word
        used += step
    return [*lines, line.rstrip()]


def _words(text: str, size: float, width: float) -> list[str]:
    """Runs of ASCII letters and digits as words, everything else character by character."""
    words: list[str] = []
    run = ""
    for character in text:
        if character.isascii() and (character.isalnum() or character in "-_./"):
            run += character
            if width_of(run, size) > width:
                words += list(run[:-1])
                run = run[-1]
            continue
        if run:
            words.append(run)
            run = ""
        words.append(character if character.isprintable() else " ")
    return [*words, run] if run else words


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a form: its head and its width in millimetres."""

    head: str
    width: float
    align: Literal["left", "centre"] = "left"


class Sheets:
    """A PDF being drawn, sheet by sheet; distances in millimetres from the top left corner."""

    def __init__(self, *, title: str, author: str, landscape: bool) -> None:
        self.sink = io.BytesIO()
        self.width, self.height = (297.0, 210.0) if landscape else (210.0, 297.0)
        self.canvas: Any = Canvas(self.sink, pagesize=(self.width * mm, self.height * mm), invariant=1)
        self.canvas.setTitle(title)
        self.canvas.setAuthor(author)
        self.pages = 0
        self._begun = False

    def begin(self, *, size: tuple[float, float] | None = None) -> None:
        """Turn to a fresh sheet, of another *size* (width, height) when one is given."""
        if self._begun:
            self.canvas.showPage()
        if size is not None:
            self.width, self.height = size
            self.canvas.setPageSize((self.width * mm, self.height * mm))
        self._begun = True
        self.pages += 1
        self.canvas.setLineWidth(LINE_WIDTH)

    def text(
        self, text: str, x: float, y: float, *, size: float = 10.5, align: Literal["left", "centre", "right"] = "left"
    ) -> None:
        """One line with its baseline at *y*; *size* in points."""
        self.canvas.setFont(print_font(), size)
        draw = {
            "left": self.canvas.drawString,
            "centre": self.canvas.drawCentredString,
            "right": self.canvas.drawRightString,
        }[align]
        draw(x * mm, (self.height - y) * mm, text)

    def block(
        self,
        text: str,
        x: float,
        y: float,
        width: float,
        *,
        size: float = 10.5,
        leading: float = 5.2,
        align: Literal["left", "centre"] = "left",
        most: int = 0,
    ) -> float:
        """Wrapped lines from *y* (baseline of the first) down; returns how high they are. At most *most* lines."""
        lines = wrapped(text, size=size, width=width * mm)
        if most and len(lines) > most:
            lines = [*lines[: most - 1], lines[most - 1][:-1] + "…"]
        for number, line in enumerate(lines):
            if align == "centre":
                self.text(line, x + width / 2, y + number * leading, size=size, align="centre")
            else:
                self.text(line, x, y + number * leading, size=size)
        return len(lines) * leading

    def box(self, x: float, y: float, width: float, height: float) -> None:
        """A frame."""
        self.canvas.rect(x * mm, (self.height - y - height) * mm, width * mm, height * mm)

    def line(self, x1: float, y1: float, x2: float, y2: float) -> None:
        """A straight line."""
        self.canvas.line(x1 * mm, (self.height - y1) * mm, x2 * mm, (self.height - y2) * mm)

    @contextmanager
    def within(self, x: float, y: float, width: float, height: float) -> Iterator[None]:
        """Only what lies inside this frame is drawn."""
        self.canvas.saveState()
        path = self.canvas.beginPath()
        path.rect(x * mm, (self.height - y - height) * mm, width * mm, height * mm)
        self.canvas.clipPath(path, stroke=0, fill=0)
        yield
        self.canvas.restoreState()

    def finish(self) -> bytes:
        """The PDF."""
        self.canvas.save()
        return self.sink.getvalue()


def draw_table(
    sheets: Sheets,
    *,
    columns: Sequence[Column],
    rows: Sequence[Sequence[str]],
    left: float,
    bottom: float,
    head: Any,
    least: int = 0,
    size: float = 9.5,
    leading: float = 4.6,
) -> None:
    """A table over as many sheets as it needs: *head* draws the top of each and says where the table begins there.

    Rows grow with their longest cell and never break over sheets, unless one alone is higher than a sheet: it is cut
    there with an ellipsis. With *least* empty rows fill the last sheet, as forms have them.
    """
    pad = 1.6
    place = _begin_table(sheets, columns, left, head, size)
    room = bottom - place
    for row in rows:
        cells = [
            wrapped(cell, size=size, width=(column.width - 2 * pad) * mm)
            for column, cell in zip(columns, row, strict=True)
        ]
        most = int((room - 2 * pad) / leading)
        cells = [[*lines[: most - 1], lines[most - 1][:-1] + "…"] if len(lines) > most else lines for lines in cells]
        height = max(map(len, cells)) * leading + 2 * pad
        if place + height > bottom:
            place = _begin_table(sheets, columns, left, head, size)
        x = left
        for column, lines in zip(columns, cells, strict=True):
            sheets.box(x, place, column.width, height)
            for number, line in enumerate(lines):
                y = place + pad + leading * (number + 0.78)
                if column.align == "centre":
                    sheets.text(line, x + column.width / 2, y, size=size, align="centre")
                else:
                    sheets.text(line, x + pad, y, size=size)
            x += column.width
        place += height
    while least and place + leading + 2 * pad <= bottom:
        x = left
        for column in columns:
            sheets.box(x, place, column.width, leading + 2 * pad)
            x += column.width
        place += leading + 2 * pad


def _begin_table(sheets: Sheets, columns: Sequence[Column], left: float, head: Any, size: float) -> float:
    sheets.begin()
    top: float = head(sheets)
    x, height = left, 8.0
    for column in columns:
        sheets.box(x, top, column.width, height)
        sheets.text(column.head, x + column.width / 2, top + height / 2 + 1.4, size=size, align="centre")
        x += column.width
    return top + height
