"""Pages of any document as images, and their words with places."""

from lantai.archival.render.fonts import FontMissing, font_path
from lantai.archival.render.model import ImageFormat, NoSuchPage, PlacedLine, RenderedPage, RenderRefused
from lantai.archival.render.pages import page_count, page_lines, render_page

__all__ = [
    "FontMissing",
    "ImageFormat",
    "NoSuchPage",
    "PlacedLine",
    "RenderRefused",
    "RenderedPage",
    "font_path",
    "page_count",
    "page_lines",
    "render_page",
]
