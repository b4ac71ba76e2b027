"""The fonts pages are set in when a document brings none, and the tables of fonts that documents bring."""

from __future__ import annotations

import functools
import io
import struct
import unicodedata
from pathlib import Path

from fontTools.agl import toUnicode
from fontTools.cffLib import CFFFontSet
from fontTools.ttLib import TTFont, TTLibError
from PIL import ImageFont

_FONTS = Path(__file__).parent / "fonts"
_FONT = _FONTS / "NotoSansSC-Regular.ttf"
_TYPEFACES = {
    "hei": "NotoSansSC-Regular.ttf",
    "song": "NotoSerifSC-Regular.ttf",
    "song-bold": "NotoSerifSC-Bold.ttf",
}
"""Typefaces by their Chinese kind: 黑体, 宋体, 宋体 bold."""
_FURTHER = ("DejaVuSans.ttf", "NotoSansThai-Regular.ttf")
"""What is looked in, in this order, for characters Noto Sans SC lacks."""

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
_SYMBOLS = 0xF000
"""Where symbol fonts put their codes."""


class FontMissing(FileNotFoundError):
    """The font was not built into this installation."""


def font_path() -> Path:
    """Where Noto Sans SC lies, which the front-end build copies here.

    Raises:
        FontMissing: it is not there; the message names the command that brings it.
    """
    return _built_in(_FONT)


def typeface_path(name: str) -> Path:
    """Where a typeface lies: ``hei`` (黑体), ``song`` (宋体) or ``song-bold``.

    Raises:
        KeyError: there is no such typeface.
        FontMissing: it was not built in.
    """
    return _built_in(_FONTS / _TYPEFACES[name])


def _built_in(path: Path) -> Path:
    if not path.is_file():
        raise FontMissing(f"{path}: 缺少字体，请先运行 make assets (the font is missing; run: make assets)")
    return path


class Face:
    """A font as drawing needs it: its bytes, the glyph of a character, the advance of a glyph.

    Args:
        data: a TrueType, OpenType or bare CFF file.

    Raises:
        ValueError: it is none of these, or broken.
    """

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.kind = "truetype"
        self.count = 0xFFFF
        self._glyphs: dict[int, int] = {}
        self._advances: list[int] = []
        self._codes: list[int] = []
        self._units = 1000
        bare = data[:2] == b"\x01\x00" and data[2:3] in (b"\x04", b"\x05")
        if not bare and data[:4] not in (b"\0\1\0\0", b"true", b"OTTO", b"ttcf"):
            raise ValueError("not a font")
        try:
            ImageFont.truetype(io.BytesIO(data), 10, layout_engine=ImageFont.Layout.BASIC)  # FreeType, as PDFium has it
            if bare:
                self._read_cff()
            else:
                self._read_tables()
        except _FONT_FAULTS as failure:
            raise ValueError(f"font: {failure}") from None

    def _read_tables(self) -> None:
        font = TTFont(io.BytesIO(self.data), lazy=True, fontNumber=0)
        if self.data[:4] == b"OTTO":
            self.kind = "opentype"
        if "maxp" in font.reader:
            self.count = int.from_bytes(font.reader["maxp"][4:6], "big")
        if "head" in font.reader:
            self._units = int.from_bytes(font.reader["head"][18:20], "big") or 1000
        if "hhea" in font.reader and "hmtx" in font.reader:
            self._advances = _advances(font)
        try:
            self._glyphs = _characters(font)
        except _FONT_FAULTS:
            self._glyphs = {}  # fonts made for one document may have none; the document names its glyphs then

    def _read_cff(self) -> None:
        self.kind = "cff"
        fonts = CFFFontSet()
        fonts.decompile(io.BytesIO(self.data), None, isCFF2=False)
        top = fonts[0]
        names = top.charset
        self.count = len(names)
        if hasattr(top, "ROS"):
            self._codes = [int(name[3:]) if name.startswith("cid") else 0 for name in names]
            return
        for glyph, name in enumerate(names):
            written = toUnicode(name)
            if len(written) == 1:
                self._glyphs.setdefault(ord(written), glyph)

    def glyph(self, character: str) -> int:
        """The glyph of a character, 0 where the font has none."""
        return self._glyphs.get(ord(character), 0)

    def code(self, glyph: int) -> int:
        """What a PDF writes for a glyph: its number, or its CID where a bare CFF is keyed so."""
        return self._codes[glyph] if glyph < len(self._codes) else glyph

    def advance(self, glyph: int) -> float:
        """How far a glyph moves the pen, in ems."""
        if not self._advances:
            return 1.0
        return self._advances[min(glyph, len(self._advances) - 1)] / self._units


def _characters(font: TTFont) -> dict[int, int]:
    """Characters to glyphs: the Unicode table, else that of a symbol font, else whatever there is."""
    if "cmap" not in font:
        return {}
    order = font.getReverseGlyphMap()
    best = font.getBestCmap()
    if best is None:
        tables = sorted(font["cmap"].tables, key=lambda each: (each.platformID, each.platEncID) != (3, 0))
        best = dict(tables[0].cmap) if tables else {}
    found = {code: order[name] for code, name in best.items() if name in order}
    found.update({code - _SYMBOLS: glyph for code, glyph in found.items() if _SYMBOLS <= code <= _SYMBOLS + 255})
    return found


def _advances(font: TTFont) -> list[int]:
    """The advances of ``hmtx`` in the font's units; the last stands for all glyphs after it."""
    count = int.from_bytes(font.reader["hhea"][34:36], "big")
    table = font.reader["hmtx"]
    return [each[0] for each in struct.iter_unpack(">Hh", table[: min(count, len(table) // 4) * 4])]


@functools.cache
def house_face() -> Face:
    """Noto Sans SC, read once a process.

    Raises:
        FontMissing: it was not built in.
    """
    return Face(font_path().read_bytes())


@functools.cache
def _further_faces() -> tuple[Face, ...]:
    """The other fonts that were built in."""
    return tuple(Face((_FONTS / name).read_bytes()) for name in _FURTHER if (_FONTS / name).is_file())


def face_for(character: str) -> Face:
    """The font of ours that has a character; the house font where none has, which then shows an empty box.

    Raises:
        FontMissing: the house font was not built in.
    """
    if not house_face().glyph(character):
        for face in _further_faces():
            if face.glyph(character):
                return face
    return house_face()


def is_ours(face: Face) -> bool:
    """Whether a font is one of those we bring."""
    return face is house_face() or face in _further_faces()


def shows(character: str) -> bool:
    """Whether a character is one that leaves ink: no blank, no control or format character."""
    return (
        unicodedata.category(character) not in ("Zs", "Zl", "Zp", "Cc", "Cf", "Mn") or "\u0300" <= character < "\u0370"
    )


def unshown(text: str) -> list[str]:
    """The characters of a text that none of our fonts has, each once."""
    return [each for each in dict.fromkeys(text) if shows(each) and not face_for(each).glyph(each)]
