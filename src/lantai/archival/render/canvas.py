"""A page drawn as PDF: fonts by glyph, paths, images. PDFium then turns it into pixels."""

from __future__ import annotations

import io
import zlib

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream
from PIL import Image

from lantai.archival.formats.images import IMAGE_FAULTS
from lantai.archival.render.fonts import Face

POINTS = 72 / 25.4
"""Points a millimetre."""


class Canvas:
    """One page in millimetres, y downwards from the upper left corner, written as a PDF content stream.

    Args:
        width, height: of the page, in millimetres.
        left, top: what coordinates its upper left corner has.
    """

    def __init__(self, width: float, height: float, left: float = 0.0, top: float = 0.0) -> None:
        self._pdf = pikepdf.new()
        self._size = (width * POINTS, height * POINTS)
        self._operations: list[str] = [matrix(POINTS, 0, 0, -POINTS, -left * POINTS, (height + top) * POINTS)]
        self._fonts: dict[int, tuple[str, Face]] = {}
        self._images = Dictionary()
        self._states: dict[tuple[int, int], str] = {}
        self._image_names: dict[str, str | None] = {}

    def draw(self, *operations: str) -> None:
        """Add operators of a PDF content stream, in the page's millimetres."""
        self._operations.extend(operations)

    def font(self, face: Face) -> str:
        """The resource name of a font; its codes are glyph numbers, two bytes each."""
        if id(face) not in self._fonts:
            self._fonts[id(face)] = (f"F{len(self._fonts)}", face)
        return self._fonts[id(face)][0]

    def opacity(self, fill: int, stroke: int) -> str:
        """The operator that sets opacity; 255 is opaque."""
        name = self._states.setdefault((fill, stroke), f"G{len(self._states)}")
        return f"/{name} gs"

    def image(self, key: str, data: bytes, mask: bytes | None = None) -> str | None:
        """The resource name of an image, None where it cannot be read.

        Args:
            key: names the same image for the same bytes.
            data: JPEG, PNG, TIFF, BMP, GIF or JBIG2.
            mask: another image whose brightness is the first one's opacity.
        """
        if key not in self._image_names:
            made = self._make_image(data, mask)
            self._image_names[key] = None if made is None else f"I{len(self._images)}"
            if made is not None:
                self._images[f"/I{len(self._images)}"] = made
        return self._image_names[key]

    def finish(self) -> bytes:
        """The PDF of this one page."""
        fonts = Dictionary()
        for name, face in self._fonts.values():
            fonts[f"/{name}"] = self._make_font(name, face)
        states = Dictionary()
        for (fill, stroke), name in self._states.items():
            states[f"/{name}"] = Dictionary(ca=round(fill / 255, 4), CA=round(stroke / 255, 4))
        content = "\n".join(self._operations).encode("latin-1")
        page = Dictionary(
            Type=Name.Page,
            MediaBox=Array([0, 0, *(round(each, 4) for each in self._size)]),
            Contents=Stream(self._pdf, content),
            Resources=Dictionary(Font=fonts, XObject=self._images, ExtGState=states),
        )
        self._pdf.pages.append(pikepdf.Page(self._pdf.make_indirect(page)))
        buffer = io.BytesIO()
        self._pdf.save(buffer, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none)
        return buffer.getvalue()

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

    def _make_image(self, data: bytes, mask: bytes | None) -> pikepdf.Object | None:
        if data.startswith(b"\x97JB2\r\n\x1a\n"):
            return self._make_jbig2(data)
        try:
            with Image.open(io.BytesIO(data)) as opened:
                opened.load()
                alpha = opened.convert("RGBA").getchannel("A") if _has_alpha(opened) else None
                colours = opened.convert("RGB")
            if mask is not None:
                with Image.open(io.BytesIO(mask)) as opened:
                    alpha = opened.convert("L").resize(colours.size)
        except IMAGE_FAULTS:
            return None
        made = self._raw_image(colours, Name.DeviceRGB)
        if alpha is not None:
            made["/SMask"] = self._raw_image(alpha, Name.DeviceGray)
        return made

    def _raw_image(self, image: Image.Image, space: Name) -> pikepdf.Object:
        stream = Stream(self._pdf, zlib.compress(image.tobytes(), 1))
        stream["/Type"], stream["/Subtype"] = Name.XObject, Name.Image
        stream["/Width"], stream["/Height"] = image.size
        stream["/ColorSpace"], stream["/BitsPerComponent"] = space, 8
        stream["/Filter"], stream["/Interpolate"] = Name.FlateDecode, True
        return self._pdf.make_indirect(stream)

    def _make_jbig2(self, data: bytes) -> pikepdf.Object | None:
        """A JBIG2 file as the embedded form PDF knows: without file header; size from the page information segment."""
        if len(data) < 40 or not data[8] & 1:
            return None
        body = data[9 if data[8] & 2 else 13 :]
        if body[4] & 63 != 48:
            return None
        at = 11
        stream = Stream(self._pdf, body)
        stream["/Type"], stream["/Subtype"] = Name.XObject, Name.Image
        stream["/Width"], stream["/Height"] = (int.from_bytes(body[n : n + 4], "big") for n in (at, at + 4))
        stream["/ColorSpace"], stream["/BitsPerComponent"] = Name.DeviceGray, 1
        stream["/Filter"] = Name.JBIG2Decode
        return self._pdf.make_indirect(stream)


def _has_alpha(image: Image.Image) -> bool:
    return image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info


def number(value: float) -> str:
    """A number as content streams write it."""
    return f"{value:.5f}".rstrip("0").rstrip(".") or "0"


def matrix(*values: float) -> str:
    """The operator that puts a matrix before the current one."""
    return " ".join(map(number, values)) + " cm"
