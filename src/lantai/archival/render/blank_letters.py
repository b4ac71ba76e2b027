"""Letters without ink for text over pictures of pages: their font, their codes, and what each code says."""

from __future__ import annotations

import functools
import io

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from PIL import ImageCms

DESCENT = 0.12
"""How much of a letter's height lies below its base line."""

_NO_TIME = 2_082_844_800
"""The first moment of 1970, as fonts count."""
_SPARE = (0xD800, 0xE000)
"""Codes that stand for no character, given to characters beyond the first 65,536."""


class Letters:
    """The codes of the characters that are used."""

    def __init__(self) -> None:
        self.codes: dict[str, int] = {}
        self._next = _SPARE[0]

    def code(self, character: str) -> int:
        """Its own number, or a spare one for one beyond the first 65,536."""
        if character not in self.codes:
            if ord(character) <= 0xFFFF:
                self.codes[character] = ord(character)
            elif self._next < _SPARE[1]:
                self.codes[character] = self._next
                self._next += 1
            else:
                return 0xFFFD
        return self.codes[character]

    def told(self) -> str:
        """What each code says, as a ToUnicode CMap (ISO 32000-1, 9.10.3)."""
        pairs = [
            f"<{code:04X}> <{each.encode('utf-16-be').hex().upper()}>" for each, code in sorted(self.codes.items())
        ]
        blocks = [pairs[at : at + 100] for at in range(0, len(pairs), 100)]
        said = "\n".join(f"{len(each)} beginbfchar\n" + "\n".join(each) + "\nendbfchar" for each in blocks)
        return (
            "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
            "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
            "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
            f"1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n{said}\n"
            "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
        )


@functools.cache
def blank_font_program() -> bytes:
    """A TrueType font whose glyph 1 is as wide and high as its size, and without ink."""
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "blank"])
    builder.setupCharacterMap({})
    pen = TTGlyphPen(None)
    pen.moveTo((0, -120))
    pen.lineTo((1000, 880))  # a letter of no area is still as large as one, so that readers do not pass it over
    pen.closePath()
    blank = pen.glyph()
    builder.setupGlyf({".notdef": blank, "blank": blank})
    builder.setupHorizontalMetrics({".notdef": (1000, 0), "blank": (1000, 0)})
    builder.setupHorizontalHeader(ascent=880, descent=-120)
    builder.setupHead(unitsPerEm=1000, created=_NO_TIME, modified=_NO_TIME)
    builder.setupPost()
    builder.font.recalcTimestamp = False
    buffer = io.BytesIO()
    builder.save(buffer)
    return buffer.getvalue()


@functools.cache
def screen_profile() -> bytes:
    """The colour profile of sRGB, without the moment at which it was made."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile[24:36] = b"\x07\xd0\x00\x01\x00\x01" + bytes(6)
    profile[8:12] = b"\x04\x20\x00\x00"
    profile[84:100] = bytes(16)
    return bytes(profile)
