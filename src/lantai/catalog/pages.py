"""The record page, built: page images and text of one file, and the tabs beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lantai.administration.queries.people import Reader
from lantai.catalog.components import StoredComponent
from lantai.catalog.describing import checks_of, description_groups, form_of, history_of, name_of, organisation_name
from lantai.catalog.looks import look_token, record_or_refusal, tell_look
from lantai.catalog.proving import proof_view
from lantai.catalog.queries import Act, Decision, RecordView
from lantai.catalog.queries.records import StoredPackage
from lantai.catalog.services.looking import VIEWED
from lantai.catalog.viewing import AT_ONCE, NotShown, ViewedPages, viewed_pages
from lantai.common.components import Act as Button
from lantai.common.components import (
    Cell,
    Column,
    Document,
    Empty,
    Link,
    Notice,
    PageImage,
    Place,
    Row,
    Tab,
    Table,
    TextLine,
)
from lantai.common.pages import RecordPage
from lantai.common.paging import number_asked, portion_asked
from lantai.common.written import written_size

TABS = ("description", "files", "checks", "relations", "history", "proof")
WIDTH, THUMBNAIL = 1000, 96
DOCUMENTS = 8
FILES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivalRecordPage(RecordPage):
    """A record with the table of its files as one more tab."""

    template: ClassVar[str] = "catalog/record.html"
    files: Table | None = None
    package: Button | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """Which file, from which page on, and which tab."""

    file: int
    first: int
    tab: str


def asked_by(request: HttpRequest, components: Sequence[StoredComponent]) -> Asked:
    """What the address asks for; nonsense becomes the first file, page and tab."""
    file = number_asked(request, "file")
    shown = file - 1 if file and file <= len(components) else _opening_file(components)
    tab = request.GET.get("tab", "")
    return Asked(shown, min(number_asked(request, "from") or 1, 1_000_000), tab if tab in TABS else TABS[0])


def _opening_file(components: Sequence[StoredComponent]) -> int:
    """The file to open first: the result (结果文件) that has pages, else the first that has."""
    paged = [place for place, each in enumerate(components) if each.pages]
    results = [place for place in paged if components[place].stage.startswith("C")]
    return next(iter([*results, *paged]), 0)


def record_page(request: HttpRequest, code: str, reader: Reader, now: datetime) -> ArchivalRecordPage:
    """One record for one reader. What was looked at is noted before it is shown.

    Raises NoSuchRecord, common's Refused.
    """
    record = record_or_refusal(code, reader)
    components = record.package.components if record.package else ()
    asked = asked_by(request, components)
    readable = record.acts[Act.READ].allowed
    what = f"{asked.tab}, file {asked.file + 1}" if readable and components else asked.tab
    tell_look(request, record, reader, kind=VIEWED, what=what, now=now)
    summary = record.summary
    page = ArchivalRecordPage(
        title=summary.title,
        here="search",
        code=summary.archive_code or summary.record_code,
        back=[
            Link(_("统一检索"), reverse("search")),
            Link(f"{summary.fonds_code}", f"{reverse('search')}?fonds={summary.fonds_code}"),
            Link(summary.archive_code or summary.record_code, code=True),
        ],
        states=[(summary.open_state, ""), ("held", "")],
        facts=" · ".join(
            each
            for each in (
                organisation_name(record.organisation_id),
                ngettext("%(files)s 个文件", "%(files)s 个文件", summary.files) % {"files": summary.files}
                if summary.files
                else _("无电子文件"),
                written_size(record.bytes) if record.bytes else "",
            )
            if each
        ),
        acts=_acts(record),
        refused=None if readable or not components else _refused(record.acts[Act.READ]),
        tabs=_tabs(record, asked),
        tab=asked.tab,
    )
    look = look_token(reader=reader, code=summary.record_code, file=asked.file + 1, now=now)
    page = _with_document(page, record, asked, look) if readable and components else page
    return _with_tab(page, request, record, asked)


def _acts(record: RecordView) -> list[Button]:
    """Download of the package, for those who may copy; others read why not."""
    if record.package is None:
        return []
    decision = record.acts[Act.COPY]
    return [
        Button(
            _("下载原包"),
            href=reverse("record-package", args=[record.summary.record_code]),
            icon="download",
            reason="" if decision.allowed else f"{decision.reason}{_('；')}{decision.remedy}",
            download=True,
        )
    ]


def _refused(decision: Decision) -> Notice:
    return Notice("info", decision.reason, decision.remedy)


def _tabs(record: RecordView, asked: Asked) -> list[Tab]:
    names = {
        "description": _("著录"),
        "files": _("文件"),
        "checks": _("检测"),
        "relations": _("关联"),
        "history": _("历史"),
        "proof": _("凭证"),
    }
    counts = {"files": record.summary.files, "relations": len(record.relations) + len(record.children)}
    return [
        Tab(
            names[each],
            f"?file={asked.file + 1}&tab={each}#lt-about",
            here=each == asked.tab,
            count=counts.get(each) or None,
        )
        for each in TABS
        if each in ("description", "history", "proof", asked.tab)
        or (each == "checks" and record.package is not None)
        or counts.get(each)
    ]


def _with_document(page: ArchivalRecordPage, record: RecordView, asked: Asked, look: str) -> ArchivalRecordPage:
    """The page with one file on view."""
    if record.package is None:
        return page
    may_copy = record.acts[Act.COPY].allowed
    shown = shown_document(record.package, record.summary.record_code, asked, look, may_copy=may_copy)
    return replace(page, document=shown.document, documents=shown.documents, notices=shown.notices)


@dataclass(frozen=True, slots=True)
class ShownDocument:
    """One file on view, the files as tabs, and what is to be said of it."""

    document: Document
    documents: list[Tab]
    notices: list[Notice]


def shown_document(package: StoredPackage, code: str, asked: Asked, look: str, *, may_copy: bool) -> ShownDocument:
    """The file asked for: images, words with places; or why it cannot be shown. The caller has noted the look."""
    component = package.components[asked.file]
    download = reverse("record-file", args=[code, asked.file + 1]) if may_copy else ""
    name = name_of(component)
    form = form_of(component)
    notices: list[Notice] = []
    try:
        viewed = viewed_pages(object_id=package.object_id, path=package.path, component=component, first=asked.first)
        if not viewed.shapes and asked.first > 1:
            viewed = viewed_pages(object_id=package.object_id, path=package.path, component=component, first=1)
        pages = _images(viewed, code, asked.file + 1, look)
        paged = ngettext("%(pages)s 页", "%(pages)s 页", viewed.pages) % {"pages": viewed.pages}
        document = Document(
            name=name,
            facts=" · ".join(each for each in (paged, form) if each),
            pages=pages,
            download=download,
            text_kind=_("文件自带文字") if any(each.lines for each in pages) else "",
        )
        notices = _more_pages(viewed, asked)
    except NotShown as reason:
        document = Document(name=name, facts=form, problem=str(reason), download=download)
    return ShownDocument(document, _documents(package.components, asked), notices)


def _more_pages(viewed: ViewedPages, asked: Asked) -> list[Notice]:
    """Where only some pages of a long file are shown: which, and the way to the next."""
    if viewed.pages <= AT_ONCE:
        return []
    last = viewed.first + len(viewed.shapes) - 1
    following = last + 1 if last < viewed.pages else 1
    said = _("显示第 %(first)s–%(last)s 页，共 %(pages)s 页。") % {
        "first": viewed.first,
        "last": last,
        "pages": viewed.pages,
    }
    words = _("看后面的页") if following > 1 else _("回到第一页")
    act = Button(words, href=f"?file={asked.file + 1}&tab={asked.tab}&from={following}", icon="arrow-right")
    return [Notice("info", said, "", act)]


def _documents(components: Sequence[StoredComponent], asked: Asked) -> list[Tab]:
    """The files as tabs: the first few, the one on view, and the way to all."""
    order = sorted(range(len(components)), key=lambda place: (not components[place].material, place))
    shown = order[:DOCUMENTS]
    if asked.file not in shown:
        shown.append(asked.file)
    tabs = [
        Tab(
            name_of(components[place]),
            f"?file={place + 1}&tab={asked.tab}",
            here=place == asked.file,
            count=components[place].pages,
        )
        for place in shown
    ]
    if len(components) > len(shown):
        everything = _("全部 %(n)s 个文件") % {"n": len(components)}
        tabs.append(Tab(everything, f"?file={asked.file + 1}&tab=files#lt-about", icon="files"))
    return tabs


def _images(viewed: ViewedPages, code: str, file: int, look: str) -> list[PageImage]:
    many = len(viewed.shapes) > 1
    return [
        PageImage(
            number=number,
            href=f"{reverse('record-image', args=[code, file, number, WIDTH])}?look={look}",
            width=WIDTH,
            height=max(1, round(WIDTH * shape)),
            thumbnail=f"{reverse('record-image', args=[code, file, number, THUMBNAIL])}?look={look}" if many else "",
            lines=[
                TextLine(
                    text,
                    Place(100 * x, 100 * y, 100 * width, 100 * height),
                    key=f"{number}-{at}",
                )
                for at, (text, x, y, width, height) in enumerate(lines)
            ],
        )
        for number, (shape, lines) in enumerate(zip(viewed.shapes, viewed.lines, strict=True), viewed.first)
    ]


def _with_tab(page: ArchivalRecordPage, request: HttpRequest, record: RecordView, asked: Asked) -> ArchivalRecordPage:
    """The page with the content of its open tab."""
    match asked.tab:
        case "files" if record.package is not None:
            return replace(page, files=_files(request, record, asked))
        case "checks" if record.package is not None:
            groups, ruling = checks_of(record)
            return replace(page, groups=groups, ruling=ruling)
        case "relations":
            return replace(page, relations=_relations(record))
        case "history":
            return replace(page, history=history_of(record))
        case "proof":
            return replace(page, proof=proof_view(record))
    return replace(page, tab="description", description=description_groups(record))


def _files(request: HttpRequest, record: RecordView, asked: Asked) -> Table:
    components = record.package.components if record.package else ()
    numbered = list(enumerate(components, 1))
    found = portion_asked(
        request, size=FILES, read=lambda offset, limit: (numbered[offset : offset + limit], len(numbered))
    )
    may, code = record.acts[Act.COPY].allowed, record.summary.record_code
    return Table(
        label=_("文件"),
        columns=[Column(_("名称")), Column(_("操作"), hidden=True)],
        rows=[
            Row(
                [
                    Cell(
                        name_of(each),
                        href=f"?file={number}&tab=files" if record.acts[Act.READ].allowed else "",
                        more=" · ".join(part for part in (form_of(each), each.puid, written_size(each.size)) if part),
                        main=True,
                        wide=True,
                    ),
                    Cell(
                        acts=[Button(_("下载"), href=reverse("record-file", args=[code, number]), download=True)]
                        if may
                        else []
                    ),
                ],
                name=name_of(each),
            )
            for number, each in found.lines
        ],
        pager=found.pager if found.pager.pages > 1 else None,
        keyed=False,
    )


def _relations(record: RecordView) -> Table:
    kinds = {"follows": _("接续"), "replaces": _("替代"), "refers": _("参见")}
    told = [(kinds.get(kind, kind), target, target, basis) for kind, target, basis in record.relations]
    if record.parent:
        told.insert(0, (_("所属案卷"), record.parent, record.parent, ""))
    told += [(_("卷内文件"), each.record_code, each.title, each.archive_code) for each in record.children]
    return Table(
        label=_("关联"),
        columns=[Column(_("关系")), Column(_("档案")), Column(_("说明"))],
        rows=[
            Row(
                [
                    Cell(kind, whole=True),
                    Cell(words, href=reverse("record", args=[code]), wide=True),
                    Cell(more, wide=True),
                ]
            )
            for kind, code, words, more in told
        ],
        empty=Empty(icon="link-off", title=_("没有关联的档案"), text=_("补正、变更、延续的办件会在这里互相指向。")),
        keyed=False,
    )
