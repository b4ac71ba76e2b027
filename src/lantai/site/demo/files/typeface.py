"""The typeface of the demo's documents: a part of Noto Sans SC, made once and kept, and subsets of it for each file.

A document embeds only the glyphs it shows. Making that subset is what takes most time of making a PDF, so the kept part
holds plain outlines only (no composites, no hints), and a subset is a few joins of bytes.
"""

from __future__ import annotations

import array
import hashlib
import io
import struct
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from fontTools import subset
from fontTools.pens.basePen import BasePen
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

from lantai.archival.render import font_path

_RARE = "㼆䶮喆堃昇玥珺淼骉犇赟翀彧禛祎頔璟祺煊睿晗烨芃沄翯〇々垚昉旻晟韡昶翙妘逯郗仝丌昝郄邸冼阚缪麴佘乜牟璩亓"
_MARKS = (
    "　、。〃〈〉《》「」『』【】〔〕〖〗！（），．：；？～·—…“”‘’×÷±℃％＋－＝／＠＃＆￥№★☆●○◎■□▲△◆◇①②③④⑤⑥⑦⑧⑨⑩→←↑↓√"
)


class MissingGlyph(ValueError):
    """A text holds characters the typeface does not have."""


@dataclass(frozen=True, slots=True, eq=False)
class Typeface:
    """Glyphs of a font, ready to be joined: characters to glyph numbers, advances in thousandths of an em, outlines."""

    numbers: Mapping[str, int]
    advances: tuple[int, ...]
    bearings: tuple[int, ...]
    outlines: tuple[bytes, ...]
    units: int
    head: bytes
    hhea: bytes
    maxp: bytes
    data: bytes

    def width(self, text: str) -> float:
        """How wide *text* is set, in ems. Raises MissingGlyph."""
        numbers, advances = self.numbers, self.advances
        try:
            return sum(advances[numbers[each]] for each in text) / 1000
        except KeyError:
            raise self._missing(text) from None

    def glyphs(self, text: str) -> list[int]:
        """The glyph numbers of *text*. Raises MissingGlyph."""
        numbers = self.numbers
        try:
            return [numbers[each] for each in text]
        except KeyError:
            raise self._missing(text) from None

    def _missing(self, text: str) -> MissingGlyph:
        return MissingGlyph("".join(each for each in dict.fromkeys(text) if each not in self.numbers))

    def subset(self, glyphs: Iterable[int]) -> bytes:
        """A TrueType file that holds these glyphs in this order, the missing-glyph sign first."""
        chosen = [0, *glyphs]
        places = array.array("I", [0])
        pieces = []
        end = 0
        for each in chosen:
            outline = self.outlines[each]
            pieces.append(outline)
            end += len(outline)
            places.append(end)
        metrics = array.array(
            "H",
            [
                value & 0xFFFF
                for each in chosen
                for value in (round(self.advances[each] * self.units / 1000), self.bearings[each])
            ],
        )
        if sys.byteorder == "little":
            places.byteswap()
            metrics.byteswap()
        return _sfnt(
            {
                b"glyf": b"".join(pieces),
                b"head": self.head[:50] + b"\0\1" + self.head[52:],
                b"hhea": self.hhea[:34] + struct.pack(">H", len(chosen)),
                b"hmtx": metrics.tobytes(),
                b"loca": places.tobytes(),
                b"maxp": self.maxp[:4] + struct.pack(">H", len(chosen)) + self.maxp[6:],
            }
        )


def _sfnt(tables: Mapping[bytes, bytes]) -> bytes:
    """Tables joined as a font file; its own sum stays unset, as PDF readers never ask for it."""
    count = len(tables)
    power = 1 << (count.bit_length() - 1)
    header = struct.pack(">IHHHH", 0x00010000, count, power * 16, power.bit_length() - 1, (count - power) * 16)
    at = 12 + 16 * count
    rows, bodies = [], []
    for tag in sorted(tables):
        data = tables[tag]
        padded = data + b"\0" * (-len(data) % 4)
        words = array.array("I", padded)
        if sys.byteorder == "little":
            words.byteswap()
        rows.append(struct.pack(">4sIII", tag, sum(words) & 0xFFFFFFFF, at, len(data)))
        bodies.append(padded)
        at += len(padded)
    return b"".join((header, *rows, *bodies))


def letters() -> str:
    """Every character the demo can set: ASCII, the 6,763 characters of GB 2312, marks, and rare ones people bear."""
    hanzi = bytearray()
    for row in range(0xB0, 0xF8):
        last = 0xFA if row == 0xD7 else 0xFF
        for column in range(0xA1, last):
            hanzi += bytes((row, column))
    ascii_letters = "".join(map(chr, range(0x20, 0x7F)))
    return ascii_letters + hanzi.decode("gb2312") + _MARKS + _RARE


@cache
def load_typeface(folder: Path | None = None) -> Typeface:
    """The demo's typeface, kept in *folder* (a folder for temporary files when None); made there the first time.

    Raises render.FontMissing when the house font was not built in.
    """
    kept = (
        folder or Path(tempfile.gettempdir())
    ) / f"lantai-demo-{hashlib.sha256(letters().encode()).hexdigest()[:8]}.ttf"
    if not kept.is_file():
        kept.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=kept.parent, delete=False) as sink:
            sink.write(_make())
        Path(sink.name).replace(kept)
    return _read(kept.read_bytes())


def _make() -> bytes:
    options = subset.Options()
    options.layout_features = []
    options.hinting = False
    options.drop_tables += ["GSUB", "GPOS", "GDEF", "BASE", "STAT", "vhea", "vmtx", "gasp", "prep"]
    font = subset.load_font(str(font_path()), options)
    known = font.getBestCmap()
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=[ord(each) for each in letters() if ord(each) in known])
    subsetter.subset(font)
    glyphs = font.getGlyphSet()
    for name in font.getGlyphOrder():
        if font["glyf"][name].isComposite():
            drawn, plain = DecomposingRecordingPen(glyphs), TTGlyphPen(None)
            glyphs[name].draw(drawn)
            drawn.replay(plain)
            font["glyf"][name] = plain.glyph()
    sink = io.BytesIO()
    font.save(sink)
    return sink.getvalue()


def _read(data: bytes) -> Typeface:
    font = TTFont(io.BytesIO(data), lazy=True)
    units = int(font["head"].unitsPerEm)
    order = font.getGlyphOrder()
    places, glyf = font["loca"].locations, font.reader["glyf"]
    metrics = [font["hmtx"][name] for name in order]
    numbers = {name: number for number, name in enumerate(order)}
    return Typeface(
        numbers={chr(code): numbers[name] for code, name in font.getBestCmap().items()},
        advances=tuple(round(advance * 1000 / units) for advance, _bearing in metrics),
        bearings=tuple(bearing for _advance, bearing in metrics),
        outlines=tuple(glyf[start:end] for start, end in pairwise(places)),
        units=units,
        head=font.reader["head"],
        hhea=font.reader["hhea"],
        maxp=font.reader["maxp"],
        data=data,
    )


class _OutlinePen(BasePen):  # type: ignore[misc]
    """Writes outlines as moves, lines and cubic curves."""

    def __init__(self, glyph_set: object) -> None:
        super().__init__(glyph_set)
        self.steps: list[tuple[str, tuple[float, ...]]] = []

    def _moveTo(self, pt: tuple[float, float]) -> None:  # noqa: N802
        self.steps.append(("M", pt))

    def _lineTo(self, pt: tuple[float, float]) -> None:  # noqa: N802
        self.steps.append(("L", pt))

    def _curveToOne(self, pt1: tuple[float, float], pt2: tuple[float, float], pt3: tuple[float, float]) -> None:  # noqa: N802
        self.steps.append(("B", (*pt1, *pt2, *pt3)))

    def _closePath(self) -> None:  # noqa: N802
        self.steps.append(("C", ()))


def outline(face: Typeface, character: str) -> list[tuple[str, tuple[float, ...]]]:
    """The outline of one character as steps M, L, B (cubic) and C (close), in ems, y upwards."""
    font = _opened(face.data)
    glyphs = font.getGlyphSet()
    pen = _OutlinePen(glyphs)
    glyphs[font.getBestCmap()[ord(character)]].draw(pen)
    return [(step, tuple(value / face.units for value in values)) for step, values in pen.steps]


@cache
def _opened(data: bytes) -> TTFont:
    return TTFont(io.BytesIO(data))
