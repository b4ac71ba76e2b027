"""Images of documents as PDF holds them: JPEG as it is, everything else as pixels, one bit as one bit."""

from __future__ import annotations

import io
import warnings
import zlib

import pikepdf
from pikepdf import Name, Stream
from PIL import Image

from lantai.archival.formats.images import IMAGE_FAULTS

JBIG2 = b"\x97JB2\r\n\x1a\n"
"""How a JBIG2 file starts."""

PIXELS = 100_000_000
"""Pixels of one image in a page that are decoded."""


def embed_picture(pdf: pikepdf.Pdf, data: bytes, mask: bytes | None = None) -> pikepdf.Object | None:
    """An image XObject of *pdf*; None where the image cannot be read, or has more than ``PIXELS`` pixels.

    Args:
        pdf: what it is made for.
        data: JPEG, PNG, TIFF, BMP, GIF, WebP, JPEG 2000 or JBIG2.
        mask: another image whose brightness is the first one's opacity.
    """
    if data.startswith(JBIG2):
        return _jbig2(pdf, data)
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(io.BytesIO(data)) as opened:
            if opened.width * opened.height > PIXELS:
                return None
            if opened.format == "JPEG" and opened.mode in ("L", "RGB"):
                made = _stream(pdf, data, opened.size, opened.mode, Name.DCTDecode)
                alpha = None
            else:
                opened.load()
                alpha = opened.convert("RGBA").getchannel("A") if _has_alpha(opened) else None
                made = _pixels(pdf, opened)
            size = opened.size
        if mask is not None:
            alpha = _mask(mask, size)
    except IMAGE_FAULTS:
        return None
    if alpha is not None:
        made["/SMask"] = _pixels(pdf, alpha)
    return made


def _mask(data: bytes, size: tuple[int, int]) -> Image.Image:
    """A mask as large as its image. Raises one of IMAGE_FAULTS."""
    with Image.open(io.BytesIO(data)) as opened:
        if opened.width * opened.height > PIXELS:
            raise ValueError("mask")
        return opened.convert("L").resize(size)


def _pixels(pdf: pikepdf.Pdf, image: Image.Image) -> pikepdf.Object:
    if image.mode.startswith("I;16"):
        image = image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    plain = image if image.mode in ("1", "L", "RGB") else image.convert("L" if image.mode == "LA" else "RGB")
    return _stream(pdf, zlib.compress(plain.tobytes(), 1), plain.size, plain.mode, Name.FlateDecode)


def _stream(pdf: pikepdf.Pdf, data: bytes, size: tuple[int, int], mode: str, packed: Name) -> pikepdf.Object:
    stream = Stream(pdf, data)
    stream["/Type"], stream["/Subtype"] = Name.XObject, Name.Image
    stream["/Width"], stream["/Height"] = size
    stream["/ColorSpace"] = Name.DeviceRGB if mode == "RGB" else Name.DeviceGray
    stream["/BitsPerComponent"] = 1 if mode == "1" else 8
    stream["/Filter"], stream["/Interpolate"] = packed, True
    return pdf.make_indirect(stream)


def _jbig2(pdf: pikepdf.Pdf, data: bytes) -> pikepdf.Object | None:
    """A JBIG2 file as the embedded form PDF knows: without file header; size from the page information segment."""
    if len(data) < 40 or not data[8] & 1:
        return None
    body = data[9 if data[8] & 2 else 13 :]
    if body[4] & 63 != 48:
        return None
    at = 11
    width, height = (int.from_bytes(body[n : n + 4], "big") for n in (at, at + 4))
    if not 0 < width * height <= PIXELS:
        return None
    stream = Stream(pdf, body)
    stream["/Type"], stream["/Subtype"] = Name.XObject, Name.Image
    stream["/Width"], stream["/Height"] = width, height
    stream["/ColorSpace"], stream["/BitsPerComponent"] = Name.DeviceGray, 1
    stream["/Filter"] = Name.JBIG2Decode
    return pdf.make_indirect(stream)


def _has_alpha(image: Image.Image) -> bool:
    return image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info


def inked(data: bytes) -> bool:
    """Whether an image is without transparency of its own, so that it is laid on as ink is. False where unreadable."""
    try:
        with Image.open(io.BytesIO(data)) as opened:
            return not _has_alpha(opened)
    except IMAGE_FAULTS:
        return False
