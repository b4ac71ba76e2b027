"""Plain text and XML set on A4 pages in the house font."""

from __future__ import annotations

import math

from PIL import Image

from lantai.archival.formats.cleaning import TEXT_LIMIT
from lantai.archival.formats.content import Content
from lantai.archival.formats.textual import encoding_of
from lantai.archival.render.canvas import Canvas
from lantai.archival.render.fonts import face_for, shows, unshown
from lantai.archival.render.model import NoSuchPage, Note, PlacedLine, RenderRefused, missing_characters
from lantai.archival.render.pdf_pages import PdfPages

_SIZE = 3.7  # 10.5 point (五号), in millimetres
_LEADING = 5.8
_MARGIN = 20.0
_WIDTH, _HEIGHT = 210.0, 297.0
_MOST_BYTES = 4 * TEXT_LIMIT
LINES_A_PAGE = int((_HEIGHT - 2 * _MARGIN) / _LEADING)
"""Lines on one page."""


class TextPages:
    """A text set on pages, the same way at every look.

    Raises:
        RenderRefused: its encoding is not known.
    """

    def __init__(self, content: Content) -> None:
        data = content.part(0, _MOST_BYTES)
        cut = content.size > _MOST_BYTES
        encoding = encoding_of(data, cut=cut)
        if not encoding:
            raise RenderRefused("文本编码无法识别，可下载原文件", "the text does not decode; download the original")
        self._lines = set_lines(data.decode(encoding, "ignore" if cut else "strict")[:TEXT_LIMIT])
        self.count = math.ceil(len(self._lines) / LINES_A_PAGE)

    def _page(self, number: int) -> list[str]:
        if not 1 <= number <= self.count:
            raise NoSuchPage(number, self.count)
        return self._lines[(number - 1) * LINES_A_PAGE : number * LINES_A_PAGE]

    def shape(self, number: int) -> float:
        self._page(number)
        return _HEIGHT / _WIDTH

    def lines(self, number: int) -> tuple[PlacedLine, ...]:
        found = []
        for row, line in enumerate(self._page(number)):
            words = line.strip()
            if not words:
                continue
            before = sum(map(_advance, line[: len(line) - len(line.lstrip())]))
            wide = sum(map(_advance, words))
            x, y = _MARGIN + before * _SIZE, _MARGIN + row * _LEADING
            found.append(PlacedLine(words, x / _WIDTH, y / _HEIGHT, wide * _SIZE / _WIDTH, (_SIZE * 1.15) / _HEIGHT))
        return tuple(found)

    def notes(self, number: int) -> tuple[Note, ...]:
        lacking = unshown("".join(self._page(number)))
        return (missing_characters(lacking),) if lacking else ()

    def draw(self, number: int, *, width: int | None, dpi: float | None) -> Image.Image:
        return PdfPages(Content(draw_text_page(self._page(number)))).draw(1, width=width, dpi=dpi)


def set_lines(text: str) -> list[str]:
    """The text broken into lines that fit the page, wherever the last character fits."""
    room = (_WIDTH - 2 * _MARGIN) / _SIZE
    lines: list[str] = []
    for paragraph in text.expandtabs(4).splitlines() or [""]:
        line: list[str] = []
        used = 0.0
        for character in paragraph:
            advance = _advance(character)
            if used + advance > room and line:
                lines.append("".join(line))
                line, used = [], 0.0
            line.append(character)
            used += advance
        lines.append("".join(line))
    return lines


def draw_text_page(lines: list[str]) -> bytes:
    """One page of set lines as a PDF."""
    canvas = Canvas(_WIDTH, _HEIGHT)
    canvas.draw("0 g BT")
    for row, line in enumerate(lines):
        x, y = _MARGIN, _MARGIN + _SIZE + row * _LEADING
        for character in line:
            face = face_for(character)
            glyph = face.glyph(character)
            if shows(character):
                canvas.draw(f"/{canvas.font(face)} 1 Tf {_SIZE} 0 0 -{_SIZE} {x:.3f} {y:.3f} Tm <{glyph:04X}> Tj")
            x += face.advance(glyph) * _SIZE
    canvas.draw("ET")
    return canvas.finish()


def _advance(character: str) -> float:
    """How far a character moves the pen, in ems."""
    face = face_for(character)
    return face.advance(face.glyph(character))
