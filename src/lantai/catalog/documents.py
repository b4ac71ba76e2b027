"""One file of a record on view: the images of its pages, its words with places, and where looked-for words stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lantai.archival.render import IMAGES
from lantai.archival.render.office import OFFICE_SUFFIXES
from lantai.catalog.components import StoredComponent
from lantai.catalog.describing import form_of, name_of
from lantai.catalog.hits import pieces_asked, pieces_of, place_of, spans_of, words_asked
from lantai.catalog.queries.composition import StoredPackage
from lantai.catalog.queries.records import stand_on_scans_alone
from lantai.catalog.viewing import AT_ONCE, NotShown, ViewedPages, found_pages, viewed_pages
from lantai.common.components import Link, Tab
from lantai.common.paging import number_asked, text_asked
from lantai.common.shown_documents import Document, PageImage, PagePortion, Place, TextLine

TABS = ("description", "files", "forms", "checks", "relations", "history", "proof")
WIDTH, THUMBNAIL = 1000, 96
DOCUMENTS = 8
HIT_PAGES = 24
NOTES = 8
"""Different notes on how pages are shown that are told at once."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which file, from which page on (0: none was named), which tab, the words to be lit, and from which list, with
    which filter, one came.
    """

    file: int
    first: int
    tab: str
    question: str = ""
    queue: str = ""
    within: str = ""

    def address(self, *, file: int | None = None, tab: str = "", first: int = 0) -> str:
        """The address of this page with something else on view, the words kept."""
        values: dict[str, object] = {"file": (self.file if file is None else file) + 1, "tab": tab or self.tab}
        if first:
            values["from"] = first
        if self.question:
            values["q"] = self.question
        if self.queue:
            values |= {"queue": self.queue, "within": self.within}
        return f"?{urlencode(values)}"


@dataclass(frozen=True, slots=True)
class Found:
    """The words that were looked for in one file, and the pages they stand on, with how often."""

    words: tuple[str, ...] = ()
    pages: tuple[tuple[int, int], ...] = ()


def asked_by(request: HttpRequest, components: Sequence[StoredComponent], record_id: int = 0) -> Asked:
    """What the address asks for; nonsense becomes the first file, page and tab. Words that stand only on the scans of a
    record's paper open these (*record_id*; 0 looks for none)."""
    file = number_asked(request, "file")
    shown = file - 1 if file and file <= len(components) else _opening_file(components)
    scans = [place for place, each in enumerate(components) if each.read]
    words = words_asked(request.GET.get("q", "")) if record_id and not file and scans and shown not in scans else ()
    if words and stand_on_scans_alone(record_id=record_id, words=words):
        shown = scans[0]
    tab = request.GET.get("tab", "")
    return Asked(
        shown,
        min(number_asked(request, "from") or 0, 1_000_000),
        tab if tab in TABS else TABS[0],
        request.GET.get("q", "").strip()[:200],
        text_asked(request, "queue", longest=40),
        text_asked(request, "within", longest=4000),
    )


def _opening_file(components: Sequence[StoredComponent]) -> int:
    """The file to open first: the result (结果文件) that has pages, else the first that has."""
    paged = [place for place, each in enumerate(components) if each.pages]
    results = [place for place in paged if components[place].stage.startswith("C")]
    return next(iter([*results, *paged]), 0)


def _file_tabs(components: Sequence[StoredComponent], asked: Asked) -> list[Tab]:
    """The files as tabs: the first few, the one on view, and the way to all."""
    order = sorted(range(len(components)), key=lambda place: (not components[place].material, place))
    shown = order[:DOCUMENTS]
    if asked.file not in shown:
        shown.append(asked.file)
    tabs = [
        Tab(
            name_of(components[place]),
            asked.address(file=place),
            here=place == asked.file,
            count=components[place].pages,
        )
        for place in shown
    ]
    if len(components) > len(shown):
        everything = _("全部 %(n)s 个文件") % {"n": len(components)}
        tabs.append(Tab(everything, f"{asked.address(tab='files')}#lt-about", icon="files"))
    return tabs


@dataclass(frozen=True, slots=True)
class ShownDocument:
    """One file on view, and the files as tabs."""

    document: Document
    documents: list[Tab]


def shown_document(package: StoredPackage, code: str, asked: Asked, look: str, *, may_copy: bool) -> ShownDocument:
    """The file asked for: images, words with places, hits; or why it cannot be shown. The caller has noted the look.

    Args:
        package: where it lies.
        code: the record's 电子文件号.
        asked: which file, from which page on, which words.
        look: what images carry, so that a look is told to the ledger once.
        may_copy: whether the reader may download it.
    """
    component = package.components[asked.file]
    download = reverse("record-file", args=[code, asked.file + 1]) if may_copy else ""
    tabs = _file_tabs(package.components, asked)
    name, form = name_of(component), form_of(component)
    object_id, path = component.held_in or (package.object_id, package.path)
    try:
        found = _found(package, component, asked)
        first = asked.first or next((page for page, _count in found.pages if page > AT_ONCE), 1)
        if not asked.first and any(page <= AT_ONCE for page, _count in found.pages):
            first = 1
        viewed = viewed_pages(object_id=object_id, path=path, component=component, first=first)
        if not viewed.shapes and first > 1:
            viewed = viewed_pages(object_id=object_id, path=path, component=component, first=1)
    except NotShown as reason:
        return ShownDocument(Document(name=name, facts=form, problem=str(reason), download=download), tabs)
    paged = ngettext("%(pages)s 页", "%(pages)s 页", viewed.pages) % {"pages": viewed.pages}
    pages = _images(viewed, code, asked.file + 1, look, found.words)
    worded = any(each.lines for each in pages)
    document = Document(
        name=name,
        facts=" · ".join(each for each in (paged, form) if each),
        pages=pages,
        download=download,
        text_kind=_text_kind(component) if worded else "",
        note=" ".join(each for each in (_note(viewed, component, worded=worded), _page_notes(viewed)) if each),
        portion=_portion(viewed, asked),
        hits=_said_hits(asked, found),
        hit_pages=_hit_pages(asked, found, viewed),
    )
    return ShownDocument(document, tabs)


def _found(package: StoredPackage, component: StoredComponent, asked: Asked) -> Found:
    """Where the words stand: as they were typed, or else in pieces. Raises NotShown."""
    words = words_asked(asked.question)
    object_id, path = component.held_in or (package.object_id, package.path)
    for each in (words, pieces_asked(words)):
        if each:
            pages = found_pages(object_id=object_id, path=path, component=component, words=each)
            if pages:
                return Found(each, pages)
    return Found()


def _text_kind(component: StoredComponent) -> str:
    if component.read:
        return _("识别文字")
    return _("转换所得文字") if component.format in OFFICE_SUFFIXES else _("文件自带文字")


def _note(viewed: ViewedPages, component: StoredComponent, *, worded: bool) -> str:
    """What a reader has to know of what he sees."""
    if component.read:
        return _("文字由扫描页识别得出，供查找和复制，以页面图像为准。")
    if viewed.format in IMAGES:
        return _("这是图像，自身没有文字；识别以后才能逐行对照和查找。")
    if not worded and viewed.shapes:
        return _("这几页没有文字层（多为扫描件）；识别以后才能逐行对照和查找。")
    if component.format in OFFICE_SUFFIXES:
        return _("页图由 LibreOffice 转换得出，版面与原软件可能略有出入，以原件为准。")
    return ""


def _page_notes(viewed: ViewedPages) -> str:
    """What is not shown as it was made, page by page; the same of several pages is said once."""
    pages: dict[str, list[int]] = {}
    for number, notes in enumerate(viewed.notes, viewed.first):
        for each in notes:
            pages.setdefault(each, []).append(number)
    said = []
    for text, numbers in list(pages.items())[:NOTES]:
        listed = _("、").join(map(str, numbers[:10])) + ("…" if len(numbers) > 10 else "")
        said.append(_("第%(pages)s页：%(note)s。") % {"pages": listed, "note": text})
    return " ".join(said)


def _portion(viewed: ViewedPages, asked: Asked) -> PagePortion | None:
    """Where only some pages of a long file are shown: which, and the ways to the others."""
    if viewed.pages <= AT_ONCE:
        return None
    last = viewed.first + len(viewed.shapes) - 1
    values = [("file", str(asked.file + 1)), ("tab", asked.tab), ("q", asked.question)]
    return PagePortion(
        first=viewed.first,
        last=last,
        total=viewed.pages,
        earlier=asked.address(first=max(1, viewed.first - AT_ONCE)) if viewed.first > 1 else "",
        later=asked.address(first=last + 1) if last < viewed.pages else "",
        keep=[(name, value) for name, value in values if value],
    )


def _said_hits(asked: Asked, found: Found) -> str:
    if not asked.question:
        return ""
    count = sum(times for _page, times in found.pages)
    if not count:
        return _("“%(words)s”不在这个文件的文字里。") % {"words": asked.question}
    said = ngettext("“%(words)s”在这个文件里有 %(n)s 处。", "“%(words)s”在这个文件里有 %(n)s 处。", count)
    return said % {"words": asked.question, "n": count}


def _hit_pages(asked: Asked, found: Found, viewed: ViewedPages) -> list[Link]:
    """The way to each page with hits: a place on this page of ours, or the pages from there on."""
    last = viewed.first + len(viewed.shapes) - 1
    return [
        Link(
            ngettext("第 %(page)s 页 %(n)s 处", "第 %(page)s 页 %(n)s 处", times) % {"page": page, "n": times},
            ("" if viewed.first <= page <= last else asked.address(first=page)) + f"#lt-page-{page}",
        )
        for page, times in found.pages[:HIT_PAGES]
    ]


def _images(viewed: ViewedPages, code: str, file: int, look: str, words: Sequence[str]) -> list[PageImage]:
    many = len(viewed.shapes) > 1
    made = []
    for number, (shape, lines) in enumerate(zip(viewed.shapes, viewed.lines, strict=True), viewed.first):
        spans = spans_of(lines, words)
        made.append(
            PageImage(
                number=number,
                href=f"{reverse('record-image', args=[code, file, number, WIDTH])}?look={look}",
                width=WIDTH,
                height=max(1, round(WIDTH * shape)),
                thumbnail=f"{reverse('record-image', args=[code, file, number, THUMBNAIL])}?look={look}"
                if many
                else "",
                lines=[
                    TextLine(
                        line[0],
                        Place(100 * line[1], 100 * line[2], 100 * line[3], 100 * line[4]),
                        key=f"{number}-{at}",
                        pieces=pieces_of(line[0], spans[at]) if spans[at] else (),
                    )
                    for at, line in enumerate(lines)
                ],
                hits=[place_of(lines[at], *span, shape) for at, each in enumerate(spans) for span in each],
            )
        )
    return made
