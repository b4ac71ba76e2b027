"""Pages of any document as images, and their words with places."""

from lantai.archival.render.fonts import FontMissing, font_path
from lantai.archival.render.model import (
    ImageFormat,
    NoSuchPage,
    Note,
    PagedDocument,
    PlacedLine,
    RenderedPage,
    RenderRefused,
)
from lantai.archival.render.office import ConverterMissing, convert_office, office_program
from lantai.archival.render.pages import (
    IMAGES,
    OfficeDocument,
    draw_page,
    open_pages,
    page_count,
    page_lines,
    render_page,
)

__all__ = [
    "IMAGES",
    "ConverterMissing",
    "FontMissing",
    "ImageFormat",
    "NoSuchPage",
    "Note",
    "OfficeDocument",
    "PagedDocument",
    "PlacedLine",
    "RenderRefused",
    "RenderedPage",
    "convert_office",
    "draw_page",
    "font_path",
    "office_program",
    "open_pages",
    "page_count",
    "page_lines",
    "render_page",
]
