"""A document kept a second time as PDF/A-2b (ISO 19005-2): each page as an image with its own text, exact, over it.

Pages are drawn, so that nothing of the format's own is needed to see them; text stands where the document says it
stands, in a font without ink, and can be searched and copied character by character. The same document gives the same
bytes.
"""

from __future__ import annotations

import datetime
import io
import unicodedata
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import BinaryIO

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream, String
from PIL import Image, ImageChops

from lantai.archival.formats.content import Content
from lantai.archival.render.blank_letters import Letters, blank_font_program, screen_profile
from lantai.archival.render.canvas import number
from lantai.archival.render.model import Note, PagedDocument, PlacedLine
from lantai.archival.render.ofd_pages import OfdPages

DPI = 200.0
"""Resolution of the images."""

PAGES = 2_000
"""Pages one copy may have."""

_SIDE = 14_400.0
"""Points a side may have (ISO 19005-2, 6.1.13)."""

_WHITE = 0.5


@dataclass(frozen=True, slots=True)
class ArchivalCopy:
    """The PDF/A, and what is not in it as the document has it, by page."""

    data: bytes
    notes: tuple[tuple[int, Note], ...]


class TooManyPages(ValueError):
    """The document has more than ``PAGES`` pages."""


def make_archival_pdf(
    document: PagedDocument, *, title: str, made: datetime.datetime, sizes: Iterable[float] = (), dpi: float = DPI
) -> ArchivalCopy:
    """A document as PDF/A-2b.

    Args:
        document: what ``open_pages`` gave.
        title: of the document, for its metadata.
        made: when, with a time zone; the same moment gives the same bytes.
        sizes: the width of each page in millimetres; an A4 sheet's where there are fewer.
        dpi: of the images.

    Raises:
        NoSuchPage, RenderRefused: a page cannot be drawn; then there is no copy.
        TooManyPages: it is too long.
        FontMissing: the house font was not built in and is needed.
    """
    if document.count > PAGES:
        raise TooManyPages(f"{document.count} > {PAGES}")
    pdf = pikepdf.new()
    letters = Letters()
    font = pdf.make_indirect(Dictionary())
    widths = list(sizes)
    notes: list[tuple[int, Note]] = []
    for page in range(1, document.count + 1):
        wide = widths[page - 1] if page <= len(widths) else 210.0
        _add_page(pdf, document, page, min(_SIDE, wide * 72 / 25.4), dpi, font, letters)
        notes += [(page, each) for each in document.notes(page)]
    pdf.Root["/OutputIntents"] = Array([screen_colours(pdf)])
    for key, value in _blank_font(pdf, letters).items():
        font[key] = value
    describe_archival(pdf, title, made)
    buffer = io.BytesIO()
    pdf.save(buffer, deterministic_id=True, min_version="1.7", object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return ArchivalCopy(buffer.getvalue(), tuple(notes))


def ofd_archival_pdf(data: bytes | BinaryIO, *, title: str, made: datetime.datetime, dpi: float = DPI) -> ArchivalCopy:
    """An OFD (GB/T 33190-2016) as PDF/A-2b, its pages as large as they are.

    Annotations and the pictures of seals are drawn; signatures and attachments are not in the copy, so the original
    stays what counts.

    Args:
        data: the file, or a seekable file the caller keeps open.
        title, made, dpi: as for ``make_archival_pdf``, whose refusals these are as well.
    """
    document = OfdPages(Content(data))
    sizes = (document.width(each) for each in range(1, min(document.count, PAGES) + 1))
    return make_archival_pdf(document, title=title, made=made, sizes=sizes, dpi=dpi)


def _add_page(
    pdf: pikepdf.Pdf,
    document: PagedDocument,
    number_of: int,
    wide: float,
    dpi: float,
    font: pikepdf.Object,
    letters: Letters,
) -> None:
    high = wide * document.shape(number_of)
    if high > _SIDE:
        wide, high = wide * _SIDE / high, _SIDE
    image = document.draw(number_of, width=max(1, round(wide * dpi / 72)), dpi=None)
    operators = [f"q {number(wide)} 0 0 {number(high)} 0 0 cm /I Do Q", "BT 3 Tr"]
    for line in document.lines(number_of):
        operators += _line(line, wide, high, letters)
    operators.append("ET")
    content = Stream(pdf, zlib.compress("\n".join(operators).encode("ascii"), 9))
    content["/Filter"] = Name.FlateDecode
    page = Dictionary(
        Type=Name.Page,
        MediaBox=Array([0, 0, round(wide, 3), round(high, 3)]),
        Resources=Dictionary(XObject=Dictionary(I=_picture(pdf, image)), Font=Dictionary(T=font)),
        Contents=pdf.make_indirect(content),
    )
    pdf.pages.append(pikepdf.Page(pdf.make_indirect(page)))


def _line(line: PlacedLine, wide: float, high: float, letters: Letters) -> list[str]:
    """One line of text in its box, along its longer side."""
    codes = [letters.code(each) for each in line.text if unicodedata.category(each) not in ("Cc", "Cs")]
    x, y, across, down = line.x * wide, (1 - line.y) * high, line.width * wide, line.height * high
    if not codes or across <= 0 or down <= 0:
        return []
    lying = len(codes) > 1 and down > across * 1.5
    along, thick = (down, across) if lying else (across, down)
    stretch = along / len(codes)  # every letter of the font is as wide as its size
    values = (
        (0.0, -stretch, thick, 0.0, x + 0.12 * thick, y) if lying else (stretch, 0.0, 0.0, thick, x, y - 0.88 * thick)
    )
    written = "".join(f"{code:04X}" for code in codes)
    return [f"/T 1 Tf {' '.join(map(number, values))} Tm <{written}> Tj"]


def _picture(pdf: pikepdf.Pdf, image: Image.Image) -> pikepdf.Object:
    """A page's pixels: without loss for writing on white, as JPEG for scans and photographs."""
    plain = image if image.mode in ("L", "RGB") else image.convert("RGB")
    shades = plain.convert("L").histogram()
    exact = shades[255] >= _WHITE * sum(shades)
    if plain.mode == "RGB" and _is_grey(plain):
        plain = plain.convert("L")
    buffer = io.BytesIO()
    if exact:
        buffer.write(zlib.compress(plain.tobytes(), 6))
    else:
        plain.save(buffer, "JPEG", quality=90)
    stream = Stream(pdf, buffer.getvalue())
    stream["/Type"], stream["/Subtype"] = Name.XObject, Name.Image
    stream["/Width"], stream["/Height"] = plain.size
    stream["/ColorSpace"] = Name.DeviceRGB if plain.mode == "RGB" else Name.DeviceGray
    stream["/BitsPerComponent"] = 8
    stream["/Filter"] = Name.FlateDecode if exact else Name.DCTDecode
    return pdf.make_indirect(stream)


def _is_grey(image: Image.Image) -> bool:
    """Whether no pixel has a colour."""
    red, green, blue = image.split()
    return not any(ImageChops.difference(green, each).getbbox() for each in (red, blue))


def _blank_font(pdf: pikepdf.Pdf, letters: Letters) -> Dictionary:
    """A font whose every letter is without ink, with what each of its codes says."""
    data = blank_font_program()
    program = Stream(pdf, data)
    program["/Length1"] = len(data)
    descriptor = Dictionary(
        Type=Name.FontDescriptor,
        FontName=Name.AAAAAA_Blank,
        Flags=4,
        FontBBox=Array([0, -120, 1000, 880]),
        ItalicAngle=0,
        Ascent=880,
        Descent=-120,
        CapHeight=880,
        StemV=80,
        FontFile2=pdf.make_indirect(program),
    )
    same = Stream(pdf, zlib.compress(b"\x00\x01" * 65536, 9))
    same["/Filter"] = Name.FlateDecode
    descendant = Dictionary(
        Type=Name.Font,
        Subtype=Name.CIDFontType2,
        BaseFont=Name.AAAAAA_Blank,
        CIDSystemInfo=Dictionary(Registry=String("Adobe"), Ordering=String("Identity"), Supplement=0),
        FontDescriptor=pdf.make_indirect(descriptor),
        DW=1000,
        CIDToGIDMap=pdf.make_indirect(same),
    )
    return Dictionary(
        Type=Name.Font,
        Subtype=Name.Type0,
        BaseFont=Name.AAAAAA_Blank,
        Encoding=Name("/Identity-H"),
        DescendantFonts=Array([pdf.make_indirect(descendant)]),
        ToUnicode=pdf.make_indirect(Stream(pdf, letters.told().encode("ascii"))),
    )


def screen_colours(pdf: pikepdf.Pdf) -> pikepdf.Object:
    """What the colours of the images mean."""
    stream = Stream(pdf, screen_profile())
    stream["/N"] = 3
    return pdf.make_indirect(
        Dictionary(
            Type=Name.OutputIntent,
            S=Name.GTS_PDFA1,
            OutputConditionIdentifier=String("sRGB IEC61966-2.1"),
            Info=String("sRGB IEC61966-2.1"),
            DestOutputProfile=pdf.make_indirect(stream),
        )
    )


def describe_archival(pdf: pikepdf.Pdf, title: str, made: datetime.datetime) -> None:
    """The metadata that say what the file is (ISO 19005-2, 6.6)."""
    with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as said:
        said["pdfaid:part"] = "2"
        said["pdfaid:conformance"] = "B"
        said["dc:title"] = title
        said["dc:format"] = "application/pdf"
        said["xmp:CreatorTool"] = "Lantai"
        said["pdf:Producer"] = "Lantai"
        for name in ("xmp:CreateDate", "xmp:ModifyDate", "xmp:MetadataDate"):
            said[name] = made.isoformat(timespec="seconds")
