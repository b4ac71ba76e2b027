"""The first look at a delivered scan (扫描件检查): its pages counted and measured, barcodes read. For a limited child.

Sheets of any size stay in bounded memory: what a page's file tells is read from its head, its pixels are decoded at
most READ_WIDTH wide.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pypdfium2
import zxingcpp
from PIL import Image
from pypdfium2 import raw as pdfium

from lantai.archival.formats.content import Content
from lantai.archival.formats.images import IMAGE_FAULTS, open_image
from lantai.archival.imaging.measuring import Head, PageMeasures, head_of, measure_page
from lantai.archival.imaging.repair.geometry import asks_for_level, measure_skew
from lantai.archival.render import IMAGES, PagedDocument, RenderRefused, open_pages

READ_WIDTH = 2_500
"""Pixels a page is wide at most while it is measured."""
SHEET_MARK = "LANTAI:"
"""What the barcode of our own separator sheets begins with."""
_FORMATS = zxingcpp.BarcodeFormats(
    [zxingcpp.BarcodeFormat.QRCode, zxingcpp.BarcodeFormat.Code128, zxingcpp.BarcodeFormat.Code39]
)


@dataclass(frozen=True, slots=True)
class InspectedPage:
    """One page of a file: its place from 1, its measures, by how many degrees its lines lean (positive is what turning
    counter-clockwise mends), the text of its barcodes; or why it cannot be read, Chinese and English."""

    frame: int
    measures: PageMeasures | None = None
    skew: float = 0.0
    barcodes: tuple[str, ...] = ()
    problem: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class InspectedFile:
    """A file: the short name of its format, how many pages it has, those looked at; or why it is none, Chinese and
    English."""

    format: str = ""
    pages: int = 0
    looked: tuple[InspectedPage, ...] = ()
    problem: tuple[str, str] | None = None


def inspect_file(path: Path, first: int, count: int) -> InspectedFile:
    """Look at up to *count* pages of a scan from page *first* on. Raises OSError of the medium.

    Images and PDF are scans; a file of any other kind is refused in words. A page that is broken is told by itself.
    """
    with path.open("rb") as file:
        try:
            format, document = open_pages(file, path.name)
        except RenderRefused as refused:
            return InspectedFile(problem=(refused.reason_zh, refused.reason_en))
        if format not in IMAGES and format != "pdf":
            return InspectedFile(format, problem=("不是扫描图像或 PDF", "neither a scanned image nor a PDF"))
        heads = _pdf_heads(file) if format == "pdf" else _image_heads(file)
        numbers = range(first, min(document.count, first + count - 1) + 1)
        return InspectedFile(format, document.count, tuple(_inspected(document, heads, each) for each in numbers))


def read_barcodes(picture: Image.Image) -> tuple[str, ...]:
    """The texts of the QR codes, Code 128 and Code 39 on a page, each once, in the order of the page. One that does not
    say its encoding and is no UTF-8 is told in every way it may be meant (GB 18030, Latin-1)."""
    found = zxingcpp.read_barcodes(np.asarray(picture.convert("L")), formats=_FORMATS)
    texts = (text.strip() for each in found for text in _texts(each.bytes))
    return tuple(dict.fromkeys(text for text in texts if text))


def _texts(data: bytes) -> list[str]:
    try:
        return [data.decode()]
    except UnicodeDecodeError:
        return [data.decode("gb18030", "replace"), data.decode("latin-1")]


def _inspected(document: PagedDocument, heads: Callable[[int], Head], number: int) -> InspectedPage:
    try:
        head = _as_shown(heads(number), document.shape(number))
        picture = document.draw(number, width=min(head.width, READ_WIDTH), dpi=None)
    except RenderRefused as refused:
        return InspectedPage(number, problem=(refused.reason_zh, refused.reason_en))
    except IMAGE_FAULTS as fault:
        return InspectedPage(number, problem=(f"图像损坏：{fault}"[:300], f"the image is damaged: {fault}"[:300]))
    measures = measure_page(picture, head)
    return InspectedPage(number, measures, 0.0 if measures.blank else _skew(picture), read_barcodes(picture))


def _as_shown(head: Head, shape: float) -> Head:
    """The head of a page as it is shown, *shape* times as high as wide: a camera's picture that lay on its side, a fax
    whose points are no squares, a page of a PDF that is turned."""
    lying = (head.height > head.width) != (shape > 1) and abs(shape - 1) > 0.01
    width, height = (head.height, head.width) if lying else (head.width, head.height)
    same = abs(height - width * shape) <= 0.01 * height
    return replace(head, width=width, height=height if same else max(1, round(width * shape)))


def _skew(picture: Image.Image) -> float:
    angle, sharper = measure_skew(np.asarray(picture.convert("L")))
    return round(angle, 2) if asks_for_level(angle, sharper) else 0.0


def _image_heads(file: BinaryIO) -> Callable[[int], Head]:
    image = open_image(Content(file))

    def head(number: int) -> Head:
        if getattr(image, "n_frames", 1) > 1:
            image.seek(number - 1)
        return head_of(image)

    return head


def _pdf_heads(file: BinaryIO) -> Callable[[int], Head]:
    """What the largest image on a page tells; of a page without images, its paper at 300 dots an inch."""
    document = pypdfium2.PdfDocument(file)

    def head(number: int) -> Head:
        page = document[number - 1]
        try:
            best: Head | None = None
            for each in page.get_objects(filter=(pdfium.FPDF_PAGEOBJ_IMAGE,), max_depth=3):
                told = each.get_metadata()
                mode = "binary" if told.bits_per_pixel == 1 else "grey" if told.bits_per_pixel <= 8 else "colour"
                found = Head(told.width, told.height, round(min(told.horizontal_dpi, told.vertical_dpi)), mode)
                if best is None or found.width * found.height > best.width * best.height:
                    best = found
            if best is not None:
                return best
            wide, high = page.get_size()
            return Head(max(1, round(wide / 72 * 300)), max(1, round(high / 72 * 300)), 300, "colour")
        finally:
            page.close()

    return head
