"""Pages of any document as images and words with places. The door of this package: values in, values out."""

from __future__ import annotations

import io
import math
import warnings

from PIL import Image, ImageOps

from lantai.archival.formats.cleaning import TEXT_LIMIT
from lantai.archival.formats.content import Content
from lantai.archival.formats.images import IMAGE_FAULTS, PIXEL_LIMIT, open_image
from lantai.archival.formats.model import Format
from lantai.archival.formats.ofd import page_runs
from lantai.archival.formats.ofd_document import OfdDocument, OfdFault, OfdPage
from lantai.archival.formats.reading import fault, sentence
from lantai.archival.formats.signatures import identify
from lantai.archival.formats.textual import encoding_of
from lantai.archival.render.model import ImageFormat, NoSuchPage, PlacedLine, RenderedPage, RenderRefused
from lantai.archival.render.ofd_drawing import draw_ofd_page
from lantai.archival.render.pdf_pages import draw_pdf_page, open_pdf, pdf_lines
from lantai.archival.render.text_pages import LINES_A_PAGE, draw_text_page, set_lines

SCREEN_DPI = 144.0
"""Resolution of a page when neither width nor resolution is asked for."""

_WIDTH_LIMIT = 8_000
_IMAGES = frozenset({"jpeg", "png", "tiff", "gif", "bmp", "jp2", "webp"})
_TEXTS = frozenset({"txt", "csv", "json", "jsonl", "md", "xml"})


def page_count(data: bytes, name: str) -> int:
    """How many pages a document has.

    Args:
        data: the file.
        name: its name; only the suffix counts, and only for kinds of text.

    Raises:
        RenderRefused: the format is not one that can be shown, or the file does not open.
    """
    content, format = _showable(data, name)
    if format.key == "pdf":
        with open_pdf(data) as document:
            return len(document)
    if format.key == "ofd":
        return len(_open_ofd(data)[1])
    if format.key in _IMAGES:
        try:
            with open_image(content) as image:
                return int(getattr(image, "n_frames", 1))
        except IMAGE_FAULTS as failure:
            raise _damaged(failure) from None
    return math.ceil(len(set_lines(_decoded(data))) / LINES_A_PAGE)


def render_page(
    data: bytes,
    name: str,
    number: int,
    *,
    width: int | None = None,
    dpi: float | None = None,
    format: ImageFormat = "png",
) -> RenderedPage:
    """One page as an image.

    Args:
        data: the file.
        name: its name, as for ``page_count``.
        number: the page, from 1.
        width: of the image in pixels, at most 8,000; the height follows.
        dpi: resolution instead of a width; 144 when neither is given. Of a raster image without width and dpi, its
            own pixels.
        format: ``png``, ``webp`` or ``jpeg``.

    Raises:
        NoSuchPage: there is no page of that number.
        RenderRefused: the format cannot be shown or the file does not open; it says what can be done.
        FontMissing: the house font was not built in and the page needs it.
    """
    content, kind = _showable(data, name)
    if width is not None and not 1 <= width <= _WIDTH_LIMIT:
        raise RenderRefused(f"宽度须在1至{_WIDTH_LIMIT}像素之间", f"the width must be 1 to {_WIDTH_LIMIT} pixels")
    if kind.key in _IMAGES:
        image = _draw_image(content, number, width=width, dpi=dpi)
    else:
        page, index = _as_pdf(data, kind, number)
        image = draw_pdf_page(page, index, width=width, dpi=min(dpi or SCREEN_DPI, 1200.0))
    return _encoded(image, format)


def page_lines(data: bytes, name: str, number: int) -> tuple[PlacedLine, ...]:
    """The words of a page with their places, for search hits and selection: of PDF and OFD; other pages have none.

    Raises:
        as ``render_page``.
    """
    _, kind = _showable(data, name)
    if kind.key == "pdf":
        return pdf_lines(data, number)
    if kind.key != "ofd":
        return ()
    document, pages = _open_ofd(data)
    page = _page(pages, number)
    try:
        left, top, wide, high = document.page_box(page, document.xml(page.path))
        runs = page_runs(document, page)
    except OfdFault as failure:
        raise _ofd_refusal(failure) from None
    return tuple(
        PlacedLine(
            run.text,
            (run.x - left) / wide,
            (run.y - run.size * 0.88 - top) / high,
            (run.end - run.x) / wide,
            run.size / high,
        )
        for run in sorted(runs, key=lambda each: (each.y, each.x))
    )


def _showable(data: bytes, name: str) -> tuple[Content, Format]:
    content = Content(data)
    format = identify(content, name) if data else None
    if format is None:
        raise RenderRefused(
            "无法识别文件格式，不能在线显示，可下载原文件",
            "the format is unknown and cannot be shown; download the original",
        )
    if format.key not in _IMAGES | _TEXTS | {"pdf", "ofd"}:
        raise RenderRefused(
            f"{format.name} 格式不能在线显示，可下载原文件，或转换为OFD、PDF后查看",
            f"{format.name} cannot be shown here; download the original, or view it after conversion to OFD or PDF",
        )
    return content, format


def _as_pdf(data: bytes, kind: Format, number: int) -> tuple[bytes, int]:
    """The document as PDF, and which of its pages is meant."""
    if kind.key == "pdf":
        return data, number
    if kind.key == "ofd":
        document, pages = _open_ofd(data)
        try:
            return draw_ofd_page(document, _page(pages, number)), 1
        except OfdFault as failure:
            raise _ofd_refusal(failure) from None
    lines = set_lines(_decoded(data))
    pages_of_text = math.ceil(len(lines) / LINES_A_PAGE)
    if not 1 <= number <= pages_of_text:
        raise NoSuchPage(number, pages_of_text)
    return draw_text_page(lines[(number - 1) * LINES_A_PAGE : number * LINES_A_PAGE]), 1


def _open_ofd(data: bytes) -> tuple[OfdDocument, list[OfdPage]]:
    try:
        document = OfdDocument.from_bytes(data)
        return document, document.pages
    except OfdFault as failure:
        raise _ofd_refusal(failure) from None


def _page(pages: list[OfdPage], number: int) -> OfdPage:
    if not 1 <= number <= len(pages):
        raise NoSuchPage(number, len(pages))
    return pages[number - 1]


def _ofd_refusal(failure: OfdFault) -> RenderRefused:
    line = fault(failure.key, failure.detail)
    return RenderRefused(sentence(line, "zh") + "，可下载原文件", sentence(line, "en") + "; download the original")


def _damaged(failure: Exception) -> RenderRefused:
    return RenderRefused(
        f"图像损坏，无法打开：{failure}，可下载原文件", f"the image does not open: {failure}; download the original"
    )


def _decoded(data: bytes) -> str:
    encoding = encoding_of(data)
    if not encoding:
        raise RenderRefused("文本编码无法识别，可下载原文件", "the text does not decode; download the original")
    return data.decode(encoding)[:TEXT_LIMIT]


def _draw_image(content: Content, number: int, *, width: int | None, dpi: float | None) -> Image.Image:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with open_image(content) as image:
                pages = int(getattr(image, "n_frames", 1))
                if not 1 <= number <= pages:
                    raise NoSuchPage(number, pages)
                if pages > 1:
                    image.seek(number - 1)
                if image.width * image.height > PIXEL_LIMIT:
                    raise _damaged(ValueError(f"{image.width}x{image.height} > {PIXEL_LIMIT}"))
                own = image.info.get("dpi", (SCREEN_DPI, SCREEN_DPI))[0] or SCREEN_DPI
                wanted = width or (round(image.width * dpi / float(own)) if dpi else image.width)
                wanted = max(1, min(wanted, _WIDTH_LIMIT))
                if image.format == "JPEG":
                    image.draft("RGB", (wanted, image.height * wanted // image.width))
                upright = ImageOps.exif_transpose(_plain(image))
        except IMAGE_FAULTS as failure:
            raise _damaged(failure) from None
    height = max(1, round(upright.height * wanted / upright.width))
    if (wanted, height) == upright.size:
        return upright
    return upright.resize((wanted, height), Image.Resampling.LANCZOS, reducing_gap=3.0)


def _plain(image: Image.Image) -> Image.Image:
    """RGB or grey on white, whatever the mode was."""
    if image.mode in ("RGB", "L"):
        return image.copy()
    if image.mode == "1":
        return image.convert("L")
    if image.mode.startswith(("I", "F")):
        low, high = image.getextrema()
        scale = 255 / (high - low) if high > low else 1.0  # type: ignore[operator]
        return image.convert("F").point(lambda value: (value - low) * scale).convert("L")
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        shown = image.convert("RGBA")
        ground = Image.new("RGBA", shown.size, "white")
        ground.alpha_composite(shown)
        return ground.convert("RGB")
    return image.convert("RGB")


def _encoded(image: Image.Image, format: ImageFormat) -> RenderedPage:
    buffer = io.BytesIO()
    if format == "png":
        image.save(buffer, "PNG", compress_level=3)
    elif format == "webp":
        image.save(buffer, "WEBP", quality=82, method=1)
    else:
        image.save(buffer, "JPEG", quality=85)
    return RenderedPage(buffer.getvalue(), image.width, image.height, f"image/{format}")
