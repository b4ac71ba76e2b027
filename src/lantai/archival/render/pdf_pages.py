"""Pages of a PDF by PDFium: as pixels, and as lines of text with places. One PDF at a time in one process."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager

import pypdfium2
from PIL import Image
from pypdfium2 import raw as pdfium

from lantai.archival.formats.cleaning import clean
from lantai.archival.render.model import NoSuchPage, PlacedLine, RenderRefused

PIXEL_LIMIT = 60_000_000
_GRID = 1 << 20


@contextmanager
def open_pdf(data: bytes) -> Iterator[pypdfium2.PdfDocument]:
    """The open document.

    Raises:
        RenderRefused: it is encrypted or damaged.
    """
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as failure:
        if getattr(failure, "err_code", None) == pdfium.FPDF_ERR_PASSWORD:
            raise RenderRefused(
                "PDF文件已加密，请提供未加密的文件", "the PDF is encrypted; provide it without a password"
            ) from None
        raise RenderRefused(
            f"PDF文件损坏，无法打开：{failure}，可下载原文件",
            f"the PDF does not open: {failure}; download the original",
        ) from None
    try:
        yield document
    finally:
        document.close()


@contextmanager
def open_page(document: pypdfium2.PdfDocument, number: int) -> Iterator[pypdfium2.PdfPage]:
    """Page *number*, from 1.

    Raises:
        NoSuchPage, RenderRefused: it is not there, or damaged.
    """
    if not 1 <= number <= len(document):
        raise NoSuchPage(number, len(document))
    try:
        page = document[number - 1]
    except pypdfium2.PdfiumError as failure:
        raise RenderRefused(
            f"第{number}页损坏：{failure}，可下载原文件", f"page {number} is damaged: {failure}; download the original"
        ) from None
    try:
        yield page
    finally:
        page.close()


def draw_pdf_page(data: bytes, number: int, *, width: int | None, dpi: float) -> Image.Image:
    """A page as RGB pixels on white, *width* pixels wide or at *dpi*."""
    with open_pdf(data) as document, open_page(document, number) as page:
        points_wide, points_high = page.get_size()
        scale = width / points_wide if width else dpi / 72
        limit = PIXEL_LIMIT / max(1.0, points_wide * points_high)
        scale = min(scale, limit**0.5)
        bitmap = page.render(scale=scale, may_draw_forms=False, rev_byteorder=True)
        try:
            image: Image.Image = bitmap.to_pil().convert("RGB").copy()
            return image
        finally:
            bitmap.close()


def pdf_lines(data: bytes, number: int) -> tuple[PlacedLine, ...]:
    """The lines of text of a page, each with the box around its characters."""
    with open_pdf(data) as document, open_page(document, number) as page:
        words = pdfium.FPDFText_LoadPage(page.raw)
        if not words:
            return ()
        try:
            return tuple(_lines(page, words))
        finally:
            pdfium.FPDFText_ClosePage(words)


def _lines(page: pypdfium2.PdfPage, words: object) -> Iterator[PlacedLine]:
    text: list[str] = []
    boxes: list[tuple[float, float, float, float]] = []
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    for index in range(pdfium.FPDFText_CountChars(words)):
        code = pdfium.FPDFText_GetUnicode(words, index)
        if code in (10, 13):
            if boxes:
                yield _placed(page, text, boxes)
            text, boxes = [], []
            continue
        if code == 0 or 0xD800 <= code <= 0xDFFF:
            continue
        text.append(chr(code))
        if code != 32 and pdfium.FPDFText_GetCharBox(words, index, left, right, bottom, top):
            boxes.append((left.value, top.value, right.value, bottom.value))
    if boxes:
        yield _placed(page, text, boxes)


def _placed(page: pypdfium2.PdfPage, text: list[str], boxes: list[tuple[float, float, float, float]]) -> PlacedLine:
    """The box around the characters, as parts of the page as it is shown (rotation included)."""
    corners = (
        (min(each[0] for each in boxes), max(each[1] for each in boxes)),
        (max(each[2] for each in boxes), min(each[3] for each in boxes)),
    )
    placed = []
    for x, y in corners:
        across, down = ctypes.c_int(), ctypes.c_int()
        pdfium.FPDF_PageToDevice(page.raw, 0, 0, _GRID, _GRID, 0, x, y, across, down)
        placed.append((across.value / _GRID, down.value / _GRID))
    (x1, y1), (x2, y2) = placed
    return PlacedLine(clean("".join(text)), min(x1, x2), min(y1, y2), abs(x2 - x1), abs(y2 - y1))
