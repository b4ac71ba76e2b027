"""PDF written plainly and fast: text with an embedded subset, lines, tables of nothing but strokes, one signature.

The same calls give the same bytes. Lengths are points, measured from the upper left corner of the page.
"""

from __future__ import annotations

import hashlib
import math
import re
import zlib
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache

from lantai.site.demo.files.seals import SEAL_SIZE, seal_operators
from lantai.site.demo.files.signing import Signer, sign_bytes
from lantai.site.demo.files.typeface import Typeface

A4 = (595.28, 841.89)
A4_LANDSCAPE = (841.89, 595.28)
BLACK, RED, GREY = "0 0 0", "0.82 0.07 0.09", "0.45 0.45 0.45"
_RESERVED = 8192
"""Hexadecimal digits kept free for a signature: what ours need is about 2,600."""


class Page:
    """One page being drawn."""

    def __init__(self, document: Document, size: tuple[float, float]) -> None:
        self.width, self.height = size
        self.operators: list[str] = []
        self.seals: list[tuple[str, float, float]] = []
        self._document = document

    def text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        size: float = 12,
        align: str = "left",
        bold: bool = False,
        colour: str = BLACK,
        spacing: float = 0,
        slant: float = 0,
    ) -> None:
        """Set *words* with their baseline at *y*; *x* is their left end, middle or right end as *align* says.
        *slant* leans them like handwriting. Raises MissingGlyph."""
        if not words:
            return
        if align != "left":
            width = self._document.face.width(words) * size + spacing * (len(words) - 1)
            x -= width / 2 if align == "centre" else width
        style = f"2 Tr {size * 0.028:.2f} w {colour} RG " if bold else ""
        self.operators.append(
            f"BT {style}{colour} rg /F1 {size:g} Tf {f'{spacing:g} Tc ' if spacing else ''}"
            f"1 0 {slant:g} 1 {x:.2f} {self.height - y:.2f} Tm <{self._document.encode(words)}> Tj "
            f"{'0 Tc ' if spacing else ''}{'0 Tr ' if bold else ''}ET"
        )

    def line(self, x1: float, y1: float, x2: float, y2: float, *, width: float = 0.6, colour: str = BLACK) -> None:
        """A straight line."""
        self.operators.append(
            f"{colour} RG {width:g} w {x1:.2f} {self.height - y1:.2f} m {x2:.2f} {self.height - y2:.2f} l S"
        )

    def box(
        self, x: float, y: float, width: float, height: float, *, line: float = 0.6, colour: str = BLACK, fill: str = ""
    ) -> None:
        """A rectangle, filled when *fill* is a colour."""
        paint = f"{fill} rg " if fill else ""
        self.operators.append(
            f"{paint}{colour} RG {line:g} w {x:.2f} {self.height - y - height:.2f} {width:.2f} {height:.2f} re "
            f"{('B' if line else 'f') if fill else 'S'}"
        )

    def star(self, x: float, y: float, radius: float, *, colour: str = RED) -> None:
        """A five-pointed star around a point."""
        points = []
        for corner in range(10):
            reach = radius if corner % 2 == 0 else radius * 0.382
            angle = math.pi / 2 + corner * math.pi / 5
            points.append(f"{x + reach * math.cos(angle):.2f} {self.height - y + reach * math.sin(angle):.2f}")
        self.operators.append(f"{colour} rg {points[0]} m " + " l ".join(points[1:]) + " l h f")

    def seal(self, x: float, y: float, body: str) -> None:
        """The round seal of *body* around a point, over what is drawn already."""
        self.seals.append((body, x, y))


class Document:
    """A PDF in the making. *face* is embedded with the glyphs that are used."""

    def __init__(self, face: Typeface, *, title: str, author: str, made: datetime) -> None:
        self.face = face
        self._title, self._author, self._made = title, author, made
        self._pages: list[Page] = []
        self._numbers: dict[str, str] = {}

    def page(self, size: tuple[float, float] = A4) -> Page:
        """Begin the next page."""
        page = Page(self, size)
        self._pages.append(page)
        return page

    @property
    def pages(self) -> Sequence[Page]:
        """The pages so far."""
        return self._pages

    def encode(self, words: str) -> str:
        """*words* as hexadecimal glyph numbers of this document's own subset."""
        numbers = self._numbers
        for each in words:
            if each not in numbers:
                if each not in self.face.numbers:
                    self.face.glyphs(words)
                numbers[each] = f"{len(numbers) + 1:04x}"
        return "".join([numbers[each] for each in words])

    def save(self, *, signer: Signer | None = None) -> bytes:
        """The file; with *signer*, signed as it stands by a signature whose appearance is the last page's last seal.

        Raises ValueError when a file to be signed shows no seal.
        """
        objects: list[bytes] = [b"", b""]

        def add(body: bytes) -> int:
            objects.append(body)
            return len(objects)

        signed = None
        if signer is not None:
            place = next((each for each in reversed(self._pages) if each.seals), None)
            if place is None:
                raise ValueError("a signed document shows a seal")
            signed = (place, place.seals.pop())
        font = self._font(add)
        bodies = {each[0] for page in self._pages for each in page.seals} | ({signed[1][0]} if signed else set())
        forms = {body: add(_form(body, self.face)) for body in sorted(bodies)}
        kids: list[int] = []
        field = 0
        for page in self._pages:
            drawn = list(page.operators)
            for body, x, y in page.seals:
                left, low = x - SEAL_SIZE / 2, page.height - y - SEAL_SIZE / 2
                drawn.append(f"q 1 0 0 1 {left:.2f} {low:.2f} cm /S{forms[body]} Do Q")
            content = add(_stream("\n".join(drawn).encode("ascii")))
            seals = "".join(f"/S{forms[body]} {forms[body]} 0 R " for body, _x, _y in page.seals)
            annotations = ""
            if signed is not None and page is signed[0]:
                field = len(objects) + 2
                annotations = f"/Annots[{field} 0 R]"
            kids.append(
                add(
                    f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 {page.width:g} {page.height:g}]/Contents {content} 0 R"
                    f"/Resources<</Font<</F1 {font} 0 R>>/XObject<<{seals}>>>>{annotations}>>".encode("ascii")
                )
            )
            if signed is not None and signer is not None and page is signed[0]:
                add(_field(signed[1], page, kids[-1], forms[signed[1][0]], field + 1))
                add(_signature(signer, self._made))
        form = f"/AcroForm<</Fields[{field} 0 R]/SigFlags 3>>" if field else ""
        objects[0] = f"<</Type/Catalog/Pages 2 0 R/Lang(zh-CN){form}>>".encode("ascii")
        objects[1] = f"<</Type/Pages/Count {len(kids)}/Kids[{' '.join(f'{each} 0 R' for each in kids)}]>>".encode()
        stamp = f"D:{self._made:%Y%m%d%H%M%S}+08'00'"
        information = add(
            b"<</Title "
            + _string(self._title)
            + b"/Author "
            + _string(self._author)
            + f"/Producer(Lantai demo county)/CreationDate({stamp})/ModDate({stamp})>>".encode()
        )
        data = _joined(objects, information)
        return data if signer is None else sign_bytes(data, signer=signer, at=self._made)

    def _font(self, add: Callable[[bytes], int]) -> int:
        """Write the subset and what belongs to it; returns the number of the font's object."""
        characters = list(self._numbers)
        glyphs = self.face.glyphs("".join(characters))
        program = self.face.subset(glyphs)
        packed = zlib.compress(program, 1)
        tag = "".join(chr(65 + each % 26) for each in hashlib.sha256(packed).digest()[:6])
        file = add(
            f"<</Length {len(packed)}/Length1 {len(program)}/Filter/FlateDecode>>stream\n".encode()
            + packed
            + b"\nendstream"
        )
        name = f"{tag}+NotoSansSC-Regular"
        descriptor = add(
            f"<</Type/FontDescriptor/FontName/{name}/Flags 4/FontBBox[-1000 -400 2000 1200]/ItalicAngle 0/Ascent 880"
            f"/Descent -120/CapHeight 733/StemV 90/FontFile2 {file} 0 R>>".encode()
        )
        widths = " ".join([str(self.face.advances[each]) for each in glyphs])
        descendant = add(
            f"<</Type/Font/Subtype/CIDFontType2/BaseFont/{name}/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)"
            f"/Supplement 0>>/FontDescriptor {descriptor} 0 R/DW 1000/W[1[{widths}]]/CIDToGIDMap/Identity>>".encode()
        )
        unicode = add(_stream(_unicode_map(characters)))
        return add(
            f"<</Type/Font/Subtype/Type0/BaseFont/{name}/Encoding/Identity-H/DescendantFonts[{descendant} 0 R]"
            f"/ToUnicode {unicode} 0 R>>".encode()
        )


def _unicode_map(characters: Sequence[str]) -> bytes:
    """The CMap by which readers get the text back."""
    rows = [f"<{number:04x}><{each.encode('utf-16-be').hex()}>" for number, each in enumerate(characters, start=1)]
    blocks = "".join(
        f"{len(rows[start : start + 100])} beginbfchar\n" + "\n".join(rows[start : start + 100]) + "\nendbfchar\n"
        for start in range(0, len(rows), 100)
    )
    return (
        "/CIDInit/ProcSet findresource begin 12 dict begin begincmap/CIDSystemInfo<</Registry(Adobe)/Ordering(UCS)"
        "/Supplement 0>>def/CMapName/Adobe-Identity-UCS def/CMapType 2 def\n"
        f"1 begincodespacerange<0000><ffff>endcodespacerange\n{blocks}endcmap CMapName currentdict/CMap defineresource "
        "pop end end"
    ).encode("ascii")


def _stream(content: bytes) -> bytes:
    packed = zlib.compress(content, 1)
    return f"<</Length {len(packed)}/Filter/FlateDecode>>stream\n".encode() + packed + b"\nendstream"


@lru_cache(maxsize=64)
def _form(body: str, face: Typeface) -> bytes:
    """A seal as a form that pages and signatures show."""
    packed = zlib.compress(seal_operators(body, face).encode("ascii"), 6)
    return (
        f"<</Type/XObject/Subtype/Form/BBox[0 0 {SEAL_SIZE:g} {SEAL_SIZE:g}]/Resources<<>>/Length {len(packed)}"
        "/Filter/FlateDecode>>stream\n".encode()
        + packed
        + b"\nendstream"
    )


def _field(seal: tuple[str, float, float], page: Page, number: int, form: int, value: int) -> bytes:
    _body, x, y = seal
    left, low = x - SEAL_SIZE / 2, page.height - y - SEAL_SIZE / 2
    return (
        f"<</Type/Annot/Subtype/Widget/FT/Sig/T(Seal)/F 132/P {number} 0 R/V {value} 0 R"
        f"/Rect[{left:.2f} {low:.2f} {left + SEAL_SIZE:.2f} {low + SEAL_SIZE:.2f}]/AP<</N {form} 0 R>>>>".encode()
    )


def _signature(signer: Signer, at: datetime) -> bytes:
    """The signature's dictionary, its value and range to be filled in."""
    return (
        b"<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/Name "
        + _string(signer.name)
        + f"/M(D:{at:%Y%m%d%H%M%S}+08'00')/ByteRange[0 0000000000 0000000000 0000000000]/Contents<".encode()
        + b"0" * _RESERVED
        + b">>>"
    )


def _string(text: str) -> bytes:
    return b"<feff" + text.encode("utf-16-be").hex().encode("ascii") + b">"


def _joined(objects: Sequence[bytes], information: int) -> bytes:
    parts = [b"%PDF-1.7\n%\xe5\x85\xb0\xe5\x8f\xb0\n"]
    at = len(parts[0])
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(at)
        part = b"%d 0 obj\n%s\nendobj\n" % (number, body)
        parts.append(part)
        at += len(part)
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    mark = digest.hexdigest()[:32]
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = (
        f"trailer\n<</Size {len(objects) + 1}/Root 1 0 R/Info {information} 0 R/ID[<{mark}><{mark}>]>>\n"
        f"startxref\n{at}\n%%EOF\n"
    )
    parts.append(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + table + trailer.encode("ascii"))
    return b"".join(parts)


_FORBIDDEN_FIRST = "，。、；：？！）》」』】〕〉”’…—％·"
_WORD = re.compile(r"[0-9A-Za-z〔〕（）./:%-]{1,24}|.", re.DOTALL)


def wrap(face: Typeface, words: str, room: float, size: float, *, indent: float = 0) -> list[str]:
    """*words* broken into lines of at most *room* points, the first shorter by *indent*; numbers and Latin words stay
    whole, no line begins with a closing mark (避头尾)."""
    lines: list[str] = []
    advances, numbers = face.advances, face.numbers
    for paragraph in words.split("\n"):
        line, width, limit = "", 0.0, (room - indent) / size * 1000
        for token in _WORD.findall(paragraph):
            length = sum([advances[numbers[each]] if each in numbers else 1000 for each in token])
            if width + length > limit and line:
                if token in _FORBIDDEN_FIRST and len(line) > 1:
                    token, line = line[-1] + token, line[:-1]
                    length += 1000
                lines.append(line)
                line, width, limit = "", 0.0, room / size * 1000
            while length > limit and len(token) > 1:  # a long number breaks where it must
                fits = max(1, int(limit // 620))
                lines.append(line + token[:fits])
                line, token = "", token[fits:]
                length = sum([advances[numbers[each]] if each in numbers else 1000 for each in token])
            line += token
            width += length
        lines.append(line)
    return lines
