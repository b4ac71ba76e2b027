"""The one typeface of the demo's documents: how wide text runs, and small font files with only the glyphs used."""

from __future__ import annotations

import functools
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from fontTools.ttLib import TTFont

from lantai.archival.render.fonts import font_path

POINT = 25.4 / 72
"""Millimetres in a point."""


@dataclass(frozen=True, slots=True)
class FontSubset:
    """A TrueType file with few glyphs; ``numbers`` maps each character to its glyph, ``advances`` by glyph number."""

    data: bytes
    numbers: dict[str, int]
    advances: tuple[int, ...]


class Typeface:
    """A TrueType font of 1,000 units an em whose glyphs are simple (Noto Sans SC is one), read once a process.

    Args:
        path: the font file.
    """

    def __init__(self, path: Path) -> None:
        font = TTFont(path, lazy=True)
        order = font.getReverseGlyphMap()
        self.path = path
        self._glyphs = {chr(code): order[name] for code, name in font.getBestCmap().items()}
        count = font["maxp"].numGlyphs
        self._places = struct.unpack(f">{count + 1}I", font.reader["loca"])
        self._outlines = font.reader["glyf"]
        metrics = font["hhea"].numberOfHMetrics
        table = font.reader["hmtx"]
        self._metrics = list(struct.iter_unpack(">Hh", table[: metrics * 4]))
        self._tables = {tag: font.reader[tag] for tag in ("head", "hhea", "maxp")}
        self._advances: dict[str, int] = {}

    def has(self, character: str) -> bool:
        """Whether the font draws *character*."""
        return character in self._glyphs

    def advance(self, character: str) -> int:
        """How far *character* moves the pen, in thousandths of an em."""
        found = self._advances.get(character)
        if found is None:
            found = self._advances[character] = self._metric(self._glyphs.get(character, 0))[0]
        return found

    def width(self, text: str, size: float) -> float:
        """How wide *text* of *size* points runs, in millimetres."""
        advances = self._advances
        try:
            units = sum(map(advances.__getitem__, text))
        except KeyError:
            units = sum(map(self.advance, text))
        return units * size * POINT / 1000

    def subset(self, characters: Iterable[str]) -> FontSubset:
        """A font file with the glyphs of *characters*, numbered from 1 in the order of their code points."""
        wanted = sorted(set(characters))
        metrics = [self._metric(0)]
        outlines, places, at = [b""], [0, 0], 0
        for each in wanted:
            glyph = self._glyphs.get(each, 0)
            outline = self._outlines[self._places[glyph] : self._places[glyph + 1]]
            outlines.append(outline)
            metrics.append(self._metric(glyph))
            at += len(outline)
            places.append(at)
        count = len(metrics)
        head = bytearray(self._tables["head"])
        head[8:12], head[50:52] = bytes(4), struct.pack(">h", 1)
        hhea = self._tables["hhea"][:34] + struct.pack(">H", count)
        maxp = self._tables["maxp"][:4] + struct.pack(">H", count) + self._tables["maxp"][6:]
        data = _font_file(
            {
                b"glyf": b"".join(outlines),
                b"head": bytes(head),
                b"hhea": hhea,
                b"hmtx": b"".join(struct.pack(">Hh", *each) for each in metrics),
                b"loca": struct.pack(f">{count + 1}I", *places),
                b"maxp": maxp,
            }
        )
        numbers = {each: number for number, each in enumerate(wanted, start=1)}
        return FontSubset(data, numbers, tuple(each[0] for each in metrics))

    def _metric(self, glyph: int) -> tuple[int, int]:
        if glyph < len(self._metrics):
            return self._metrics[glyph]
        return self._metrics[-1][0], 0


def _font_file(tables: dict[bytes, bytes]) -> bytes:
    """A TrueType file of *tables*, which must come in the order of their tags."""
    count = len(tables)
    power = count.bit_length() - 1
    parts = [struct.pack(">IHHHH", 0x00010000, count, 16 << power, power, count * 16 - (16 << power))]
    at = 12 + 16 * count
    bodies = []
    for tag, body in tables.items():
        parts.append(struct.pack(">4sIII", tag, _sum(body), at, len(body)))
        padded = body + bytes(-len(body) % 4)
        bodies.append(padded)
        at += len(padded)
    return b"".join([*parts, *bodies])


def _sum(body: bytes) -> int:
    padded = body + bytes(-len(body) % 4)
    return sum(struct.unpack(f">{len(padded) // 4}I", padded)) & 0xFFFFFFFF


@functools.cache
def typeface() -> Typeface:
    """Noto Sans SC, as the front-end build puts it beside the renderer.

    Raises:
        lantai.archival.render.fonts.FontMissing: it was not built in.
    """
    return Typeface(font_path())
