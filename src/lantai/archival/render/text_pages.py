"""Plain text and XML set on A4 pages in the house font."""

from __future__ import annotations

from lantai.archival.render.canvas import Canvas
from lantai.archival.render.fonts import house_face

_SIZE = 3.7  # 10.5 point (五号), in millimetres
_LEADING = 5.8
_MARGIN = 20.0
_WIDTH, _HEIGHT = 210.0, 297.0
LINES_A_PAGE = int((_HEIGHT - 2 * _MARGIN) / _LEADING)
"""Lines on one page."""


def set_lines(text: str) -> list[str]:
    """The text broken into lines that fit the page, wherever the last character fits."""
    face = house_face()
    room = (_WIDTH - 2 * _MARGIN) / _SIZE
    lines: list[str] = []
    for paragraph in text.expandtabs(4).splitlines() or [""]:
        line: list[str] = []
        used = 0.0
        for character in paragraph:
            advance = face.advance(face.glyph(character))
            if used + advance > room and line:
                lines.append("".join(line))
                line, used = [], 0.0
            line.append(character)
            used += advance
        lines.append("".join(line))
    return lines


def draw_text_page(lines: list[str]) -> bytes:
    """One page of set lines as a PDF."""
    face = house_face()
    canvas = Canvas(_WIDTH, _HEIGHT)
    canvas.draw("0 g BT", f"/{canvas.font(face)} 1 Tf")
    for row, line in enumerate(lines):
        x, y = _MARGIN, _MARGIN + _SIZE + row * _LEADING
        for character in line:
            glyph = face.glyph(character)
            if not character.isspace():
                canvas.draw(f"{_SIZE} 0 0 -{_SIZE} {x:.3f} {y:.3f} Tm <{glyph:04X}> Tj")
            x += face.advance(glyph) * _SIZE
    canvas.draw("ET")
    return canvas.finish()
