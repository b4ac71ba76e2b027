"""A page drawn as PDF: fonts by glyph, paths, images, shadings and tiles. PDFium then turns it into pixels."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream

from lantai.archival.render.fonts import Face
from lantai.archival.render.matrices import IDENTITY, Matrix, joined
from lantai.archival.render.pictures import embed_picture

POINTS = 72 / 25.4
"""Points a millimetre."""

CONTENT_LIMIT = 64 * 1024 * 1024
"""Bytes of operators one page may need."""


class DrawingTooLarge(ValueError):
    """A page needs more operators than ``CONTENT_LIMIT``."""


@dataclass(slots=True)
class _Content:
    """One content stream while it is written: its operators, and where its space lies in the space it began in."""

    operations: list[str] = field(default_factory=list)
    place: Matrix = IDENTITY
    saved: list[Matrix] = field(default_factory=list)


class Canvas:
    """One page in millimetres, y downwards from the upper left corner, written as a PDF content stream.

    Args:
        width, height: of the page, in millimetres.
        left, top: what coordinates its upper left corner has.
    """

    def __init__(self, width: float, height: float, left: float = 0.0, top: float = 0.0) -> None:
        self._pdf = pikepdf.new()
        self._size = (width * POINTS, height * POINTS)
        self._content = _Content()
        self._under: list[_Content] = []
        self._written = 0
        self._fonts: dict[int, tuple[str, Face]] = {}
        self._resources = self._pdf.make_indirect(
            Dictionary(Font=Dictionary(), XObject=Dictionary(), ExtGState=Dictionary(), Pattern=Dictionary())
        )
        self._states: dict[tuple[float, float, bool], str] = {}
        self._image_names: dict[str, str | None] = {}
        self.transform((POINTS, 0, 0, -POINTS, -left * POINTS, (height + top) * POINTS))

    @property
    def place(self) -> Matrix:
        """Where the present space lies in the one this page, or this tile, began in."""
        return self._content.place

    def draw(self, *operations: str) -> None:
        """Add operators of a PDF content stream, in the present space.

        Raises:
            DrawingTooLarge: the page has too many already.
        """
        self._content.operations.extend(operations)
        self._written += sum(map(len, operations)) + len(operations)
        if self._written > CONTENT_LIMIT:
            raise DrawingTooLarge

    def save(self) -> None:
        """Keep the present space, clip and colours until ``restore``."""
        self._content.saved.append(self._content.place)
        self.draw("q")

    def restore(self) -> None:
        """Go back to what ``save`` kept."""
        self._content.place = self._content.saved.pop()
        self.draw("Q")

    @property
    def depth(self) -> int:
        """How many times ``save`` was not yet followed by ``restore``."""
        return len(self._content.saved)

    def transform(self, change: Matrix) -> None:
        """Put a matrix before the present one."""
        if change != IDENTITY:
            self._content.place = joined(change, self._content.place)
            self.draw(matrix(*change))

    def font(self, face: Face) -> str:
        """The resource name of a font; its codes are those of ``Face.code``, two bytes each."""
        if id(face) not in self._fonts:
            self._fonts[id(face)] = (f"F{len(self._fonts)}", face)
        return self._fonts[id(face)][0]

    def opacity(self, fill: float, stroke: float, *, multiply: bool = False) -> str:
        """The operator that sets opacity, 1 is opaque; multiplied colours darken what lies under them, as ink does."""
        key = (round(fill, 4), round(stroke, 4), multiply)
        if key not in self._states:
            self._states[key] = name = f"G{len(self._states)}"
            state = Dictionary(ca=key[0], CA=key[1], BM=Name.Multiply if multiply else Name.Normal)
            self._resources["/ExtGState"][f"/{name}"] = state
        return f"/{self._states[key]} gs"

    def image(self, key: str, read: Callable[[], tuple[bytes, bytes | None]]) -> str | None:
        """The resource name of an image, None where it cannot be read.

        Args:
            key: names the same image for the same bytes.
            read: gives the image (JPEG, PNG, TIFF, BMP, GIF, WebP, JPEG 2000 or JBIG2), and another one or None whose
                brightness is the first one's opacity. Called once for each key.
        """
        if key not in self._image_names:
            made = embed_picture(self._pdf, *read())
            self._image_names[key] = None if made is None else f"I{len(self._image_names)}"
            if made is not None:
                self._resources["/XObject"][f"/{self._image_names[key]}"] = made
        return self._image_names[key]

    def shading(self, made: Dictionary, data: bytes | None, place: Matrix) -> str:
        """The resource name of a pattern that shades.

        Args:
            made: the shading's dictionary; *data* its stream where it is one of meshes.
            place: from the shading's coordinates to the present space.
        """
        shading = self._pdf.make_indirect(made if data is None else Stream(self._pdf, data, made))
        pattern = Dictionary(
            Type=Name.Pattern, PatternType=2, Shading=shading, Matrix=Array(joined(place, self._content.place))
        )
        return self._keep_pattern(pattern)

    def begin_tile(self) -> None:
        """Write what follows into a tile of a pattern, until ``end_tile``."""
        self._under.append(self._content)
        self._content = _Content()

    def end_tile(self, width: float, height: float, step_x: float, step_y: float, place: Matrix) -> str:
        """The resource name of the pattern made of the tile.

        Args:
            width, height: of the tile; what lies outside is cut off.
            step_x, step_y: from tile to tile.
            place: from the tile's coordinates to the page's, or those of the tile it lies in.
        """
        data = "\n".join(self._content.operations).encode("latin-1")
        self._content = self._under.pop()
        tile = Stream(self._pdf, data)
        for key, value in {
            "/Type": Name.Pattern,
            "/PatternType": 1,
            "/PaintType": 1,
            "/TilingType": 1,
            "/BBox": Array([0, 0, width, height]),
            "/XStep": step_x,
            "/YStep": step_y,
            "/Resources": self._resources,
            "/Matrix": Array(place),
        }.items():
            tile[key] = value
        return self._keep_pattern(tile)

    def finish(self) -> bytes:
        """The PDF of this one page."""
        for name, face in self._fonts.values():
            self._resources["/Font"][f"/{name}"] = self._make_font(name, face)
        page = Dictionary(
            Type=Name.Page,
            MediaBox=Array([0, 0, *(round(each, 4) for each in self._size)]),
            Contents=Stream(self._pdf, "\n".join(self._content.operations).encode("latin-1")),
            Resources=self._resources,
        )
        self._pdf.pages.append(pikepdf.Page(self._pdf.make_indirect(page)))
        buffer = io.BytesIO()
        self._pdf.save(buffer, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none)
        return buffer.getvalue()

    def _keep_pattern(self, pattern: pikepdf.Object) -> str:
        name = f"P{len(self._resources['/Pattern'].keys())}"
        self._resources["/Pattern"][f"/{name}"] = self._pdf.make_indirect(pattern)
        return name

    def _make_font(self, name: str, face: Face) -> pikepdf.Object:
        program = Stream(self._pdf, face.data)
        descriptor = Dictionary(
            Type=Name.FontDescriptor,
            FontName=Name("/" + name),
            Flags=4,
            FontBBox=Array([-1000, -1000, 2000, 2000]),
            ItalicAngle=0,
            Ascent=880,
            Descent=-120,
            CapHeight=700,
            StemV=80,
        )
        if face.kind == "truetype":
            program["/Length1"] = len(face.data)
            descriptor["/FontFile2"] = program
        else:
            program["/Subtype"] = Name.CIDFontType0C if face.kind == "cff" else Name.OpenType
            descriptor["/FontFile3"] = program
        descendant = Dictionary(
            Type=Name.Font,
            Subtype=Name.CIDFontType2 if face.kind == "truetype" else Name.CIDFontType0,
            BaseFont=Name("/" + name),
            CIDSystemInfo=Dictionary(
                Registry=pikepdf.String("Adobe"), Ordering=pikepdf.String("Identity"), Supplement=0
            ),
            FontDescriptor=self._pdf.make_indirect(descriptor),
            DW=1000,
        )
        if face.kind == "truetype":
            descendant["/CIDToGIDMap"] = Name.Identity
        return self._pdf.make_indirect(
            Dictionary(
                Type=Name.Font,
                Subtype=Name.Type0,
                BaseFont=Name("/" + name),
                Encoding=Name("/Identity-H"),
                DescendantFonts=Array([self._pdf.make_indirect(descendant)]),
            )
        )


def number(value: float) -> str:
    """A number as content streams write it, exact to nine significant places below one."""
    return f"{value:.{5 if abs(value) >= 1 else 9}f}".rstrip("0").rstrip(".") or "0"


def matrix(*values: float) -> str:
    """The operator that puts a matrix before the current one."""
    return " ".join(map(number, values)) + " cm"
