"""The one font pages are set in when a document brings none, and the tables of fonts that documents bring."""

from __future__ import annotations

import functools
import io
import struct
from pathlib import Path

from fontTools.ttLib import TTFont, TTLibError

_FONT = Path(__file__).parent / "fonts" / "NotoSansSC-Regular.ttf"
_FONT_FAULTS = (
    TTLibError,
    KeyError,
    AssertionError,
    ValueError,
    IndexError,
    TypeError,
    AttributeError,
    OSError,
    struct.error,
    OverflowError,
    RuntimeError,
)


class FontMissing(FileNotFoundError):
    """The font was not built into this installation."""


def font_path() -> Path:
    """Where Noto Sans SC lies, which the front-end build copies here.

    Raises:
        FontMissing: it is not there; the message names the command that brings it.
    """
    if not _FONT.is_file():
        raise FontMissing(f"{_FONT}: 缺少字体，请先运行 make assets (the font is missing; run: make assets)")
    return _FONT


class Face:
    """A font as drawing needs it: its bytes, the glyph of a character, the advance of a glyph.

    Args:
        data: a TrueType, OpenType or bare CFF file. A bare CFF has no table of characters.

    Raises:
        ValueError: it is none of these, or broken.
    """

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.kind = "truetype"
        self._glyphs: dict[int, int] = {}
        self._advances: list[int] = []
        self._units = 1000
        if data[:2] == b"\x01\x00" and data[2:3] in (b"\x04", b"\x05"):
            self.kind = "cff"
            return
        if data[:4] not in (b"\0\1\0\0", b"true", b"OTTO", b"ttcf"):
            raise ValueError("not a font")
        try:
            font = TTFont(io.BytesIO(data), lazy=True, fontNumber=0)
            if data[:4] == b"OTTO":
                self.kind = "opentype"
            self._units = int.from_bytes(font.reader["head"][18:20], "big") or 1000
            self._advances = _advances(font)
            if "cmap" in font:
                order = font.getReverseGlyphMap()
                self._glyphs = {code: order[name] for code, name in (font.getBestCmap() or {}).items()}
        except _FONT_FAULTS as failure:
            raise ValueError(f"font: {failure}") from None

    def glyph(self, character: str) -> int:
        """The glyph of a character, 0 where the font has none."""
        return self._glyphs.get(ord(character), 0)

    def advance(self, glyph: int) -> float:
        """How far a glyph moves the pen, in ems."""
        if not self._advances:
            return 1.0
        return self._advances[min(glyph, len(self._advances) - 1)] / self._units


def _advances(font: TTFont) -> list[int]:
    """The advances of ``hmtx`` in the font's units; the last stands for all glyphs after it."""
    count = int.from_bytes(font.reader["hhea"][34:36], "big")
    table = font.reader["hmtx"]
    return [each[0] for each in struct.iter_unpack(">Hh", table[: count * 4])]


@functools.cache
def house_face() -> Face:
    """Noto Sans SC, read once a process.

    Raises:
        FontMissing: it was not built in.
    """
    return Face(font_path().read_bytes())
