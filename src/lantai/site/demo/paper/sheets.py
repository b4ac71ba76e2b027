"""Set documents: lines that wrap by Chinese rules, tables whose cells grow with their text, pages that break."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from lantai.site.demo.paper.marks import BLACK, GREY, RED, Alignment, Colour, Line, Page, Paper, Text
from lantai.site.demo.paper.seals import RADIUS, round_seal
from lantai.site.demo.paper.typeface import POINT, typeface

# 避头尾: what may not begin a line, and what may not end one.
_NOT_FIRST = frozenset("，。、；：？！）》〉」』】〕”’…％%)]}·")
_NOT_LAST = frozenset("（《〈「『【〔“‘([{")
_LEADING = 1.72


class Cell(NamedTuple):
    """A cell of a table: its text, how many columns it takes, its least height in millimetres."""

    text: str
    span: int = 1
    align: Alignment = "left"
    bold: bool = False
    height: float = 0.0
    foot: str = ""


def label(text: str, span: int = 1) -> Cell:
    """A cell that names what stands beside it."""
    return Cell(text, span, "centre")


def wrap(text: str, size: float, width: float, first: float = 0.0) -> list[str]:
    """*text* in lines of at most *width* millimetres, the first one shorter by *first*."""
    face = typeface()
    em = size * POINT / 1000
    lines: list[str] = []
    for part in text.split("\n"):
        start, used = 0, first
        at = 0
        while at < len(part):
            step = face.advance(part[at]) * em
            if used + step > width + 0.01 and at > start:
                end = _break(part, start, at)
                lines.append(part[start:end])
                start = at = end
                used = 0.0
                continue
            used += step
            at += 1
        lines.append(part[start:])
        first = 0.0
    return lines


def _break(part: str, start: int, at: int) -> int:
    """Where to break before *at*, so that no line begins or ends with a mark that may not, and no number is torn."""
    end = at
    while end > start + 1 and (part[end] in _NOT_FIRST or part[end - 1] in _NOT_LAST or _inside_word(part, end)):
        end -= 1
    return end if end > start + 1 and at - end < 24 else at


def _inside_word(part: str, at: int) -> bool:
    before, after = part[at - 1], part[at]
    return before.isascii() and after.isascii() and before != " " and after != " "


class Sheet:
    """A document being set from top to bottom. Sizes of letters in points, all else in millimetres.

    Args:
        title: what the document's information calls it.
        author: who made it.
        created: when, as ISO text.
        margins: left, top, right, bottom; by default those of official documents (GB/T 9704-2012).
    """

    def __init__(
        self,
        title: str,
        author: str,
        created: str,
        *,
        margins: tuple[float, float, float, float] = (28, 30, 26, 28),
        width: float = 210.0,
        height: float = 297.0,
        numbered: bool = False,
    ) -> None:
        self.paper = Paper(title, author, created, [])
        self.left, self.top, right, bottom = margins
        self.right, self.bottom = width - right, height - bottom
        self._size = (width, height)
        self._numbered = numbered
        self.y = 0.0
        self.new_page()

    @property
    def page(self) -> Page:
        """The page being set."""
        return self.paper.pages[-1]

    @property
    def width(self) -> float:
        """Between the margins."""
        return self.right - self.left

    def new_page(self) -> None:
        """Begin another page."""
        self.paper.pages.append(Page(*self._size))
        self.y = self.top

    def space(self, height: float) -> None:
        """Leave *height* free."""
        self.y += height

    def need(self, height: float) -> None:
        """Begin another page unless *height* is left on this one."""
        if self.y + height > self.bottom and self.y > self.top:
            self.new_page()

    def text(
        self,
        text: str,
        size: float = 12,
        *,
        align: Alignment = "left",
        indent: float = 0,
        bold: bool = False,
        colour: Colour = BLACK,
        leading: float = _LEADING,
        inset: float = 0.0,
    ) -> None:
        """A paragraph; *indent* counts characters of its first line, *inset* narrows it on both sides."""
        height = size * POINT * leading
        width = self.width - 2 * inset
        first = indent * size * POINT
        for number, line in enumerate(wrap(text, size, width, first)):
            self.need(height)
            x = self.left + inset + (first if number == 0 else 0.0)
            if align != "left":
                spare = width - typeface().width(line, size)
                x = self.left + inset + (spare / 2 if align == "centre" else spare)
            if line:
                self.page.marks.append(Text(x, self.y + height * 0.72, size, line, colour, bold))
            self.y += height

    def heading(self, text: str, size: float = 20, *, colour: Colour = BLACK, spacing: float = 0.0) -> None:
        """A heading in the middle; long ones break into lines of like length."""
        width = typeface().width(text, size) + spacing * max(0, len(text) - 1)
        lines = [text]
        if width > self.width:
            count = int(width / (self.width * 0.94)) + 1
            share = -(-len(text) // count)
            lines = wrap(text, size, max(share * size * POINT * 1.02, self.width * 0.5))
        for line in lines:
            spread = spacing if len(lines) == 1 else 0.0
            across = typeface().width(line, size) + spread * max(0, len(line) - 1)
            height = size * POINT * 1.5
            x = self.left + (self.width - across) / 2
            self.page.marks.append(Text(x, self.y + height * 0.75, size, line, colour, True, spread))
            self.y += height

    def rule(self, *, width: float = 0.35, colour: Colour = BLACK) -> None:
        """A line from margin to margin."""
        self.page.marks.append(Line(self.left, self.y, self.right, self.y, width, colour))

    def pair(self, left: str, right: str, size: float = 10.5) -> None:
        """Two texts on one line, one at each margin."""
        height = size * POINT * _LEADING
        at = self.y + height * 0.72
        self.page.marks.append(Text(self.left, at, size, left))
        self.page.marks.append(Text(self.right - typeface().width(right, size), at, size, right))
        self.y += height

    def table(
        self, columns: Sequence[float], rows: Sequence[Sequence[Cell | str]], *, size: float = 10.5, pad: float = 1.8
    ) -> None:
        """A table with lines; *columns* are shares of the width. A row never breaks over pages."""
        share = self.width / sum(columns)
        edges = [self.left]
        for each in columns:
            edges.append(edges[-1] + each * share)
        step = size * POINT * 1.5
        closed = False
        for row in rows:
            cells = [Cell(each, 1, "left") if isinstance(each, str) else each for each in row]
            spans = []
            at = 0
            for cell in cells:
                spans.append((edges[at], edges[at + cell.span]))
                at += cell.span
            set_lines = [wrap(c.text, size, b - a - 2 * pad) for c, (a, b) in zip(cells, spans, strict=True)]
            foots = [step if c.foot else 0.0 for c in cells]
            height = max(
                max(c.height, len(lines) * step + 2 * pad * 0.75 + foot)
                for c, lines, foot in zip(cells, set_lines, foots, strict=True)
            )
            if self.y + height > self.bottom and self.y > self.top:
                self.new_page()
                closed = False
            self._row(cells, spans, set_lines, height, step, size, pad, closed)
            closed = True
            self.y += height
        if closed:
            self.page.marks.append(Line(self.left, self.y, self.right, self.y, 0.3))

    def _row(
        self,
        cells: Sequence[Cell],
        spans: Sequence[tuple[float, float]],
        set_lines: Sequence[list[str]],
        height: float,
        step: float,
        size: float,
        pad: float,
        closed: bool,
    ) -> None:
        marks = self.page.marks
        marks.append(Line(self.left, self.y, self.right, self.y, 0.18 if closed else 0.3))
        marks.append(Line(self.left, self.y, self.left, self.y + height, 0.3))
        for cell, (begin, end), lines in zip(cells, spans, set_lines, strict=True):
            marks.append(Line(end, self.y, end, self.y + height, 0.3 if end >= self.right - 0.01 else 0.18))
            foot = step if cell.foot else 0.0
            top = self.y + (height - foot - len(lines) * step) / 2
            if cell.foot:
                top = min(top, self.y + pad)
                x = end - pad - typeface().width(cell.foot, size)
                marks.append(Text(x, self.y + height - pad * 0.9 - 0.3, size, cell.foot))
            for number, line in enumerate(lines):
                x = begin + pad
                if cell.align != "left":
                    spare = end - begin - 2 * pad - typeface().width(line, size)
                    x += spare / 2 if cell.align == "centre" else spare
                if line:
                    marks.append(Text(x, top + number * step + step * 0.74, size, line, BLACK, cell.bold))

    def signed(self, name: str, day: str, *, size: float = 12, seal: str = "", purpose: str = "") -> None:
        """Who signs and when, at the right, with the round seal of *seal* over both; *purpose* stands in the seal."""
        height = size * POINT * _LEADING
        self.need(height * 2 + (RADIUS + 6 if seal else 2))
        face = typeface()
        across = max(face.width(name, size), face.width(day, size))
        middle = self.right - max(across / 2 + 4, RADIUS + 2 if seal else 0)
        for line in (name, day):
            x = middle - face.width(line, size) / 2
            self.page.marks.append(Text(x, self.y + height * 0.72, size, line))
            self.y += height
        if seal:
            place = (middle, self.y - height * 0.9)
            self.page.marks.extend(round_seal(seal, *place, purpose=purpose))
            self.paper.seal = (*place, len(self.paper.pages) - 1)
            self.y += RADIUS * 0.5

    def finish(self) -> Paper:
        """The document, pages numbered where it was asked for."""
        count = len(self.paper.pages)
        for number, page in enumerate(self.paper.pages, start=1):
            if self._numbered:
                text = f"— {number} —" if count > 1 else ""
                x = (page.width - typeface().width(text, 10.5)) / 2
                page.marks.append(Text(x, page.height - 18, 10.5, text))
        return self.paper


def red_head(sheet: Sheet, issuer: str, number: str, *, signer: str = "") -> None:
    """The red head of an official document (发文机关标志): issuer, number (and who issued it), red line."""
    size = 30.0
    while typeface().width(issuer, size) > sheet.width:
        size -= 1
    free = sheet.width - typeface().width(issuer, size)
    spread = min(3.0, free / max(1, len(issuer) - 1) * 0.5)
    sheet.heading(issuer, size, colour=RED, spacing=spread)
    sheet.space(6)
    if signer:
        sheet.pair(number, f"签发人：{signer}", 12)
    else:
        sheet.text(number, 12, align="centre")
    sheet.space(1.5)
    sheet.rule(width=0.7, colour=RED)
    sheet.space(8)


def footnote(sheet: Sheet, text: str) -> None:
    """A small grey line at the foot of the page."""
    x = sheet.left + (sheet.width - typeface().width(text, 8)) / 2
    sheet.page.marks.append(Text(x, sheet._size[1] - 12, 8, text, GREY))
