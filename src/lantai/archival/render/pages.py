"""Pages of any document as images and words with places. The door of this package: values in, values out."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import BinaryIO

from PIL import Image

from lantai.archival.formats.content import Content
from lantai.archival.formats.signatures import identify
from lantai.archival.render.image_pages import WIDTH_LIMIT, ImagePages
from lantai.archival.render.model import ImageFormat, PagedDocument, PlacedLine, RenderedPage, RenderRefused
from lantai.archival.render.ofd_pages import OfdPages
from lantai.archival.render.office import OFFICE_SUFFIXES
from lantai.archival.render.pdf_pages import PdfPages
from lantai.archival.render.text_pages import TextPages

_OPENERS: dict[str, Callable[[Content], PagedDocument]] = {
    "pdf": PdfPages,
    "ofd": OfdPages,
    **dict.fromkeys(("jpeg", "png", "tiff", "gif", "bmp", "jp2", "webp"), ImagePages),
    **dict.fromkeys(("txt", "csv", "json", "jsonl", "md", "xml"), TextPages),
}
_LONGEST = {"webp": 16_383, "jpeg": 65_500}
"""Pixels of a side of an image these formats hold."""
_WHITE = 0.5
"""How much of a page is pure white when it is no scan of paper and no photograph."""
IMAGES = frozenset(key for key, opener in _OPENERS.items() if opener is ImagePages)
"""Formats whose pages hold no text of their own."""


class OfficeDocument(RenderRefused):
    """The file is of an Office program: its pages can be looked at after ``convert_office``. ``key`` is its format."""

    def __init__(self, key: str, name: str) -> None:
        super().__init__(
            f"{name} 格式须先转换才能在线显示，可下载原文件",
            f"{name} must be converted before it can be shown; download the original",
        )
        self.key = key


def open_pages(data: bytes | BinaryIO, name: str) -> tuple[str, PagedDocument]:
    """The short name of a document's format, and the open document.

    Args:
        data: the file, or a seekable file that is read where it lies; then the caller keeps it open as long as the
            document is used.
        name: its name; only the suffix counts, and only for kinds of text.

    Raises:
        OfficeDocument: it has to be converted first.
        RenderRefused: the format is not one that can be shown, or the file does not open; it says what can be done.
    """
    content = Content(data)
    format = identify(content, name) if content.size else None
    if format is None:
        raise RenderRefused(
            "无法识别文件格式，不能在线显示，可下载原文件",
            "the format is unknown and cannot be shown; download the original",
        )
    if format.key in OFFICE_SUFFIXES:
        raise OfficeDocument(format.key, format.name)
    if format.key not in _OPENERS:
        raise RenderRefused(
            f"{format.name} 格式不能在线显示，可下载原文件，或转换为OFD、PDF后查看",
            f"{format.name} cannot be shown here; download the original, or view it after conversion to OFD or PDF",
        )
    return format.key, _OPENERS[format.key](content)


def draw_page(
    document: PagedDocument,
    number: int,
    *,
    width: int | None = None,
    dpi: float | None = None,
    format: ImageFormat = "png",
) -> RenderedPage:
    """One page of an open document as an image.

    Args:
        document: what ``open_pages`` gave.
        number: the page, from 1.
        width: of the image in pixels, at most 8,000; the height follows.
        dpi: resolution instead of a width; 144 when neither is given. Of a raster image without width and dpi, its
            own pixels.
        format: ``png``, ``webp``, ``jpeg``, or ``screen``: the one of the last two that suits.

    Raises:
        NoSuchPage: there is no page of that number.
        RenderRefused: the page is damaged, or the width is none.
        FontMissing: the house font was not built in and the page needs it.
    """
    if width is not None and not 1 <= width <= WIDTH_LIMIT:
        raise RenderRefused(f"宽度须在1至{WIDTH_LIMIT}像素之间", f"the width must be 1 to {WIDTH_LIMIT} pixels")
    return _encoded(document.draw(number, width=width, dpi=dpi), format)


def page_count(data: bytes, name: str) -> int:
    """How many pages a document has. Arguments and refusals are those of ``open_pages``."""
    return open_pages(data, name)[1].count


def render_page(
    data: bytes,
    name: str,
    number: int,
    *,
    width: int | None = None,
    dpi: float | None = None,
    format: ImageFormat = "png",
) -> RenderedPage:
    """One page as an image. Arguments and refusals are those of ``open_pages`` and ``draw_page``."""
    return draw_page(open_pages(data, name)[1], number, width=width, dpi=dpi, format=format)


def page_lines(data: bytes, name: str, number: int) -> tuple[PlacedLine, ...]:
    """The words of a page with their places, for search hits and selection: of PDF, OFD and text; images have none.

    Raises:
        as ``render_page``.
    """
    return open_pages(data, name)[1].lines(number)


def _encoded(image: Image.Image, format: ImageFormat) -> RenderedPage:
    """The image in that format, made smaller where the format holds no side as long."""
    if format == "screen":
        shades = image.convert("L").histogram()
        format = "webp" if shades[255] >= sum(shades) * _WHITE else "jpeg"
    longest = _LONGEST.get(format, max(image.size))
    if max(image.size) > longest:
        part = longest / max(image.size)
        image = image.resize((max(1, int(image.width * part)), max(1, int(image.height * part))), reducing_gap=2.0)
    buffer = io.BytesIO()
    if format == "png":
        image.save(buffer, "PNG", compress_level=3)
    elif format == "webp":
        image.save(buffer, "WEBP", quality=82, method=0)
    else:
        image.save(buffer, "JPEG", quality=85)
    return RenderedPage(buffer.getvalue(), image.width, image.height, f"image/{format}")
