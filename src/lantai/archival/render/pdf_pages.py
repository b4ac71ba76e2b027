"""Pages of a PDF by PDFium: as pixels, and as lines of text with places. One PDF at a time in one process."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager

import pypdfium2
from PIL import Image
from pypdfium2 import raw as pdfium

from lantai.archival.formats.cleaning import clean
from lantai.archival.formats.content import Content
from lantai.archival.render.model import NoSuchPage, Note, PlacedLine, RenderRefused

SCREEN_DPI = 144.0
"""Resolution of a page when neither width nor resolution is asked for."""

DPI_LIMIT = 1200.0
PIXEL_LIMIT = 60_000_000
_GRID = 1 << 20
_LESS = 1e-3
"""Parts of a pixel taken off a width, because PDFium takes the next whole number above."""


class PdfPages:
    """An open PDF.

    Raises:
        RenderRefused: it is encrypted or damaged.
    """

    def __init__(self, content: Content) -> None:
        self._document = _open_pdf(content)
        self.count = len(self._document)

    def shape(self, number: int) -> float:
        with _open_page(self._document, number) as page:
            width, height = page.get_size()
            return float(height / width) if width > 0 and height > 0 else 1.0

    def lines(self, number: int) -> tuple[PlacedLine, ...]:
        """The lines of text of a page, each with the box around its characters."""
        with _open_page(self._document, number) as page:
            words = pdfium.FPDFText_LoadPage(page.raw)
            if not words:
                return ()
            try:
                return tuple(_lines(page, words))
            finally:
                pdfium.FPDFText_ClosePage(words)

    def notes(self, number: int) -> tuple[Note, ...]:
        """None."""
        return ()

    def draw(self, number: int, *, width: int | None, dpi: float | None) -> Image.Image:
        with _open_page(self._document, number) as page:
            points_wide, points_high = page.get_size()
            scale = (width - _LESS) / points_wide if width else min(dpi or SCREEN_DPI, DPI_LIMIT) / 72
            limit = PIXEL_LIMIT / max(1.0, points_wide * points_high)
            scale = min(scale, limit**0.5)
            bitmap = page.render(scale=scale, may_draw_forms=False, rev_byteorder=True)
            try:
                image: Image.Image = bitmap.to_pil().convert("RGB").copy()
                return image
            finally:
                bitmap.close()


def _open_pdf(content: Content) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(content.whole if content.whole is not None else content.file())
    except pypdfium2.PdfiumError as failure:
        if getattr(failure, "err_code", None) == pdfium.FPDF_ERR_PASSWORD:
            raise RenderRefused(
                "PDF文件已加密，请提供未加密的文件", "the PDF is encrypted; provide it without a password"
            ) from None
        raise RenderRefused(
            f"PDF文件损坏，无法打开：{failure}，可下载原文件",
            f"the PDF does not open: {failure}; download the original",
        ) from None


@contextmanager
def _open_page(document: pypdfium2.PdfDocument, number: int) -> Iterator[pypdfium2.PdfPage]:
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
