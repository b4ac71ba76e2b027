"""A page that fills from the top: titles, paragraphs, tables whose cells grow with their text, a new page when full."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from lantai.site.demo.files.pdf import A4, BLACK, RED, Document, Page, wrap
from lantai.site.demo.files.typeface import Typeface

LEFT, ROOM, TOP, BOTTOM = 79.0, 437.0, 92.0, 760.0
"""The type area of GB/T 9704-2012, in points: left edge, width, first and last line."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table: its text, how many columns it takes, how it stands, and who signed in it and when."""

    text: str = ""
    span: int = 1
    align: str = "left"
    label: bool = False
    signed: str = ""
    day: str = ""


def label(text: str, span: int = 1) -> Cell:
    """A cell that names the one beside it."""
    return Cell(text, span, "centre", True)


def opinion(text: str, name: str, day: date, span: int = 1) -> Cell:
    """A cell with an opinion, signed by hand and dated."""
    return Cell(text, span, signed=name, day=chinese_day(day))


def chinese_day(day: date) -> str:
    """2024年3月5日."""
    return f"{day.year}年{day.month}月{day.day}日"


class Sheet:
    """A document written from top to bottom."""

    def __init__(
        self, face: Typeface, *, title: str, author: str, made: datetime, size: tuple[float, float] = A4
    ) -> None:
        self.document = Document(face, title=title, author=author, made=made)
        self.face = face
        self._size = size
        self.page: Page = self.document.page(size)
        self.y = TOP

    def need(self, height: float) -> None:
        """Go to the next page unless *height* points are left on this one."""
        if self.y + height > BOTTOM:
            self.page = self.document.page(self._size)
            self.y = TOP

    def heading(self, words: str, *, size: float = 22, after: float = 24, bold: bool = True) -> None:
        """A title in the middle, in as many lines as it needs, about equally long."""
        lines = wrap(self.face, words, ROOM - 20, size)
        if len(lines) > 1:
            total = self.face.width(words) * size
            lines = wrap(self.face, words, min(ROOM - 10, total / len(lines) + size * 1.6), size)
        for line in lines:
            self.y += size * 1.25
            self.page.text(LEFT + ROOM / 2, self.y, line, size=size, align="centre", bold=bold)
        self.y += after

    def red_head(self, body: str, number: str, *, kind: str = "文件") -> None:
        """The red head of an official document (版头): issuing body, number, red line."""
        name = body + kind
        size = min(44.0, (ROOM - 4) / len(name))
        self.y = 112
        self.page.text(LEFT + ROOM / 2, self.y, name, size=size, align="centre", bold=True, colour=RED)
        self.page.text(LEFT + ROOM / 2, self.y + 50, number, size=16, align="centre")
        self.page.line(LEFT, self.y + 62, LEFT + ROOM, self.y + 62, width=2, colour=RED)
        self.y += 78

    def paragraph(
        self, words: str, *, size: float = 15, leading: float = 25, indent: float | None = None, align: str = "left"
    ) -> None:
        """A paragraph, its first line set in by two characters."""
        first = size * 2 if indent is None else indent
        for number, line in enumerate(wrap(self.face, words, ROOM, size, indent=first)):
            self.need(leading)
            self.y += leading
            x = LEFT + (first if number == 0 else 0)
            if align == "right":
                self.page.text(LEFT + ROOM - first, self.y, line, size=size, align="right")
            else:
                self.page.text(x, self.y, line, size=size)

    def sign_off(self, body: str, day: date, *, seal: bool = True, size: float = 16, leading: float = 28) -> None:
        """Who issues and when, on the right, the seal across the date."""
        self.need(118 if seal else 70)
        self.y += leading * 2.2
        middle = LEFT + ROOM - 110
        self.page.text(middle, self.y, body, size=min(size, 200 / len(body)), align="centre")
        self.y += leading
        self.page.text(middle, self.y, chinese_day(day), size=size, align="centre")
        if seal:
            self.page.seal(middle, self.y - 22, body)
        self.y += 30

    def imprint(self, copies: str, body: str, day: date) -> None:
        """The imprint at the foot (版记): copies to, printed by and when."""
        y = 742.0
        if self.y > y - 18:
            self.page = self.document.page(self._size)
        page = self.page
        page.line(LEFT, y, LEFT + ROOM, y, width=1)
        page.text(LEFT + 14, y + 19, f"抄送：{copies}", size=13)
        page.line(LEFT, y + 27, LEFT + ROOM, y + 27, width=0.5)
        page.text(LEFT + 14, y + 46, f"{body}办公室", size=13)
        page.text(LEFT + ROOM - 14, y + 46, f"{chinese_day(day)}印发", size=13, align="right")
        page.line(LEFT, y + 54, LEFT + ROOM, y + 54, width=1)
        self.y = y + 60

    def line(self, words: str, *, size: float = 12, align: str = "left", after: float = 8) -> None:
        """One line of small print across the page."""
        self.need(size * 1.6)
        self.y += size * 1.3
        x = {"left": LEFT, "centre": LEFT + ROOM / 2, "right": LEFT + ROOM}[align]
        self.page.text(x, self.y, words, size=size, align=align)
        self.y += after

    def table(
        self, columns: Sequence[float], rows: Sequence[Sequence[Cell]], *, size: float = 12, lowest: float = 30
    ) -> None:
        """A table over the whole width; *columns* are shares of it, *lowest* the least height of a row."""
        whole = sum(columns)
        edges = [LEFT]
        for share in columns:
            edges.append(edges[-1] + ROOM * share / whole)
        for row in rows:
            placed, at = [], 0
            for cell in row:
                left, right = edges[at], edges[at + cell.span]
                at += cell.span
                placed.append((cell, left, right, wrap(self.face, cell.text, right - left - 12, size)))
            leading = size * 1.45
            height = max(
                [
                    lowest,
                    *(len(lines) * leading + 12 + (58 if cell.signed else 0) for cell, _left, _right, lines in placed),
                ]
            )
            self.need(height)
            for cell, left, right, lines in placed:
                self._cell(cell, left, right, height, lines, size)
            self.y += height

    def _cell(self, cell: Cell, left: float, right: float, height: float, lines: Sequence[str], size: float) -> None:
        page, top = self.page, self.y
        page.box(left, top, right - left, height, line=0.7)
        leading = size * 1.45
        block = len(lines) * leading
        y = top + size + 8 if cell.signed else top + (height - block) / 2 + size * 1.08
        for line in lines:
            if cell.align == "centre":
                page.text((left + right) / 2, y, line, size=size, align="centre", bold=cell.label)
            else:
                page.text(left + 6, y, line, size=size)
            y += leading
        if cell.signed:
            base = top + height - 14
            page.text(right - 110, base - 20, "签名：", size=size, align="right")
            page.text(right - 104, base - 18, cell.signed, size=size * 1.55, slant=0.22, colour="0.05 0.08 0.35")
            page.text(right - 10, base, cell.day, size=size, align="right")

    def rule(self, *, colour: str = BLACK) -> None:
        """A thin line across."""
        self.y += 6
        self.page.line(LEFT, self.y, LEFT + ROOM, self.y, colour=colour)
