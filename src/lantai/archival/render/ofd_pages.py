"""Pages of an OFD (GB/T 33190-2016): as pixels drawn from its own content, and as runs of text with places."""

from __future__ import annotations

from PIL import Image

from lantai.archival.formats.content import Content
from lantai.archival.formats.ofd import page_runs
from lantai.archival.formats.ofd_document import OfdDocument, OfdFault, OfdPage
from lantai.archival.formats.reading import fault, sentence
from lantai.archival.render.model import NoSuchPage, PlacedLine, RenderRefused
from lantai.archival.render.ofd_drawing import draw_ofd_page
from lantai.archival.render.pdf_pages import PdfPages

_ASCENT = 0.88
"""How far characters reach above the baseline, in parts of their size."""


class OfdPages:
    """An open OFD.

    Raises:
        RenderRefused: it is encrypted or damaged.
    """

    def __init__(self, content: Content) -> None:
        try:
            self._document = OfdDocument(content.file())
            self._pages = self._document.pages
        except OfdFault as failure:
            raise _refusal(failure) from None
        self.count = len(self._pages)

    def _page(self, number: int) -> OfdPage:
        if not 1 <= number <= self.count:
            raise NoSuchPage(number, self.count)
        return self._pages[number - 1]

    def shape(self, number: int) -> float:
        page = self._page(number)
        try:
            _left, _top, wide, high = self._document.page_box(page, self._document.xml(page.path))
        except OfdFault as failure:
            raise _refusal(failure) from None
        return high / wide

    def lines(self, number: int) -> tuple[PlacedLine, ...]:
        """The runs of text of a page, templates included, from top to bottom."""
        page = self._page(number)
        try:
            left, top, wide, high = self._document.page_box(page, self._document.xml(page.path))
            runs = page_runs(self._document, page)
        except OfdFault as failure:
            raise _refusal(failure) from None
        return tuple(
            PlacedLine(
                run.text,
                (run.x - left) / wide,
                (run.y - run.size * _ASCENT - top) / high,
                (run.end - run.x) / wide,
                run.size / high,
            )
            for run in sorted(runs, key=lambda each: (each.y, each.x))
        )

    def draw(self, number: int, *, width: int | None, dpi: float | None) -> Image.Image:
        try:
            drawn = draw_ofd_page(self._document, self._page(number))
        except OfdFault as failure:
            raise _refusal(failure) from None
        return PdfPages(Content(drawn)).draw(1, width=width, dpi=dpi)


def _refusal(failure: OfdFault) -> RenderRefused:
    line = fault(failure.key, failure.detail)
    return RenderRefused(sentence(line, "zh") + "，可下载原文件", sentence(line, "en") + "; download the original")
