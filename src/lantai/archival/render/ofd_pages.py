"""Pages of an OFD (GB/T 33190-2016): as pixels drawn from its own content, and as runs of text with places."""

from __future__ import annotations

from PIL import Image

from lantai.archival.formats.content import Content
from lantai.archival.formats.ofd import page_runs
from lantai.archival.formats.ofd_document import OfdDocument, OfdFault, OfdPage
from lantai.archival.formats.reading import fault, sentence
from lantai.archival.render.model import NoSuchPage, Note, PlacedLine, RenderRefused
from lantai.archival.render.ofd_annotations import draw_ofd_page
from lantai.archival.render.ofd_notes import page_notes
from lantai.archival.render.ofd_resources import Resources
from lantai.archival.render.pdf_pages import PdfPages


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
        self._resources: dict[int, Resources] = {}

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

    def width(self, number: int) -> float:
        """How wide a page is, in millimetres. Raises NoSuchPage, RenderRefused."""
        page = self._page(number)
        try:
            return self._document.page_box(page, self._document.xml(page.path))[2]
        except OfdFault as failure:
            raise _refusal(failure) from None

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
                (run.box[0] - left) / wide,
                (run.box[1] - top) / high,
                (run.box[2] - run.box[0]) / wide,
                (run.box[3] - run.box[1]) / high,
            )
            for run in sorted(runs, key=lambda each: (each.y, each.x))
        )

    def notes(self, number: int) -> tuple[Note, ...]:
        page = self._page(number)
        try:
            return page_notes(self._document, page, self._resources_of(page))
        except OfdFault as failure:
            raise _refusal(failure) from None

    def _resources_of(self, page: OfdPage) -> Resources:
        """What the page's document holds, read once. Raises OfdFault."""
        if page.document not in self._resources:
            self._resources[page.document] = Resources(self._document, page.document)
        return self._resources[page.document]

    def draw(self, number: int, *, width: int | None, dpi: float | None) -> Image.Image:
        page = self._page(number)
        try:
            drawn = draw_ofd_page(self._document, page, self._resources_of(page))
        except OfdFault as failure:
            raise _refusal(failure) from None
        return PdfPages(Content(drawn)).draw(1, width=width, dpi=dpi)


def _refusal(failure: OfdFault) -> RenderRefused:
    line = fault(failure.key, failure.detail)
    return RenderRefused(sentence(line, "zh") + "，可下载原文件", sentence(line, "en") + "; download the original")
