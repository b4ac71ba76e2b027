"""Raster images kept a second time as PDF/A-2b (ISO 19005-2): one page an image, with the pixels as they are.

A JPEG that is upright and grey or RGB keeps its own bytes; everything else is packed without loss. What PDF/A cannot
hold as it is (CMYK, transparency) is made RGB on white and told; samples of more than eight bits are refused.
"""

from __future__ import annotations

import datetime
import io
import zlib
from dataclasses import dataclass, field

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream
from PIL import ExifTags, Image, ImageCms, ImageOps

from lantai.archival.formats.content import Content
from lantai.archival.formats.images import IMAGE_FAULTS, PIXEL_LIMIT, open_image
from lantai.archival.render.archival_pdf import PAGES, TooManyPages, describe_archival, screen_colours
from lantai.archival.render.canvas import number
from lantai.archival.render.image_pages import plain_pixels
from lantai.archival.render.model import RenderRefused

DPI = 150.0
"""Resolution of an image that tells none."""

_SIDE = 14_400.0
_SPACES = {"L": "GRAY", "RGB": "RGB "}


@dataclass(slots=True)
class ImageCopy:
    """The PDF/A, and how many of its pages were kept how: ``as-is``, ``lossless``, ``cmyk``, ``transparent``."""

    data: bytes
    ways: dict[str, int] = field(default_factory=dict)


def images_archival_pdf(data: bytes, *, title: str, made: datetime.datetime) -> ImageCopy:
    """An image file (JPEG, PNG, TIFF, GIF, BMP, JPEG 2000, WebP) as PDF/A-2b.

    Args:
        data: the file.
        title: of the document, for its metadata.
        made: when, with a time zone; the same moment gives the same bytes.

    Raises:
        RenderRefused: it does not open, or has more than eight bits a sample.
        TooManyPages: it has more than ``archival_pdf.PAGES`` images.
    """
    content = Content(data)
    pdf = pikepdf.new()
    copy = ImageCopy(b"")
    try:
        image = open_image(content)
        count = int(getattr(image, "n_frames", 1))
        if count > PAGES:
            raise TooManyPages(f"{count} > {PAGES}")
        for index in range(count):
            if count > 1:
                image.seek(index)
            if image.width * image.height > PIXEL_LIMIT:
                raise ValueError(f"{image.width}x{image.height} > {PIXEL_LIMIT}")
            way = _add_page(pdf, image, data if count == 1 else b"")
            copy.ways[way] = copy.ways.get(way, 0) + 1
    except TooManyPages:
        raise
    except IMAGE_FAULTS as failure:
        raise RenderRefused(f"图像损坏，无法打开：{failure}", f"the image does not open: {failure}") from None
    pdf.Root["/OutputIntents"] = Array([screen_colours(pdf)])
    describe_archival(pdf, title, made)
    buffer = io.BytesIO()
    pdf.save(buffer, deterministic_id=True, min_version="1.7", object_stream_mode=pikepdf.ObjectStreamMode.generate)
    copy.data = buffer.getvalue()
    return copy


def _add_page(pdf: pikepdf.Pdf, image: Image.Image, own: bytes) -> str:
    """One page with the image on it; *own* is the whole file where it is that image alone. Returns the way."""
    if image.mode.startswith(("I", "F")):
        raise RenderRefused(
            f"图像每个样本超过8位（{image.mode}），转换会丢失层次，不转换",
            f"the image has more than eight bits a sample ({image.mode}); a copy would lose shades, so none is made",
        )
    upright = image.format == "TIFF" or int(image.getexif().get(ExifTags.Base.Orientation, 1) or 1) == 1
    dpi = _resolution(image)
    profile = image.info.get("icc_profile")
    if image.format == "JPEG" and own and upright and image.mode in _SPACES:
        way, size, mode, bits, packed, kind = "as-is", image.size, image.mode, 8, own, Name.DCTDecode
    else:
        way = _way(image)
        image.load()
        pixels = image.copy() if image.mode == "1" else plain_pixels(image)
        pixels = ImageOps.exif_transpose(pixels) if not upright else pixels
        if image.mode not in _SPACES:
            profile = None
        size, mode, bits = pixels.size, pixels.mode, 1 if pixels.mode == "1" else 8
        packed, kind = zlib.compress(pixels.tobytes(), 6), Name.FlateDecode
    stream = Stream(pdf, packed)
    stream["/Type"], stream["/Subtype"] = Name.XObject, Name.Image
    stream["/Width"], stream["/Height"] = size
    stream["/ColorSpace"] = _colours(pdf, mode, profile)
    stream["/BitsPerComponent"] = bits
    stream["/Filter"] = kind
    across, down = dpi if upright else dpi[::-1]
    wide, high = size[0] * 72 / across, size[1] * 72 / down
    shrink = min(1.0, _SIDE / max(wide, high))
    wide, high = wide * shrink, high * shrink
    drawn = Stream(pdf, f"q {number(wide)} 0 0 {number(high)} 0 0 cm /I Do Q".encode("ascii"))
    page = Dictionary(
        Type=Name.Page,
        MediaBox=Array([0, 0, round(wide, 3), round(high, 3)]),
        Resources=Dictionary(XObject=Dictionary(I=pdf.make_indirect(stream))),
        Contents=pdf.make_indirect(drawn),
    )
    pdf.pages.append(pikepdf.Page(pdf.make_indirect(page)))
    return way


def _way(image: Image.Image) -> str:
    if image.mode == "CMYK":
        return "cmyk"
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        return "transparent"
    return "lossless"


def _resolution(image: Image.Image) -> tuple[float, float]:
    """Dots an inch across and down, as the file tells them; ``DPI`` where it tells none that makes sense."""
    told = image.info.get("dpi")
    if isinstance(told, tuple) and len(told) == 2:
        across, down = float(told[0] or 0), float(told[1] or 0)
        if 10 <= across <= 10_000 and 10 <= down <= 10_000:
            return across, down
    return DPI, DPI


def _colours(pdf: pikepdf.Pdf, mode: str, profile: bytes | None) -> pikepdf.Object:
    """What the numbers of the pixels mean: by the image's own profile, else as the screen's colours."""
    plain = Name.DeviceRGB if mode == "RGB" else Name.DeviceGray
    if not profile or mode not in _SPACES:
        return plain
    try:
        told = ImageCms.ImageCmsProfile(io.BytesIO(profile)).profile
    except (OSError, ImageCms.PyCMSError):
        return plain
    if told.xcolor_space != _SPACES[mode] or told.device_class not in ("mntr", "scnr", "prtr", "spac"):
        return plain
    stream = Stream(pdf, profile)
    stream["/N"] = 3 if mode == "RGB" else 1
    stream["/Alternate"] = plain
    return Array([Name.ICCBased, pdf.make_indirect(stream)])
