"""Dual-layer PDF (双层PDF): the scanned picture and, exactly over it, what was read, as PDF/A-2b (ISO 19005-2).

Written page by page as the pages come, so that a volume of five hundred needs the memory of one. The same pages and
the same moment give the same bytes. Letters have no ink: what is seen is the scan, what is searched and copied is the
text, and each word stands where the picture shows it.
"""

from __future__ import annotations

import datetime
import hashlib
import io
import unicodedata
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Literal, Protocol, cast
from xml.sax.saxutils import escape

import cv2
import numpy as np
from PIL import Image

from lantai.archival.imaging.pictures import Picture, coloured, grey, scaled
from lantai.archival.render.blank_letters import DESCENT, Letters, blank_font_program, screen_profile
from lantai.archival.render.canvas import number

Corners = tuple[tuple[int, int], tuple[int, int], tuple[int, int], tuple[int, int]]
Coding = Literal["auto", "jpeg", "g4"]
"""``auto``: G4 for a picture of two levels, JPEG for all others. ``g4`` makes black and white of any picture."""

SCREEN_DPI = 200.0
"""Resolution that access copies are reduced to; 300 dpi in colour are four times as large and read no better."""
QUALITY = 70

_SMALLEST_SIDE, _LARGEST_SIDE = 3.0, 14_400.0
"""Points a side may have (ISO 19005-2, 6.1.13)."""
_LONGEST_JPEG = 65_000
_COLOURLESS = 12
"""Levels between the channels of a grey picture at most."""


class PlacedWord(Protocol):
    """A piece of a line: its text and corners."""

    @property
    def text(self) -> str: ...
    @property
    def corners(self) -> Corners: ...


class ReadLine(Protocol):
    """A line that was read: its corners from the upper corner of its first letter, clockwise as it reads, in pixels;
    its words where they are known, in the same order as in the text."""

    @property
    def text(self) -> str: ...
    @property
    def corners(self) -> Corners: ...
    @property
    def words(self) -> Sequence[PlacedWord]: ...


@dataclass(frozen=True, slots=True)
class AccessPage:
    """One page of an access copy: its picture, pixels an inch, and its lines in reading order."""

    picture: Picture
    dpi: float
    lines: Sequence[ReadLine]


def write_dual_layer_pdf(
    pages: Iterable[AccessPage],
    out: BinaryIO,
    *,
    title: str,
    made: datetime.datetime,
    coding: Coding = "auto",
    dpi: float = SCREEN_DPI,
    quality: int = QUALITY,
) -> int:
    """Write pages as PDF/A-2b and return how many there were.

    Args:
        pages: taken one by one; each is forgotten when it is written.
        out: only written to, from its current place, which is the file's beginning.
        title: of the document, for its metadata.
        made: when, with a time zone.
        coding: of the pictures.
        dpi: what colour and grey pictures are reduced to; black and white ones stay as fine as they are.
        quality: of JPEG, 1 to 95.

    Raises:
        ValueError: there was no page.
    """
    file = _Objects(out)
    catalogue, tree, font = file.reserve(), file.reserve(), file.reserve()
    letters = Letters()
    kids = [_write_page(file, each, tree, font, letters, coding, dpi, quality) for each in pages]
    if not kids:
        raise ValueError("no pages")
    file.add(f"<</Type/Pages/Count {len(kids)}/Kids[{' '.join(f'{kid} 0 R' for kid in kids)}]>>", tree)
    _write_font(file, font, letters)
    profile = file.stream("/N 3", screen_profile())
    metadata = file.stream("/Type/Metadata/Subtype/XML", _metadata(title, made), packed=False)
    intent = (
        "<</Type/OutputIntent/S/GTS_PDFA1/OutputConditionIdentifier(sRGB IEC61966-2.1)/Info(sRGB IEC61966-2.1)"
        f"/DestOutputProfile {profile} 0 R>>"
    )
    file.add(f"<</Type/Catalog/Pages {tree} 0 R/Metadata {metadata} 0 R/OutputIntents[{intent}]>>", catalogue)
    file.finish(catalogue)
    return len(kids)


def black_and_white(picture: Picture) -> Picture:
    """A page in two levels, 0 and 255: each point against the mean and spread around it, so that shadows stay white
    (Sauvola)."""
    levels = grey(picture).astype(np.float32)
    side = max(15, min(levels.shape) // 40 | 1)
    mean = cv2.boxFilter(levels, -1, (side, side), borderType=cv2.BORDER_REPLICATE)
    square = cv2.boxFilter(levels * levels, -1, (side, side), borderType=cv2.BORDER_REPLICATE)
    spread = np.sqrt(np.maximum(square - mean * mean, 0))
    limit = mean * (1 + 0.2 * (spread / 128 - 1))
    return cast(Picture, np.where(levels < limit, 0, 255).astype(np.uint8))


class _Objects:
    """The objects of a PDF file, written as they come; where each begins is remembered for the table at its end."""

    def __init__(self, out: BinaryIO) -> None:
        self._out, self._at, self._digest = out, 0, hashlib.sha256()
        self._places: list[int] = []
        self._write(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")

    def reserve(self) -> int:
        """The number of an object that is written later."""
        self._places.append(0)
        return len(self._places)

    def add(self, body: str, as_number: int = 0) -> int:
        """Write an object, under a reserved number or a new one, and return it."""
        return self._object(body.encode("ascii"), as_number)

    def stream(self, entries: str, data: bytes, *, packed: bool = True) -> int:
        """Write a stream, deflated where ``packed``, and return its number."""
        content = zlib.compress(data, 6) if packed else data
        head = f"<<{entries}{'/Filter/FlateDecode' if packed else ''}/Length {len(content)}>>\nstream\n"
        return self._object(head.encode("ascii") + content + b"\nendstream")

    def finish(self, catalogue: int) -> None:
        """Write the table of places and the trailer."""
        start, digest = self._at, self._digest.hexdigest()[:32].upper()
        rows = "".join(f"{place:010d} 00000 n \n" for place in self._places)
        self._write(f"xref\n0 {len(self._places) + 1}\n0000000000 65535 f \n{rows}".encode("ascii"))
        trailer = f"<</Size {len(self._places) + 1}/Root {catalogue} 0 R/ID[<{digest}><{digest}>]>>"
        self._write(f"trailer\n{trailer}\nstartxref\n{start}\n%%EOF\n".encode("ascii"))

    def _object(self, body: bytes, as_number: int = 0) -> int:
        name = as_number or self.reserve()
        self._places[name - 1] = self._at
        self._write(f"{name} 0 obj\n".encode("ascii") + body + b"\nendobj\n")
        return name

    def _write(self, data: bytes) -> None:
        self._out.write(data)
        self._digest.update(data)
        self._at += len(data)


def _write_page(
    file: _Objects,
    page: AccessPage,
    tree: int,
    font: int,
    letters: Letters,
    coding: Coding,
    dpi: float,
    quality: int,
) -> int:
    high, wide = page.picture.shape[:2]
    across, down = (min(_LARGEST_SIDE, max(_SMALLEST_SIDE, side * 72 / page.dpi)) for side in (wide, high))
    image = _write_picture(file, page, coding, dpi, quality)
    operators = [f"q {number(across)} 0 0 {number(down)} 0 0 cm /I Do Q", "BT 3 Tr /T 1 Tf"]
    for line in page.lines:
        for text, corners in _pieces(line):
            operators += _placed(text, corners, across / wide, down / high, down, letters)
    operators.append("ET")
    content = file.stream("", "\n".join(operators).encode("ascii"))
    return file.add(
        f"<</Type/Page/Parent {tree} 0 R/MediaBox[0 0 {across:.3f} {down:.3f}]/Contents {content} 0 R"
        f"/Resources<</XObject<</I {image} 0 R>>/Font<</T {font} 0 R>>>>>>"
    )


def _write_picture(file: _Objects, page: AccessPage, coding: Coding, dpi: float, quality: int) -> int:
    picture = page.picture
    if coding == "g4" or (coding == "auto" and _has_two_levels(picture)):
        plain = grey(picture) if coding == "auto" else black_and_white(picture)
        high, wide = plain.shape[:2]
        entries = (
            f"/Type/XObject/Subtype/Image/Width {wide}/Height {high}/ColorSpace/DeviceGray/BitsPerComponent 1"
            f"/Filter/CCITTFaxDecode/DecodeParms<</K -1/Columns {wide}/Rows {high}>>"
        )
        return file.stream(entries, _fax(plain), packed=False)
    factor = min(1.0, dpi / page.dpi, _LONGEST_JPEG / max(picture.shape[:2]))
    small = scaled(picture, factor)
    if small.ndim == 3 and _is_colourless(small):
        small = grey(small)
    buffer = io.BytesIO()
    Image.fromarray(small).save(buffer, "JPEG", quality=quality, optimize=True)
    space = "DeviceGray" if small.ndim == 2 else "DeviceRGB"
    entries = (
        f"/Type/XObject/Subtype/Image/Width {small.shape[1]}/Height {small.shape[0]}/ColorSpace/{space}"
        "/BitsPerComponent 8/Filter/DCTDecode"
    )
    return file.stream(entries, buffer.getvalue(), packed=False)


def _has_two_levels(picture: Picture) -> bool:
    """Whether there is nothing but black and white; most pictures are known by their first rows."""
    for part in (picture[:64], picture):
        if bool(((part != 0) & (part != 255)).any()):
            return False
    return picture.ndim == 2 or bool((picture == picture[:, :, :1]).all())


def _is_colourless(picture: Picture) -> bool:
    """Whether the channels hardly differ but in a few pixels that noise made."""
    small = scaled(coloured(picture), 0.25).astype(np.int16)
    return float(np.mean(small.max(axis=2) - small.min(axis=2) > _COLOURLESS)) < 0.0005


def _fax(plain: Picture) -> bytes:
    """A picture of two levels in the coding of T.6 (G4), black as 0."""
    buffer = io.BytesIO()
    Image.fromarray(plain > 127).save(buffer, "TIFF", compression="group4", tiffinfo={262: 0, 278: plain.shape[0]})
    with Image.open(buffer) as sheet:
        tags = sheet.tag_v2  # type: ignore[attr-defined]
        (place,), (length,) = tags[273], tags[279]
    return buffer.getvalue()[place : place + length]


def _pieces(line: ReadLine) -> Iterator[tuple[str, Corners]]:
    """A line in pieces that begin where its words do and reach to the next, so that no gap reads as a space."""
    words = list(line.words)
    starts: list[int] = []
    at = 0
    for word in words:
        at = line.text.find(word.text, at)
        if at < 0:
            yield line.text, line.corners
            return
        starts.append(at)
        at += len(word.text)
    if len(words) < 2:
        yield line.text, line.corners
        return
    upper = [line.corners[0], *(each.corners[0] for each in words[1:]), line.corners[1]]
    shares = _shares(upper)
    ends = [*starts[1:], len(line.text)]
    for place, end in enumerate(ends):
        begin = 0 if place == 0 else starts[place]
        yield line.text[begin:end], _part(line.corners, shares[place], shares[place + 1])


def _shares(points: Sequence[tuple[int, int]]) -> list[float]:
    """How far along from the first to the last point each lies, never going back."""
    (x0, y0), (x1, y1) = points[0], points[-1]
    along = np.array([x1 - x0, y1 - y0], np.float64)
    long = float(along @ along) or 1.0
    shares = [float(np.array([x - x0, y - y0]) @ along) / long for x, y in points]
    rising = np.maximum.accumulate(np.clip(shares, 0.0, 1.0))
    return [float(each) for each in rising]


def _part(corners: Corners, start: float, end: float) -> Corners:
    first, second, third, fourth = (np.array(each, np.float64) for each in corners)
    upper, lower = second - first, third - fourth
    points = (first + upper * start, first + upper * end, fourth + lower * end, fourth + lower * start)
    return cast(Corners, tuple((float(x), float(y)) for x, y in points))


def _placed(text: str, corners: Corners, kx: float, ky: float, top: float, letters: Letters) -> list[str]:
    """The operators that set a text between its corners, every letter as wide as the others."""
    codes = [letters.code(each) for each in text if unicodedata.category(each) not in ("Cc", "Cs", "Cn")]
    first, second, _third, fourth = ((x * kx, top - y * ky) for x, y in corners)
    along = ((second[0] - first[0]) / max(1, len(codes)), (second[1] - first[1]) / max(1, len(codes)))
    up = (first[0] - fourth[0], first[1] - fourth[1])
    if not codes or abs(along[0] * up[1] - along[1] * up[0]) < 1e-6:
        return []
    origin = (fourth[0] + DESCENT * up[0], fourth[1] + DESCENT * up[1])
    written = "".join(f"{code:04X}" for code in codes)
    return [f"{' '.join(map(number, (*along, *up, *origin)))} Tm <{written}> Tj"]


def _write_font(file: _Objects, font: int, letters: Letters) -> None:
    program = blank_font_program()
    data = file.stream(f"/Length1 {len(program)}", program)
    descriptor = file.add(
        "<</Type/FontDescriptor/FontName/AAAAAA+Blank/Flags 4/FontBBox[0 -120 1000 880]/ItalicAngle 0/Ascent 880"
        f"/Descent -120/CapHeight 880/StemV 80/FontFile2 {data} 0 R>>"
    )
    same = file.stream("", b"\x00\x01" * 65536)
    told = file.stream("", letters.told().encode("ascii"))
    descendant = file.add(
        "<</Type/Font/Subtype/CIDFontType2/BaseFont/AAAAAA+Blank"
        "/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>"
        f"/FontDescriptor {descriptor} 0 R/DW 1000/CIDToGIDMap {same} 0 R>>"
    )
    file.add(
        "<</Type/Font/Subtype/Type0/BaseFont/AAAAAA+Blank/Encoding/Identity-H"
        f"/DescendantFonts[{descendant} 0 R]/ToUnicode {told} 0 R>>",
        font,
    )


def _metadata(title: str, made: datetime.datetime) -> bytes:
    """What says that the file is PDF/A-2b (ISO 19005-2, 6.6)."""
    when = made.isoformat(timespec="seconds")
    plain = escape("".join(each if each.isprintable() else " " for each in title))
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"'
        ' xmlns:pdf="http://ns.adobe.com/pdf/1.3/">'
        "<pdfaid:part>2</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>"
        f'<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{plain}</rdf:li></rdf:Alt></dc:title>'
        f"<xmp:CreateDate>{when}</xmp:CreateDate><xmp:ModifyDate>{when}</xmp:ModifyDate>"
        f"<xmp:MetadataDate>{when}</xmp:MetadataDate><xmp:CreatorTool>Lantai</xmp:CreatorTool>"
        "<pdf:Producer>Lantai</pdf:Producer></rdf:Description></rdf:RDF></x:xmpmeta>\n"
        '<?xpacket end="w"?>'
    ).encode()
