"""Raster images (JPEG, PNG, TIFF, BMP, GIF, WebP, JPEG 2000): decoded wholly, measured, never trusted with memory."""

from __future__ import annotations

import struct
import warnings

from PIL import ExifTags, Image, ImageFile, TiffImagePlugin

from lantai.archival.formats.content import Content
from lantai.archival.formats.reading import Reading, fault

PIXEL_LIMIT = 300_000_000
"""Pixels of one image that are decoded: an A0 sheet at 400 dpi has 244 million."""

PAGE_LIMIT = 5_000
IMAGE_FAULTS = (
    OSError,
    ValueError,
    SyntaxError,
    TypeError,
    KeyError,
    IndexError,
    struct.error,
    EOFError,
    Image.DecompressionBombError,
    AttributeError,
    OverflowError,
    ZeroDivisionError,
    RuntimeError,
)
"""What Pillow's readers raise on damaged files."""

_FORMATS = ("JPEG", "PNG", "TIFF", "BMP", "GIF", "WEBP", "JPEG2000")
_COLOURS = {
    "1": "bitonal",
    "L": "grey",
    "LA": "grey",
    "I;16": "grey",
    "I": "grey",
    "F": "grey",
    "P": "palette",
    "RGB": "rgb",
    "RGBA": "rgb",
    "RGBX": "rgb",
    "CMYK": "cmyk",
    "YCbCr": "rgb",
    "LAB": "lab",
    "HSV": "rgb",
}

Image.MAX_IMAGE_PIXELS = PIXEL_LIMIT // 2  # Pillow raises at twice this, and warns before
ImageFile.LOAD_TRUNCATED_IMAGES = False


def open_image(content: Content) -> Image.Image:
    """The image, not yet decoded.

    Raises:
        one of ``IMAGE_FAULTS``.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Image.open(content.file(), formats=_FORMATS)


def read_image(content: Content) -> Reading:
    """Decode every page of an image and say its size in pixels, resolution and colour."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(content.file(), formats=_FORMATS) as image:
                attributes = _attributes(image)
                pages = getattr(image, "n_frames", 1)
                if pages > PAGE_LIMIT:
                    return Reading(False, fault("too-large", f"{pages} pages"), pages, attributes=attributes)
                for number in range(pages):
                    if pages > 1:
                        image.seek(number)
                    if image.width * image.height > PIXEL_LIMIT:
                        return Reading(
                            False, fault("too-large", f"{image.width}x{image.height}"), pages, attributes=attributes
                        )
                    if image.format == "JPEG":
                        image.draft("L", (1, 1))  # an eighth of the size: every coded bit is still read
                    image.load()
                missing_end = image.format == "JPEG" and b"\xff\xd9" not in content.tail
        except Image.DecompressionBombError as failure:
            return Reading(readable=False, fault=fault("too-large", failure))
        except IMAGE_FAULTS as failure:
            return Reading(readable=False, fault=fault("damaged", failure))
    if missing_end:
        return Reading(False, fault("cut-short"), pages, attributes=attributes)
    return Reading(pages=pages, attributes=attributes)


def _attributes(image: Image.Image) -> dict[str, str]:
    found = {
        "width": str(image.width),
        "height": str(image.height),
        "colour": _COLOURS.get(image.mode, image.mode),
        "mode": image.mode,
    }
    dpi = image.info.get("dpi")
    if isinstance(dpi, tuple) and len(dpi) == 2:
        try:
            found["dpi"] = f"{round(float(dpi[0]))}x{round(float(dpi[1]))}"
        except (TypeError, ValueError, ZeroDivisionError, OverflowError):
            found["dpi"] = ""
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        found["compression"] = str(image.info.get("compression", ""))
    if image.info.get("exif") or isinstance(image, TiffImagePlugin.TiffImageFile):
        try:
            exif = image.getexif()
        except IMAGE_FAULTS:
            return found
        for tag, name in (
            (ExifTags.Base.DateTime, "modified"),
            (ExifTags.Base.Software, "producer"),
            (ExifTags.Base.Make, "camera_make"),
            (ExifTags.Base.Model, "camera_model"),
        ):
            value = exif.get(tag)
            if isinstance(value, str) and value.strip("\0 "):
                found[name] = value.strip("\0 ")[:200]
    return found
