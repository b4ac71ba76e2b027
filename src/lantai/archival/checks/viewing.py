"""What a reader sees of one file of a stored package: its pages as images, their words with places. For a child."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lantai.archival.packages import Component, open_component
from lantai.archival.render import RenderRefused, page_count, page_lines, render_page
from lantai.archival.render.pdf_pages import open_page, open_pdf

LARGEST = 256 * 1024 * 1024
LINES_A_PAGE = 400


def view_pages(path: Path, component: Component, first: int, count: int) -> dict[str, Any]:
    """How many pages the file has, and of *count* pages from *first* on their words with places.

    Returns ``pages``, ``shapes``: for each page its height over its width, and ``lines``: for each page a list of
    ``[text, x, y, width, height]``. A file that cannot be shown gives ``refused_zh`` and ``refused_en`` instead.
    Raises OSError of the medium.
    """
    try:
        data = _bytes(path, component)
        pages = page_count(data, component.path)
        numbers = range(first, min(pages, first + count - 1) + 1)
        shapes = [_shape(data, component.path, number) for number in numbers]
        lines = [
            [
                [each.text, round(each.x, 4), round(each.y, 4), round(each.width, 4), round(each.height, 4)]
                for each in page_lines(data, component.path, number)[:LINES_A_PAGE]
            ]
            for number in numbers
        ]
    except RenderRefused as refusal:
        return _said(refusal)
    return {"pages": pages, "shapes": shapes, "lines": lines}


def view_image(path: Path, component: Component, number: int, width: int) -> dict[str, Any]:
    """Page *number* as an image (WebP) *width* pixels wide: ``data``, ``width``, ``height``; or why not, as above."""
    try:
        image = render_page(_bytes(path, component), component.path, number, width=width, format="webp")
    except RenderRefused as refusal:
        return _said(refusal)
    return {"data": image.data, "width": image.width, "height": image.height, "mime": image.mime}


def _shape(data: bytes, name: str, number: int) -> float:
    """Height over width of one page: of a PDF as it says, of others as a small image shows."""
    if data.startswith(b"%PDF"):
        with open_pdf(data) as document, open_page(document, number) as page:
            width, height = page.get_size()
    else:
        image = render_page(data, name, number, width=64, format="jpeg")
        width, height = image.width, image.height
    return round(float(height / width), 4)


def _bytes(path: Path, component: Component) -> bytes:
    if component.size > LARGEST:
        raise RenderRefused("文件过大，不能在线显示，可下载原文件", "the file is too large to be shown; download it")
    with open_component(path, component) as stream:
        return stream.read()


def _said(refusal: RenderRefused) -> dict[str, Any]:
    return {"refused_zh": refusal.reason_zh, "refused_en": refusal.reason_en}
